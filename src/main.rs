//! Finds machine access that has overstayed its approval.

fn main() {}
