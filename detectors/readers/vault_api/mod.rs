//! The answers of a Vault or OpenBao server to evidence. The live source and a saved dump bring the
//! same answers, so they give the same records.

mod claims;
mod convert;
mod directory;
mod engines;
mod identity;
mod mounts;
mod scene;
mod tokens;
mod values;

pub use mounts::{Lifetime, Mount, Mounts};
pub(crate) use scene::NAMESPACE;

use directory::Directory;

use crate::{
    evidence::{Coverage, Record, Src},
    readers::secrets::FingerprintKey,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One answer of the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The namespace, empty for the root.
    pub namespace: String,
    /// The path, without `/v1/` and without the namespace.
    pub path: String,
    /// True for LIST.
    #[serde(default)]
    pub list: bool,
    /// The body of a lookup: which accessor was asked for.
    #[serde(default)]
    pub asked: Value,
    /// The answer; null when the server said 404.
    pub body: Value,
}

/// The attribute that holds the keyed fingerprint of a role id.
const ROLE_ID: &str = "role_id";

impl Answer {
    /// The part that matters: `data`, or the whole body where the server has no envelope.
    fn data(&self) -> &Value {
        self.body.get("data").filter(|data| !data.is_null()).unwrap_or(&self.body)
    }
}

/// One request that the server refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The namespace.
    pub namespace: String,
    /// The path.
    pub path: String,
    /// What the server said.
    pub why: String,
    /// What would mend it.
    pub remedy: String,
}

/// Everything that a server answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The server's address.
    pub address: String,
    /// The answers.
    pub answers: Vec<Answer>,
    /// The refusals.
    pub refused: Vec<Refused>,
}

impl Answers {
    /// Files an answer or a refusal.
    pub fn take(&mut self, answer: Result<Answer, Refused>) {
        match answer {
            Ok(answer) => self.answers.push(answer),
            Err(refused) => self.refused.push(refused),
        }
    }

    /// Puts keyed fingerprints in the place of role ids: each is half of a login, and the name of the
    /// alias under which an AppRole's entity stands.
    pub fn hide_role_ids(&mut self, key: &FingerprintKey) {
        let entities =
            self.answers.iter_mut().filter(|a| a.path.starts_with("identity/entity/id/"));
        for alias in entities
            .filter_map(|answer| answer.body.pointer_mut("/data/aliases")?.as_array_mut())
            .flatten()
            .filter_map(Value::as_object_mut)
            .filter(|alias| alias.get("mount_type").is_some_and(|kind| kind == "approle"))
        {
            if let Some(Value::String(name)) = alias.remove("name") {
                let role_id = key.fingerprint(name.to_ascii_lowercase().as_bytes());
                alias.insert(ROLE_ID.to_owned(), role_id.into());
            }
        }
    }

    /// The evidence. `as_of` is when the server was asked.
    pub fn records(&self, as_of: Timestamp) -> Vec<Record> {
        let src = Src::of("vault", &tenant(&self.address));
        let mounts = Mounts::read(&self.answers);
        let directory = Directory::read(&self.answers);
        let mut records = Vec::new();
        for answer in self.answers.iter().filter(|answer| !answer.body.is_null()) {
            convert::convert(answer, (&mounts, &directory), &src, as_of, &mut records);
        }
        records.extend(self.refused.iter().map(|r| refused(r, &src, as_of).into()));
        records.extend(self.covered(&src, as_of).map(Record::from));
        records
    }

    /// What was read without refusal, per namespace and area, so that absence can be judged. Each
    /// list of roles or users is an area of its own.
    fn covered<'a>(
        &'a self,
        src: &'a Src,
        as_of: Timestamp,
    ) -> impl Iterator<Item = Coverage> + 'a {
        self.answers.iter().filter_map(move |answer| {
            let (area, kinds) = area(&answer.path).filter(|_| is_whole(answer))?;
            let part = format!("{}{area}", answer.namespace);
            Some(Coverage {
                id: format!("coverage:vault:{}:{part}", src.tenant.as_deref().unwrap_or_default()),
                src: src.at(&part),
                as_of,
                system: "vault".into(),
                kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
                from: as_of,
                to: as_of,
                complete: true,
                part: Some(part),
                ..Coverage::default()
            })
        })
    }
}

/// The records of things that files define: each answer is what the server would give once the
/// definition is applied, and `context` holds the mounts that they lie under.
pub(crate) fn define(
    context: &[Answer],
    defined: &[Answer],
    src: &Src,
    as_of: Timestamp,
) -> Vec<Vec<Record>> {
    let mounts = Mounts::read(context);
    let directory = Directory::read(defined);
    let convert = |answer| {
        let mut records = Vec::new();
        convert::convert(answer, (&mounts, &directory), src, as_of, &mut records);
        records
    };
    defined.iter().map(convert).collect()
}

/// The areas that a whole answer covers: their names and the kinds of evidence in them.
const AREAS: &[(&str, &str, &[&str])] = &[
    ("sys/policies/acl", "policies", &["policy"]),
    ("sys/audit", "audit-devices", &["resource"]),
    ("auth/token/accessors", "tokens", &["credential"]),
    ("sys/auth", "auth-mounts", &["resource", "trust"]),
    ("sys/mounts", "secret-mounts", &["resource"]),
    ("identity/entity/id", "entities", &["identity"]),
];

/// The area of a path, and what it holds. A list of roles or users is called by its path.
fn area(path: &str) -> Option<(&str, &'static [&'static str])> {
    let named = AREAS.iter().find(|(listed, ..)| *listed == path);
    named.map(|(_, area, kinds)| (*area, *kinds)).or_else(|| {
        let below = path.strip_prefix("auth/").filter(|below| !below.starts_with("token/"))?;
        let folder = below.rsplit_once('/').map(|(_, folder)| folder)?;
        matches!(folder, "role" | "roles" | "users" | "certs" | "groups").then_some((path, &[]))
    })
}

/// True for the answer that lists an area, not for one member of the same name.
fn is_whole(answer: &Answer) -> bool {
    answer.list || matches!(answer.path.as_str(), "sys/audit" | "sys/auth" | "sys/mounts")
}

fn refused(refused: &Refused, src: &Src, as_of: Timestamp) -> Coverage {
    let part = format!("{}{}", refused.namespace, refused.path);
    Coverage {
        id: format!("coverage:vault:{}:refused:{part}", src.tenant.as_deref().unwrap_or_default()),
        src: src.at(&part),
        as_of,
        system: "vault".into(),
        kinds: refused_kinds(&refused.path).iter().map(|kind| (*kind).to_owned()).collect(),
        from: as_of,
        to: as_of,
        part: Some(part),
        why: Some(refused.why.clone()),
        remedy: Some(refused.remedy.clone()),
        ..Coverage::default()
    }
}

/// What is missing when a path was refused: the kinds of its area, or of the area that it is a member
/// of.
fn refused_kinds(path: &str) -> &'static [&'static str] {
    let part_of = |listed: &str| path == listed || path.starts_with(&format!("{listed}/"));
    match path {
        "auth/token/lookup-accessor" => &["credential"],
        _ if path.ends_with("/secret-id") || path.ends_with("secret-id-accessor/lookup") => {
            &["credential"]
        }
        _ => AREAS
            .iter()
            .find(|(listed, ..)| part_of(listed))
            .map_or(&[] as &[&str], |(_, _, kinds)| kinds),
    }
}

/// The server's address without scheme and without a password: its name in evidence.
pub fn tenant(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{host}/{path}").trim_end_matches('/').to_owned()
}
