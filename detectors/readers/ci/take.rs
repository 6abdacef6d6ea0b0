//! The variables that a job takes, on platforms that write a secret like any variable: one counts as
//! stored when its name is a credential's and nothing in the file sets it.

use super::{is_credential_name, is_literal_credential, is_setting, is_throwaway, roles_in};
use crate::{
    evidence::{
        Location, Pipeline,
        pipeline::{Channel, Literal, Method, RoleUse, Scope, SecretUse, Setting, Store},
    },
    readers::{
        Document,
        fetched::fetched,
        scripts::{self, Finding},
        yaml::At,
    },
};
use std::collections::HashSet;

/// How a platform writes variables.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Variables that the platform itself sets start so, in lower case.
    pub predefined: &'static [&'static str],
    /// The variable that holds the job's own token.
    pub job_token: Option<&'static str>,
    /// Whether every job has all variables of the project in its environment, named or not.
    pub ambient: bool,
    /// The variables that a text expands, with the place in bytes.
    pub expansions: fn(&str) -> Vec<(usize, &str)>,
}

/// Where a value goes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way<'a> {
    pub slot: Option<&'a str>,
    pub channel: Channel,
    pub scope: Scope,
    pub consumer: Option<&'a str>,
    pub step: Option<u32>,
}

/// Collects what a job takes.
pub(crate) struct Taker<'d, 'p> {
    pub document: &'d Document<'d>,
    pub pipeline: &'p mut Pipeline,
    pub dialect: &'static Dialect,
    /// Names that the file itself sets.
    pub set: HashSet<String>,
    /// Names that a secret manager delivers; `*` for any.
    pub managed: HashSet<String>,
    /// True while the environment of a container beside the job is read.
    pub throwaway: bool,
}

impl<'d, 'p> Taker<'d, 'p> {
    pub(crate) fn new(
        document: &'d Document<'d>,
        pipeline: &'p mut Pipeline,
        dialect: &'static Dialect,
    ) -> Taker<'d, 'p> {
        let (set, managed) = (HashSet::new(), HashSet::new());
        Taker { document, pipeline, dialect, set, managed, throwaway: false }
    }

    /// Notes the names that a mapping sets.
    pub(crate) fn sets(&mut self, variables: At) {
        for (key, value) in variables.entries() {
            if let (Some(name), Some(text)) = (key.text(), value.text()) {
                self.note(name, text);
            }
        }
    }

    /// Notes that the file sets a variable, unless it only passes itself on.
    pub(crate) fn note(&mut self, name: &str, text: &str) {
        let itself = (self.dialect.expansions)(text).iter().any(|(_, other)| *other == name);
        if !itself {
            self.set.insert(name.to_ascii_lowercase());
        }
    }

    /// Notes the names that a script sets. A file with logins stands for the variables that it replaces.
    pub(crate) fn script_sets(&mut self, script: &str) {
        if script.contains(".pypirc") {
            self.note("TWINE_PASSWORD", "");
        }
        for line in script.lines() {
            for name in scripts::assigned(line) {
                self.note(name, line);
            }
        }
    }

    /// A mapping of variables.
    pub(crate) fn variables(&mut self, variables: At, way: Way) {
        for (key, value) in variables.entries() {
            self.variable(key, value, way);
        }
    }

    /// One variable or input: the secrets in it, the setting that it is, or the literal credential.
    pub(crate) fn variable(&mut self, key: At, value: At, way: Way) {
        let (Some(name), Some(text)) = (key.text(), value.text()) else { return };
        let way = Way { slot: Some(name), ..way };
        if is_setting(name) {
            self.pipeline.settings.push(Setting {
                name: name.to_owned(),
                value: text.to_owned(),
                scope: way.scope,
                step: way.step,
                location: super::record::place(self.document, key),
            });
        }
        if !(self.dialect.expansions)(text).is_empty() {
            self.take(value, text, way);
        } else if !text.contains('$') && is_literal_credential(name, text) {
            self.literal(key, text, way);
        }
    }

    fn literal(&mut self, key: At, text: &str, way: Way) {
        self.pipeline.literals.push(Literal {
            slot: way.slot.unwrap_or_default().to_owned(),
            channel: way.channel,
            scope: way.scope,
            length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            throwaway: self.throwaway || is_throwaway(way.slot.unwrap_or_default(), text),
            consumer: way.consumer.map(str::to_owned),
            step: way.step,
            location: super::record::place(self.document, key),
        });
    }

    /// A script: what it takes, the passwords that stand in it, the roles that it assumes.
    pub(crate) fn script(&mut self, script: At, step: Option<u32>) {
        let Some(text) = script.text() else { return };
        self.take(script, text, Way { channel: Channel::Script, step, ..Way::default() });
        for found in scripts::scan(text) {
            let Finding::Literal { command, offset, length, throwaway } = found;
            self.pipeline.literals.push(Literal {
                slot: command.to_owned(),
                channel: Channel::Script,
                length: u32::try_from(length).unwrap_or(u32::MAX),
                throwaway,
                step,
                location: self.part(script, offset, length),
                ..Literal::default()
            });
        }
        for found in fetched(text) {
            let location = self.part(script, found.offset, found.name.len());
            self.pipeline.components.push(super::tool(&found, step, location));
        }
        self.publishers(script, text, step);
        for found in roles_in(text) {
            let location = self.part(script, found.offset, found.role.len());
            self.role(found.provider, found.role, Method::Oidc, step, location, found.duration);
        }
    }

    /// What a command that publishes reads from the environment, where the project's variables are and
    /// nothing else is named: no login, no other registry, no identity token.
    fn publishers(&mut self, script: At, text: &str, step: Option<u32>) {
        let named = self.pipeline.id_tokens.iter().any(|token| token.name.is_some());
        let elsewhere = |name: &str| self.set.contains(name);
        if !self.dialect.ambient
            || named
            || elsewhere("twine_repository_url")
            || elsewhere("uv_publish_url")
        {
            return;
        }
        for (offset, command, variable) in scripts::untold_publishers(text) {
            let is_it = |secret: &SecretUse| {
                secret.name == variable || secret.slot.as_deref() == Some(variable)
            };
            if self.set.contains(&variable.to_ascii_lowercase())
                || self.pipeline.secrets.iter().any(is_it)
            {
                continue;
            }
            let location = self.part(script, offset, command.len());
            let way = Way { slot: Some(variable), step, ..Way::default() };
            self.push(variable, Store::Platform, way, None, location);
        }
    }

    /// A role that the job becomes.
    pub(crate) fn role(
        &mut self,
        provider: &str,
        role: &str,
        method: Method,
        step: Option<u32>,
        location: Location,
        duration: Option<u64>,
    ) {
        self.pipeline.roles.push(RoleUse {
            provider: provider.to_owned(),
            role: role.to_owned(),
            method,
            duration,
            step,
            location,
            ..RoleUse::default()
        });
    }

    /// The secrets that a text takes.
    pub(crate) fn take(&mut self, value: At, text: &str, way: Way) {
        for (offset, name) in (self.dialect.expansions)(text) {
            let script = way.channel == Channel::Script;
            let command = script.then(|| scripts::receiver(text, offset)).flatten();
            let handed = way.consumer.is_some() && way.slot.is_some_and(is_credential_name);
            let known = handed || command.is_some();
            let Some(store) = self.store(name, way.slot, known) else { continue };
            let location = self.part(value, offset, name.len() + 1);
            self.push(
                name,
                store,
                Way { consumer: way.consumer.or(command), ..way },
                None,
                location,
            );
        }
    }

    /// One secret.
    pub(crate) fn push(
        &mut self,
        name: &str,
        store: Store,
        way: Way,
        via: Option<&str>,
        location: Location,
    ) {
        self.pipeline.secrets.push(SecretUse {
            name: name.to_owned(),
            store,
            channel: way.channel,
            slot: way.slot.map(str::to_owned),
            scope: way.scope,
            consumer: way.consumer.map(str::to_owned),
            step: way.step,
            via: via.map(str::to_owned),
            environment: self.pipeline.environment.clone(),
            location,
            ..SecretUse::default()
        });
    }

    /// Where the value of a variable is kept, when it can be a secret.
    fn store(&self, name: &str, slot: Option<&str>, known: bool) -> Option<Store> {
        let lower = name.to_ascii_lowercase();
        if self.dialect.job_token.is_some_and(|token| token.eq_ignore_ascii_case(name)) {
            return Some(Store::JobToken);
        }
        let own =
            slot.is_some_and(|slot| slot.eq_ignore_ascii_case(name)) || !self.set.contains(&lower);
        if !own || self.dialect.predefined.iter().any(|prefix| lower.starts_with(prefix)) {
            return None;
        }
        if self.managed.contains(&lower) {
            return Some(Store::Manager);
        }
        let named = known || is_credential_name(name);
        let store = if self.managed.contains("*") { Store::Manager } else { Store::Platform };
        named.then_some(store)
    }

    fn part(&self, node: At, offset: usize, length: usize) -> Location {
        Location::in_file(self.document.path, node.part(offset, length))
    }
}
