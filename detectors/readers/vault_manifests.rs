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
        "SecretStore" | "ClusterSecretStore" => {
            let shared = kind == "ClusterSecretStore"
                && at(object, &["spec", "conditions"]).is_none_or(|c| c.items().next().is_none());
            let named = Client { cluster_wide: shared, ..named };
            external_secrets(named, at(object, &["spec", "provider", "vault"])?)
        }
        // A generator of External Secrets has the same provider; the operator's object of this name
        // refers to its VaultAuth.
        "VaultDynamicSecret" => external_secrets(named, at(object, &["spec", "provider"])?),
        "SecretProviderClass" => csi(named, object),
        "VaultConnection" => operator(named, object),
        "VaultAuth" | "VaultAuthGlobal" => operator_login(named, object),
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

fn external_secrets<'t>(named: Client, vault: At<'t>) -> Option<(Client, At<'t>)> {
    let auth = vault.get("auth");
    let method = auth.and_then(|auth| auth.entries().next()).and_then(|(key, _)| key.text());
    let of_method = |names: &[&str]| {
        let settings = auth?.get(method?)?;
        names.iter().find_map(|name| text(settings, &[name]))
    };
    let secret = || {
        let settings = auth?.get(method?)?;
        text(settings, &["secretRef", "name"])
    };
    let client = Client {
        kind: "external-secrets",
        address: text(vault, &["server"]),
        role: of_method(&["role", "vaultRole", "roleId", "username"]),
        mount: of_method(&["mountPath", "path"]),
        // A method of Kubernetes that names a secret uses a lasting service account token.
        login_secret: secret(),
        static_token: auth.and_then(|auth| text(auth, &["tokenSecretRef", "name"])),
        method: method.map(str::to_owned),
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
        mount: text(parameters, &["vaultAuthMountPath"])
            .or_else(|| text(parameters, &["vaultKubernetesMountPath"])),
        method: text(parameters, &["vaultAuthMethod"]),
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

/// How the Vault Secrets Operator logs in. Its AppRole is the one method with a lasting secret; the
/// others use tokens that Kubernetes or a cloud makes, unless a JWT stands in a secret.
fn operator_login(named: Client, object: At<'_>) -> Option<(Client, At<'_>)> {
    let spec = object.get("spec")?;
    let method = text(spec, &["method"]).or_else(|| text(spec, &["defaultAuthMethod"]))?;
    let settings = spec.get(&method).or_else(|| spec.get("appRole"));
    let of_method = |name: &str| text(settings?, &[name]);
    let client = Client {
        kind: "vso",
        role: of_method("role").or_else(|| of_method("roleId")),
        login_secret: of_method("secretRef"),
        mount: text(spec, &["mount"]).or_else(|| text(spec, &["defaultMount"])),
        method: Some(method),
        ..named
    };
    Some((client, settings.unwrap_or(spec)))
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
        mount: annotation("auth-path").and_then(At::value).map(str::to_owned),
        skips_verification: skip.is_some_and(At::is_true),
        ..named
    };
    Some((client, skip.unwrap_or(annotations)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Resource, Src};

    fn clients(text: &str) -> Vec<Resource> {
        let src = Src::of("git", "example/repository");
        let (path, bytes) = ("k8s.yaml", text.as_bytes());
        let as_of = jiff::Timestamp::UNIX_EPOCH;
        let document = Document { path, bytes, src: &src, repository: None, as_of };
        assert!(accepts(&document));
        let mut out = Vec::new();
        read(&document, &mut out);
        let clients = out.into_iter().map(|record| match record {
            Record::Resource(client) => client,
            other => panic!("{other:?}"),
        });
        clients.collect()
    }

    #[test]
    fn a_store_for_all_names_its_lasting_secret() {
        let found = clients(
            "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: all}\nspec:\n  provider:\n    vault:\n      server: https://vault:8200\n      auth:\n        appRole:\n          path: apps\n          roleId: 1-2\n          secretRef: {name: approle, key: id}\n",
        );
        let [client] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(client.attrs["login_secret"], "approle");
        assert_eq!(
            (&client.attrs["auth_mount"], &client.attrs["method"]),
            (&"apps".into(), &"appRole".into())
        );
        assert_eq!(client.attrs["cluster_wide"], true);
    }

    #[test]
    fn conditions_narrow_a_store_and_a_generator_is_a_client() {
        let found = clients(
            "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: some}\nspec:\n  conditions: [{namespaces: [shop]}]\n  provider: {vault: {server: 'https://v', auth: {kubernetes: {mountPath: k8s, role: shop}}}}\n---\napiVersion: generators.external-secrets.io/v1alpha1\nkind: VaultDynamicSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  path: db/creds/x\n  provider: {server: 'https://v', auth: {tokenSecretRef: {name: root, key: t}}}\n---\napiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: {name: own}\nspec: {mount: db, path: creds/x}\n",
        );
        let [store, generator] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((store.attrs.get("cluster_wide"), &store.attrs["role"]), (None, &"shop".into()));
        assert_eq!(generator.attrs["static_token"], "root");
    }

    #[test]
    fn the_operator_says_how_it_logs_in() {
        let found = clients(
            "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultAuth\nmetadata: {name: a, namespace: shop}\nspec:\n  method: kubernetes\n  mount: k8s\n  kubernetes: {role: shop, serviceAccount: default, audiences: [vault]}\n---\napiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultAuth\nmetadata: {name: b}\nspec:\n  method: appRole\n  mount: approle\n  appRole: {roleId: x, secretRef: approle}\n",
        );
        let [own, lasting] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((&own.attrs["role"], own.attrs.get("login_secret")), (&"shop".into(), None));
        assert_eq!(lasting.attrs["login_secret"], "approle");
    }
}
