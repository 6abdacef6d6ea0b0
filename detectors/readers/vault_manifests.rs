//! Kubernetes objects that configure clients of Vault: External Secrets, the Secrets Store CSI
//! driver, the Vault Secrets Operator, and the annotations of the agent injector.
//!
//! Facts: the API references of external-secrets.io, of secrets-store-csi-driver's Vault provider,
//! of the Vault Secrets Operator, and the annotation list of vault-k8s.

use super::{
    Document,
    vault_client::Client,
    yaml::{At, Yaml},
};
use crate::evidence::Record;

const MARKS: &[&str] = &[
    "external-secrets.io/",
    "secrets-store.csi",
    "secrets.hashicorp.com/",
    "vault.hashicorp.com/",
];
const INJECTOR: &str = "vault.hashicorp.com/";

/// True for YAML that names one of the clients.
pub(super) fn accepts(document: &Document) -> bool {
    let yaml = [".yaml", ".yml"].iter().any(|end| document.path.ends_with(end));
    yaml && std::str::from_utf8(document.bytes).is_ok_and(|t| MARKS.iter().any(|m| t.contains(m)))
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let Ok(text) = std::str::from_utf8(document.bytes) else { return };
    let yaml = match Yaml::parse(text) {
        Ok(yaml) => yaml,
        Err(error) => {
            let mut coverage = if text.contains("{{") {
                document.unreadable("the manifest is a template", "scan what it renders to")
            } else {
                document.unreadable(error.to_string(), "mend the manifest")
            };
            coverage.by_design = text.contains("{{");
            coverage.line = Some(error.line.into());
            out.push(coverage.into());
            return;
        }
    };
    for object in yaml.documents() {
        let clients = match object.get("kind").and_then(At::value) {
            Some("List") => {
                object.get("items").into_iter().flat_map(At::items).filter_map(client).collect()
            }
            _ => client(object).into_iter().collect::<Vec<_>>(),
        };
        out.extend(clients.into_iter().map(|(c, at)| c.record(document, at.region()).into()));
    }
}

/// The client that an object configures, and the place that says so.
fn client(object: At<'_>) -> Option<(Client, At<'_>)> {
    let kind = object.get("kind")?.value()?;
    let metadata = object.get("metadata")?;
    let named = Client {
        name: text(metadata, &["name"]).unwrap_or_else(|| "unnamed".into()),
        namespace: text(metadata, &["namespace"]),
        ..Client::default()
    };
    match kind {
        "SecretStore" | "ClusterSecretStore" => external_secrets(named, object),
        "SecretProviderClass" => csi(named, object),
        "VaultConnection" => operator(named, object),
        _ => injector(named, object),
    }
}

fn at<'t>(mut node: At<'t>, path: &[&str]) -> Option<At<'t>> {
    for key in path {
        node = node.get(key)?;
    }
    Some(node)
}

fn text(node: At<'_>, path: &[&str]) -> Option<String> {
    at(node, path)?.value().map(str::to_owned)
}

fn external_secrets(named: Client, object: At<'_>) -> Option<(Client, At<'_>)> {
    let vault = at(object, &["spec", "provider", "vault"])?;
    let auth = vault.get("auth");
    let method = auth.and_then(|auth| auth.entries().next()).and_then(|(key, _)| key.text());
    let role = ["kubernetes", "jwt", "appRole", "iam"].iter().find_map(|method| {
        text(auth?, &[method, "role"]).or_else(|| text(auth?, &[method, "roleId"]))
    });
    let client = Client {
        kind: "external-secrets",
        address: text(vault, &["server"]),
        method: method.map(str::to_owned),
        role,
        static_token: auth.and_then(|auth| text(auth, &["tokenSecretRef", "name"])),
        ..named
    };
    Some((client, auth.and_then(|auth| auth.get("tokenSecretRef")).unwrap_or(vault)))
}

fn csi(named: Client, object: At<'_>) -> Option<(Client, At<'_>)> {
    let spec = object.get("spec")?;
    if spec.get("provider")?.value()? != "vault" {
        return None;
    }
    let parameters = spec.get("parameters")?;
    let skip = parameters.get("vaultSkipTLSVerify");
    let client = Client {
        kind: "csi",
        address: text(parameters, &["vaultAddress"]),
        role: text(parameters, &["roleName"]),
        skips_verification: skip.is_some_and(At::is_true),
        ..named
    };
    Some((client, skip.unwrap_or(parameters)))
}

fn operator(named: Client, object: At<'_>) -> Option<(Client, At<'_>)> {
    let spec = object.get("spec")?;
    let skip = spec.get("skipTLSVerify");
    let client = Client {
        kind: "vso",
        address: text(spec, &["address"]),
        skips_verification: skip.is_some_and(At::is_true),
        ..named
    };
    Some((client, skip.unwrap_or(spec)))
}

/// Pods, and what makes pods.
fn injector(named: Client, object: At<'_>) -> Option<(Client, At<'_>)> {
    const PLACES: &[&[&str]] = &[
        &["spec", "template", "metadata", "annotations"],
        &["spec", "jobTemplate", "spec", "template", "metadata", "annotations"],
        &["metadata", "annotations"],
    ];
    let injects = |annotations: &At| {
        annotations.get("vault.hashicorp.com/agent-inject").is_some_and(At::is_true)
    };
    let annotations = PLACES.iter().filter_map(|path| at(object, path)).find(injects)?;
    let annotation = |name: &str| annotations.get(&format!("{INJECTOR}{name}"));
    let skip = annotation("tls-skip-verify");
    let client = Client {
        kind: "injector",
        address: annotation("service").and_then(At::value).map(str::to_owned),
        method: annotation("auth-type").and_then(At::value).map(str::to_owned),
        role: annotation("role").and_then(At::value).map(str::to_owned),
        skips_verification: skip.is_some_and(At::is_true),
        ..named
    };
    Some((client, skip.unwrap_or(annotations)))
}
