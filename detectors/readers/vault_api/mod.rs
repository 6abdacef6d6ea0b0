//! The answers of a Vault or OpenBao server to evidence. The live source and a saved dump bring the
//! same answers, so they give the same records.

mod convert;
mod mounts;

pub use mounts::{Lifetime, Mount, Mounts};

use crate::evidence::{Coverage, Record, Src};
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

    /// The evidence. `as_of` is when the server was asked.
    pub fn records(&self, as_of: Timestamp) -> Vec<Record> {
        let src = Src::of("vault", &tenant(&self.address));
        let mounts = Mounts::read(&self.answers);
        let mut records = Vec::new();
        for answer in self.answers.iter().filter(|answer| !answer.body.is_null()) {
            convert::convert(answer, &mounts, &src, as_of, &mut records);
        }
        records.extend(self.refused.iter().map(|r| refused(r, &src, as_of).into()));
        records.extend(self.covered(&src, as_of).map(Record::from));
        records
    }

    /// What was read without refusal, per namespace and area, so that absence can be judged.
    fn covered<'a>(
        &'a self,
        src: &'a Src,
        as_of: Timestamp,
    ) -> impl Iterator<Item = Coverage> + 'a {
        const AREAS: &[(&str, &str, &[&str])] = &[
            ("sys/policies/acl", "policies", &["policy"]),
            ("sys/audit", "audit-devices", &["resource"]),
            ("auth/token/accessors", "tokens", &["credential"]),
            ("sys/auth", "auth-mounts", &["resource", "trust"]),
            ("sys/mounts", "secret-mounts", &["resource"]),
            ("identity/entity/id", "entities", &["identity"]),
        ];
        self.answers.iter().filter_map(move |answer| {
            let (_, area, kinds) = AREAS.iter().find(|(path, ..)| *path == answer.path)?;
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

fn refused(refused: &Refused, src: &Src, as_of: Timestamp) -> Coverage {
    let part = format!("{}{}", refused.namespace, refused.path);
    Coverage {
        id: format!("coverage:vault:{}:refused:{part}", src.tenant.as_deref().unwrap_or_default()),
        src: src.at(&part),
        as_of,
        system: "vault".into(),
        from: as_of,
        to: as_of,
        part: Some(part),
        why: Some(refused.why.clone()),
        remedy: Some(refused.remedy.clone()),
        ..Coverage::default()
    }
}

/// The server's address without scheme: its name in evidence.
fn tenant(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.trim_end_matches('/').to_owned()
}
