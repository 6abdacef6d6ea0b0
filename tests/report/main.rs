//! Reports of one fixed estate: what each format holds, and what none may hold.
#![expect(clippy::unwrap_used, reason = "tests")]

mod decisions;
mod fixed;
mod validator;

use decisions::decision;
use fixed::*;
use overstay::report::{Format, sarif, sarif::Profile};
use overstay_detectors::evidence::Location;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn github_accepts_the_github_profile_whole() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let faults = sarif::check_github(&log);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(results(&log).len(), 4);
}

#[test]
fn the_checker_finds_what_github_refuses() {
    let good = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let spoil = |pointer: &str, value: Value| {
        let mut log = good.clone();
        *log.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        assert!(!sarif::check_github(&log).is_empty(), "{pointer}");
    };
    let rule = "/runs/0/tool/driver/rules/0";
    let result = "/runs/0/results/0";
    let place = format!("{result}/locations/0/physicalLocation");
    spoil(&format!("{rule}/properties/security-severity"), json!(9.5));
    spoil(&format!("{rule}/properties/security-severity"), json!("HIGH"));
    spoil(&format!("{rule}/properties/tags"), json!(vec!["security"; 2]));
    spoil(
        &format!("{rule}/properties/tags"),
        json!((0..11).map(|i| i.to_string()).collect::<Vec<_>>()),
    );
    spoil(&format!("{rule}/shortDescription/text"), json!("x".repeat(2000)));
    spoil(&format!("{rule}/help/text"), json!(""));
    spoil("/runs/0/invocations/0/executionSuccessful", json!(false));
    spoil("/runs/0/automationDetails/id", good["runs"][1]["automationDetails"]["id"].clone());
    spoil(&format!("{result}/locations"), json!([]));
    spoil(&format!("{place}/artifactLocation/uri"), json!("https://example.com/a"));
    spoil(&format!("{place}/artifactLocation/uri"), json!("/etc/passwd"));
    spoil(&format!("{place}/artifactLocation/uri"), json!("../a"));
    spoil(&format!("{place}/region/startLine"), json!(0));
    spoil(&format!("{result}/ruleIndex"), json!(99));
    spoil(&format!("{result}/kind"), json!("review"));
    spoil(&format!("{result}/partialFingerprints"), json!({}));
}

#[test]
fn a_source_that_failed_has_no_run_for_github_and_a_notification_in_the_archive() {
    let report = report_of(findings(), Vec::new());
    let ids = |log: &Value| -> Vec<String> {
        let runs = log["runs"].as_array().unwrap().iter();
        runs.map(|run| run["automationDetails"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let github = sarif_of(&report, Profile::Github);
    assert_eq!(ids(&github), ["overstay/aws/111122223333/", "overstay/git/example/repository/"]);
    let archive = sarif_of(&report, Profile::Archive);
    assert_eq!(archive["runs"].as_array().unwrap().len(), 3);
    let vault = &archive["runs"][2];
    assert_eq!(vault["invocations"][0]["executionSuccessful"], false);
    let told = vault["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].clone();
    assert!(told.as_str().unwrap().contains("connection refused"), "{told}");
    let git = &archive["runs"][1]["invocations"][0]["toolExecutionNotifications"];
    assert!(git.to_string().contains("broken%20file.yml"), "{git}");
}

#[test]
fn a_place_is_found_for_everything() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let uris: Vec<&str> = results(&log)
        .iter()
        .map(|r| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert_eq!(
        uris,
        [
            "nhi/aws/111122223333/aws/arn_aws_iam__111122223333_role_cloud%20only",
            "nhi-register.yaml",
            "policies/a%20b.hcl",
            "policies/b.hcl",
        ]
    );
}

#[test]
fn a_finding_reported_twice_is_one_result() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Archive);
    let merged: Vec<&Value> =
        results(&log).into_iter().filter(|r| r["occurrenceCount"] == 2).collect();
    assert_eq!(merged.len(), 1);
    let mut seen = BTreeSet::new();
    for result in results(&log) {
        assert!(seen.insert(result["fingerprints"].to_string()), "{result}");
    }
}

/// DefectDojo loses the whole import over one step without a file, one file without a region's
/// line, or a fingerprint key that it cannot read.
#[test]
fn no_importer_loses_the_file_over_a_place() {
    for profile in [Profile::Github, Profile::Archive] {
        let log = sarif_of(&report_of(findings(), Vec::new()), profile);
        let mut steps = 0;
        for result in results(&log) {
            let mut places: Vec<&Value> = result["locations"].as_array().unwrap().iter().collect();
            places.extend(result["relatedLocations"].as_array().into_iter().flatten());
            let flow = result.pointer("/codeFlows/0/threadFlows/0/locations");
            for step in flow.and_then(Value::as_array).into_iter().flatten() {
                steps += 1;
                places.push(&step["location"]);
            }
            for place in places {
                let physical = &place["physicalLocation"];
                assert!(physical["artifactLocation"]["uri"].is_string(), "{place}");
                assert!(physical["region"]["startLine"].as_u64().unwrap() >= 1, "{place}");
            }
            for (key, _) in result["fingerprints"].as_object().unwrap() {
                assert_eq!(key, "overstayFinding/v1");
            }
        }
        assert_eq!(steps, 2);
    }
}

#[test]
fn a_long_path_is_cut_and_keeps_its_end() {
    let mut long = in_file("vault:policy/long", "p.hcl", 1);
    for i in 0..250 {
        long.step(Location::logical(format!("hop {i}")), format!("hop {i}"));
    }
    let log = sarif_of(&report_of(vec![long], Vec::new()), Profile::Github);
    let git = &log["runs"][1]["results"][0];
    let steps = git["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps.len(), 100);
    assert_eq!(steps[99]["location"]["message"]["text"], "hop 249");
}

#[test]
fn every_rule_leads_to_owasp_and_cwe_and_the_indexes_resolve() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Archive);
    for run in log["runs"].as_array().unwrap() {
        let taxonomies = run["taxonomies"].as_array().unwrap();
        assert_eq!(taxonomies[0]["taxa"].as_array().unwrap().len(), 10);
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            let mut names = BTreeSet::new();
            for relationship in rule["relationships"].as_array().unwrap() {
                let target = &relationship["target"];
                let component = &target["toolComponent"];
                let taxonomy = &taxonomies[component["index"].as_u64().unwrap() as usize];
                assert_eq!(taxonomy["guid"], component["guid"]);
                assert_eq!(
                    taxonomy["taxa"][target["index"].as_u64().unwrap() as usize]["id"],
                    target["id"]
                );
                names.insert(component["name"].as_str().unwrap());
            }
            assert!(names.contains("CWE") && names.contains("OWASP-NHI-Top10"), "{rule}");
            assert_ne!(rule["name"], rule["id"]);
        }
    }
}

#[test]
fn the_provenance_names_the_commit_and_no_credential() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let provenance = &log["runs"][1]["versionControlProvenance"][0];
    assert_eq!(provenance["repositoryUri"], "https://github.com/example/repository");
    assert_eq!(provenance["branch"], "main");
}

#[test]
fn the_same_evidence_gives_the_same_bytes_in_any_order() {
    let mut backward = findings();
    backward.reverse();
    let (one, two) = (report_of(findings(), Vec::new()), report_of(backward, Vec::new()));
    for (format, profile) in every_format() {
        assert_eq!(written(&one, format, profile), written(&two, format, profile), "{format:?}");
    }
}

#[test]
fn text_of_others_controls_nothing() {
    let report = report_of(findings(), Vec::new());
    for (format, profile) in every_format() {
        let text = written(&report, format, profile);
        assert!(!text.contains('\u{1b}'), "{format:?}");
    }
    for result in results(&sarif_of(&report, Profile::Github)) {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("[2J](https://evil"), "{message}");
    }
    let markdown = written(&report, Format::Markdown, Profile::Github);
    assert!(markdown.contains(r"\](https://evil.example)\|=cmd"), "{markdown}");
}

#[test]
fn the_validator_has_nothing_to_say() {
    for profile in [Profile::Github, Profile::Archive] {
        let attrs = json!({"identity": "vault:policy/a", "until": "2026-12-31"});
        let report = report_of(findings(), vec![decision(attrs, "2027-01-01T00:00:00Z")]);
        let Some(faults) = validator::faults(&written(&report, Format::Sarif, profile)) else {
            return;
        };
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
