//! What a policy is: texts near the edge of what the parser takes.

use super::{Bao, Dice};
use jiff::Timestamp;
use overstay_detectors::policy::vault::VaultPolicy;

/// Pieces that, put together at random, make texts near the edge of what the parser takes.
const PIECES: &[&str] = &[
    "path",
    " \"a\" ",
    "\"b/*\"",
    "{",
    "}",
    "{",
    "}",
    "capabilities",
    " = ",
    "=",
    "[",
    "]",
    "\"read\"",
    "\"list\",",
    ",",
    "\n",
    " ",
    "#c\n",
    "//c\n",
    "/* c */",
    "policy",
    "\"write\"",
    "\"capabilities\"",
    "allowed_parameters",
    "\"p\"",
    "[]",
    "true",
    "12",
    "1.5",
    "<<E\nx\nE\n",
    "<<-E\n  x\n  E\n",
    "name",
    "comment",
    "\\",
    "'",
    "${",
    "\"${a}\"",
    "\"{{identity.entity.name}}\"",
    "min_wrapping_ttl",
    "\"90s\"",
    "max_wrapping_ttl",
    "\"2d\"",
    "required_parameters",
    "expiration",
    "\"2020-01-01T00:00:00Z\"",
    "pagination_limit",
    "\r\n",
    "+",
    "-",
    ".",
    ":",
    "null",
    "mfa_methods",
];

const SEEDS: &[&str] = &[
    "path \"a\" {\n  capabilities = [\"read\"]\n}\n",
    "path \"a/*\" { capabilities = [\"read\", \"list\"] }\npath \"b\" { policy = \"write\" }",
    "path \"a\" {\n  capabilities = [\"update\"]\n  allowed_parameters = { \"p\" = [\"x\", 1, true], \"*\" = [] }\n  min_wrapping_ttl = \"1m\"\n}",
    "path \"a\" {\n  capabilities = [\"update\"]\n  denied_parameters {\n    \"p\" = []\n  }\n  required_parameters = [\"q\"]\n}",
    "{\"path\": {\"a\": {\"capabilities\": [\"read\"]}, \"b/*\": {\"policy\": \"write\"}}}",
    "{\"path\": [{\"a\": {\"capabilities\": [\"read\", \"list\"]}}], \"name\": \"x\"}",
    "path \"a\" {\n  comment = <<EOT\nx\nEOT\n  capabilities = [<<E\nread\nE\n]\n}",
    "path \"a\" {\n  capabilities = [\"read\"]\n  expiration = \"2030-01-01T00:00:00Z\"\n  pagination_limit = 0x10\n}",
    "path \"a\" {\n  capabilities = [\"read\"]\n  control_group = {\n    ttl = \"4h\"\n    factor \"f\" {\n      controlled_capabilities = [\"read\"]\n      identity { group_names = [\"g\"]\n approvals = 1 }\n    }\n  }\n}",
];

/// Pieces that rarely matter.
const BLANKS: &[&str] = &[" ", "\n", "\t", "#c\n", "// c\n", "/* c */", "\r\n", ",", "{{", "é"];

/// Cuts, doubles and inserts at random.
fn mutate(dice: &mut Dice, seed: &str) -> String {
    let mut text: Vec<char> = seed.chars().collect();
    for _ in 0..=dice.roll(2) {
        let at = dice.roll(text.len() + 1);
        match dice.roll(6) {
            0 if at < text.len() => {
                let end = (at + 1 + dice.roll(6)).min(text.len());
                text.drain(at..end);
            }
            1 if at < text.len() => {
                let end = (at + 1 + dice.roll(12)).min(text.len());
                let copy: Vec<char> = text[at..end].to_vec();
                let to = dice.roll(text.len() + 1);
                text.splice(to..to, copy);
            }
            2..=4 => {
                text.splice(at..at, dice.pick(BLANKS).chars());
            }
            _ => {
                text.splice(at..at, dice.pick(PIECES).chars());
            }
        }
    }
    text.into_iter().collect()
}

#[test]
fn mangled_policies_are_refused_exactly_when_the_server_refuses_them() {
    let Some(bao) = Bao::start("syntax") else { return };
    let mut dice = Dice::new(0xdead_beef_cafe);
    let (mut taken, mut differences) = (0, Vec::new());
    const CASES: usize = 3_000;
    for _ in 0..CASES {
        let seed = dice.pick(SEEDS);
        let text = mutate(&mut dice, seed);
        let theirs = bao.accepts("mangled", &text);
        let ours = VaultPolicy::parse(&text, Timestamp::now());
        taken += usize::from(theirs);
        if ours.is_ok() != theirs {
            differences.push(format!(
                "theirs {theirs}, ours {:?}\n{text}\n-----",
                ours.map(|p| p.rules.len())
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {CASES}:\n{}",
        differences.len(),
        differences[..differences.len().min(8)].join("\n")
    );
    assert!(taken > CASES / 10 && taken < CASES, "{taken} of {CASES} accepted");
    eprintln!("{CASES} mangled policies, {taken} accepted by both, 0 differences");
}
