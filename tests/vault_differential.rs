//! The policy language against a running OpenBao: random policies and paths, the same answer.
//!
//! Needs `bao` in PATH or in `.venv/bin`; says so and passes when there is none.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

mod bao;
#[path = "vault_differential/capabilities.rs"]
mod capabilities;
#[path = "vault_differential/parameters.rs"]
mod parameters;
#[path = "vault_differential/syntax.rs"]
mod syntax;

use bao::Bao;
use jiff::Timestamp;
use overstay_detectors::policy::vault::{Acl, VaultPolicy};
use serde_json::{Value, json};

impl Bao {
    /// True when the server takes the text as a policy.
    fn accepts(&self, name: &str, text: &str) -> bool {
        let (status, _) = self.call(
            "PUT",
            &format!("sys/policies/acl/{name}"),
            Some(json!({"policy": text})),
            &[],
        );
        status == 204 || status == 200
    }

    fn token(&self, policies: &[String]) -> String {
        let body = json!({"policies": policies, "no_default_policy": true, "ttl": "1h"});
        let (status, answer) = self.call("POST", "auth/token/create", Some(body), &[]);
        assert_eq!(status, 200, "{answer}");
        answer["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    fn capabilities(&self, token: &str, paths: &[String]) -> Value {
        let body = json!({"token": token, "paths": paths});
        let (status, answer) = self.call("POST", "sys/capabilities", Some(body), &[]);
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }
}

/// xorshift: the same sequence on every machine, another one with `OVERSTAY_DIFFERENTIAL_SEED`.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        let other =
            std::env::var("OVERSTAY_DIFFERENTIAL_SEED").ok().and_then(|s| s.parse::<u64>().ok());
        let mut dice = Dice(seed ^ other.unwrap_or(0).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..8 {
            dice.roll(2);
        }
        dice
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }
}

fn acl(texts: &[String]) -> Acl {
    let now = Timestamp::now();
    let policies: Vec<VaultPolicy> =
        texts.iter().map(|t| VaultPolicy::parse(t, now).unwrap()).collect();
    Acl::new(&policies)
}
