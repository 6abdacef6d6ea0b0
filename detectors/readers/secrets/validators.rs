//! Offline checks, by the name that a format's `validator` gives. A check never refuses a match: it
//! says `Valid`, `Invalid` or nothing, and what it could read off the value.

mod aws;
mod checksums;
mod der;
mod encoded;
mod jwt;
mod keys;
mod structured;

use crate::evidence::{Attrs, Verdict};

pub(super) use encoded::user_and_password;
pub use keys::certificate_key;
pub(in crate::readers) use keys::fingerprint as ssh_fingerprint;
pub(super) use structured::is_public_nkey;

/// What a format's regex captured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Captured<'a> {
    /// The value that must not be shown.
    pub(super) secret: &'a [u8],
}

/// What a check found out.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Check {
    /// What the structure says.
    pub(super) verdict: Verdict,
    /// Why it is worth less than its form suggests.
    pub(super) lowered: Option<&'static str>,
    /// What can be read off the value.
    pub(super) decoded: Attrs,
    /// The credential itself, when the value is an encoding of it: what its fingerprint is taken of.
    pub(super) inner: Option<Inner>,
}

/// A credential that was decoded. Never shown.
#[derive(PartialEq)]
pub(super) struct Inner(pub(super) Vec<u8>);

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inner")
    }
}

/// An offline check.
pub(super) type Validator = fn(&Captured) -> Check;

/// Every offline check, under the name that a format's `validator` gives.
pub(super) const CHECKS: &[(&str, Validator)] = &[
    ("aws-access-key-id", aws::aws_access_key_id),
    ("basic-auth", encoded::basic_auth),
    ("bech32", structured::bech32),
    ("discord", structured::discord),
    ("entra-secret", structured::entra_secret),
    ("github-crc32", checksums::github),
    ("gitlab-routable", structured::gitlab_routable),
    ("grafana-crc32", structured::grafana),
    ("jwt", jwt::jwt),
    ("nkey", structured::nkey),
    ("npm-crc32", checksums::base62_crc32),
    ("private-key", keys::private_key),
    ("pypi", structured::pypi),
    ("test-mode", structured::test_mode),
];

/// The check of that name.
pub(super) fn named(name: &str) -> Option<Validator> {
    CHECKS.iter().find(|(known, _)| *known == name).map(|(_, check)| *check)
}

impl Check {
    pub(super) fn of(right: bool) -> Check {
        Check { verdict: if right { Verdict::Valid } else { Verdict::Invalid }, ..Check::default() }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Check {
        self.decoded.insert(name.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, secret: &str) -> Check {
        let secret = secret.replace(crate::examples::BREAK, "");
        named(name).unwrap()(&Captured { secret: secret.as_bytes() })
    }

    #[test]
    fn crc32_gives_the_published_check_value() {
        assert_eq!(checksums::crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn grafana_and_gitlab_checksums() {
        assert_eq!(
            check("grafana-crc32", "glsa_‖iNValIdinValiDinvalidinvalidinva_5b582697").verdict,
            Verdict::Valid
        );
        assert_eq!(
            check("grafana-crc32", "glsa_‖iNValIdinValiDinvalidinvalidinva_5b582698").verdict,
            Verdict::Invalid
        );
        let body = "glpat-‖bzoxMjM0NTY3ODkwYWJjZGVmbzoxCnU6YgM.01.0y".replace('‖', "");
        let mut sum = u64::from(checksums::crc32(body.as_bytes()));
        let mut digits = Vec::new();
        for _ in 0..7 {
            digits.push(char::from_digit((sum % 36) as u32, 36).unwrap());
            sum /= 36;
        }
        let sum: String = digits.into_iter().rev().collect();
        assert_eq!(check("gitlab-routable", &format!("{body}{sum}")).verdict, Verdict::Valid);
        assert_eq!(check("gitlab-routable", &format!("{body}0000000")).verdict, Verdict::Invalid);
    }

    #[test]
    fn a_jwt_gives_its_claims_and_the_documentation_one_is_lowered() {
        let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9‖.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.x";
        let check = check("jwt", jwt);
        assert_eq!(check.verdict, Verdict::Valid);
        assert_eq!(check.decoded["sub"], "1234567890");
        assert_eq!(check.lowered, Some("documentation example"));
        assert_eq!(super::tests::check("jwt", "eyJub3Q.anything.x").verdict, Verdict::Invalid);
    }

    #[test]
    fn basic_auth_gives_the_user() {
        let check = check("basic-auth", "YWxpY2U6‖enVhcnV5aTQy");
        assert_eq!(check.decoded["user"], "alice");
        assert_eq!(super::tests::check("basic-auth", "Zm9vYmFy").verdict, Verdict::Invalid);
    }

    #[test]
    fn no_check_panics_on_any_bytes() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        for round in 0..20_000_u64 {
            let length = (round % 97) as usize;
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let byte = (state >> 56) as u8;
                    if round % 2 == 0 {
                        byte
                    } else {
                        b"ABCabc019+/=_-.{}\":\n"[usize::from(byte) % 20]
                    }
                })
                .collect();
            for (_, check) in CHECKS {
                check(&Captured { secret: &bytes });
            }
        }
    }
    #[test]
    fn a_github_token_with_a_wrong_checksum_is_invalid() {
        let right = "ghp_‖zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17";
        assert_eq!(check("github-crc32", right).verdict, Verdict::Valid);
        let wrong = right.replace("zQWB", "zQWC");
        assert_eq!(check("github-crc32", &wrong).verdict, Verdict::Invalid);
        assert_eq!(check("github-crc32", "").verdict, Verdict::Invalid);
    }

    #[test]
    fn a_github_token_gives_the_hash_of_the_audit_log_only_when_it_is_random_for_certain() {
        let right = check("github-crc32", "ghp_‖IwdMx9WFWRRfMhTYiaVjZ78Jfuamvn0YWRM0");
        assert_eq!(right.decoded["hashed_token"], "f5bOSsgUqHJCtvwN8xY3oybLZBjr6quRHjOCGl108vc=");
        let wrong = check("github-crc32", "ghp_‖IwdMx9WFWRRfMhTYiaVjZ78Jfuamvn0YWRM1");
        assert!(wrong.decoded.is_empty(), "what may have been chosen by a person can be guessed");
        assert!(
            !check("npm-crc32", "npm_‖IwdMx9WFWRRfMhTYiaVjZ78Jfuamvn0YWRM0")
                .decoded
                .contains_key("hashed_token")
        );
    }

    #[test]
    fn an_entra_secret_gives_the_hint_that_the_directory_shows() {
        let found = check("entra-secret", "BD78Q‖~rg9RO3hvpVfHM5T4Z1ixh5I6Eoow2QdDqx");
        assert_eq!(found.decoded["hint"], "BD7");
        assert_eq!(found.verdict, Verdict::Unchecked);
    }
}
