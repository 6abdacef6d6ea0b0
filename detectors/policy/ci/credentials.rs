//! `rules/tables/ci-credentials.toml`: what a stored secret is, told by where a job puts it.

use crate::evidence::{
    Pipeline,
    pipeline::{Channel, Component, SecretUse, Store},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

/// What a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Class {
    /// A cloud, a cluster, an infrastructure service.
    Cloud,
    /// A secret manager.
    Vault,
    /// A package registry.
    Package,
    /// A container registry.
    Registry,
    /// GitHub, as a user.
    Github,
    /// A machine or repository, over SSH.
    Ssh,
    /// Another hosted service.
    Platform,
}

/// A kind of credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kind {
    /// Its key in the table.
    #[serde(skip)]
    pub slug: String,
    /// In words.
    pub name: String,
    /// Whose it is.
    pub provider: String,
    /// What it opens.
    pub class: Class,
    /// What replaces it on GitHub.
    #[serde(default)]
    pub federation: Option<String>,
    /// What replaces it on other platforms, when the words for GitHub without their parentheses do not
    /// say it.
    #[serde(default)]
    pub elsewhere: Option<String>,
    /// The only platforms from which its provider takes a job's own token; empty: any.
    #[serde(default)]
    pub only: Vec<String>,
    /// Where the provider says so.
    pub docs: String,
    /// As `docs`, for other platforms than GitHub.
    #[serde(default)]
    pub docs_elsewhere: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    action: String,
    input: String,
    kind: String,
    #[serde(default)]
    when: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: BTreeMap<String, Kind>,
    input: Vec<Row>,
    env: BTreeMap<String, String>,
}

struct Table {
    kinds: HashMap<String, Kind>,
    /// By action; each row: input, condition, kind.
    inputs: HashMap<String, Vec<Row>>,
    /// By upper-case name.
    env: HashMap<String, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let text = overstay_rules::table("ci-credentials").unwrap_or_default();
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    let file: File = toml::from_str(text).expect("rules/tables/ci-credentials.toml");
    let mut kinds: HashMap<String, Kind> = file.kind.into_iter().collect();
    for (slug, kind) in &mut kinds {
        kind.slug.clone_from(slug);
    }
    let mut inputs: HashMap<String, Vec<Row>> = HashMap::new();
    for row in file.input {
        inputs.entry(row.action.clone()).or_default().push(row);
    }
    let env = file.env.into_iter().map(|(name, kind)| (name.to_ascii_uppercase(), kind)).collect();
    Table { kinds, inputs, env }
});

/// What the secret of this use is, as far as its receiver or its name tells. The job's own token is not a
/// stored secret, and what a caller hands over is judged at the caller.
pub(crate) fn kind_of(pipeline: &Pipeline, secret: &SecretUse) -> Option<&'static Kind> {
    if matches!(secret.store, Store::JobToken | Store::Caller | Store::Manager)
        || secret.name == "*"
    {
        return None;
    }
    let slug = by_input(pipeline, secret)
        .or_else(|| {
            secret.slot.as_deref().filter(|_| secret.channel == Channel::Env).and_then(by_name)
        })
        .or_else(|| by_name(&secret.name))?;
    let slug = if slug == "aws-access-key" && has_other_endpoint(pipeline, secret) {
        "s3-compatible-key"
    } else {
        slug
    };
    TABLE.kinds.get(slug)
}

fn by_name(name: &str) -> Option<&'static str> {
    TABLE.env.get(&name.to_ascii_uppercase()).map(String::as_str)
}

fn by_input(pipeline: &Pipeline, secret: &SecretUse) -> Option<&'static str> {
    let consumer = secret.consumer.as_deref()?.to_ascii_lowercase();
    let slot = secret.slot.as_deref()?;
    let component = pipeline.components.iter().find(|component| component.step == secret.step);
    TABLE
        .inputs
        .get(&consumer)?
        .iter()
        .find(|row| {
            (row.input == "*" || row.input.eq_ignore_ascii_case(slot))
                && fits(row.when.as_deref(), component)
        })
        .map(|row| row.kind.as_str())
}

/// Whether `input=pattern` holds for the inputs of a component.
fn fits(when: Option<&str>, component: Option<&Component>) -> bool {
    let Some((input, pattern)) = when.and_then(|when| when.split_once('=')) else { return true };
    let value = component.and_then(|c| c.inputs.get(input)).map(String::as_str).unwrap_or_default();
    let host = value.split("://").last().unwrap_or_default().split('/').next().unwrap_or_default();
    match pattern.strip_prefix('*') {
        Some("") => !value.is_empty(),
        Some(suffix) => host.ends_with(suffix),
        None => host == pattern,
    }
}

/// True when the job points its AWS client at a store that is not AWS.
fn has_other_endpoint(pipeline: &Pipeline, secret: &SecretUse) -> bool {
    pipeline
        .settings
        .iter()
        .filter(|setting| setting.name.contains("ENDPOINT"))
        .filter(|setting| setting.step.is_none() || setting.step == secret.step)
        .any(|setting| !setting.value.contains(".amazonaws.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_kind_and_every_kind_is_named() {
        let used = TABLE.inputs.values().flatten().map(|row| &row.kind).chain(TABLE.env.values());
        let mut named: Vec<&String> = used.collect();
        let s3 = "s3-compatible-key".to_owned();
        named.push(&s3);
        for kind in &named {
            assert!(TABLE.kinds.contains_key(*kind), "{kind}");
        }
        for kind in TABLE.kinds.values() {
            assert!(named.contains(&&kind.slug), "{}", kind.slug);
            assert!(kind.docs.starts_with("https://") && !kind.name.is_empty(), "{}", kind.slug);
        }
        assert!(TABLE.inputs.values().map(Vec::len).sum::<usize>() >= 60);
    }
}
