//! Accessors that an audit log knows only by their keyed hashes, joined with the credentials whose
//! hashes the live server told.
//!
//! A hash of an audit device is a keyed one of 256 bits: an equal hash is the same accessor, so this
//! link is exact.

use super::Estate;
use std::collections::HashMap;

/// The attribute of a credential that lists how audit devices write its accessor.
pub const AUDIT_HASHES: &str = "audit_hashes";
/// What every such hash begins with: `hmac-sha256:…`.
const HASH: &str = "hmac-";
/// The namespace of names of tokens that have no other name than their accessor.
const TOKEN: &str = "vault-token:";

/// A credential that a live server named.
struct Held {
    subject: String,
    accessor: String,
}

/// Gives the records of audit logs the accessors and holders that live servers know.
pub(super) fn join(estate: &mut Estate) {
    let mut held: HashMap<&str, Held> = HashMap::new();
    for credential in &estate.credentials {
        let hashes = credential.attrs.get(AUDIT_HASHES).and_then(|hashes| hashes.as_array());
        let Some((hashes, accessor)) = hashes.zip(credential.key_id.as_ref()) else { continue };
        for hash in hashes.iter().filter_map(|hash| hash.as_str()).filter(|h| h.starts_with(HASH)) {
            let (subject, accessor) = (credential.subject.clone(), accessor.clone());
            held.insert(hash, Held { subject, accessor });
        }
    }
    if held.is_empty() {
        return;
    }
    let rename = |name: &mut String| {
        let hash = name.strip_prefix(TOKEN).map(|rest| rest.rsplit('/').next().unwrap_or(rest));
        if let Some(known) = hash.and_then(|hash| held.get(hash)) {
            name.clone_from(&known.subject);
        }
    };
    let unhash = |reference: &mut String| {
        if let Some(known) = held.get(reference.as_str()) {
            reference.clone_from(&known.accessor);
        }
    };
    for used in &mut estate.uses {
        rename(&mut used.subject);
        used.cred_ref.iter_mut().for_each(unhash);
    }
    for issued in &mut estate.issuances {
        rename(&mut issued.subject);
        issued.actor.iter_mut().for_each(rename);
        issued.cred.iter_mut().for_each(|cred| unhash(&mut cred.reference));
    }
    for revocation in &mut estate.revocations {
        rename(&mut revocation.subject);
        unhash(&mut revocation.target.reference);
    }
    for resource in &mut estate.resources {
        rename(&mut resource.subject);
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::{Credential, Estate, Record, Revocation, Src, Thresholds, Use};
    use jiff::Timestamp;
    use serde_json::json;

    fn joined(hashes: serde_json::Value) -> Estate {
        let records: Vec<Record> = vec![
            Credential {
                id: "credential:vault:v:token:acc".into(),
                src: Src::of("vault", "v"),
                subject: "vault-role:auth/jwt/ci".into(),
                kind: "vault-token".into(),
                key_id: Some("acc".into()),
                attrs: [("audit_hashes".to_owned(), hashes)].into(),
                ..Credential::default()
            }
            .into(),
            Use {
                id: "use:a".into(),
                subject: "vault-token:team/hmac-sha256:aa".into(),
                cred_ref: Some("hmac-sha256:aa".into()),
                ..Use::default()
            }
            .into(),
            Use {
                id: "use:b".into(),
                subject: "vault-entity:e".into(),
                cred_ref: Some("hmac-sha256:bb".into()),
                ..Use::default()
            }
            .into(),
            Revocation {
                id: "revocation:a".into(),
                subject: "vault-token:hmac-sha256:aa".into(),
                target: crate::evidence::Target {
                    reference: "hmac-sha256:aa".into(),
                    ..Default::default()
                },
                ..Revocation::default()
            }
            .into(),
        ];
        Estate::build(records, Timestamp::UNIX_EPOCH, Thresholds::default())
    }

    #[test]
    fn a_hash_that_the_server_told_is_the_accessor() {
        let estate = joined(json!(["hmac-sha256:aa"]));
        let [first, second] = estate.uses.as_slice() else { panic!() };
        assert_eq!(first.subject, "vault-role:auth/jwt/ci");
        assert_eq!(first.cred_ref.as_deref(), Some("acc"));
        // Another token of which the server told nothing.
        assert_eq!(second.cred_ref.as_deref(), Some("hmac-sha256:bb"));
        assert_eq!(estate.revocations[0].target.reference, "acc");
        assert_eq!(estate.revocations[0].subject, "vault-role:auth/jwt/ci");
    }

    #[test]
    fn without_hashes_nothing_is_joined() {
        // What does not look like a hash never renames: an accessor in clear is no alias.
        for hashes in [json!([]), json!(["aa"]), json!("hmac-sha256:aa")] {
            let estate = joined(hashes);
            assert_eq!(estate.uses[0].subject, "vault-token:team/hmac-sha256:aa");
            assert_eq!(estate.revocations[0].target.reference, "hmac-sha256:aa");
        }
    }
}
