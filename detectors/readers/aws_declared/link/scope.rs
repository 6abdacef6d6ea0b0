//! What the names of one deployment stand for.

use super::super::{
    hole::{
        Marked, Piece, any_hole, encoded, hole, hole_text, marked, merged, pieces, shown, whole,
    },
    model::{ARGUMENTS, MODULE, NAMES, OUTPUT, THING},
};
use super::modules::beside;
use crate::evidence::Resource;
use serde_json::{Map, Value};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

/// How far references are followed.
const MAX_DEPTH: u32 = 24;
/// How many values one question may look at: names that name each other twice double every step.
const MAX_STEPS: u32 = 50_000;

/// Policy files by tenant and path.
pub(super) struct Files<'a>(BTreeMap<String, &'a str>);

impl<'a> Files<'a> {
    pub(super) fn of(parts: &'a [Resource]) -> Files<'a> {
        let files = parts.iter().filter(|part| kind(part) == "file").filter_map(|part| {
            let text = field(part, "text")?.as_str()?;
            let path = part.location.as_ref()?.path.as_deref()?;
            let tenant = part.attrs.get("tenant").and_then(Value::as_str).unwrap_or_default();
            Some((key(tenant, path), text))
        });
        Files(files.collect())
    }
}

fn key(tenant: &str, path: &str) -> String {
    format!("{tenant}:{path}")
}

/// What a declared thing is.
pub(super) fn kind(part: &Resource) -> &str {
    part.attrs.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// Its name in the file.
pub(super) fn address(part: &Resource) -> &str {
    part.attrs.get("address").and_then(Value::as_str).unwrap_or_default()
}

/// One of its fields, with holes.
pub(super) fn field<'a>(part: &'a Resource, name: &str) -> Option<&'a Value> {
    part.attrs.get("fields")?.get(name)
}

/// The names of one deployment.
pub(super) struct Scope<'a> {
    tenant: String,
    /// The folder or the template.
    pub(super) deployment: String,
    /// Stands for the account that nobody names: twelve digits, the first four of them 0.
    pub(super) account: String,
    names: BTreeMap<&'a str, &'a Value>,
    /// What other folders tell: arguments of its call, outputs of the modules that it calls.
    told: BTreeMap<String, Value>,
    things: BTreeMap<&'a str, &'a Resource>,
    files: &'a Files<'a>,
    read: RefCell<BTreeSet<String>>,
    budget: Cell<u32>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        tenant: &str,
        deployment: &str,
        parts: &[&'a Resource],
        files: &'a Files<'a>,
    ) -> Scope<'a> {
        let mut names = BTreeMap::new();
        let mut things = BTreeMap::new();
        for part in parts {
            if part.kind == NAMES {
                let all = part.attrs.get("names").and_then(Value::as_object);
                names.extend(all.into_iter().flatten().map(|(name, value)| (name.as_str(), value)));
            } else if part.kind == THING && kind(part) != "file" {
                things.insert(address(part), *part);
            }
        }
        Scope {
            tenant: tenant.to_owned(),
            deployment: deployment.to_owned(),
            account: stand_in(tenant, deployment),
            names,
            told: BTreeMap::new(),
            things,
            files,
            read: RefCell::default(),
            budget: Cell::new(0),
        }
    }

    /// Puts the deployment into the account of the folder that calls it, unless something there has
    /// the same ARN: then nobody can say which is which.
    pub(super) fn join(&mut self, root: &str, taken: &mut BTreeSet<String>) {
        let own = std::mem::replace(&mut self.account, stand_in(&self.tenant, root));
        let mut arns: Vec<String> = self.things.values().filter_map(|t| self.arn(t)).collect();
        if root != self.deployment && arns.iter().any(|arn| taken.contains(arn)) {
            self.account = own;
            arns = self.things.values().filter_map(|t| self.arn(t)).collect();
        }
        taken.extend(arns);
    }

    /// Tenant and folder.
    pub(super) fn place(&self) -> (&str, &str) {
        (&self.tenant, &self.deployment)
    }

    /// The modules that it calls: name and source.
    pub(super) fn modules(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = self.names.iter();
        named.filter_map(|(name, source)| Some((name.strip_prefix(MODULE)?, source.as_str()?)))
    }

    /// What it hands to a module.
    pub(super) fn arguments(&self, module: &str) -> Vec<(String, Value)> {
        let handed = self.names.get(format!("{ARGUMENTS}{module}").as_str());
        let handed = handed.and_then(|handed| handed.as_object()).into_iter().flatten();
        handed.map(|(name, value)| (name.clone(), self.filled(value))).collect()
    }

    /// What it gives back to its caller.
    pub(super) fn outputs(&self) -> Vec<(String, Value)> {
        let named = self.names.iter();
        let outputs = named.filter_map(|(name, value)| Some((name.strip_prefix(OUTPUT)?, value)));
        outputs.map(|(name, value)| (name.to_owned(), self.filled(value))).collect()
    }

    /// Takes note of what another folder says.
    pub(super) fn tell(&mut self, name: String, value: Value) {
        self.told.insert(name, value);
    }

    fn filled(&self, value: &Value) -> Value {
        self.budget.set(MAX_STEPS);
        self.fill(value, 0)
    }

    pub(super) fn file_key(&self, path: &str) -> String {
        key(&self.tenant, path)
    }

    pub(super) fn files_read(&self) -> BTreeSet<String> {
        self.read.borrow().clone()
    }

    /// A field of a thing, its holes filled as far as anybody says.
    pub(super) fn field(&self, part: &Resource, name: &str) -> Option<Value> {
        field(part, name).map(|value| self.filled(value)).filter(|value| !value.is_null())
    }

    fn fill(&self, value: &Value, depth: u32) -> Value {
        let Some(left) = self.budget.get().checked_sub(1).filter(|_| depth < MAX_DEPTH) else {
            return value.clone();
        };
        self.budget.set(left);
        match value {
            Value::String(text) => self.fill_text(text, depth),
            Value::Array(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    match (self.fill(item, depth + 1), item) {
                        (Value::Array(inner), Value::String(_)) => all.extend(inner),
                        (other, _) => all.push(other),
                    }
                }
                Value::Array(all)
            }
            Value::Object(map) => match marked(value) {
                Some(Marked::Encoded(inner)) => encoded(self.fill(inner, depth + 1)),
                Some(Marked::Merged(list)) => {
                    merged(list.iter().map(|value| self.fill(value, depth + 1)).collect())
                }
                Some(Marked::File(path, values)) => self.fill_file(path, values, depth),
                None => {
                    let filled = map.iter().map(|(key, value)| {
                        let key = match self.fill_text(key, depth) {
                            Value::String(key) => key,
                            _ => key.clone(),
                        };
                        (key, self.fill(value, depth + 1))
                    });
                    Value::Object(filled.collect())
                }
            },
            other => other.clone(),
        }
    }

    fn fill_text(&self, text: &str, depth: u32) -> Value {
        if let Some(name) = whole(text) {
            return self
                .reference(name, depth + 1)
                .unwrap_or_else(|| Value::String(text.to_owned()));
        }
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Hole(name) => match self.reference(name, depth + 1) {
                    Some(Value::String(text)) => out.push_str(&text),
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                        out.push_str(&value.to_string());
                    }
                    // A document inside a document's text.
                    Some(Value::Object(map)) if map.contains_key("Statement") => {
                        out.push_str(&Value::Object(map).to_string());
                    }
                    _ => out.push_str(&hole_text(name)),
                },
            }
        }
        Value::String(out)
    }

    /// A file's text; `${name}` in a template is filled by the given values.
    fn fill_file(&self, path: &str, values: Option<&Map<String, Value>>, depth: u32) -> Value {
        let Value::String(path) = self.fill_text(path, depth) else { return hole("=file") };
        let unknown = || hole(&format!("=file {}", shown(&path)));
        let Some(key) = self.resolve_path(&path) else { return unknown() };
        let Some(text) = self.files.0.get(&key) else { return unknown() };
        self.read.borrow_mut().insert(key);
        let Some(values) = values else { return Value::String((*text).to_owned()) };
        let mut out = String::with_capacity(text.len());
        let mut rest = *text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            rest = tail;
            match values.get(name.trim()).map(|value| self.fill(value, depth + 1)) {
                Some(Value::String(text)) => out.push_str(&text),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                    out.push_str(&value.to_string())
                }
                _ => out.push_str(&hole_text(&format!("={name}"))),
            }
        }
        out.push_str(rest);
        Value::String(out)
    }

    /// A path from the deployment's folder, as the key of a file.
    fn resolve_path(&self, path: &str) -> Option<String> {
        Some(key(&self.tenant, &beside(&self.deployment, path)?))
    }

    /// What a reference stands for; `None` when nobody says.
    fn reference(&self, name: &str, depth: u32) -> Option<Value> {
        if depth >= MAX_DEPTH {
            return None;
        }
        if let Some(name) = name.strip_suffix("#host") {
            let value = self.reference(name, depth)?;
            return Some(value.as_str()?.trim_start_matches("https://").into());
        }
        if let Some(known) = self.of_the_account(name) {
            return Some(known);
        }
        if let Some(value) = self.told.get(name) {
            return Some(value.clone()).filter(|value| !value.is_null());
        }
        if let Some(value) = self.names.get(name) {
            return Some(self.fill(value, depth)).filter(|value| !value.is_null());
        }
        let (before, last) = name.rsplit_once('.')?;
        if let Some(thing) = self.things.get(before) {
            return self.of_thing(thing, last, depth);
        }
        // A part of a named object; the first name has two parts.
        if before.contains('.') {
            return self.reference(before, depth + 1)?.get(last).cloned();
        }
        None
    }

    fn of_the_account(&self, name: &str) -> Option<Value> {
        let (head, last) = name.rsplit_once('.')?;
        Some(match (head, last) {
            ("self", "account") => self.account.as_str().into(),
            ("path", "module" | "root" | "cwd") => ".".into(),
            (_, "account_id" | "id") if head.starts_with("data.aws_caller_identity.") => {
                self.account.as_str().into()
            }
            (_, "partition" | "id") if head.starts_with("data.aws_partition.") => "aws".into(),
            (_, "dns_suffix") if head.starts_with("data.aws_partition.") => "amazonaws.com".into(),
            _ => return None,
        })
    }

    fn of_thing(&self, thing: &Resource, attribute: &str, depth: u32) -> Option<Value> {
        match (kind(thing), attribute) {
            ("provider", "arn") => self.provider_arn(thing, depth).map(Value::String),
            ("provider", "url") => {
                let url = self.fill(field(thing, "url")?, depth);
                Some(url.as_str()?.trim_start_matches("https://").into())
            }
            ("policy", "arn" | "id") | (_, "arn") => self.arn(thing).map(Value::String),
            ("role" | "user" | "group" | "policy", "name" | "id") => Some(self.name(thing).into()),
            _ => None,
        }
    }

    fn provider_arn(&self, thing: &Resource, depth: u32) -> Option<String> {
        if let Some(url) = field(thing, "url").map(|url| self.fill(url, depth)) {
            let host = url.as_str()?.trim_start_matches("https://").to_owned();
            return (!any_hole(&url))
                .then(|| format!("arn:aws:iam::{}:oidc-provider/{host}", self.account));
        }
        self.fill(field(thing, "arn")?, depth).as_str().map(str::to_owned)
    }

    /// The name of a thing as far as it is known, holes in angle brackets.
    pub(super) fn name(&self, thing: &Resource) -> String {
        let name = field(thing, "name").map(|name| self.fill(name, 1));
        match name.as_ref().and_then(Value::as_str) {
            Some(name) => shown(name),
            None => address(thing).rsplit('.').next().unwrap_or_default().to_owned(),
        }
    }

    /// The ARN that a thing will have.
    pub(super) fn arn(&self, thing: &Resource) -> Option<String> {
        let what = match kind(thing) {
            what @ ("role" | "user" | "group" | "policy") => what,
            _ => return None,
        };
        let path = field(thing, "path").map(|path| self.fill(path, 1));
        let path = path.as_ref().and_then(Value::as_str).filter(|path| path.starts_with('/'));
        let path = shown(path.unwrap_or("/"));
        Some(format!("arn:aws:iam::{}:{what}{path}{}", self.account, self.name(thing)))
    }

    /// The things of a kind.
    pub(super) fn things(&self, wanted: &str) -> impl Iterator<Item = &'a Resource> {
        self.things.values().copied().filter(move |thing| kind(thing) == wanted)
    }
}

/// Twelve digits that stand for an account, the same for the same deployment: FNV-1a.
fn stand_in(tenant: &str, deployment: &str) -> String {
    let hash = tenant
        .bytes()
        .chain([0])
        .chain(deployment.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("0000{:08}", hash % 100_000_000)
}
