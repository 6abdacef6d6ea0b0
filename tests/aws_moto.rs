//! The live source against moto, through the real SDK: a seeded organisation of two accounts.
//!
//! Needs a Python with `moto[server]` in `.venv` or PATH; says so and passes when there is none.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

mod moto;

use moto::Moto;
use serde_json::Value;
use std::process::Command;

const OWN: &str = "123456789012";
/// The value of the seeded secret and parameter.
const PLANTED: &str = "planted-stored-value";

impl Moto {
    fn run(&self, arguments: &[&str]) -> Vec<Value> {
        let home = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_overstay"))
            .env_clear()
            .env("CI", "1")
            .env("HOME", home.path())
            .env("OVERSTAY_LOG", "trace")
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "planted-scanner-secret")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "1")
            .current_dir(home.path())
            .args(arguments)
            .output()
            .unwrap();
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(PLANTED), "a stored value is in the output");
            assert!(!text.contains("planted-scanner-secret"), "our secret is in the output");
        }
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The records of a kind or type that belong to an account.
fn of<'a>(evidence: &'a [Value], kind: &str, account: &str) -> Vec<&'a Value> {
    let named = evidence.iter().filter(|r| r["kind"] == kind || r["type"] == kind);
    named.filter(|r| r["src"]["tenant"] == account).collect()
}

#[test]
fn an_organisation_becomes_evidence_and_findings() {
    let name = "an_organisation_becomes_evidence_and_findings";
    let Some(moto) = Moto::start(name, "aws/moto_seed.py", &[PLANTED]) else { return };
    let member = moto.fact("member");
    let evidence = moto.run(&["collect", "--source", "aws:org"]);
    for account in [OWN, member] {
        let names: Vec<&str> =
            of(&evidence, "identity", account).iter().filter_map(|i| i["name"].as_str()).collect();
        for name in ["ci", "ann", "ops", "deploy", "anyone", "vendor"] {
            assert_eq!(names.iter().filter(|n| **n == name).count(), 1, "{name}: {names:?}");
        }
        let keys = of(&evidence, "aws-access-key", account);
        assert_eq!(keys.len(), 2, "{keys:#?}");
        assert!(keys.iter().all(|k| k["key_id"].as_str().is_some_and(|id| id.len() == 20)));
        let states: Vec<&str> = keys.iter().filter_map(|k| k["status"].as_str()).collect();
        assert!(states.contains(&"active") && states.contains(&"disabled"), "{keys:#?}");
        let provider = of(&evidence, "aws-oidc-provider", account)[0];
        assert_eq!(provider["attrs"]["audiences"][0], "sts.amazonaws.com");
        assert_eq!(of(&evidence, "aws-saml-provider", account).len(), 1);
        let settings = of(&evidence, "aws-account-settings", account)[0];
        assert_eq!(settings["attrs"]["password_policy"]["MinimumPasswordLength"], 14);
    }
    let secrets = of(&evidence, "aws-secret", OWN);
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0]["attrs"]["rotation"], false);
    let parameters = of(&evidence, "aws-parameter", OWN);
    assert_eq!(parameters.len(), 1, "only what is encrypted: {parameters:#?}");

    let accounts = of(&evidence, "aws-account", OWN);
    let other = accounts.iter().find(|a| a["subject"] == format!("aws-account:{member}"));
    assert_eq!(other.unwrap()["attrs"]["parents"].as_array().unwrap().len(), 2, "{accounts:#?}");
    let nothing =
        evidence.iter().find(|r| r["language"] == "aws-scp" && r["attrs"]["name"] == "nothing");
    assert!(nothing.unwrap()["attached_to"][0].as_str().unwrap().starts_with("aws-ou:ou-"));

    let perimeter =
        evidence.iter().find(|r| r["language"] == "aws-rcp" && r["attrs"]["name"] == "perimeter");
    assert!(perimeter.unwrap()["attached_to"][0].as_str().unwrap().starts_with("aws-ou:ou-"));

    // moto knows neither service: that is said.
    for part in ["rolesanywhere:ListTrustAnchors", "access-analyzer:ListAnalyzers"] {
        let told = evidence.iter().any(|r| {
            r["kind"] == "coverage"
                && r["complete"].as_bool() == Some(false)
                && r["part"].as_str().is_some_and(|p| p.contains(part))
        });
        assert!(told, "{part}");
    }

    let findings = moto.run(&["scan", "--source", "aws:org", "--format", "jsonl"]);
    let told = |rule: &str, message: &str| {
        findings.iter().any(|f| {
            f["rule"] == rule && f["message"].as_str().is_some_and(|m| m.contains(message))
        })
    };
    let own = format!("account {OWN}");
    assert!(told("aws-role-trusts-anyone", "'anyone'"), "{findings:#?}");
    assert!(told("aws-standing-admin", &format!("'deploy' is a standing administrator of {own}")));
    assert!(told("aws-role-trusts-vendor-without-external-id", "999988887777"));
    assert!(told("aws-oidc-trust-too-broad", "'deploy'"), "{findings:#?}");
    // The unit's resource control policy lets nobody from outside assume a role of the member account.
    let open = |rule: &str| findings.iter().filter(|f| f["rule"] == rule).count();
    assert_eq!(open("aws-role-trusts-anyone"), 1, "{findings:#?}");
    assert_eq!(open("aws-role-trusts-vendor-without-external-id"), 1);
    // The unit's policy forbids everything, so nobody administrates the member account.
    assert!(!told("aws-standing-admin", &format!("account {member}")), "{findings:#?}");
}
