//! IAM in CloudFormation templates: YAML and JSON, SAM, and what the CDK synthesizes.
//!
//! Facts: AWS CloudFormation User Guide (resource types `AWS::IAM::*`), AWS SAM Developer Guide
//! (`AWS::Serverless::Function`: the role that it makes).

use super::{
    intrinsic::Names,
    model::{Declared, Thing},
    parsed,
};
use crate::{
    evidence::{Record, Region},
    readers::{Document, yaml::At},
};
use serde_json::{Map, Value, json};

/// True for templates that hold something of IAM.
pub(super) fn accepts(document: &Document) -> bool {
    const ENDS: [&str; 5] = [".yaml", ".yml", ".json", ".template", ".cfn"];
    let has = |needle: &[u8]| memchr::memmem::find(document.bytes, needle).is_some();
    ENDS.iter().any(|end| document.path.ends_with(end))
        && has(b"Resources")
        && (has(b"AWS::IAM::") || has(b"AWS::Serverless::"))
        && !super::serverless::is_path(document.path)
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let Some(yaml) = parsed(document, out) else { return };
    let Some(root) = yaml.root() else { return };
    let Some(resources) = root.get("Resources").filter(|node| node.is_map()) else { return };
    let mut declared = Declared::of_file(document);
    let mut names = Names::default();
    parameters(root, &mut names, &mut declared);
    template(resources, &mut names, &mut declared);
    if declared.has_things() {
        declared.push(out);
    }
}

fn parameters<'t>(root: At<'t>, names: &mut Names<'t>, declared: &mut Declared) {
    for (name, parameter) in root.get("Parameters").into_iter().flat_map(At::entries) {
        let Some(name) = name.text() else { continue };
        names.parameters.push(name);
        let default = parameter.get("Default").and_then(At::value).filter(|text| !text.is_empty());
        if let Some(default) = default {
            let list = parameter
                .get("Type")
                .and_then(At::value)
                .is_some_and(|kind| kind.starts_with("List<") || kind == "CommaDelimitedList");
            let value = match list {
                true => default.split(',').map(|part| Value::from(part.trim())).collect(),
                false => default.into(),
            };
            declared.name(format!("var.{name}"), value);
        }
    }
}

/// The resources of a template.
pub(super) fn template<'t>(resources: At<'t>, names: &mut Names<'t>, declared: &mut Declared) {
    for (id, resource) in resources.entries() {
        if let (Some(id), Some(kind)) = (id.text(), resource.get("Type").and_then(At::value)) {
            names.resources.insert(id, kind);
        }
    }
    for (key, resource) in resources.entries() {
        let (Some(id), Some(kind)) = (key.text(), resource.get("Type").and_then(At::value)) else {
            continue;
        };
        if !kind.starts_with("AWS::IAM::") && !kind.starts_with("AWS::Serverless::") {
            continue;
        }
        let properties = resource.get("Properties");
        let properties = properties.map_or_else(|| json!({}), |node| names.value(node));
        let Value::Object(properties) = properties else { continue };
        let properties = Properties(properties);
        let (from, to) = (key.region(), resource.region());
        let region = Region { end_line: to.end_line, end_column: to.end_column, ..from };
        if kind == "AWS::IAM::User" && properties.get("LoginProfile").is_some() {
            let user = properties.named(id, "UserName").map(|name| json!([name]));
            declared.add(
                Thing::new("password", format!("{id}.LoginProfile")).with("users", user),
                region,
            );
        }
        if let Some(thing) = thing(id, kind, &properties) {
            declared.add(thing, region);
        }
    }
}

/// The properties of a resource.
struct Properties(Map<String, Value>);

impl Properties {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn named(&self, id: &str, property: &str) -> Option<Value> {
        Some(self.get(property).unwrap_or_else(|| id.into()))
    }

    fn inline(&self) -> Option<Value> {
        let policies = self.0.get("Policies")?.as_array()?;
        let policies = policies.iter().filter_map(|policy| {
            Some(json!({"name": policy.get("PolicyName")?, "document": policy.get("PolicyDocument")?}))
        });
        Some(policies.collect())
    }

    fn tags(&self) -> Option<Value> {
        match self.0.get("Tags")? {
            Value::Array(tags) => {
                let pairs = tags.iter().filter_map(|tag| {
                    Some((tag.get("Key")?.as_str()?.to_owned(), tag.get("Value")?.clone()))
                });
                Some(Value::Object(pairs.collect()))
            }
            other => Some(other.clone()),
        }
    }

    fn holders(&self, thing: Thing) -> Thing {
        const NAMES: [(&str, &str); 6] = [
            ("Roles", "roles"),
            ("RoleName", "roles"),
            ("Users", "users"),
            ("UserName", "users"),
            ("Groups", "groups"),
            ("GroupName", "groups"),
        ];
        NAMES.iter().fold(thing, |thing, (property, field)| {
            thing.with(
                field,
                self.get(property).map(|value| match value {
                    Value::Array(_) => value,
                    one => json!([one]),
                }),
            )
        })
    }
}

fn thing(id: &str, kind: &str, properties: &Properties) -> Option<Thing> {
    let principal = |what: &'static str, name: &str| {
        Thing::new(what, id)
            .with("name", properties.named(id, name))
            .with("path", properties.get("Path"))
            .with("managed", properties.get("ManagedPolicyArns"))
            .with("inline", properties.inline())
            .with("boundary", properties.get("PermissionsBoundary"))
            .with("tags", properties.tags())
    };
    Some(match kind {
        "AWS::IAM::Role" => {
            principal("role", "RoleName").with("trust", properties.get("AssumeRolePolicyDocument"))
        }
        "AWS::IAM::User" => principal("user", "UserName").with("groups", properties.get("Groups")),
        "AWS::IAM::Group" => principal("group", "GroupName"),
        "AWS::IAM::ManagedPolicy" => properties.holders(
            Thing::new("policy", id)
                .with("name", properties.named(id, "ManagedPolicyName"))
                .with("path", properties.get("Path"))
                .with("document", properties.get("PolicyDocument")),
        ),
        "AWS::IAM::Policy"
        | "AWS::IAM::RolePolicy"
        | "AWS::IAM::UserPolicy"
        | "AWS::IAM::GroupPolicy" => {
            let name = properties.named(id, "PolicyName");
            let inline = json!({"name": name, "document": properties.get("PolicyDocument")?});
            properties.holders(Thing::new("attachment", id)).with("inline", Some(inline))
        }
        "AWS::IAM::UserToGroupAddition" => properties.holders(Thing::new("membership", id)),
        "AWS::IAM::OIDCProvider" => Thing::new("provider", id)
            .with("url", properties.get("Url"))
            .with("audiences", properties.get("ClientIdList")),
        "AWS::IAM::AccessKey" => {
            properties.holders(Thing::new("key", id)).with("status", properties.get("Status"))
        }
        "AWS::Serverless::Function" => made_role(id, properties, "lambda.amazonaws.com")?,
        "AWS::Serverless::StateMachine" => made_role(id, properties, "states.amazonaws.com")?,
        _ => return None,
    })
}

/// The role that SAM makes where a resource names none: `Policies` has names and ARNs of managed
/// policies, documents, and policy templates, which name one resource each.
fn made_role(id: &str, properties: &Properties, service: &str) -> Option<Thing> {
    if properties.get("Role").is_some() {
        return None;
    }
    let (mut managed, mut inline) = (Vec::new(), Vec::new());
    let policies = properties.get("Policies");
    let policies = match policies {
        Some(Value::Array(policies)) => policies,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    for (number, policy) in policies.into_iter().enumerate() {
        match policy {
            Value::String(name) if name.contains(':') || super::hole::has_hole(&name) => {
                managed.push(Value::String(name));
            }
            Value::String(name) => {
                managed.push(format!("arn:aws:iam::aws:policy/{name}").into());
            }
            Value::Object(map) if map.contains_key("Statement") => {
                inline.push(json!({"name": format!("{id}RolePolicy{number}"), "document": map}));
            }
            _ => {}
        }
    }
    let name = format!("{id}Role");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]});
    let trust = properties.get("AssumeRolePolicyDocument").unwrap_or(trust);
    Some(
        Thing::new("role", name.clone())
            .with("name", Some(name.into()))
            .with("trust", Some(trust))
            .with("managed", Some(managed.into()))
            .with("inline", Some(inline.into()))
            .with("boundary", properties.get("PermissionsBoundary"))
            .with("tags", properties.tags()),
    )
}
