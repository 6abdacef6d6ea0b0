//! The least privilege that the source needs, as a Vault policy made for the mounts of one server.
//!
//! Literal mount names, never `+` for a mount: a LIST request ends in a slash, `+` matches the empty
//! last segment, and a `read`-only rule for `auth/+/role/+` would then win over the `list` rule.

use super::{
    VaultError, address, connect,
    crawl::{keys, mounts_of},
    requests::{self, NAMESPACE, SERVER, Template, Verb},
};
use std::collections::{BTreeMap, BTreeSet};

/// Asks a server for its mounts and writes the policy. `tier` 1: definitions; 2: also live tokens,
/// audit devices and leases, which need `sudo`.
///
/// # Errors
/// What keeps the server from being asked, in words.
pub async fn policy(arg: Option<&str>, tier: u8) -> Result<String, String> {
    generate(arg, tier).await.map_err(|error| error.to_string())
}

async fn generate(arg: Option<&str>, tier: u8) -> Result<String, VaultError> {
    let (client, root) = connect(&address(arg)?).await?;
    let mut rules = Rules { tier, rules: BTreeMap::new() };
    rules.add_all("", SERVER);
    let mut waiting = vec![String::new()];
    while let Some(child) = waiting.pop() {
        let namespace = format!("{root}{child}");
        rules.add_all(&child, NAMESPACE);
        let ask = |path: &'static str| {
            let template = NAMESPACE.iter().find(|t| t.path == path).copied();
            let (client, namespace) = (&client, &namespace);
            async move {
                let template = template?;
                client.call(namespace, "", &template, path, None).await.ok()
            }
        };
        for (mount, kind, _) in mounts_of(ask("sys/auth").await.as_ref()) {
            rules.add_all(&format!("{child}auth/{mount}"), requests::auth(&kind));
        }
        for (mount, kind, version) in mounts_of(ask("sys/mounts").await.as_ref()) {
            let kind = if kind == "kv" && version == "2" { "kv2" } else { &kind };
            rules.add_all(&format!("{child}{mount}"), requests::secrets(kind));
        }
        let children = keys(ask("sys/namespaces").await.as_ref());
        waiting.extend(children.iter().map(|name| format!("{child}{name}")));
    }
    Ok(rules.write())
}

struct Rules {
    tier: u8,
    rules: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Rules {
    fn add_all(&mut self, prefix: &str, templates: &[Template]) {
        for template in templates.iter().filter(|t| t.tier <= self.tier) {
            for path in paths(template) {
                let rule = self.rules.entry(format!("{prefix}{path}")).or_default();
                rule.insert(template.verb.capability());
                if template.sudo {
                    rule.insert("sudo");
                }
            }
        }
    }

    fn write(&self) -> String {
        let mut text = format!(
            "# What Overstay needs to read this server, tier {}. Give it to a token of its own: no\n\
             # default policy, an hour of life, an explicit maximum. Make it anew when mounts change.\n",
            self.tier
        );
        for (path, capabilities) in &self.rules {
            let capabilities: Vec<String> =
                capabilities.iter().map(|capability| format!("{capability:?}")).collect();
            text.push_str(&format!(
                "path {path:?} {{ capabilities = [{}] }}\n",
                capabilities.join(", ")
            ));
        }
        text
    }
}

/// The paths of the rules that allow a template's requests.
fn paths(template: &Template) -> Vec<String> {
    let path = template.path.split('?').next().unwrap_or_default();
    let wild = path.replace("{*}", "*").replace("{}", "+");
    match (template.verb, wild.strip_suffix("/*")) {
        // A list of the folder itself is decided by the rule without the slash, if there is one.
        (Verb::List, Some(folder)) if template.sudo => vec![format!("{folder}/"), wild],
        (Verb::List, Some(folder)) => vec![folder.to_owned(), wild],
        (Verb::List, None) if wild.contains('+') => vec![format!("{wild}/")],
        (Verb::List, None) if template.sudo => vec![wild.clone(), format!("{wild}/")],
        _ => vec![wild],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_no_more_than_the_template() {
        let mut rules = Rules { tier: 1, rules: BTreeMap::new() };
        rules.add_all("auth/approle/", requests::auth("approle"));
        rules.add_all("secret/", requests::secrets("kv2"));
        rules.add_all("", NAMESPACE);
        let text = rules.write();
        for line in [
            "path \"auth/approle/role\" { capabilities = [\"list\"] }",
            "path \"auth/approle/role/+\" { capabilities = [\"read\"] }",
            "path \"auth/approle/role/+/secret-id/\" { capabilities = [\"list\"] }",
            "path \"secret/metadata/*\" { capabilities = [\"list\", \"read\"] }",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("sudo"), "{text}");
    }
}
