//! The arguments of a resource as the fields of the API, without what may be a secret.

use super::File;
use crate::{evidence::Attrs, policy::vault::parse_duration};
use hcl_edit::structure::Block;
use serde_json::{Map, Value, json};

/// Arguments of every resource that say nothing about what it defines.
const META: &[&str] =
    &["count", "for_each", "provider", "depends_on", "namespace", "disable_read", "id"];
/// The blocks of a database connection, one for each plugin.
pub(super) const PLUGINS: &[&str] = &[
    "cassandra",
    "couchbase",
    "elasticsearch",
    "hana",
    "influxdb",
    "mongodb",
    "mongodbatlas",
    "mssql",
    "mysql",
    "mysql_aurora",
    "mysql_legacy",
    "mysql_rds",
    "oracle",
    "postgresql",
    "redis",
    "redis_elasticache",
    "redshift",
    "snowflake",
];

/// The arguments of a block that the file says, called as the fields of the API, and the names of
/// those that it does not say. Never one that holds a secret.
pub(super) fn given(
    file: &File,
    block: &Block,
    skip: &[&str],
) -> (Map<String, Value>, Vec<String>) {
    let (mut data, mut unknown) = (Map::new(), Vec::new());
    for attribute in block.body.attributes() {
        let name = attribute.key.as_str();
        if META.contains(&name) || skip.contains(&name) || holds_secret(name) {
            continue;
        }
        match file.values.of(&attribute.value) {
            Some(Value::Null) => {}
            Some(value) if name == "bound_claims" => {
                data.insert(name.to_owned(), claims(value));
            }
            Some(Value::String(text)) if name == "metadata" => {
                let parsed = serde_json::from_str(&text);
                data.insert(name.to_owned(), parsed.unwrap_or(Value::Null));
            }
            Some(value) => {
                data.insert(name.to_owned(), as_seconds(name, without_secrets(value)));
            }
            None => unknown.push(name.to_owned()),
        }
    }
    (data, unknown)
}

/// The details of a database connection: where it leads, and whether its password stands there. The
/// password itself is not kept.
pub(super) fn connection(file: &File, block: &Block, data: &mut Map<String, Value>) -> Attrs {
    let mut details = Map::new();
    let mut extra = Attrs::new();
    for name in ["connection_url", "username", "hosts", "host", "max_connection_lifetime"] {
        data.remove(name);
        if let Some(attribute) = block.body.get_attribute(name) {
            details.insert(name.into(), json!(file.values.shown(&attribute.value)));
        }
    }
    let literal = block.body.attributes().any(|attribute| {
        attribute.key.as_str().contains("password")
            && matches!(file.values.of(&attribute.value), Some(Value::String(text))
                if !text.is_empty() && !text.contains(['<', '{']))
    });
    if literal {
        extra.insert("password_literal".into(), json!(true));
    }
    data.insert("connection_details".into(), details.into());
    extra
}

/// A value without what may be a secret inside.
fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| !holds_secret(key))
            .map(|(key, value)| (key, without_secrets(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        other => other,
    }
}

/// True for an argument whose value may be a secret.
fn holds_secret(name: &str) -> bool {
    name.contains("password")
        || name.contains("private_key")
        || name.contains("credentials")
        || name.ends_with("secret")
        || name.ends_with("_jwt")
        || matches!(name, "secret_id" | "secret_key" | "token" | "data" | "data_json" | "pgp_key")
}

/// Terraform writes several accepted values of a claim as one text with commas.
fn claims(value: Value) -> Value {
    let Value::Object(claims) = value else { return value };
    let split = |value: Value| match value {
        Value::String(text) => text.split(',').map(|part| json!(part.trim())).collect(),
        other => other,
    };
    claims.into_iter().map(|(claim, value)| (claim, split(value))).collect()
}

/// A length of time as the API says it, in seconds.
pub(super) fn as_seconds(name: &str, value: Value) -> Value {
    let timed = name.ends_with("ttl") || name.ends_with("period");
    match value.as_str().filter(|_| timed).and_then(parse_duration) {
        Some(length) => json!(length.as_secs()),
        None => value,
    }
}
