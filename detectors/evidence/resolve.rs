//! Canonical identity: which names are one identity, and why.
//!
//! Names become one identity, in this order: the identity register says so; one record lists an
//! immutable id with them; one system lists both names; two people share a verified e-mail address.
//! A similar name is only ever a suggestion. Two different immutable ids of one namespace are never
//! linked (a [`Conflict`]), and a machine's name that is used again after a deletion is a new
//! identity (a [`Reuse`]).

mod graph;
mod lives;

use super::record::{Identity, IdentityType};
use graph::Graph;
use jiff::Timestamp;
use lives::Lives;
use serde::Serialize;
use std::collections::HashMap;

/// How a link between two names came about, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMethod {
    /// The identity register says so.
    Register,
    /// A record names an immutable id beside the name.
    ImmutableId,
    /// One system lists both names for one identity.
    Asserted,
    /// Two records of people share a verified e-mail address.
    Email,
}

/// How far a link can be trusted. Weak links never raise a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkClass {
    /// A suggestion.
    Weak,
    /// Very probably right.
    Strong,
    /// Certain.
    Exact,
}

impl LinkMethod {
    /// How far a link of this kind can be trusted.
    pub fn class(self) -> LinkClass {
        match self {
            LinkMethod::Register | LinkMethod::ImmutableId | LinkMethod::Asserted => {
                LinkClass::Exact
            }
            LinkMethod::Email => LinkClass::Strong,
        }
    }
}

/// Why two names are one identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Link {
    /// One name.
    pub left: String,
    /// The other.
    pub right: String,
    /// How.
    pub method: LinkMethod,
    /// How surely.
    pub class: LinkClass,
    /// The record that says so.
    pub evidence: String,
}

/// A link that was refused: it would join two immutable ids of one namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// The name that two identities claim.
    pub name: String,
    /// One immutable id.
    pub left: String,
    /// The other, of the same namespace.
    pub right: String,
    /// The record whose link was refused.
    pub evidence: String,
}

/// A machine's name that was deleted and given to another machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reuse {
    /// The name.
    pub name: String,
    /// When the second life began.
    pub since: Timestamp,
    /// The record of the first life.
    pub before: String,
    /// The record of the second life.
    pub after: String,
}

/// Every name that evidence uses, and the identity it belongs to.
#[derive(Debug, Default)]
pub struct Canonical {
    index: HashMap<String, usize>,
    names: Vec<String>,
    links: Vec<Link>,
    conflicts: Vec<Conflict>,
    reuses: Vec<Reuse>,
    /// Earlier lives of reused names: until when, and whose; sorted by time.
    former: HashMap<String, Vec<(Timestamp, usize)>>,
}

/// Namespaces whose values are immutable ids wherever they carry a digit.
const ID_NAMESPACES: &[&str] = &[
    "aws-id",
    "entra",
    "entra-app",
    "entra-oid",
    "entra-sp",
    "gcp-uid",
    "github-id",
    "hr-id",
    "k8s-uid",
    "okta",
    "okta-id",
    "vault-entity",
];

/// Namespaces of e-mail addresses.
const MAIL_NAMESPACES: &[&str] = &["email", "mail", "upn"];

/// True for a name that its system never gives to anybody else: an object id, not a login.
pub fn is_immutable(alias: &str) -> bool {
    let Some((namespace, value)) = alias.split_once(':') else { return false };
    let bare: String = value.chars().filter(|c| *c != '-').collect();
    let hexadecimal = bare.len() >= 16 && bare.chars().all(|c| c.is_ascii_hexdigit());
    let aws_id = ["AIDA", "AROA", "AGPA", "ANPA"].iter().any(|p| value.starts_with(p))
        && value.len() >= 16
        && value.chars().all(|c| c.is_ascii_alphanumeric());
    hexadecimal
        || aws_id
        || (ID_NAMESPACES.contains(&namespace) && value.contains(|c: char| c.is_ascii_digit()))
}

fn is_mail(alias: &str) -> bool {
    alias
        .split_once(':')
        .is_some_and(|(ns, value)| MAIL_NAMESPACES.contains(&ns) && value.contains('@'))
}

/// A name as one node of the graph: e-mail addresses compare without case.
fn node_name(alias: &str) -> std::borrow::Cow<'_, str> {
    if is_mail(alias) { alias.to_lowercase().into() } else { alias.into() }
}

impl Canonical {
    /// Resolves the aliases of all identity records; the result does not depend on their order.
    pub fn resolve(identities: &[Identity]) -> Canonical {
        let mut records: Vec<&Identity> = identities.iter().collect();
        records.sort_by(|a, b| (&a.id, &a.src, &a.aliases).cmp(&(&b.id, &b.src, &b.aliases)));
        let lives = Lives::find(&records);
        let mut graph = Graph::default();
        for record in &records {
            for alias in &record.aliases {
                graph.node(&node_name(alias), lives.of(alias, record));
            }
        }
        graph.keep_apart(&records);
        let mut planned = planned_links(&records);
        planned.sort_by_key(|(method, record, alias)| (*method, &record.id, *alias));
        let mut links = Vec::new();
        let mut conflicts = Vec::new();
        for (method, record, alias) in planned {
            let first = &record.aliases[0];
            let left = graph.node(&node_name(first), lives.of(first, record));
            let right = graph.node(&node_name(alias), lives.of(alias, record));
            let evidence = record.id.clone();
            match graph.join(left, right, method == LinkMethod::Register) {
                Ok(()) => links.push(Link {
                    left: first.clone(),
                    right: alias.to_owned(),
                    method,
                    class: method.class(),
                    evidence,
                }),
                Err((a, b)) => {
                    let name = if is_immutable(alias) { first.clone() } else { alias.to_owned() };
                    conflicts.push(Conflict { name, left: a, right: b, evidence });
                }
            }
        }
        links.sort();
        links.dedup();
        conflicts.sort();
        conflicts.dedup();
        graph.finish(links, conflicts, lives.reuses)
    }

    /// The number of the identity that a name belongs to; `None` for a name that no directory knows.
    /// A name that was used again belongs to its present holder.
    pub fn get(&self, alias: &str) -> Option<usize> {
        self.index.get(&*node_name(alias)).copied()
    }

    /// The identity that a name belonged to at a moment.
    pub fn get_at(&self, alias: &str, at: Timestamp) -> Option<usize> {
        if self.former.is_empty() {
            return self.get(alias);
        }
        let former = self.former.get(&*node_name(alias));
        let then = former.and_then(|lives| lives.iter().find(|(until, _)| at < *until));
        then.map(|(_, who)| *who).or_else(|| self.get(alias))
    }

    /// How many identities there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True when no directory was read.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The canonical name of an identity by its number.
    pub fn name_of(&self, who: usize) -> &str {
        self.names.get(who).map_or("", String::as_str)
    }

    /// The canonical name of an alias; the alias itself when nobody knows it.
    pub fn name<'a>(&'a self, alias: &'a str) -> &'a str {
        self.get(alias).map_or(alias, |i| &self.names[i])
    }

    /// True when both names belong to one identity.
    pub fn same(&self, left: &str, right: &str) -> bool {
        left == right || self.get(left).is_some_and(|l| self.get(right) == Some(l))
    }

    /// Every link, sorted.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Every refused link, sorted.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// Every reused name, sorted.
    pub fn reuses(&self) -> &[Reuse] {
        &self.reuses
    }
}

/// The attribute of a register entry that names what it is not.
pub const NOT: &str = "not";

/// Every link that the records ask for: from the first alias of a record to each other one.
fn planned_links<'a>(records: &[&'a Identity]) -> Vec<(LinkMethod, &'a Identity, &'a str)> {
    let mut planned = Vec::new();
    for record in records {
        let register = record.src.system == "register";
        for alias in record.aliases.iter().skip(1) {
            // An address on a machine or a group is a contact, not a name.
            if is_mail(alias) && record.kind != IdentityType::Human && !register {
                continue;
            }
            let method = if register {
                LinkMethod::Register
            } else if is_immutable(alias) || is_immutable(&record.aliases[0]) {
                LinkMethod::ImmutableId
            } else if is_mail(alias) {
                LinkMethod::Email
            } else {
                LinkMethod::Asserted
            };
            planned.push((method, *record, alias.as_str()));
        }
    }
    planned
}

#[cfg(test)]
mod tests;
