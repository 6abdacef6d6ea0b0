//! How we look and how we tell: everything that touches the world.
