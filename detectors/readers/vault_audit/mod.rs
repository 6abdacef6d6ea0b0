//! The audit log of Vault or OpenBao to evidence: who used what with which token, which tokens,
//! leases and secret ids were handed out, and what was ordered to end.
//!
//! A log may be larger than memory, so it is read line by line and only sums are kept: one record
//! for each holder, path and operation, not for each request. No value of a request's or an answer's
//! body is kept, so a device that was made with `log_raw` gives no secret away here.
//!
//! The log is not read from a checkout: a sample in a repository says nothing about a running
//! server. The source `vault-audit` names the file.

mod covered;
mod entry;
mod event;
mod issuing;
mod log;
mod names;
mod records;
mod sums;
#[cfg(test)]
mod tests;

pub use log::AuditLog;
