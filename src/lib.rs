//! How we look and how we tell: everything that touches the world. The core that knows is
//! `overstay-detectors`; what we claim is `overstay-rules`.

pub mod bundle;
pub mod cli;
pub mod config;
#[cfg(feature = "rego")]
pub mod custom;
pub mod fingerprint_key;
pub mod report;
pub mod scan;
pub mod sources;
pub mod state;
pub mod triage;
