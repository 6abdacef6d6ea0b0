//! Jenkins configuration as code: stored credentials, users, who may do what.
//!
//! Format: <https://github.com/jenkinsci/configuration-as-code-plugin> and the schemas of the plugins. The
//! same YAML stands in a file of its own, in the values of the Helm chart (`controller.JCasC.configScripts`)
//! and in ConfigMaps; all three are read.

use super::PLATFORM;
use crate::{
    evidence::{
        Record, Region, Resource,
        pipeline::{Channel, Form, Scope},
    },
    readers::{
        Document,
        ci::{self, gather::Gather, unreadable},
        yaml::{At, Yaml, utf8},
    },
};

/// Keys under `jenkins` that the plugin knows; another tool's `jenkins:` has none of them.
const KEYS: &[&str] = &[
    "agentProtocols",
    "authorizationStrategy",
    "clouds",
    "crumbIssuer",
    "disableRememberMe",
    "globalNodeProperties",
    "mode",
    "nodes",
    "numExecutors",
    "remotingSecurity",
    "securityRealm",
    "slaveAgentPort",
    "systemMessage",
];

/// Fields of a credential that are secret.
const SECRETS: &[&str] = &[
    "accessToken",
    "apiToken",
    "clientSecret",
    "directEntry",
    "passphrase",
    "password",
    "privateKey",
    "secret",
    "secretBytes",
    "secretId",
    "secretKey",
    "token",
    "uploadedKeystore",
];

/// Who anybody is, in the words of the authorization plugins.
const EVERYBODY: &[&str] = &["anonymous", "authenticated"];

/// True for YAML that can configure a Jenkins.
pub(crate) fn accepts(document: &Document) -> bool {
    let yaml = [".yaml", ".yml"].iter().any(|end| document.path.ends_with(end));
    let marks = ["jenkins:", "domainCredentials", "JCasC", "apiToken:"];
    yaml && std::str::from_utf8(document.bytes)
        .is_ok_and(|t| marks.iter().any(|mark| t.contains(mark)))
}

/// True when the text has `jenkins:` with one of the plugin's keys below it, as far as lines tell.
fn is_configuration(document: &Document) -> bool {
    let Ok(text) = std::str::from_utf8(document.bytes) else { return false };
    let mut below = text.lines().skip_while(|line| line.trim() != "jenkins:").skip(1);
    below.any(|line| {
        let key = line.trim_start().split(':').next().unwrap_or_default();
        line.starts_with([' ', '\t']) && KEYS.contains(&key)
    })
}

pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let tree = match utf8(document.bytes).and_then(Yaml::parse) {
        Ok(tree) => tree,
        Err(error) => {
            let path = document.path.to_ascii_lowercase();
            if path.contains("casc") || path.contains("jenkins.y") || is_configuration(document) {
                let why = format!("not a readable Jenkins configuration: {}", error.why);
                let mut coverage = unreadable(
                    document,
                    error.line,
                    why,
                    "make it valid YAML, or scan what the template renders to",
                );
                coverage.by_design = document.bytes.windows(2).any(|pair| pair == b"{{");
                out.push(coverage.into());
            }
            return;
        }
    };
    let mut casc = Casc {
        gather: Gather::new(document, PLATFORM, "", Form::Service),
        resources: Vec::new(),
        lines: 0,
        columns: 0,
    };
    for root in tree.documents() {
        casc.root(root);
        embedded(root, |text, region| {
            if let Ok(inner) = Yaml::parse(text) {
                casc.lines = region.start_line.saturating_sub(1);
                casc.columns = region.start_column.saturating_sub(1);
                inner.documents().for_each(|root| casc.root(root));
            }
        });
    }
    out.extend(casc.resources.into_iter().map(Record::from));
    if !casc.gather.is_empty() {
        casc.gather.pipeline.location = casc.gather.at(Region::line(1));
        out.push(casc.gather.pipeline.into());
    }
}

/// Calls `each` for every configuration that stands as text in the values of the Helm chart or a ConfigMap.
fn embedded(root: At, mut each: impl FnMut(&str, Region)) {
    let charts = ["controller", "master"].into_iter().filter_map(|key| root.get(key));
    let scripts = charts.filter_map(|chart| chart.get("JCasC")?.get("configScripts"));
    let config_map = (root.get("kind").and_then(At::value) == Some("ConfigMap"))
        .then(|| root.get("data"))
        .flatten();
    for (_, value) in scripts.chain(config_map).flat_map(At::entries) {
        if let Some(text) =
            value.text().filter(|text| text.contains("jenkins:") || text.contains("credentials:"))
        {
            each(text, value.region());
        }
    }
}

struct Casc<'d> {
    gather: Gather<'d>,
    resources: Vec<Resource>,
    /// What stands before embedded YAML.
    lines: u32,
    columns: u32,
}

impl Casc<'_> {
    fn region(&self, at: At) -> Region {
        let mut region = at.region();
        region.start_line += self.lines;
        region.end_line += self.lines;
        region.start_column += self.columns;
        region.end_column += self.columns;
        region
    }

    fn root(&mut self, root: At) {
        let jenkins = root
            .get("jenkins")
            .filter(|j| j.entries().any(|(key, _)| key.text().is_some_and(|k| KEYS.contains(&k))));
        let credentials =
            root.get("credentials").and_then(|c| c.get("system")?.get("domainCredentials"));
        if jenkins.is_none() && credentials.is_none() {
            return;
        }
        if let Some(jenkins) = jenkins {
            self.controller(jenkins);
        }
        for domain in credentials.into_iter().flat_map(At::items) {
            for entry in domain.get("credentials").into_iter().flat_map(At::items) {
                entry.entries().for_each(|(kind, fields)| self.credential(kind, fields));
            }
        }
        let tokens = root.get("security").and_then(|security| security.get("apiToken"));
        for key in ["creationOfLegacyTokenEnabled", "tokenGenerationOnCreationEnabled"] {
            if let Some(value) = tokens.and_then(|tokens| tokens.get(key)) {
                self.setting(key, value.text().unwrap_or_default(), value);
            }
        }
    }

    /// A fact about the controller.
    fn setting(&mut self, name: &str, value: &str, at: At) {
        let path = self.gather.document.path;
        let subject = format!("jenkins-setting:{path}#{name}");
        let record = Resource {
            id: format!("resource:{subject}"),
            src: self.gather.document.src.at(path),
            as_of: self.gather.document.as_of,
            kind: "ci-setting".to_owned(),
            subject,
            location: Some(self.gather.at(self.region(at))),
            attrs: [("platform", PLATFORM), ("name", name), ("value", value)]
                .map(|(key, value)| (key.to_owned(), value.into()))
                .into(),
            ..Resource::default()
        };
        if !self.resources.iter().any(|known| known.id == record.id) {
            self.resources.push(record);
        }
    }

    fn controller(&mut self, jenkins: At) {
        if let Some(value) = jenkins.get("numExecutors") {
            self.setting("numExecutors", value.value().unwrap_or_default(), value);
        }
        if let Some(enabled) = jenkins.get("remotingSecurity").and_then(|r| r.get("enabled")) {
            self.setting("remotingSecurity", enabled.value().unwrap_or_default(), enabled);
        }
        for protocol in jenkins.get("agentProtocols").into_iter().flat_map(At::one_or_many) {
            let name = protocol.value().unwrap_or_default();
            self.setting(&format!("agentProtocol {name}"), "on", protocol);
        }
        if let Some(strategy) = jenkins.get("authorizationStrategy") {
            self.authorization(strategy);
        }
        let users = jenkins.get("securityRealm").and_then(|realm| realm.get("local")?.get("users"));
        for user in users.into_iter().flat_map(At::items) {
            let name = user.get("id").and_then(At::value).unwrap_or("user");
            if let Some(password) = user.get("password") {
                self.secret_value(&format!("password of the user {name}"), password);
            }
        }
    }

    fn authorization(&mut self, strategy: At) {
        if strategy.value() == Some("unsecured") || strategy.get("unsecured").is_some() {
            return self.setting("rights of anonymous", "Overall/Administer", strategy);
        }
        if let Some(all) = strategy.get("loggedInUsersCanDoAnything") {
            self.setting("rights of authenticated", "Overall/Administer", all);
            if let Some(read) = all.get("allowAnonymousRead").filter(|read| read.is_true()) {
                self.setting("rights of anonymous", "Overall/Read", read);
            }
        }
        let matrix = ["globalMatrix", "projectMatrix"].iter().find_map(|key| strategy.get(key));
        for who in EVERYBODY {
            let Some(matrix) = matrix else { break };
            let mut rights: Vec<&str> = Vec::new();
            let mut place = matrix;
            for permission in matrix.get("permissions").into_iter().flat_map(At::items) {
                let text = permission.value().unwrap_or_default();
                let text = ["GROUP:", "USER:"]
                    .iter()
                    .find_map(|prefix| text.strip_prefix(prefix))
                    .unwrap_or(text);
                if let Some((right, _)) = text.split_once(':').filter(|(_, sid)| sid == who) {
                    rights.push(right);
                    place = permission;
                }
            }
            for entry in matrix.get("entries").into_iter().flat_map(At::items).flat_map(At::entries)
            {
                if entry.1.get("name").and_then(At::value) == Some(who) {
                    rights.extend(entry.1.get("permissions").into_iter().flat_map(At::texts));
                    place = entry.1;
                }
            }
            self.rights(who, &rights, place);
        }
        let roles = strategy.get("roleBased").and_then(|r| r.get("roles")?.get("global"));
        for role in roles.into_iter().flat_map(At::items) {
            let rights: Vec<&str> =
                role.get("permissions").into_iter().flat_map(At::texts).collect();
            let assigned = role.get("assignments").into_iter().flat_map(At::items);
            let entries = role
                .get("entries")
                .into_iter()
                .flat_map(At::items)
                .flat_map(At::entries)
                .map(|(_, sid)| sid);
            for sid in assigned.chain(entries) {
                if let Some(who) = EVERYBODY.iter().find(|who| sid.value() == Some(who)) {
                    self.rights(who, &rights, sid);
                }
            }
        }
    }

    fn rights(&mut self, who: &str, rights: &[&str], at: At) {
        if !rights.is_empty() {
            self.setting(&format!("rights of {who}"), &rights.join(", "), at);
        }
    }

    /// One stored credential.
    fn credential(&mut self, kind: At, fields: At) {
        let path = self.gather.document.path;
        let kind_name = kind.text().unwrap_or_default();
        let id = fields.get("id").and_then(At::value).unwrap_or("without id");
        let literal = self.secrets_of(id, fields, 0);
        let subject = format!("jenkins-credential:{path}#{id}");
        let scope = fields.get("scope").and_then(At::value).unwrap_or("GLOBAL");
        let record = Resource {
            id: format!("resource:{subject}"),
            src: self.gather.document.src.at(path),
            as_of: self.gather.document.as_of,
            kind: "ci-credential".to_owned(),
            subject,
            location: Some(self.gather.at(self.region(kind))),
            attrs: [
                ("platform", PLATFORM.into()),
                ("type", kind_name.into()),
                ("name", id.into()),
                ("scope", scope.into()),
                ("literal", literal.into()),
            ]
            .map(|(key, value): (&str, serde_json::Value)| (key.to_owned(), value))
            .into(),
            ..Resource::default()
        };
        if !self.resources.iter().any(|known| known.id == record.id) {
            self.resources.push(record);
        }
    }

    /// Notes the secret fields that are written out; true when there is one.
    fn secrets_of(&mut self, id: &str, fields: At, depth: usize) -> bool {
        let mut found = false;
        for (key, value) in fields.entries() {
            let name = key.text().unwrap_or_default();
            if SECRETS.contains(&name) && value.text().is_some() {
                found |= self.secret_value(&format!("{id}.{name}"), value);
            } else if value.is_map() && depth < 5 {
                found |= self.secrets_of(id, value, depth + 1);
            }
        }
        found
    }

    /// A secret field: written out, unless it refers to a variable or was encrypted by Jenkins.
    fn secret_value(&mut self, slot: &str, value: At) -> bool {
        let text = value.text().unwrap_or_default().trim();
        let refers = text.contains("${")
            || text.contains("{{")
            || text.contains("$(")
            || text.starts_with('<');
        let encrypted = text.starts_with("{AQAA") || text.starts_with("#jbcrypt:");
        if text.is_empty() || refers || encrypted {
            return false;
        }
        let region = self.region(value);
        self.gather.literal(slot, text, Channel::Env, Scope::Workflow, region);
        if let Some(literal) = self.gather.pipeline.literals.last_mut() {
            literal.throwaway |= ci::is_throwaway(slot, text);
        }
        true
    }
}
