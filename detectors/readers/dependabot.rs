//! Dependabot: a service that GitHub runs for the repository, the registries that it signs in to, and
//! whether the packages that it looks at may run code beside those logins.
//!
//! Format: <https://docs.github.com/code-security/dependabot/working-with-dependabot/dependabot-options-reference>.

use super::{
    Document,
    ci::{self, CiFile},
    yaml::At,
};
use crate::evidence::{
    Pipeline, Record,
    pipeline::{Channel, Form, Literal, Method, RoleUse, Scope, SecretUse, Setting, Store},
};

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "dependabot";

/// Keys of a registry that hold a credential.
const SECRETS: &[&str] = &["password", "token", "key", "public-key-fingerprint", "auth-key"];

/// Keys of a registry that say which identity Dependabot takes with its own token, and where.
const ROLES: &[(&str, &str)] = &[
    ("role-name", "aws"),
    ("client-id", "azure"),
    ("workload-identity-provider", "gcp"),
    ("jfrog-oidc-provider-name", "jfrog"),
    ("service-slug", "cloudsmith"),
];

/// Parts of an address, and whose registry it is.
const HOSTS: &[(&str, &str)] = &[
    (".dkr.ecr.", "dependabot:aws"),
    (".codeartifact.", "dependabot:aws"),
    ("pkgs.dev.azure.com", "dependabot:azure"),
    (".pkgs.visualstudio.com", "dependabot:azure"),
    ("pkg.github.com", "dependabot:github"),
    ("ghcr.io", "dependabot:github"),
    ("//github.com", "dependabot:github"),
];

/// True for the file that configures Dependabot.
pub(crate) fn accepts(document: &Document) -> bool {
    [".github/dependabot.yml", ".github/dependabot.yaml"].iter().any(|name| {
        document.path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    })
}

/// Reads it.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let Some(tree) = ci::parse(document, out) else { return };
    let file = CiFile { document, platform: PLATFORM };
    let Some(root) = tree.root() else { return };
    let mut pipeline = file.blank("", Form::Service);
    pipeline.location = file.at(root.region());
    for (name, registry) in root.get("registries").into_iter().flat_map(At::entries) {
        read_registry(&file, name.text().unwrap_or_default(), registry, &mut pipeline);
    }
    for update in root.get("updates").into_iter().flat_map(At::items) {
        read_update(&file, update, &mut pipeline);
    }
    out.push(pipeline.into());
}

fn read_registry(file: &CiFile, name: &str, registry: At, pipeline: &mut Pipeline) {
    let text = |key: &str| registry.get(key).and_then(At::value).unwrap_or_default();
    let url = text("url");
    let host = HOSTS.iter().find(|(part, _)| url.contains(part));
    let consumer = host.map_or("dependabot:registry", |(_, consumer)| *consumer);
    for (key, value) in registry.entries() {
        let (Some(slot), Some(text)) = (key.text(), value.value()) else { continue };
        if let Some(secret) = secret_named(text).filter(|_| SECRETS.contains(&slot)) {
            pipeline.secrets.push(SecretUse {
                name: secret.to_owned(),
                store: Store::Platform,
                channel: Channel::Input,
                slot: Some(slot.to_owned()),
                scope: Scope::Workflow,
                consumer: Some(consumer.to_owned()),
                via: Some(name.to_owned()),
                location: file.at(value.region()),
                ..SecretUse::default()
            });
        } else if SECRETS.contains(&slot)
            && slot != "public-key-fingerprint"
            && !ci::is_reference(text)
        {
            pipeline.literals.push(Literal {
                slot: format!("{name}.{slot}"),
                channel: Channel::Input,
                scope: Scope::Workflow,
                length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
                throwaway: ci::is_throwaway(slot, text),
                location: file.at(key.region()),
                ..Literal::default()
            });
        }
        if let Some((_, provider)) = ROLES.iter().find(|(role, _)| *role == slot) {
            pipeline.roles.push(RoleUse {
                provider: (*provider).to_owned(),
                role: text.to_owned(),
                method: Method::Oidc,
                location: file.at(key.region()),
                ..RoleUse::default()
            });
        }
    }
}

/// `NAME` in `${{ secrets.NAME }}`.
fn secret_named(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("${{")?;
    let inner = rest.split("}}").next()?.trim();
    let (store, name) = inner.split_once('.')?;
    store.eq_ignore_ascii_case("secrets").then_some(name)
}

/// `insecure-external-code-execution: allow`, with the ecosystem that it is said of. Dependabot denies it to
/// ecosystems with private registries, unless the file says so.
fn read_update(file: &CiFile, update: At, pipeline: &mut Pipeline) {
    let Some((key, value)) = update.entry("insecure-external-code-execution") else { return };
    if value.value() != Some("allow") {
        return;
    }
    let ecosystem = update.get("package-ecosystem").and_then(At::value).unwrap_or_default();
    pipeline.settings.push(Setting {
        name: "insecure-external-code-execution".to_owned(),
        value: ecosystem.to_owned(),
        scope: Scope::Workflow,
        step: None,
        location: file.at(key.region()),
    });
}
