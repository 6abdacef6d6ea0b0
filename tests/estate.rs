//! One company in one scan: a repository, a live OpenBao, a live AWS (moto), approvals, PAM, exports of
//! GitHub and Entra. What leaked is told with its holder, power, last use, owner and approval.
//!
//! Needs `bao`, a Python with `moto[server]`, `ssh-keygen` and `git`; says so and passes without them.
#![cfg(all(feature = "aws", feature = "vault"))]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

mod bao;
#[path = "estate/company.rs"]
mod company;
mod moto;

use company::Company;
use serde_json::Value;

/// The findings of a rule about an identity.
fn of<'f>(findings: &'f [Value], rule: &str, words: &str) -> Vec<&'f Value> {
    let about =
        |f: &&Value| f["rule"] == rule && f["message"].as_str().is_some_and(|m| m.contains(words));
    findings.iter().filter(about).collect()
}

fn message<'f>(findings: &'f [Value], words: &str) -> &'f str {
    let found = of(findings, "leaked-credential-live", words);
    let [one] = found.as_slice() else {
        let all = of(findings, "leaked-credential-live", "");
        panic!(
            "{words}: {} of {:#?}",
            found.len(),
            all.iter().map(|f| &f["message"]).collect::<Vec<_>>()
        )
    };
    one["message"].as_str().unwrap()
}

fn assert_tells(message: &str, facts: &[&str]) {
    for fact in facts {
        assert!(message.contains(fact), "`{fact}` is missing in: {message}");
    }
}

#[test]
fn one_command_joins_every_leak_with_its_live_identity() {
    let Some(company) = Company::found("one_command_joins_every_leak") else { return };
    let scanned = company.overstay(&["scan", "--format", "jsonl", "--persona", "auditor"]);
    let findings = scanned.findings();

    // An AWS key: file, user, administration, owner from a tag who has left, approval that is over.
    let aws = message(&findings, "holds the aws-access-key");
    assert_tells(
        aws,
        &[
            "user/pay-deploy",
            "leaked in deploy/env.sh",
            "It works and",
            "administration of account 123456789012",
            "according to a tag in aws",
            "who was disabled on 2026-10-01",
            "approval entitlement:desk:R1 ends on 2026-06-30",
        ],
    );
    let finding = of(&findings, "leaked-credential-live", "aws-access-key")[0];
    assert_eq!(finding["band"], "critical", "{finding:#}");
    assert_eq!(finding["clocks"]["approval"]["record"], "entitlement:desk:R1");

    // A deploy key: the private half in the repository, the public half in GitHub's export.
    assert_tells(
        message(&findings, "holds the deploy-key"),
        &[
            "github-deploy-key:acme/shop/7",
            "leaked in deploy/id_ed25519",
            "It works and was last used on 2026-11-20",
            "write on acme/shop (github)",
            "owner is 'github:dev1'",
            "no approval",
        ],
    );

    // An AppRole: the role by the fingerprint of its role id, its policies from the server.
    assert_tells(
        message(&findings, "holds the approle-secret-id"),
        &[
            "'desk:svc-pay'",
            "leaked in deploy/vault.env",
            "the policies pay-admin: it can rewrite any policy",
            "according to register",
            "approval entitlement:desk:R2 ends on 2027-06-30",
        ],
    );

    // An Entra secret by application and hint, a GitHub token by the hash of the audit log.
    assert_tells(
        message(&findings, "holds the entra-client-secret"),
        &["leaked in deploy/azure.env", "It works", "according to entra"],
    );
    assert_tells(
        message(&findings, "holds the github-pat"),
        &["'github:dev1'", "leaked in deploy/token.txt", "last used on 2026-11-19"],
    );

    // The elevation of PAM runs beyond the approval that it names.
    let outlives = of(&findings, "credential-outlives-approval", "'desk:svc-pay'");
    let [outlives] = outlives.as_slice() else { panic!("{outlives:#?}") };
    assert_eq!(outlives["clocks"]["credential"], "2028-01-01T00:00:00Z");

    // The workflow's roles, and who else can really take them.
    for (rule, role) in [
        ("aws-oidc-trust-wider-than-users", "'ship'"),
        ("vault-jwt-role-wider-than-users", "jwt/ship"),
    ] {
        let told = of(&findings, rule, role);
        let [one] = told.as_slice() else { panic!("{rule}: {told:#?}") };
        let message = one["message"].as_str().unwrap();
        assert_tells(message, &["acme/shop .github/workflows/ship.yml", "lint.yml"]);
    }

    // The pipeline that any branch starts, step by step to administration, in both clouds.
    for (name, gives) in [
        ("role/ship", "administration of account 123456789012"),
        ("vault-role:auth/jwt/ship", "it can rewrite any policy"),
    ] {
        let told = of(&findings, "open-pipeline-reaches-admin", name);
        let [one] = told.as_slice() else { panic!("{name}: {told:#?}") };
        assert_tells(
            one["message"].as_str().unwrap(),
            &[gives, "whoever can push a branch of acme/shop", "lint.yml"],
        );
        assert_eq!(one["steps"].as_array().unwrap().len(), 4);
    }

    company.assert_no_secret_in(&scanned);
    let sarif = company.overstay(&["scan", "--format", "sarif", "--sarif-profile", "archive"]);
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    let results =
        || log["runs"].as_array().unwrap().iter().flat_map(|r| r["results"].as_array().unwrap());
    let of_rule = |rule: &str| {
        let rule = rule.to_owned();
        results()
            .filter(move |r| r["ruleId"].as_str().unwrap().starts_with(&rule))
            .collect::<Vec<_>>()
    };
    for chain in of_rule("open-pipeline-reaches-admin") {
        let steps = &chain["codeFlows"][0]["threadFlows"][0]["locations"];
        assert_eq!(steps.as_array().unwrap().len(), 4, "{chain:#}");
    }
    let clocks =
        |r: &&Value| r["properties"]["clocks"]["approval"]["ends"] == "2026-06-30T23:59:59Z";
    assert_eq!(of_rule("leaked-credential-live").into_iter().filter(clocks).count(), 1);
    company.assert_no_secret_in(&sarif);
}

#[test]
fn without_a_ledger_its_absences_are_gaps_and_never_silence() {
    let Some(company) = Company::found("without_a_ledger_its_absences_are_gaps") else { return };
    let whole = company.overstay(&["scan", "--format", "jsonl"]).findings();
    let unapproved = of(&whole, "access-without-approval", "github-deploy-key:acme/shop/7");
    assert_eq!(unapproved.len(), 1, "the complete ledger approves no deploy key");

    std::fs::remove_file(company.path("exports/requests.csv")).unwrap();
    let partial = company.overstay(&["scan", "--format", "jsonl"]).findings();
    assert!(of(&partial, "access-without-approval", "").is_empty(), "unknown is never a breach");
    let gaps = of(&partial, "evidence-gap", "'desk' leaves questions about entitlement");
    let [gap] = gaps.as_slice() else { panic!("{:#?}", of(&partial, "evidence-gap", "")) };
    assert_tells(gap["message"].as_str().unwrap(), &["no file matches `requests.csv`"]);
    assert_eq!(gap["band"], "note");
    assert_tells(
        message(&partial, "holds the deploy-key"),
        &["Whether an approval stands is not known"],
    );
    let report = company.overstay(&["scan", "--format", "text"]).stdout;
    assert!(report.contains("no file matches `requests.csv`"), "the missing export is named");
}

#[test]
fn the_chain_of_custody_tells_owner_provenance_and_clocks() {
    let Some(company) = Company::found("the_chain_of_custody") else { return };
    let user = "aws:arn:aws:iam::123456789012:user/pay-deploy";
    let told = company.overstay(&["identity", user, "--format", "json"]);
    let custody: Value =
        serde_json::from_str(&told.stdout).unwrap_or_else(|_| panic!("{}", told.stderr));
    assert_eq!(custody["owners"][0]["provenance"], "tag");
    assert_eq!(custody["owners"][0]["left"], "was disabled on 2026-10-01 (entra)");
    assert_eq!(custody["clocks"]["approval"]["ends"], "2026-06-30T23:59:59Z");
    let place = custody["credentials"][0]["exposed"][0].as_str().unwrap();
    assert!(place.starts_with("deploy/env.sh:"), "{place}");
    for form in ["text", "markdown"] {
        let page = company.overstay(&["identity", user, "--format", form]).stdout;
        assert_tells(
            &page,
            &[
                "Three clocks",
                "approval entitlement:desk:R1 ends on 2026-06-30",
                "says a tag in aws",
            ],
        );
    }
}
