//! `rules/tables/ci-credentials.toml`: what a stored secret is, told by where a job puts it.

use crate::evidence::{
    Pipeline,
    names::words,
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
        .or_else(|| by_name(&secret.name))
        .or_else(|| by_words(pipeline, secret))?;
    let slug = match slug {
        "aws-access-key" if has_other_endpoint(pipeline, secret) => "s3-compatible-key",
        // Which registry it is, the secret's name may say where the step does not.
        "registry-password" => by_name(&secret.name).unwrap_or(slug),
        _ => slug,
    };
    TABLE.kinds.get(slug)
}

fn by_name(name: &str) -> Option<&'static str> {
    TABLE.env.get(&name.to_ascii_uppercase()).map(String::as_str)
}

/// Words that say where or for what a credential is meant, not what it is.
const STAGES: &[&str] = &[
    "ci",
    "d",
    "dev",
    "develop",
    "development",
    "int",
    "integration",
    "live",
    "nonprod",
    "p",
    "preprod",
    "prd",
    "prod",
    "production",
    "qa",
    "s",
    "sandbox",
    "stage",
    "staging",
    "stg",
    "test",
    "tst",
    "uat",
    "eu",
    "us",
];

/// As [`by_name`], for names in other spellings and with words around those of the table:
/// `AWS_SECRET_ACCESS_KEY_PROD`, `deploySshPrivateKey`, `GCP_K8S_SERVICE_ACCOUNT_KEY`.
fn by_words(pipeline: &Pipeline, secret: &SecretUse) -> Option<&'static str> {
    let words = words(&secret.name);
    let mut core = words.as_slice();
    while let [rest @ .., last] = core
        && (STAGES.contains(&last.as_str()) || last.bytes().all(|b| b.is_ascii_digit()))
    {
        core = rest;
    }
    if core.iter().any(|word| word == "public") {
        return None;
    }
    // A single word, such as a bare `KUBECONFIG`, says too little when others stand before it.
    let starts = (0..core.len().saturating_sub(1).max(1)).take(MAX_WORDS);
    let known = starts.map(|start| core[start..].join("_")).find_map(|name| by_name(&name));
    known.or_else(|| google_key(core)).or_else(|| azure_principal(pipeline, secret, core))
}

/// How many words of a name are tried.
const MAX_WORDS: usize = 12;

/// A key of a service account: Google's other keys, for maps and the like, open no cloud.
fn google_key(words: &[String]) -> Option<&'static str> {
    let first = words.first()?.as_str();
    let of_google = matches!(first, "gcp" | "gcloud" | "google" | "gke" | "gcr");
    let text = words.join("_");
    let ends = [
        "service_account_key",
        "sa_key",
        "service_account",
        "credentials",
        "key_json",
        "sa_json",
        "key_file",
    ];
    (of_google && ends.iter().any(|end| text.ends_with(end)) && !text.contains("oauth"))
        .then_some("gcp-service-account-key")
}

/// The secret of a client is that of a service principal where the step also takes the id of a
/// subscription, and in Azure Pipelines when its name says no more.
fn azure_principal(
    pipeline: &Pipeline,
    secret: &SecretUse,
    core: &[String],
) -> Option<&'static str> {
    let ends = |words: &[String], wanted: [&str; 2]| {
        words.last_chunk::<2>().is_some_and(|last| last.each_ref().map(String::as_str) == wanted)
    };
    let subscribed = |other: &SecretUse| {
        other.step == secret.step && ends(&words(&other.name), ["subscription", "id"])
    };
    let of_azure = (pipeline.platform == "azure-pipelines" && core.len() == 2)
        || pipeline.secrets.iter().any(subscribed);
    (ends(core, ["client", "secret"]) && of_azure).then_some("azure-client-secret")
}

fn by_input(pipeline: &Pipeline, secret: &SecretUse) -> Option<&'static str> {
    let consumer = secret.consumer.as_deref()?.to_ascii_lowercase();
    let slot = secret.slot.as_deref().unwrap_or_default();
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
    fn names_with_words_around_those_of_the_table() {
        let kind = |platform: &str, name: &str| {
            let job = Pipeline { platform: platform.to_owned(), ..Pipeline::default() };
            let secret = SecretUse { name: name.to_owned(), ..SecretUse::default() };
            kind_of(&job, &secret).map(|kind| kind.slug.as_str())
        };
        for name in
            ["AWS_SECRET_ACCESS_KEY_PROD", "dev_aws_secret_access_key", "awsSecretAccessKey"]
        {
            assert_eq!(kind("gitlab-ci", name), Some("aws-access-key"), "{name}");
        }
        for name in ["DEPLOY_SSH_PRIVATE_KEY", "SSH_KEY_P", "prod-ssh-key"] {
            assert_eq!(kind("gitlab-ci", name), Some("ssh-key"), "{name}");
        }
        for name in ["GCP_K8S_SERVICE_ACCOUNT_KEY", "GOOGLE_CREDENTIALS_STAGING"] {
            assert_eq!(kind("gitlab-ci", name), Some("gcp-service-account-key"), "{name}");
        }
        assert_eq!(kind("azure-pipelines", "clientSecret"), Some("azure-client-secret"));
        for name in ["SSH_PUBLIC_KEY", "GOOGLE_MAPS_API_KEY", "CLIENT_SECRET", "TOKEN_PROD", "PROD"]
        {
            assert_eq!(kind("gitlab-ci", name), None, "{name}");
        }
    }

    #[test]
    fn what_stands_beside_a_secret_tells_what_it_is() {
        let job = |names: &[&str], consumer: Option<&str>| Pipeline {
            platform: "github-actions".to_owned(),
            secrets: names
                .iter()
                .map(|name| SecretUse {
                    name: (*name).to_owned(),
                    consumer: consumer.map(str::to_owned),
                    slot: consumer.map(|_| "password".to_owned()),
                    step: Some(1),
                    ..SecretUse::default()
                })
                .collect(),
            ..Pipeline::default()
        };
        let kind = |job: &Pipeline| kind_of(job, &job.secrets[0]).map(|kind| kind.slug.as_str());
        let terraform =
            ["TF_VAR_agent_client_secret", "TF_VAR_tenant_id", "TF_VAR_subscription_id"];
        assert_eq!(kind(&job(&terraform, None)), Some("azure-client-secret"));
        assert_eq!(kind(&job(&["SPOTIFY_CLIENT_SECRET", "SPOTIFY_TENANT_ID"], None)), None);
        let login = Some("azure/docker-login");
        let named = job(&["AZURE_CONTAINER_REGISTRY_PASSWORD"], login);
        assert_eq!(kind(&named), Some("azure-registry-password"));
        assert_eq!(kind(&job(&["REGISTRY_PASSWORD"], login)), Some("registry-password"));
    }

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
