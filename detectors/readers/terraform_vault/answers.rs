//! Resources as the answers that the server would give once they are applied.

use super::{
    File, arguments, label,
    resources::{KINDS, Kind, Shape, binds},
};
use crate::{
    evidence::{Attrs, Location, Record, Region, Trust},
    readers::vault_api::{Answer, define},
};
use hcl_edit::{Span as _, structure::Block};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One thing that a block defines.
struct Defined<'a> {
    block: &'a Block,
    address: String,
    answer: Answer,
    /// Arguments that the file does not say.
    unknown: Vec<String>,
    extra: Attrs,
}

pub(super) fn read(file: &File, out: &mut Vec<Record>) {
    let mut reading = Reading { file, defined: Vec::new(), mounts: BTreeMap::new() };
    for block in file.values.body.get_blocks("resource") {
        reading.block(block);
    }
    for block in file.values.body.get_blocks("resource") {
        reading.attachment(block, out);
    }
    reading.records(out);
}

struct Reading<'a> {
    file: &'a File<'a>,
    defined: Vec<Defined<'a>>,
    /// Every mount that a resource defines or lies under, by list, namespace and path.
    mounts: BTreeMap<(&'static str, String, String), Value>,
}

impl<'a> Reading<'a> {
    fn block(&mut self, block: &'a Block) {
        let Some(resource) = block.labels.first().map(|label| label.as_str()) else { return };
        if matches!(self.file.values.attribute(&block.body, "count"), Ok(Some(Value::Number(n))) if n.as_u64() == Some(0))
        {
            return;
        }
        match resource {
            "vault_mount" => self.mount(block, "sys/mounts", "path", ""),
            "vault_auth_backend" => self.mount(block, "sys/auth", "path", ""),
            "vault_jwt_auth_backend" => self.mount(block, "sys/auth", "path", "jwt"),
            "vault_audit" => self.audit(block),
            "vault_database_secrets_mount" => self.database(block),
            _ => {
                let found = KINDS.binary_search_by_key(&resource, |kind| kind.resource);
                if let Some(kind) = found.ok().and_then(|i| KINDS.get(i)) {
                    self.thing(block, kind);
                }
            }
        }
    }

    /// A text argument, or what stands for it; `default` when it is not given.
    fn text(&self, block: &Block, name: &str, default: &str) -> String {
        let given = block.body.get_attribute(name).map(|a| self.file.values.shown(&a.value));
        given.unwrap_or_else(|| default.to_owned()).trim_matches('/').to_owned()
    }

    fn namespace(&self, block: &Block) -> String {
        match self.text(block, "namespace", "").as_str() {
            "" | "root" => String::new(),
            name => format!("{name}/"),
        }
    }

    fn define(&mut self, block: &'a Block, path: String, data: Map<String, Value>) -> usize {
        let resource = block.labels.first().map_or("", |label| label.as_str());
        self.defined.push(Defined {
            block,
            address: format!("{resource}.{}", label(block)),
            answer: Answer {
                namespace: self.namespace(block),
                path,
                body: json!({ "data": data }),
                ..Answer::default()
            },
            unknown: Vec::new(),
            extra: Attrs::new(),
        });
        self.defined.len() - 1
    }

    /// A mount of the file; what it does not say of lifetimes is the system's.
    fn mount(&mut self, block: &'a Block, list: &'static str, path: &str, default: &str) {
        let kind = self.text(block, "type", if default.is_empty() { "<unknown>" } else { default });
        let path = self.text(block, path, if default.is_empty() { &kind } else { default });
        let (fields, _) = arguments::given(self.file, block, &[]);
        let tune = block.body.get_blocks("tune").next();
        let tuned = |name: &str| {
            let value = self.file.values.attribute(&tune?.body, name).ok()??;
            Some(arguments::as_seconds(name, value))
        };
        let config = json!({
            "default_lease_ttl": fields.get("default_lease_ttl_seconds").cloned()
                .or_else(|| tuned("default_lease_ttl")).unwrap_or_else(|| json!(0)),
            "max_lease_ttl": fields.get("max_lease_ttl_seconds").cloned()
                .or_else(|| tuned("max_lease_ttl")).unwrap_or_else(|| json!(0)),
        });
        let mut mount = json!({ "type": kind, "config": config });
        // `kv-v2` is another name for version 2 of `kv`.
        if kind == "kv-v2" {
            mount = json!({ "type": "kv", "config": config, "options": { "version": "2" } });
        } else if let Some(options) = fields.get("options") {
            mount["options"] = options.clone();
        }
        if let Some(description) = fields.get("description") {
            mount["description"] = description.clone();
        }
        let key = format!("{path}/");
        self.mounts.insert((list, self.namespace(block), key.clone()), mount.clone());
        let data = [(key, mount)].into_iter().collect();
        self.define(block, list.to_owned(), data);
        if block.labels.first().is_some_and(|label| label.as_str() == "vault_jwt_auth_backend") {
            self.define(block, format!("auth/{path}/config"), fields);
        }
    }

    fn audit(&mut self, block: &'a Block) {
        let kind = self.text(block, "type", "<unknown>");
        let path = self.text(block, "path", &kind);
        let raw = self.file.values.attribute(&block.body, "options").ok().flatten();
        let raw = raw.is_some_and(|options| {
            matches!(options.get("log_raw"), Some(Value::Bool(true)))
                || options.get("log_raw").and_then(Value::as_str) == Some("true")
        });
        let data = [(format!("{path}/"), json!({ "type": kind }))].into_iter().collect();
        let number = self.define(block, "sys/audit".to_owned(), data);
        if raw && let Some(defined) = self.defined.get_mut(number) {
            defined.extra.insert("log_raw".into(), json!(true));
        }
    }

    /// A mount that brings its connections with it.
    fn database(&mut self, block: &'a Block) {
        let path = self.text(block, "path", "database");
        self.mount(block, "sys/mounts", "path", "database");
        for plugin in arguments::PLUGINS {
            for nested in block.body.get_blocks(plugin) {
                let name = nested.body.get_attribute("name");
                let name = name.map_or_else(
                    || "<unnamed>".to_owned(),
                    |name| self.file.values.shown(&name.value),
                );
                let (mut data, _) = arguments::given(self.file, nested, &[]);
                let details = arguments::connection(self.file, nested, &mut data);
                let number = self.define(block, format!("{path}/config/{name}"), data);
                self.extend(number, details);
            }
        }
    }

    fn extend(&mut self, number: usize, extra: Attrs) {
        if let Some(defined) = self.defined.get_mut(number) {
            defined.extra.extend(extra);
        }
    }

    fn thing(&mut self, block: &'a Block, kind: &'static Kind) {
        let mount = match kind.mount {
            "" => kind.default_mount.to_owned(),
            argument => self.text(block, argument, kind.default_mount),
        };
        // Both `approle` and `auth/approle` are written.
        let mount = mount.strip_prefix("auth/").unwrap_or(&mount).to_owned();
        let name = self.text(block, kind.name, label(block));
        let (mut data, unknown) = arguments::given(self.file, block, &[kind.mount, kind.name]);
        for (field, value) in kind.defaults {
            if !data.contains_key(*field) && !unknown.iter().any(|argument| argument == field) {
                data.insert((*field).into(), serde_json::from_str(value).unwrap_or_default());
            }
        }
        let address = format!("{}.{}", kind.resource, label(block));
        let mut extra = Attrs::new();
        let path = match kind.shape {
            Shape::Login => {
                self.lies_under("sys/auth", block, &mount, kind);
                format!("auth/{mount}/{}/{name}", kind.folder)
            }
            Shape::Engine => {
                self.lies_under("sys/mounts", block, &mount, kind);
                if kind.folder == "config" {
                    for plugin in arguments::PLUGINS {
                        for nested in block.body.get_blocks(plugin) {
                            extra.extend(arguments::connection(self.file, nested, &mut data));
                        }
                    }
                }
                format!("{mount}/{}/{name}", kind.folder)
            }
            Shape::TokenRole => format!("auth/token/roles/{name}"),
            Shape::SecretId => {
                self.lies_under("sys/auth", block, &mount, kind);
                data.insert("secret_id_accessor".into(), json!(address));
                format!("auth/{mount}/role/{name}/secret-id-accessor/lookup")
            }
            Shape::Token => {
                data.insert("accessor".into(), json!(address));
                data.insert("display_name".into(), json!(name));
                data.insert("path".into(), json!("auth/token/create"));
                for (argument, field) in
                    [("ttl", "creation_ttl"), ("no_parent", "orphan"), ("metadata", "meta")]
                {
                    data.remove(argument).map(|value| data.insert(field.into(), value));
                }
                "auth/token/lookup-accessor".to_owned()
            }
            Shape::Entity | Shape::Group => {
                data.insert("id".into(), json!(address));
                data.insert("name".into(), json!(name));
                format!("identity/{}/{address}", kind.folder)
            }
        };
        let number = self.define(block, path, data);
        self.extend(number, extra);
        if let Some(defined) = self.defined.get_mut(number) {
            defined.unknown = unknown;
        }
    }

    /// A resource that gives policies to an entity or group of another resource.
    fn attachment(&mut self, block: &Block, out: &mut Vec<Record>) {
        let argument = match block.labels.first().map(|label| label.as_str()) {
            Some("vault_identity_entity_policies") => "entity_id",
            Some("vault_identity_group_policies") => "group_id",
            _ => return,
        };
        let holder = self.text(block, argument, "<unknown>");
        let given = self.file.values.attribute(&block.body, "policies").ok().flatten();
        let defined = self.defined.iter_mut().find(|defined| defined.address == holder);
        let why = match (defined, given) {
            (Some(defined), Some(Value::Array(given))) => {
                let policies = &mut defined.answer.body["data"]["policies"];
                match policies.as_array_mut() {
                    Some(own) => own.extend(given),
                    None => *policies = given.into(),
                }
                return;
            }
            (None, _) => "it gives policies to an identity that this file does not define",
            (Some(_), _) => "the policies that it gives are computed when Terraform runs",
        };
        let address =
            format!("{}.{}", block.labels.first().map_or("", |l| l.as_str()), label(block));
        let remedy = "scan the server as well (`--source vault`), which knows the result";
        let line = self.file.line_of(block.span());
        let mut gap = self.file.gap(&address, format!("`{address}`: {why}"), remedy, line);
        gap.by_design = true;
        out.push(gap.into());
    }

    /// The mount of a role exists, and its type is known from the role's.
    fn lies_under(&mut self, list: &'static str, block: &Block, mount: &str, kind: &Kind) {
        let key = (list, self.namespace(block), format!("{mount}/"));
        self.mounts.entry(key).or_insert_with(|| json!({ "type": kind.mount_type, "config": {} }));
    }

    fn records(self, out: &mut Vec<Record>) {
        let document = self.file.document;
        let mut context = Vec::new();
        for ((list, namespace, path), mount) in self.mounts {
            let mut data = Map::new();
            data.insert(path, mount);
            let (path, body) = (list.to_owned(), json!({ "data": data }));
            context.push(Answer { namespace, path, body, ..Answer::default() });
        }
        let answers: Vec<Answer> = self.defined.iter().map(|d| d.answer.clone()).collect();
        let converted = define(&context, &answers, document.src, document.as_of);
        for (defined, records) in self.defined.iter().zip(converted) {
            let region = self.file.index.region(defined.block.span().unwrap_or(0..0));
            let open: Vec<&str> =
                defined.unknown.iter().map(String::as_str).filter(|name| binds(name)).collect();
            if !open.is_empty() {
                let why = format!(
                    "`{}`: {} {} computed when Terraform runs",
                    defined.address,
                    open.join(", "),
                    if open.len() == 1 { "is" } else { "are" }
                );
                let remedy = "scan the server as well (`--source vault`), which knows the result";
                let mut gap = self.file.gap(&defined.address, why, remedy, region.start_line);
                gap.by_design = true;
                out.push(gap.into());
            }
            let place = Place { path: document.path, region, defined };
            for record in records {
                let decided = matches!(record, Record::Trust(_) | Record::Resource(_));
                if !decided || open.is_empty() {
                    out.push(place.settle(record));
                }
            }
        }
    }
}

/// Where a record's definition stands.
struct Place<'a> {
    path: &'a str,
    region: Region,
    defined: &'a Defined<'a>,
}

macro_rules! settle {
    ($place:expr, $record:expr; $($kind:ident),+) => {
        match $record {
            $(Record::$kind(mut record) => {
                record.id = format!("{}#{}", record.id, $place.path);
                record.location =
                    Some(Location::in_file($place.path, $place.region));
                $place.attrs(&mut record.attrs);
                Record::$kind(record)
            })+
            other => other,
        }
    };
}

impl Place<'_> {
    /// The record as one of the file.
    fn settle(&self, record: Record) -> Record {
        let mut record =
            settle!(self, record; Identity, Trust, Credential, Observed, Resource, Policy);
        if let Record::Identity(identity) = &mut record {
            // Other resources may add members.
            identity.members_active = None;
        }
        if let Record::Trust(trust) = &mut record
            && trust.issuer.is_none()
            && asks_for_github(trust)
        {
            // The mount is configured elsewhere; only GitHub writes subjects like these.
            trust.issuer = Some("token.actions.githubusercontent.com".into());
        }
        record
    }

    fn attrs(&self, attrs: &mut Attrs) {
        attrs.insert("terraform".into(), json!(self.defined.address));
        attrs.extend(self.defined.extra.clone());
        // Where the role does not say how long its tokens live, the mount or the server does, and
        // the file knows neither.
        for (field, argument) in
            [("effective_ttl", "token_ttl"), ("effective_max_ttl", "token_max_ttl")]
        {
            let origin = format!("{field}_origin");
            let by_role = attrs.get(&origin).and_then(Value::as_str) == Some("role");
            if !by_role || self.defined.unknown.iter().any(|name| name == argument) {
                attrs.remove(field);
                attrs.remove(&origin);
            }
        }
    }
}

/// True for a JWT role whose subjects are those of GitHub Actions.
fn asks_for_github(trust: &Trust) -> bool {
    let subjects = trust.conditions.iter().filter(|condition| condition.claim == "sub");
    let mut patterns = subjects.flat_map(|condition| &condition.patterns);
    matches!(trust.mechanism.as_str(), "jwt" | "oidc") && patterns.any(|p| p.starts_with("repo:"))
}
