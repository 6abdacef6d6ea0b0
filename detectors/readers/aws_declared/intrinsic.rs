//! CloudFormation values, intrinsic functions resolved as far as the template says.
//!
//! Facts: AWS CloudFormation User Guide, "Intrinsic function reference" and "Pseudo parameters".

use super::hole::{glue, hole, hole_text};
use crate::readers::yaml::At;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const MAX_DEPTH: usize = 64;

/// The names of a template: what each resource is, and which parameters there are.
#[derive(Default)]
pub(super) struct Names<'t> {
    /// Logical id to type.
    pub(super) resources: BTreeMap<&'t str, &'t str>,
    /// Parameters.
    pub(super) parameters: Vec<&'t str>,
    /// `${…}` of the Serverless Framework may stand in any text.
    pub(super) serverless: bool,
}

impl Names<'_> {
    /// A node as a value with holes.
    pub(super) fn value(&self, node: At<'_>) -> Value {
        self.at(node, 0)
    }

    fn at(&self, node: At<'_>, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return hole("=nested");
        }
        if let Some(function) = node.tag().filter(|tag| is_function(tag)) {
            return self.call(function, node, depth);
        }
        if node.is_map() {
            let mut entries = node.entries();
            if let (Some((key, argument)), None) = (entries.next(), entries.next())
                && let Some(name) = key.text()
            {
                let function = name.strip_prefix("Fn::").unwrap_or(name);
                if name == "Ref"
                    || name == "Condition" && argument.text().is_some()
                    || name.starts_with("Fn::")
                {
                    return self.call(function, argument, depth);
                }
            }
            let map: Map<String, Value> = node
                .entries()
                .filter_map(|(key, value)| {
                    let value = self.at(value, depth + 1);
                    let key = self.text(key.text()?);
                    (!value.is_null()).then(|| (key.as_str().unwrap_or_default().to_owned(), value))
                })
                .collect();
            return Value::Object(map);
        }
        if node.is_seq() {
            let items = node.items().map(|item| self.at(item, depth + 1));
            return items.filter(|item| !item.is_null()).collect();
        }
        match node.value() {
            Some(text) if node.is_plain() && matches!(text, "true" | "false") => {
                json!(text == "true")
            }
            Some(text) => self.text(text),
            None => Value::Null,
        }
    }

    /// A plain text, in which only the Serverless Framework has variables.
    fn text(&self, text: &str) -> Value {
        if !self.serverless || !text.contains("${") {
            return text.into();
        }
        substitute(text, |name| match name {
            "aws:accountId" => Some(hole("self.account")),
            name if name.starts_with("aws:") && !name.starts_with("aws:region") => None,
            name => Some(hole(&format!("={name}"))),
        })
    }

    fn call(&self, function: &str, argument: At<'_>, depth: usize) -> Value {
        let inside = |node: At<'_>| self.at(node, depth + 1);
        let items: Vec<At<'_>> = argument.items().collect();
        match (function, items.as_slice()) {
            ("Ref", _) => argument.text().map_or_else(|| hole("=Ref"), |name| self.named(name)),
            ("GetAtt", []) => {
                argument.text().map_or_else(|| hole("=GetAtt"), |name| self.attribute(name))
            }
            ("GetAtt", [id, rest @ ..]) => {
                let parts = std::iter::once(id).chain(rest).filter_map(|part| part.text());
                self.attribute(&parts.collect::<Vec<_>>().join("."))
            }
            ("Sub", []) => {
                argument.text().map_or_else(|| hole("=Sub"), |text| self.sub(text, None))
            }
            ("Sub", [text, more, ..]) => match text.text() {
                Some(text) => self.sub(text, inside(*more).as_object()),
                None => hole("=Sub"),
            },
            ("Sub", [text]) => {
                text.text().map_or_else(|| hole("=Sub"), |text| self.sub(text, None))
            }
            ("Join", [separator, parts]) => match inside(*parts) {
                Value::Array(parts) => {
                    let separator = separator.text().unwrap_or_default();
                    let mut glued = Vec::new();
                    for (index, part) in parts.into_iter().enumerate() {
                        if index > 0 && !separator.is_empty() {
                            glued.push(separator.into());
                        }
                        glued.push(if part.is_string() || part.is_number() {
                            part
                        } else {
                            hole("=part")
                        });
                    }
                    glue(&glued).map_or_else(|| hole("=Join"), Value::String)
                }
                _ => hole("=Join"),
            },
            ("If", [condition, yes, no]) => {
                self.either(condition.text(), inside(*yes), inside(*no))
            }
            ("Select", [index, list]) => {
                let index = index.text().and_then(|text| text.parse::<usize>().ok());
                match (index, inside(*list)) {
                    (Some(index), Value::Array(list)) => {
                        list.into_iter().nth(index).unwrap_or_else(|| hole("=Select"))
                    }
                    _ => hole("=Select"),
                }
            }
            ("ImportValue", _) => match inside(argument) {
                Value::String(name) => hole(&format!("=import {}", super::hole::shown(&name))),
                _ => hole("=ImportValue"),
            },
            ("Base64", _) => inside(argument),
            _ => hole(&format!("={function}")),
        }
    }

    /// Statements that may be there, or a value that is one of two.
    fn either(&self, condition: Option<&str>, yes: Value, no: Value) -> Value {
        let perhaps = |value: Value| match value {
            Value::Object(mut map) => {
                if map.contains_key("Effect") {
                    map.insert("__perhaps".into(), true.into());
                }
                Value::Object(map)
            }
            other => other,
        };
        match (yes, no) {
            (yes, Value::Null) => perhaps(yes),
            (Value::Null, no) => perhaps(no),
            (yes, no) if yes == no => yes,
            _ => hole(&format!("=If {}", condition.unwrap_or_default())),
        }
    }

    fn named(&self, name: &str) -> Value {
        match name {
            "AWS::AccountId" => hole("self.account"),
            "AWS::Partition" => "aws".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            "AWS::NoValue" => Value::Null,
            _ if self.parameters.contains(&name) => hole(&format!("var.{name}")),
            _ => match self.resources.get(name).copied() {
                Some("AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group") => {
                    hole(&format!("{name}.name"))
                }
                Some("AWS::IAM::ManagedPolicy" | "AWS::IAM::OIDCProvider") => {
                    hole(&format!("{name}.arn"))
                }
                _ if self.is_made_role(name) => hole(&format!("{name}.name")),
                _ => hole(&name.replace("::", ".")),
            },
        }
    }

    fn attribute(&self, path: &str) -> Value {
        let (id, attribute) = path.split_once('.').unwrap_or((path, ""));
        let of_iam = self.resources.get(id).is_some_and(|kind| kind.starts_with("AWS::IAM::"));
        match attribute {
            "Arn" | "PolicyArn" if of_iam || self.is_made_role(id) => hole(&format!("{id}.arn")),
            _ => hole(path),
        }
    }

    /// The role that SAM makes for a function: its id and `Role`.
    fn is_made_role(&self, name: &str) -> bool {
        let of = name.strip_suffix("Role").and_then(|function| self.resources.get(function));
        of.is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
    }

    fn sub(&self, text: &str, own: Option<&Map<String, Value>>) -> Value {
        substitute(text, |name| {
            if name.starts_with("aws:") {
                return None;
            }
            let given = own.and_then(|own| own.get(name)).cloned();
            let value = given.unwrap_or_else(|| match name.contains('.') {
                true => self.attribute(name),
                false => self.named(name),
            });
            Some(if value.is_string() || value.is_number() {
                value
            } else {
                hole(&format!("={name}"))
            })
        })
    }
}

fn is_function(tag: &str) -> bool {
    const FUNCTIONS: [&str; 14] = [
        "Ref",
        "GetAtt",
        "Sub",
        "Join",
        "If",
        "Select",
        "Split",
        "ImportValue",
        "FindInMap",
        "Base64",
        "Cidr",
        "GetAZs",
        "Transform",
        "Condition",
    ];
    FUNCTIONS.contains(&tag)
}

/// Replaces `${name}`; what `value` does not know stays as it is, and `${!name}` is `${name}`.
fn substitute(text: &str, value: impl Fn(&str) -> Option<Value>) -> Value {
    let mut parts: Vec<Value> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if !before.is_empty() {
            parts.push(before.into());
        }
        let Some((name, tail)) = after.split_once('}') else {
            parts.push(format!("${{{after}").into());
            rest = "";
            break;
        };
        rest = tail;
        parts.push(match name.strip_prefix('!') {
            Some(literal) => format!("${{{literal}}}").into(),
            None => value(name.trim()).unwrap_or_else(|| format!("${{{name}}}").into()),
        });
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(rest.into());
    }
    match parts.as_slice() {
        [one] => one.clone(),
        _ => glue(&parts).map_or_else(|| hole_text("=text").into(), Value::String),
    }
}
