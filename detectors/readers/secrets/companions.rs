//! What stands beside a credential and says whose it is: the key id beside its secret, the client id
//! or the address beside a token.

use super::{
    format::{Kind, built_in},
    hit::Hit,
};
use crate::evidence::{Confidence, Verdict};

/// How far apart the two halves of a credential may stand, in bytes.
pub(super) const NEAR: usize = 512;

/// Tells each credential of the companions that its format names, the nearest of each. A secret whose
/// public half stands beside it is no guess any more.
pub(super) fn join(hits: &mut [Hit]) {
    if hits.len() < 2 {
        return;
    }
    for at in 0..hits.len() {
        let Some((before, rest)) = hits.split_at_mut_checked(at) else { return };
        let Some((hit, after)) = rest.split_first_mut() else { return };
        let Some(format) = built_in().iter().find(|format| format.id == hit.format) else {
            continue;
        };
        for wanted in &format.companions {
            let others = before.iter().chain(after.iter());
            let beside = others
                .filter(|other| other.format == wanted && apart(hit, other) <= NEAR)
                .filter(|other| other.lowered.is_none() && other.verdict != Verdict::Invalid)
                .min_by_key(|other| apart(hit, other));
            if let Some(beside) = beside.cloned() {
                tell(hit, &beside);
            }
        }
    }
}

fn tell(hit: &mut Hit, beside: &Hit) {
    // Only a public half may be named.
    if beside.kind == Kind::AccessKeyId {
        hit.decoded.entry("key_id".into()).or_insert_with(|| beside.redacted.clone().into());
        if let Some(account) = beside.decoded.get("account") {
            hit.decoded.entry("account".into()).or_insert_with(|| account.clone());
        }
    }
    if hit.confidence == Confidence::Medium && hit.lowered.is_none() {
        hit.confidence = Confidence::High;
    }
}

fn apart(one: &Hit, other: &Hit) -> usize {
    let (first, second) =
        if one.range.start <= other.range.start { (one, other) } else { (other, one) };
    second.range.start.saturating_sub(first.range.end)
}

#[cfg(test)]
mod tests {
    use crate::{
        evidence::Confidence,
        examples::BREAK,
        readers::secrets::{FingerprintKey, Hit, Matcher},
    };

    fn hits(text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let matcher = Matcher::built_in(&FingerprintKey::new(b"test"));
        let text = text.replace(BREAK, "");
        matcher.scan("deploy.sh", text.as_bytes(), &mut |hit| hits.push(hit));
        hits
    }

    const SECRET: &str = "aws_secret_access_key = Lt//TkcpXyahHoltSZS/‖RpX7CviwNNcoXNGsRvAh";

    #[test]
    fn a_secret_learns_its_key_id_and_account_from_the_id_beside_it() {
        let both = hits(&format!("aws_access_key_id = AK‖IAZITOADX6IAYK72R4\n{SECRET}\n"));
        let secret = both.iter().find(|hit| hit.format == "aws-secret-access-key").unwrap();
        assert_eq!(secret.decoded["key_id"], ["AKIA", "ZITOADX6IAYK72R4"].concat());
        assert!(secret.decoded.contains_key("account"));
        assert_eq!(secret.confidence, Confidence::High);
        let alone = hits(SECRET);
        assert!(!alone[0].decoded.contains_key("key_id"));
        assert_eq!(alone[0].confidence, Confidence::Medium);
    }

    #[test]
    fn what_stands_far_away_or_is_an_example_is_no_companion() {
        let far = format!("id = AK‖IAZITOADX6IAYK72R4\n{}\n{SECRET}\n", "# filler\n".repeat(100));
        for text in [far, format!("id = AK‖IAIOSFODNN7EXAMPLE\n{SECRET}\n")] {
            let hits = hits(&text);
            let secret = hits.iter().find(|hit| hit.format == "aws-secret-access-key").unwrap();
            assert!(!secret.decoded.contains_key("key_id"));
        }
    }

    #[test]
    fn an_approle_secret_id_learns_the_fingerprint_of_its_role_id() {
        let role = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
        let found = hits(&format!(
            "VAULT_ROLE_ID={role}\nVAULT_SECRET_ID=dd5e1eb7-3cb0-4c8f‖-a894-8381e46362df\n"
        ));
        let key = FingerprintKey::new(b"test");
        assert_eq!(found[0].decoded["role_id"], key.fingerprint(role.as_bytes()));
    }

    #[test]
    fn an_entra_secret_learns_its_client_and_tenant() {
        let secret = "BD78Q‖~rg9RO3hvpVfHM5T4Z1ixh5I6Eoow2QdDqx";
        let text = format!(
            "AZURE_TENANT_ID=0f8fad5b-d9cb-469f-a165-70867728950e\n\
             AZURE_CLIENT_ID=7c9e6679-7425-40de-944b-e07fc1f90ae7\nAZURE_CLIENT_SECRET={secret}\n"
        );
        let found = hits(&text);
        assert_eq!(found[0].decoded["client_id"], "7c9e6679-7425-40de-944b-e07fc1f90ae7");
        assert_eq!(found[0].decoded["tenant"], "0f8fad5b-d9cb-469f-a165-70867728950e");
        let other =
            hits(&format!("request_id=7c9e6679-7425-40de-944b-e07fc1f90ae7\nsecret={secret}\n"));
        assert!(!other[0].decoded.contains_key("client_id"));
    }
}
