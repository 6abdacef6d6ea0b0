//! What a token may do at a path: random policies and paths.

use super::{Bao, Dice, acl};
use jiff::Timestamp;
use overstay_detectors::policy::vault::VaultPolicy;
use serde_json::json;

const WORDS: &[&str] = &["a", "b", "fo", "foo", "foo-x", "foobar", ""];
const CAPABILITIES: &[&str] =
    &["create", "read", "update", "patch", "delete", "list", "scan", "sudo", "deny"];

fn pattern(dice: &mut Dice) -> String {
    let segments: Vec<&str> = (0..=dice.roll(4))
        .map(|_| match dice.roll(12) {
            0..=2 => "+",
            3 if dice.roll(3) == 0 => dice.pick(&["+foo", "fo+", "*", "f*o", "é"]),
            _ => dice.pick(WORDS),
        })
        .collect();
    let start = if dice.roll(12) == 0 { "/" } else { "" };
    let end = dice.pick(&["", "", "*", "/*", "/", "fo*", "/+"]);
    format!("{start}{}{end}", segments.join("/"))
}

fn capabilities(dice: &mut Dice) -> String {
    let count = dice.roll(5);
    let words: Vec<String> = (0..count)
        .map(|_| {
            let deny = dice.roll(8) == 0;
            format!("\"{}\"", if deny { "deny" } else { dice.pick(&CAPABILITIES[..8]) })
        })
        .collect();
    match dice.roll(10) {
        0 => format!("policy = \"{}\"", dice.pick(&["read", "write", "sudo", "deny"])),
        1 => format!("policy = \"read\"\n  capabilities = [{}]", words.join(", ")),
        2 => format!("capabilities = [{}]\n  capabilities = [\"read\"]", words.join(", ")),
        _ => format!("capabilities = [{}]", words.join(", ")),
    }
}

fn policy(dice: &mut Dice) -> String {
    (0..=dice.roll(6))
        .map(|_| format!("path \"{}\" {{\n  {}\n}}\n", pattern(dice), capabilities(dice)))
        .collect()
}

/// A path, half of the time one that a pattern of the policies covers.
fn path(dice: &mut Dice, policies: &[String]) -> String {
    if dice.roll(2) == 0 {
        let patterns: Vec<&str> =
            policies.iter().flat_map(|p| p.split('"').filter(|part| part.contains('/'))).collect();
        if !patterns.is_empty() {
            let chosen = dice.pick(&patterns).to_owned();
            let filled = chosen
                .replace('+', dice.pick(WORDS))
                .replace('*', dice.pick(&["", "x", "foo/a", "/"]));
            if !filled.trim_start_matches('/').is_empty() {
                return filled;
            }
        }
    }
    let segments: Vec<&str> = (0..=dice.roll(5)).map(|_| dice.pick(WORDS)).collect();
    let end = dice.pick(&["", "", "/"]);
    let path = format!("{}{end}", segments.join("/"));
    if path.is_empty() { "a".into() } else { path }
}

#[test]
fn ten_thousand_random_questions_have_the_answer_of_the_server() {
    const SETS: usize = 300;
    const PATHS: usize = 40;
    let Some(bao) = Bao::start("capabilities") else { return };
    let mut dice = Dice::new(0x0a5e_ed0f_0ba0);
    let (mut compared, mut differences) = (0, Vec::new());
    for set in 0..SETS {
        let mut texts = Vec::new();
        let mut names = Vec::new();
        for number in 0..=dice.roll(3) {
            let text = policy(&mut dice);
            let name = format!("p{set}-{number}");
            let ours = VaultPolicy::parse(&text, Timestamp::now());
            let accepted = bao.accepts(&name, &text);
            if ours.is_ok() != accepted {
                differences.push(format!("accepted: {accepted}, ours {ours:?}\n{text}"));
            } else if accepted {
                texts.push(text);
                names.push(name);
            }
        }
        if names.is_empty() {
            continue;
        }
        let ours = acl(&texts);
        let paths: Vec<String> = (0..PATHS).map(|_| path(&mut dice, &texts)).collect();
        let theirs = bao.capabilities(&bao.token(&names), &paths);
        for path in &paths {
            compared += 1;
            let mine = json!(ours.capabilities(path).0.as_server_says());
            if mine != theirs[path] {
                differences.push(format!(
                    "{path:?}: ours {mine}, theirs {}\n{}",
                    theirs[path],
                    texts.join("--\n")
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {compared}:\n{}",
        differences.len(),
        differences[..differences.len().min(5)].join("\n")
    );
    assert!(compared >= 10_000, "only {compared} comparisons");
    eprintln!("{compared} comparisons with a running bao, 0 differences");
}
