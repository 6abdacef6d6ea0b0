//! What exports say of workload federation, in the words of a trust: the language of Entra's flexible
//! credentials and the pools of Google Cloud become issuer, claims and patterns, as AWS and Vault
//! have them from the start.

mod cel;
mod entra;
mod gcp;

use crate::evidence::Record;

/// Completes the trusts of Entra applications and of Google Cloud service accounts.
pub(crate) fn link(records: &mut Vec<Record>) {
    for record in records.iter_mut() {
        if let Record::Trust(trust) = record {
            entra::read_expression(trust);
        }
    }
    gcp::resolve_pools(records);
}
