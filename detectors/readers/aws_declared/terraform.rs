//! IAM in Terraform and OpenTofu.
//!
//! Facts: the documentation of the Terraform provider `hashicorp/aws`.

use super::{
    hole::{hole, merged},
    model::{ARGUMENTS, Declared, MODULE, OUTPUT, Thing},
    terraform_values::Lift,
};
use crate::{
    evidence::{LineIndex, Record},
    readers::Document,
};
use hcl_edit::{
    Span as _,
    parser::parse_body,
    structure::{Block, Body},
};
use serde_json::{Map, Value, json};

const MARK: &[u8] = b"\"aws_iam_";

/// True for Terraform files that define something of IAM, or names that others may use.
pub(super) fn accepts(document: &Document) -> bool {
    const NAMES: [&[u8]; 4] = [b"locals", b"variable", b"module", b"output"];
    let has = |needle: &[u8]| memchr::memmem::find(document.bytes, needle).is_some();
    [".tf", ".tofu"].iter().any(|end| document.path.ends_with(end))
        && (has(MARK) || NAMES.iter().any(|name| has(name)))
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let of_iam = memchr::memmem::find(document.bytes, MARK).is_some();
    let Ok(text) = std::str::from_utf8(document.bytes) else {
        if of_iam {
            out.push(document.unreadable("the file is not UTF-8", "save it as UTF-8").into());
        }
        return;
    };
    let body = match parse_body(text) {
        Ok(body) => body,
        Err(error) => {
            if of_iam {
                let line = error.location().line();
                let mut coverage = document.unreadable(
                    format!("not Terraform that can be read: line {line}"),
                    "mend the file; `terraform validate` shows the same error",
                );
                coverage.line = u64::try_from(line).ok();
                out.push(coverage.into());
            }
            return;
        }
    };
    let mut file = File {
        lift: Lift { text },
        index: LineIndex::new(document.bytes),
        declared: Declared::of_folder(document),
    };
    file.names(&body);
    for block in body.blocks() {
        match block.ident.as_str() {
            "module" => file.module(block),
            "output" => file.output(block),
            _ => file.block(block),
        }
    }
    file.declared.push(out);
}

struct File<'a> {
    lift: Lift<'a>,
    index: LineIndex<'a>,
    declared: Declared<'a>,
}

/// What every call of a module has, and the module does not see.
const OF_CALLS: [&str; 6] = ["source", "version", "count", "for_each", "providers", "depends_on"];

/// What resources attach to: the attribute, and the field of an attachment.
const HOLDERS: [(&str, &str); 6] = [
    ("role", "roles"),
    ("roles", "roles"),
    ("user", "users"),
    ("users", "users"),
    ("group", "groups"),
    ("groups", "groups"),
];

impl File<'_> {
    fn names(&mut self, body: &Body) {
        for local in body.get_blocks("locals").flat_map(|block| block.body.attributes()) {
            let value = self.lift.value(&local.value);
            self.declared.name(format!("local.{}", local.key.as_str()), value);
        }
        for block in body.get_blocks("variable") {
            let default = block.body.get_attribute("default");
            if let (Some(name), Some(default)) = (block.labels.first(), default) {
                let value = self.lift.value(&default.value);
                if !value.is_null() {
                    self.declared.name(format!("var.{}", name.as_str()), value);
                }
            }
        }
    }

    /// What the folder gives back to whoever calls it.
    fn output(&mut self, block: &Block) {
        if let (Some(name), Some(value)) =
            (block.labels.first(), self.lift.attribute(&block.body, "value"))
        {
            self.declared.name(format!("{OUTPUT}{}", name.as_str()), value);
        }
    }

    /// Another folder of the repository that is applied together with this one, and what it is handed.
    fn module(&mut self, block: &Block) {
        let (Some(name), Some(Value::String(source))) =
            (block.labels.first(), self.lift.attribute(&block.body, "source"))
        else {
            return;
        };
        if source.starts_with('.') {
            self.declared.name(format!("{MODULE}{}", name.as_str()), source.into());
            let arguments = block.body.attributes().filter_map(|argument| {
                let name = argument.key.as_str();
                (!OF_CALLS.contains(&name))
                    .then(|| (name.to_owned(), self.lift.value(&argument.value)))
            });
            let arguments: Map<String, Value> = arguments.collect();
            self.declared.name(format!("{ARGUMENTS}{}", name.as_str()), arguments.into());
        }
    }

    fn block(&mut self, block: &Block) {
        let (Some(kind), Some(name)) = (block.labels.first(), block.labels.get(1)) else { return };
        let (kind, name) = (kind.as_str(), name.as_str());
        let count = self.lift.attribute(&block.body, "count");
        if count == Some(json!(0)) {
            return;
        }
        let perhaps = count.filter(|count| !count.is_number()).map(|_| true.into());
        match (block.ident.as_str(), kind) {
            ("data", "aws_iam_policy_document") => {
                let value = self.document(&block.body);
                self.declared.name(format!("data.{kind}.{name}.json"), value);
            }
            ("data", "aws_iam_policy") => {
                let arn = self.lift.attribute(&block.body, "arn").or_else(|| {
                    let name = self.lift.attribute(&block.body, "name")?;
                    Some(format!("arn:aws:iam::aws:policy/{}", name.as_str()?).into())
                });
                if let Some(arn) = arn {
                    self.declared.name(format!("data.{kind}.{name}.arn"), arn);
                }
            }
            ("data", "aws_iam_openid_connect_provider") => {
                let thing = self.provider(&block.body, format!("data.{kind}.{name}"));
                let region = self.index.region(block.span().unwrap_or(0..0));
                self.declared.add(thing.with("existing", Some(true.into())), region);
            }
            ("resource", _) => {
                let address = format!("{kind}.{name}");
                if let Some(thing) = self.thing(kind, name, address, &block.body) {
                    let thing = thing
                        .with("each", self.lift.attribute(&block.body, "for_each"))
                        .with("perhaps", perhaps);
                    let region = self.index.region(block.span().unwrap_or(0..0));
                    self.declared.add(thing, region);
                }
            }
            _ => {}
        }
    }

    fn thing(&self, kind: &str, name: &str, address: String, body: &Body) -> Option<Thing> {
        let get = |attribute: &str| self.lift.attribute(body, attribute);
        let named = |thing: Thing| {
            let given = get("name").or_else(|| {
                let prefix = get("name_prefix")?;
                Some(format!("{}{}", prefix.as_str()?, super::hole::hole_text("suffix")).into())
            });
            thing
                .with("name", Some(given.unwrap_or_else(|| name.into())))
                .with("path", get("path"))
                .with("tags", get("tags"))
                .with("boundary", get("permissions_boundary"))
        };
        let kind = kind.strip_prefix("aws_iam_")?;
        Some(match kind {
            "role" => named(Thing::new("role", address))
                .with("trust", get("assume_role_policy"))
                .with("managed", get("managed_policy_arns"))
                .with("inline", self.inline(body)),
            "user" => named(Thing::new("user", address)),
            "group" => named(Thing::new("group", address)),
            "policy" => named(Thing::new("policy", address)).with("document", get("policy")),
            "role_policy" | "user_policy" | "group_policy" => {
                let inline = json!({"name": get("name").unwrap_or_else(|| name.into()), "document": get("policy")?});
                self.holders(Thing::new("attachment", address), body).with("inline", Some(inline))
            }
            "role_policy_attachment"
            | "user_policy_attachment"
            | "group_policy_attachment"
            | "policy_attachment" => self
                .holders(Thing::new("attachment", address), body)
                .with("policy", get("policy_arn")),
            "role_policy_attachments_exclusive" => {
                let thing = Thing::new("attachment", address).with("policy", get("policy_arns"));
                thing.with("roles", get("role_name").map(|name| json!([name])))
            }
            "group_membership" | "user_group_membership" => {
                self.holders(Thing::new("membership", address), body)
            }
            "openid_connect_provider" => self.provider(body, address),
            "access_key" => self
                .holders(Thing::new("key", address), body)
                .with("status", get("status"))
                .with("in_state", Some(get("pgp_key").is_none().into())),
            "user_login_profile" => self
                .holders(Thing::new("password", address), body)
                .with("in_state", Some(get("pgp_key").is_none().into())),
            "service_specific_credential" => {
                let user = get("user_name").map(|name| json!([name]));
                Thing::new("service-password", address)
                    .with("users", user)
                    .with("status", get("status"))
                    .with("service", get("service_name"))
                    .with("in_state", Some(true.into()))
            }
            _ => return None,
        })
    }

    fn provider(&self, body: &Body, address: String) -> Thing {
        let get = |attribute: &str| self.lift.attribute(body, attribute);
        Thing::new("provider", address)
            .with("url", get("url"))
            .with("audiences", get("client_id_list"))
            .with("arn", get("arn"))
    }

    fn holders(&self, thing: Thing, body: &Body) -> Thing {
        HOLDERS.iter().fold(thing, |thing, (attribute, field)| {
            let value = self.lift.attribute(body, attribute).map(|value| match value {
                Value::Array(_) => value,
                one => json!([one]),
            });
            thing.with(field, value)
        })
    }

    fn inline(&self, body: &Body) -> Option<Value> {
        let policies: Vec<Value> = body
            .get_blocks("inline_policy")
            .filter_map(|block| {
                let get = |attribute: &str| self.lift.attribute(&block.body, attribute);
                Some(json!({"name": get("name")?, "document": get("policy")?}))
            })
            .collect();
        (!policies.is_empty()).then_some(policies.into())
    }

    /// `data "aws_iam_policy_document"`, as the policy that it becomes.
    fn document(&self, body: &Body) -> Value {
        let mut statements = Vec::new();
        for block in body.get_blocks("statement") {
            statements.push(self.statement(&block.body));
        }
        for block in body.get_blocks("dynamic") {
            let label = block.labels.first().map(|label| label.as_str());
            if let (Some("statement"), Some(content)) =
                (label, block.body.get_blocks("content").next())
            {
                let mut statement = self.statement(&content.body);
                // How many there will be is not known.
                if let Some(map) = statement.as_object_mut() {
                    map.insert("__perhaps".into(), true.into());
                }
                statements.push(statement);
            }
        }
        let own = json!({"Version": "2012-10-17", "Statement": statements});
        let list = |name: &str| match self.lift.attribute(body, name) {
            Some(Value::Array(items)) => items,
            Some(other) => vec![other],
            None => Vec::new(),
        };
        let mut all = list("source_json");
        all.extend(list("source_policy_documents"));
        let alone = all.is_empty();
        all.push(own.clone());
        all.extend(list("override_json"));
        all.extend(list("override_policy_documents"));
        if alone && all.len() == 1 { own } else { merged(all) }
    }

    fn statement(&self, body: &Body) -> Value {
        let mut statement = Map::new();
        let effect = self.lift.attribute(body, "effect").unwrap_or_else(|| "Allow".into());
        statement.insert("Effect".into(), effect);
        for (attribute, element) in [
            ("sid", "Sid"),
            ("actions", "Action"),
            ("not_actions", "NotAction"),
            ("resources", "Resource"),
            ("not_resources", "NotResource"),
        ] {
            if let Some(value) = self.lift.attribute(body, attribute) {
                statement.insert(element.into(), value);
            }
        }
        for (block, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
            if let Some(principals) = self.principals(body, block) {
                statement.insert(element.into(), principals);
            }
        }
        let conditions = self.conditions(body);
        if !conditions.is_empty() {
            statement.insert("Condition".into(), Value::Object(conditions));
        }
        Value::Object(statement)
    }

    fn principals(&self, body: &Body, name: &str) -> Option<Value> {
        let mut kinds = Map::new();
        for block in blocks(body, name) {
            let kind = self.lift.attribute(block, "type")?;
            let who = self.lift.attribute(block, "identifiers")?;
            let kind = kind.as_str().unwrap_or_default();
            let kind = if kind == "*" { "AWS" } else { kind };
            let list = kinds.entry(kind).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                match who {
                    Value::Array(names) => list.extend(names),
                    one => list.push(one),
                }
            }
        }
        (!kinds.is_empty()).then_some(Value::Object(kinds))
    }

    fn conditions(&self, body: &Body) -> Map<String, Value> {
        let mut conditions = Map::new();
        for block in blocks(body, "condition") {
            let text = |name: &str| {
                let value = self.lift.attribute(block, name).unwrap_or_else(|| hole(name));
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            };
            let values = self.lift.attribute(block, "values").unwrap_or_else(|| hole("values"));
            let operator = conditions.entry(text("test")).or_insert_with(|| json!({}));
            if let Some(keys) = operator.as_object_mut() {
                keys.insert(text("variable"), values);
            }
        }
        conditions
    }
}

/// Blocks of a kind, those that a `dynamic` block makes among them.
fn blocks<'b>(body: &'b Body, name: &'b str) -> impl Iterator<Item = &'b Body> {
    let plain = body.get_blocks(name).map(|block| &block.body);
    let made = body
        .get_blocks("dynamic")
        .filter(move |block| block.labels.first().is_some_and(|label| label.as_str() == name))
        .flat_map(|block| block.body.get_blocks("content"))
        .map(|block| &block.body);
    plain.chain(made)
}
