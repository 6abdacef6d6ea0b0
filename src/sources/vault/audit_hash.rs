//! How the audit devices write what the server has named: a device replaces each accessor with its
//! keyed hash, and `sys/audit-hash` says which. So the log's records join the live tokens.
//!
//! Only accessors, which look a token up and cannot use it, are hashed: never a token, never a
//! secret.

use super::{
    client::Client,
    requests::{SERVER, Template},
};
use overstay_detectors::readers::vault_api::{Answer, Answers, Refused};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use tokio::task::JoinSet;

/// The path of the one request, without the device.
const PATH: &str = "sys/audit-hash/";
/// How many hashes one scan asks for; what is left out is said.
const MAX_HASHES: usize = 20_000;

/// Asks for the hash of every accessor among the answers, at every audit device that hashes. A
/// server that refuses the first is not asked again.
pub(super) async fn ask(client: &Arc<Client>, namespace: &str, answers: &mut Answers) {
    let Some(template) = SERVER.iter().find(|t| t.path.starts_with(PATH)) else { return };
    let wanted = accessors(answers);
    let mut left = MAX_HASHES;
    for device in devices(answers) {
        let path = format!("{PATH}{device}");
        let refused = |why: String, remedy: &str| Refused {
            namespace: namespace.to_owned(),
            path: path.clone(),
            why,
            remedy: remedy.to_owned(),
        };
        let few = wanted.get(..left.min(wanted.len())).unwrap_or_default();
        left -= few.len();
        let Some((first, others)) = few.split_first() else { continue };
        match one(client, namespace, template, &path, first.clone()).await {
            Ok(answer) => answers.take(Ok(answer)),
            Err(refusal) => {
                answers.take(Err(refused(refusal.to_string(), refusal.remedy())));
                continue;
            }
        }
        let mut asking = JoinSet::new();
        for accessor in others.iter().cloned() {
            let (client, namespace, path) =
                (Arc::clone(client), namespace.to_owned(), path.clone());
            asking.spawn(async move { one(&client, &namespace, template, &path, accessor).await });
        }
        for answer in asking.join_all().await {
            answers.take(answer.map_err(|refusal| refused(refusal.to_string(), refusal.remedy())));
        }
        if few.len() < wanted.len() {
            let why = format!("more than {MAX_HASHES} accessors: the rest was not hashed");
            answers.take(Err(refused(why, "use an audit device with `hmac_accessor=false`")));
            break;
        }
    }
}

async fn one(
    client: &Client,
    namespace: &str,
    template: &Template,
    path: &str,
    accessor: String,
) -> Result<Answer, super::client::Refusal> {
    let asked = json!({ "input": accessor });
    let body = client.call(namespace, "", template, path, Some(asked.clone())).await?;
    let path = path.to_owned();
    Ok(Answer { namespace: namespace.to_owned(), path, list: false, asked, body })
}

/// The audit devices that write hashes, without their last slash.
fn devices(answers: &Answers) -> Vec<String> {
    let audit = answers.answers.iter().find(|answer| answer.path == "sys/audit");
    let body = audit.map(|answer| answer.body.get("data").unwrap_or(&answer.body));
    let devices = body.and_then(Value::as_object).into_iter().flatten();
    let hashing = devices.filter(|(path, device)| {
        let raw = device.pointer("/options/log_raw").and_then(Value::as_str);
        path.ends_with('/') && device.get("type").is_some() && raw != Some("true")
    });
    hashing.map(|(path, _)| path.trim_end_matches('/').to_owned()).collect()
}

/// The accessors of tokens and secret ids. Tokens without entity come first: the log has no other
/// name for them.
fn accessors(answers: &Answers) -> Vec<String> {
    let mut found = BTreeSet::new();
    for answer in &answers.answers {
        let text = |pointer: &str| {
            answer.body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
        };
        let accessor = match answer.path.as_str() {
            "auth/token/lookup-accessor" => text("/data/accessor"),
            path if path.ends_with("/secret-id-accessor/lookup") => {
                text("/data/secret_id_accessor")
            }
            _ => None,
        };
        let has_entity = text("/data/entity_id").is_some();
        found.extend(accessor.map(|accessor| (has_entity, accessor.to_owned())));
    }
    found.into_iter().map(|(_, accessor)| accessor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(path: &str, body: Value) -> Answer {
        Answer { path: path.into(), body, ..Answer::default() }
    }

    #[test]
    fn only_accessors_are_hashed_and_the_nameless_first() {
        let answers = Answers {
            answers: vec![
                answer(
                    "auth/token/lookup-accessor",
                    json!({ "data": { "accessor": "a-1", "entity_id": "e", "id": "" } }),
                ),
                answer(
                    "auth/token/lookup-accessor",
                    json!({ "data": { "accessor": "b-2", "entity_id": "" } }),
                ),
                answer(
                    "auth/approle/role/ci/secret-id-accessor/lookup",
                    json!({ "data": { "secret_id_accessor": "c-3" } }),
                ),
                answer("sys/health", json!({ "data": { "accessor": "d-4" } })),
            ],
            ..Answers::default()
        };
        assert_eq!(accessors(&answers), ["b-2", "c-3", "a-1"]);
    }

    #[test]
    fn a_raw_device_has_no_hashes() {
        let audit = json!({ "data": {
            "file/": { "type": "file", "options": { "log_raw": "false" } },
            "raw/": { "type": "file", "options": { "log_raw": "true" } },
            "team/socket/": { "type": "socket", "options": {} },
        } });
        let answers = Answers { answers: vec![answer("sys/audit", audit)], ..Answers::default() };
        assert_eq!(devices(&answers), ["file", "team/socket"]);
    }
}
