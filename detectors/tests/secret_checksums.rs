//! Credentials that carry a check of themselves: a right one is believed, a wrong one never is.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use overstay_detectors::{
    detect,
    evidence::{Confidence, Estate, Record, Src, Thresholds, Verdict},
    examples::BREAK,
    readers::{
        Document,
        secrets::{self, FingerprintKey, Hit, Matcher, built_in},
    },
};
use overstay_rules::{Band, SeverityTable};

/// The formats whose check tells right from wrong for every text of the right form.
const CHECKED: &[&str] = &[
    "age-secret-key",
    "github-installation-token",
    "github-oauth-token",
    "github-pat",
    "github-user-to-server-token",
    "gitlab-routable-pat",
    "grafana-service-account-token",
    "nats-nkey-seed",
    "npm-access-token",
];

fn matcher() -> Matcher {
    Matcher::built_in(&FingerprintKey::new(b"test"))
}

fn hit(format: &str, text: &[u8]) -> Option<Hit> {
    let mut found = None;
    matcher().scan("deploy.sh", text, &mut |hit| {
        if hit.format == format {
            found = Some(hit);
        }
    });
    found
}

/// The text with one character of the secret changed into another of its class.
fn damaged(text: &[u8], at: usize) -> Option<Vec<u8>> {
    let mut text = text.to_vec();
    text[at] = match text[at] {
        b'9' => b'2',
        b'z' => b'q',
        b'Z' => b'Q',
        byte @ (b'0'..=b'8' | b'a'..=b'y' | b'A'..=b'Y') => byte + 1,
        _ => return None,
    };
    Some(text)
}

/// The worst band that the finding about a text may have.
fn band(text: &[u8]) -> Option<Band> {
    let src = Src::of("git", "acme/app");
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let document =
        Document { path: "deploy.sh", bytes: text, src: &src, repository: None, as_of: now };
    let records = secrets::read(&document, &matcher()).into_iter().map(Record::from).collect();
    let estate = Estate::build(records, now, Thresholds::default());
    let rule = overstay_rules::find("leaked-credential").unwrap().id;
    let (findings, _) = detect(&estate, &[rule]);
    let bands = findings.iter().map(|finding| finding.vector.bands(SeverityTable::built_in()));
    bands.map(|(one, two, three)| one.max(two).max(three)).max()
}

#[test]
fn a_right_checksum_is_believed_and_a_wrong_one_is_a_note() {
    for id in CHECKED {
        let format = built_in().iter().find(|format| format.id == *id).unwrap();
        let mut tried = 0;
        for example in &format.positive {
            let text = example.replace(BREAK, "").into_bytes();
            let Some(right) = hit(id, &text) else { continue };
            if right.verdict != Verdict::Valid {
                continue;
            }
            assert_eq!(right.confidence, Confidence::High, "{id}");
            assert!(band(&text) > Some(Band::Low), "{id}");
            for at in right.range.clone().rev().take(24) {
                let Some(wrong) = damaged(&text, at) else { continue };
                // Some changes leave the form: then there is nothing to judge.
                let Some(found) = hit(id, &wrong) else { continue };
                assert_eq!(found.verdict, Verdict::Invalid, "{id}, {at}");
                assert_eq!(found.confidence, Confidence::Low, "{id}, {at}");
                assert_eq!(band(&wrong), Some(Band::Note), "{id}, {at}");
                tried += 1;
            }
        }
        assert!(tried >= 10, "{id}: only {tried} wrong values were tried");
    }
}
