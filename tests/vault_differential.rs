//! The policy language against a running OpenBao: random policies and paths, the same answer.
//!
//! Needs `bao` in PATH or in `.venv/bin`; says so and passes when there is none.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

mod bao;

use bao::Bao;
use jiff::Timestamp;
use overstay_detectors::policy::vault::{Acl, Operation, Request, VaultPolicy};
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

fn acl(texts: &[String]) -> Acl {
    let now = Timestamp::now();
    let policies: Vec<VaultPolicy> =
        texts.iter().map(|t| VaultPolicy::parse(t, now).unwrap()).collect();
    Acl::new(&policies)
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

#[test]
fn parameters_and_wrapping_are_checked_as_the_server_checks_them() {
    const SETS: usize = 150;
    const REQUESTS: usize = 8;
    let Some(bao) = Bao::start("parameters") else { return };
    assert_eq!(bao.call("POST", "sys/mounts/kv1", Some(json!({"type": "kv"})), &[]).0, 204);
    let mut dice = Dice::new(0x5eed_1234_5678);
    let (mut passed, mut compared, mut differences) = (0, 0, Vec::new());
    for set in 0..SETS {
        let (mut names, mut texts) = (Vec::new(), Vec::new());
        for number in 0..=dice.roll(2) {
            let text = guarded_policy(&mut dice);
            let name = format!("g{set}-{number}");
            if bao.accepts(&name, &text) {
                names.push(name);
                texts.push(text);
            }
        }
        if names.is_empty() {
            continue;
        }
        let token = bao.token(&names);
        let ours = acl(&texts);
        for _ in 0..REQUESTS {
            let data: Vec<(&str, Value)> =
                (0..dice.roll(3)).map(|i| (["p", "q", "r"][i], value(&mut dice))).collect();
            let wrap = [None, Some(30), Some(90), Some(600)][dice.roll(4)];
            let seconds = wrap.map(|w| w.to_string()).unwrap_or_default();
            let mut headers = vec![("X-Vault-Token", token.as_str())];
            if wrap.is_some() {
                headers.push(("X-Vault-Wrap-TTL", seconds.as_str()));
            }
            let body: serde_json::Map<String, Value> =
                data.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
            let (status, _) = bao.call("POST", "kv1/x", Some(Value::Object(body)), &headers);
            let request = Request {
                operation: Operation::Update,
                path: "kv1/x",
                data: &data,
                wrap: wrap.map(jiff::SignedDuration::from_secs),
            };
            let mine = ours.allows(&request).is_some();
            compared += 1;
            passed += usize::from(mine);
            if mine == (status == 403) {
                differences.push(format!(
                    "{data:?} wrap {wrap:?}: ours {mine}, theirs {status}\n{}",
                    texts.join("--\n")
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {compared}:\n{}",
        differences.len(),
        differences[..differences.len().min(4)].join("\n")
    );
    assert!(passed > compared / 10 && passed < compared, "{passed} of {compared} passed");
    eprintln!("{compared} guarded requests, {passed} allowed by both, 0 differences");
}

fn value(dice: &mut Dice) -> Value {
    [json!("x"), json!("xy"), json!("zx"), json!(true), json!("other")][dice.roll(5)].clone()
}

fn list(dice: &mut Dice) -> &'static str {
    dice.pick(&["[]", "[\"x\"]", "[\"x*\", true]", "[\"*x\"]", "[\"*\"]", "[\"x\", \"other\"]"])
}

fn guarded_policy(dice: &mut Dice) -> String {
    let mut body = String::from("  capabilities = [\"create\", \"update\"]\n");
    for field in ["allowed_parameters", "denied_parameters"] {
        if dice.roll(3) == 0 {
            let keys: String = (0..=dice.roll(2))
                .map(|_| format!("    \"{}\" = {}\n", dice.pick(&["p", "Q", "r", "*"]), list(dice)))
                .collect();
            body.push_str(&format!("  {field} = {{\n{keys}  }}\n"));
        }
    }
    if dice.roll(5) == 0 {
        body.push_str(&format!("  required_parameters = [\"{}\"]\n", dice.pick(&["p", "Q"])));
    }
    if dice.roll(6) == 0 {
        body.push_str(&format!(
            "  min_wrapping_ttl = {}\n",
            dice.pick(&["60", "\"1m\"", "\"60s\""])
        ));
    }
    if dice.roll(6) == 0 {
        body.push_str(&format!(
            "  max_wrapping_ttl = {}\n",
            dice.pick(&["100", "\"2m\"", "\"1h\""])
        ));
    }
    format!("path \"kv1/*\" {{\n{body}}}\n")
}
