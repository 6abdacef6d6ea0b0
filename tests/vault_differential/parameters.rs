//! What a request may carry: random parameters and wrapping, against policies that limit them.

use super::{Bao, Dice, acl};
use overstay_detectors::policy::vault::{Operation, Request};
use serde_json::{Value, json};

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
