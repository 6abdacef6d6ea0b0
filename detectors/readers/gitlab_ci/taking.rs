//! The variables that a job takes. GitLab writes a secret like any variable, so that one counts as stored
//! when its name is a credential's and nothing in the file sets it.

use super::resolve::File;
use crate::{
    evidence::{
        Pipeline,
        pipeline::{Channel, Literal, Scope, SecretUse, Setting, Store},
    },
    readers::{
        ci,
        fetched::fetched,
        scripts::{self, Finding},
        yaml::At,
    },
};
use std::collections::HashSet;

/// Variables that GitLab itself sets start so.
const PREDEFINED: &[&str] = &["CI_", "GITLAB_", "FF_", "TRIGGER_", "CHAT_"];

pub(super) struct Taker<'f, 'p, 't> {
    file: &'f File<'t>,
    pipeline: &'p mut Pipeline,
    /// Names that the file itself sets.
    set: HashSet<String>,
}

impl<'f, 'p, 't> Taker<'f, 'p, 't> {
    pub(super) fn new(file: &'f File<'t>, pipeline: &'p mut Pipeline, chain: &[At<'t>]) -> Self {
        let mut set: HashSet<String> = HashSet::new();
        let maps = [file.root.get("variables")].into_iter().chain(
            chain
                .iter()
                .flat_map(|job| ["variables", "id_tokens", "secrets"].map(|key| job.get(key))),
        );
        for map in maps.flatten() {
            set.extend(
                file.follow(map).entries().filter_map(|(key, _)| key.text().map(str::to_owned)),
            );
        }
        for key in ["before_script", "script", "after_script"] {
            for line in file.field(chain, key).into_iter().flat_map(|script| file.lines(script)) {
                set.extend(scripts::assigned(line.text().unwrap_or_default()).map(str::to_owned));
            }
        }
        Taker { file, pipeline, set }
    }

    pub(super) fn variables(&mut self, variables: At<'t>, scope: Scope, channel: Channel) {
        for (key, value) in variables.entries() {
            let value = value.get("value").unwrap_or(value);
            let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
            let location = self.file.file.at(key.region());
            if ci::is_setting(name) {
                self.pipeline.settings.push(Setting {
                    name: name.to_owned(),
                    value: text.to_owned(),
                    scope,
                    step: None,
                    location: location.clone(),
                });
            }
            if text.contains('$') {
                self.take(value, text, Some(name), scope, channel);
            } else if ci::is_literal_credential(name, text) {
                self.pipeline.literals.push(Literal {
                    slot: name.to_owned(),
                    channel,
                    scope,
                    length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
                    throwaway: ci::is_throwaway(name, text),
                    location,
                    ..Literal::default()
                });
            }
        }
    }

    pub(super) fn script(&mut self, key: &str, script: At<'t>) {
        for line in self.file.lines(script) {
            let text = line.text().unwrap_or_default();
            let channel =
                if text.contains("--build-arg") { Channel::Call } else { Channel::Script };
            let taken = self.pipeline.secrets.len();
            self.take(line, text, None, Scope::Step, channel);
            for secret in &mut self.pipeline.secrets[taken..] {
                secret.via = Some(key.to_owned());
            }
            for found in fetched(text) {
                let location = self.file.file.at(line.part(found.offset, found.name.len()));
                self.pipeline.components.push(ci::tool(&found, None, location));
            }
            for found in scripts::scan(text) {
                let Finding::Literal { command, offset, length, throwaway } = found;
                self.pipeline.literals.push(Literal {
                    slot: command.to_owned(),
                    channel: Channel::Script,
                    length: u32::try_from(length).unwrap_or(u32::MAX),
                    throwaway,
                    location: self.file.file.at(line.part(offset, length)),
                    ..Literal::default()
                });
            }
        }
    }

    fn take(
        &mut self,
        value: At<'t>,
        text: &str,
        slot: Option<&str>,
        scope: Scope,
        channel: Channel,
    ) {
        for (offset, name) in scripts::variables(text) {
            let command = if slot.is_none() { scripts::receiver(text, offset) } else { None };
            let store = if name == "CI_JOB_TOKEN" {
                Store::JobToken
            } else if self.is_stored(name, slot, command.is_some()) {
                Store::Platform
            } else {
                continue;
            };
            self.pipeline.secrets.push(SecretUse {
                name: name.to_owned(),
                store,
                channel,
                slot: slot.map(str::to_owned),
                scope,
                consumer: command.map(str::to_owned),
                environment: self.pipeline.environment.clone(),
                location: self.file.file.at(value.part(offset, name.len() + 1)),
                ..SecretUse::default()
            });
        }
    }

    fn is_stored(&self, name: &str, slot: Option<&str>, signs_in: bool) -> bool {
        let own = slot == Some(name) || !self.set.contains(name);
        let predefined = PREDEFINED.iter().any(|prefix| name.starts_with(prefix));
        own && !predefined && (signs_in || ci::is_credential_name(name))
    }
}
