//! Which requests a scan makes, in which order: mounts first, then everything below them.

use super::{
    client::{Client, Refusal},
    requests::{self, Collection, NAMESPACE, SERVER, Template, Verb},
};
use overstay_detectors::readers::vault_api::{Answer, Answers, Refused};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use tokio::task::JoinSet;

/// How deep a KV tree or a tree of namespaces is followed.
const MAX_DEPTH: usize = 32;
/// How many paths of one KV mount are read at most; more is said, not hidden.
const MAX_SECRETS: usize = 200_000;

/// Reads a whole server: every namespace the token reaches.
pub(super) async fn crawl(client: Arc<Client>, root: &str) -> Answers {
    let mut answers = Answers { address: client.address().to_owned(), ..Answers::default() };
    let asker = Asker { client, namespace: Arc::from(root) };
    asker.fixed(SERVER, &mut answers).await;
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((name, depth)) = waiting.pop() {
        let asker = Asker { client: Arc::clone(&asker.client), namespace: Arc::from(&*name) };
        for child in asker.namespace(&mut answers).await {
            if depth < MAX_DEPTH {
                waiting.push((format!("{name}{child}"), depth + 1));
            }
        }
    }
    answers
}

/// Asks one namespace.
#[derive(Clone)]
struct Asker {
    client: Arc<Client>,
    namespace: Arc<str>,
}

/// One request to make.
#[derive(Clone)]
struct Ask {
    mount: String,
    template: Template,
    path: String,
    body: Option<Value>,
}

impl Asker {
    /// Reads a namespace; gives the names of its children (`team-a/`).
    async fn namespace(&self, answers: &mut Answers) -> Vec<String> {
        let before = answers.answers.len();
        self.fixed(NAMESPACE, answers).await;
        let fresh = &answers.answers[before..];
        // What the server does not know (Vault has no detailed list of policies) has no body.
        let of = |path: &str| {
            let answer = fresh.iter().find(|a| a.path == path && !a.body.is_null());
            answer.map(|a| a.body.clone())
        };
        let (auths, mounts) = (of("sys/auth"), of("sys/mounts"));
        let policies = keys(of("sys/policies/acl").as_ref());
        let detailed = of("sys/policies/detailed/acl").is_some();
        let accessors = keys(of("auth/token/accessors").as_ref());
        let children = keys(of("sys/namespaces").as_ref());
        if !detailed {
            self.each("", "sys/policies/acl/{}", &policies, answers).await;
        }
        self.collection(
            "",
            Collection { list: "auth/token/roles", read: "auth/token/roles/{}" },
            answers,
        )
        .await;
        for kind in ["entity", "group"] {
            let (list, read) = match kind {
                "entity" => ("identity/entity/id", "identity/entity/id/{}"),
                _ => ("identity/group/id", "identity/group/id/{}"),
            };
            self.collection("", Collection { list, read }, answers).await;
        }
        self.tokens(&accessors, answers).await;
        for (mount, kind, _) in mounts_of(auths.as_ref()) {
            self.below(&format!("auth/{mount}"), requests::auth(&kind), &kind, answers).await;
        }
        for (mount, kind, version) in mounts_of(mounts.as_ref()) {
            let kind = if kind == "kv" && version == "2" { "kv2".to_owned() } else { kind };
            self.below(&mount, requests::secrets(&kind), &kind, answers).await;
        }
        self.leases(answers).await;
        children
    }

    /// The fixed paths without placeholder.
    async fn fixed(&self, templates: &[Template], answers: &mut Answers) {
        let asks = templates.iter().filter(|t| !t.path.contains('{') && t.verb != Verb::Lookup);
        let listed = ["auth/token/roles", "identity/entity/id", "identity/group/id"];
        let asks = asks.filter(|t| !listed.contains(&t.path));
        let asks = asks.map(|t| Ask::plain("", *t, t.path)).collect();
        self.all(asks, answers).await;
    }

    /// Everything below one mount.
    async fn below(
        &self,
        mount: &str,
        templates: &'static [Template],
        kind: &str,
        answers: &mut Answers,
    ) {
        let single = templates.iter().filter(|t| t.verb == Verb::Read && !t.path.contains('{'));
        self.all(single.map(|t| Ask::plain(mount, *t, t.path)).collect(), answers).await;
        for collection in requests::collections(templates) {
            let names = self.collection(mount, collection, answers).await;
            if kind == "approle" {
                self.secret_ids(mount, &names, answers).await;
            }
        }
        match kind {
            "kv2" => self.kv(mount, "metadata/", true, answers).await,
            "kv" => self.kv(mount, "", false, answers).await,
            _ => {}
        }
    }

    /// Lists a collection and reads each of its members; gives the names.
    async fn collection(
        &self,
        mount: &str,
        collection: Collection,
        answers: &mut Answers,
    ) -> Vec<String> {
        let list = Template { verb: Verb::List, path: collection.list, tier: 1, sudo: false };
        let listed = self.one(Ask::plain(mount, list, collection.list)).await;
        let names = listed.as_ref().map(|a| keys(Some(&a.body))).unwrap_or_default();
        answers.take(listed);
        self.each(mount, collection.read, &names, answers).await;
        names
    }

    async fn each(&self, mount: &str, path: &'static str, names: &[String], answers: &mut Answers) {
        let template = Template { verb: Verb::Read, path, tier: 1, sudo: false };
        let names = names.iter().filter(|name| !name.ends_with('/'));
        let asks =
            names.map(|name| Ask::plain(mount, template, &path.replace("{}", name))).collect();
        self.all(asks, answers).await;
    }

    async fn tokens(&self, accessors: &[String], answers: &mut Answers) {
        let template = Template {
            verb: Verb::Lookup,
            path: "auth/token/lookup-accessor",
            tier: 2,
            sudo: false,
        };
        let asks = accessors.iter().map(|accessor| Ask {
            body: Some(json!({ "accessor": accessor })),
            ..Ask::plain("", template, template.path)
        });
        self.all(asks.collect(), answers).await;
    }

    async fn secret_ids(&self, mount: &str, roles: &[String], answers: &mut Answers) {
        let list = Template { verb: Verb::List, path: "role/{}/secret-id", tier: 1, sudo: false };
        let lookup = Template {
            verb: Verb::Lookup,
            path: "role/{}/secret-id-accessor/lookup",
            tier: 1,
            sudo: false,
        };
        for role in roles {
            let listed = self.one(Ask::plain(mount, list, &format!("role/{role}/secret-id"))).await;
            let accessors = listed.as_ref().map(|a| keys(Some(&a.body))).unwrap_or_default();
            answers.take(listed);
            let path = format!("role/{role}/secret-id-accessor/lookup");
            let asks = accessors.iter().map(|accessor| Ask {
                body: Some(json!({ "secret_id_accessor": accessor })),
                ..Ask::plain(mount, lookup, &path)
            });
            self.all(asks.collect(), answers).await;
        }
    }

    /// Walks a KV tree: names, and for version 2 the metadata of each secret.
    async fn kv(&self, mount: &str, start: &'static str, metadata: bool, answers: &mut Answers) {
        let path = if metadata { "metadata/{*}" } else { "{*}" };
        let list = Template { verb: Verb::List, path, tier: 1, sudo: false };
        let read = Template { verb: Verb::Read, ..list };
        let mut folders = vec![(start.to_owned(), 0)];
        let mut secrets = BTreeSet::new();
        while let Some((folder, depth)) = folders.pop() {
            let listed = self.one(Ask::plain(mount, list, &folder)).await;
            for name in listed.as_ref().map(|a| keys(Some(&a.body))).unwrap_or_default() {
                let path = format!("{folder}{name}");
                if !name.ends_with('/') {
                    secrets.insert(path);
                } else if depth < MAX_DEPTH {
                    folders.push((path, depth + 1));
                }
            }
            answers.take(listed);
            if secrets.len() >= MAX_SECRETS {
                answers.refused.push(Refused {
                    namespace: self.namespace.to_string(),
                    path: mount.to_owned(),
                    why: format!(
                        "the mount holds more than {MAX_SECRETS} secrets; the rest was not read"
                    ),
                    remedy: "scan the mount's namespaces one by one".to_owned(),
                });
                break;
            }
        }
        if metadata {
            let asks = secrets.iter().map(|path| Ask::plain(mount, read, path)).collect();
            self.all(asks, answers).await;
        }
    }

    async fn leases(&self, answers: &mut Answers) {
        let list =
            Template { verb: Verb::List, path: "sys/leases/lookup/{*}", tier: 2, sudo: true };
        let lookup =
            Template { verb: Verb::Lookup, path: "sys/leases/lookup", tier: 2, sudo: false };
        let mut folders = vec![("sys/leases/lookup/".to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let listed = self.one(Ask::plain("", list, &folder)).await;
            let names = listed.as_ref().map(|a| keys(Some(&a.body))).unwrap_or_default();
            let refused = listed.is_err();
            answers.take(listed);
            if refused {
                break;
            }
            let prefix = folder.strip_prefix("sys/leases/lookup/").unwrap_or_default();
            let leases = names.iter().filter(|name| !name.ends_with('/'));
            let asks = leases.map(|lease| Ask {
                body: Some(json!({ "lease_id": format!("{prefix}{lease}") })),
                ..Ask::plain("", lookup, lookup.path)
            });
            self.all(asks.collect(), answers).await;
            for name in names.iter().filter(|name| name.ends_with('/')) {
                // Leases of logins are the tokens, which are read by accessor.
                if depth < MAX_DEPTH && !(depth == 0 && name == "auth/") {
                    folders.push((format!("{folder}{name}"), depth + 1));
                }
            }
        }
    }

    async fn all(&self, asks: Vec<Ask>, answers: &mut Answers) {
        let mut asking = JoinSet::new();
        for ask in asks {
            let asker = self.clone();
            asking.spawn(async move { asker.one(ask).await });
        }
        for answer in asking.join_all().await {
            answers.take(answer);
        }
    }

    async fn one(&self, ask: Ask) -> Result<Answer, Refused> {
        let Ask { mount, template, path, body } = ask;
        let full = format!("{mount}{path}");
        let asked = body.clone();
        match self.client.call(&self.namespace, &mount, &template, &path, body).await {
            Ok(body) => Ok(self.answer(full, template.verb, asked, body)),
            // An empty list is answered with 404; so is a config that nobody wrote.
            Err(Refusal::NotFound) => Ok(self.answer(full, template.verb, asked, Value::Null)),
            Err(refusal) => Err(Refused {
                namespace: self.namespace.to_string(),
                path: full,
                why: refusal.to_string(),
                remedy: refusal.remedy().to_owned(),
            }),
        }
    }

    fn answer(&self, path: String, verb: Verb, asked: Option<Value>, body: Value) -> Answer {
        Answer {
            namespace: self.namespace.to_string(),
            path,
            list: verb == Verb::List,
            asked: asked.unwrap_or_default(),
            body,
        }
    }
}

impl Ask {
    fn plain(mount: &str, template: Template, path: &str) -> Ask {
        Ask { mount: mount.to_owned(), template, path: path.to_owned(), body: None }
    }
}

/// The names in the answer to a list.
pub(super) fn keys(answer: Option<&Value>) -> Vec<String> {
    let keys = answer.and_then(|a| a.pointer("/data/keys")).and_then(Value::as_array);
    let names = keys.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    names.collect()
}

/// Path, type and KV version of the mounts in the answer of `sys/auth` or `sys/mounts`.
pub(super) fn mounts_of(answer: Option<&Value>) -> Vec<(String, String, String)> {
    let Some(answer) = answer else { return Vec::new() };
    let data = answer.get("data").filter(|data| data.is_object()).unwrap_or(answer);
    let text = |mount: &Value, pointer: &str| {
        mount.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let entries = data.as_object().into_iter().flatten().filter(|(path, _)| path.ends_with('/'));
    entries
        .map(|(path, mount)| (path.clone(), text(mount, "/type"), text(mount, "/options/version")))
        .collect()
}
