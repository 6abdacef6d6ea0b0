//! Steps: the code they use, what they hand to it, what their scripts take.

use super::{
    expression::{Takes, is_dynamic, takes},
    job::condition,
};
use crate::{
    evidence::{
        Pipeline, Region,
        pipeline::{
            Channel, Component, ComponentKind, Extent, Literal, Method, Pin, RoleUse, Scope,
            SecretUse, Setting, Store,
        },
        token_needs::token_needs,
    },
    readers::{
        ci::{self, CiFile, git_pin, image_reference},
        fetched::fetched,
        scripts::{self, Finding},
        yaml::At,
    },
};

/// Collects what a job takes.
pub(super) struct Taker<'f, 'p, 't> {
    pub file: &'f CiFile<'f>,
    pub pipeline: &'p mut Pipeline,
    /// True while the environment of a service container is read.
    pub throwaway: bool,
    /// The values that service containers are set up with: whatever equals one opens only them.
    pub service_values: Vec<&'t str>,
    /// The environments in force, the narrowest last.
    envs: [Option<At<'t>>; 3],
}

/// Where a value goes.
#[derive(Clone, Copy)]
struct Way<'a> {
    slot: Option<&'a str>,
    channel: Channel,
    scope: Scope,
    consumer: Option<&'a str>,
    step: Option<u32>,
}

pub(super) fn read_all<'t>(taker: &mut Taker<'_, '_, 't>, steps: At<'t>) {
    for (index, step) in steps.items().enumerate() {
        taker.envs[2] = step.get("env");
        read(taker, step, u32::try_from(index + 1).unwrap_or(u32::MAX));
    }
    taker.envs[2] = None;
}

fn read(taker: &mut Taker, step: At, number: u32) {
    let number = Some(number);
    if let Some(value) = step.get("if") {
        taker.condition(value, number);
    }
    let consumer = step.get("uses").and_then(|uses| component(taker, step, uses, number));
    if let Some(env) = step.get("env") {
        taker.env(env, Scope::Step, consumer.as_deref(), number);
    }
    for (key, value) in step.get("with").into_iter().flat_map(At::entries) {
        taker.value(key, value, Channel::Input, Scope::Step, consumer.as_deref(), number);
    }
    if let Some(run) = step.get("run") {
        let way = Way {
            slot: None,
            channel: Channel::Script,
            scope: Scope::Step,
            consumer: None,
            step: number,
        };
        taker.take(run, way);
        taker.script(run, number);
    }
}

fn component(taker: &mut Taker, step: At, uses: At, number: Option<u32>) -> Option<String> {
    let text = uses.value()?;
    let (name, reference, pin) = action_reference(text);
    let with = step.get("with");
    let kept = ci::kept_inputs(&name);
    let mut inputs = std::collections::BTreeMap::new();
    for (key, value) in with.into_iter().flat_map(At::entries) {
        let (Some(key), Some(value)) = (key.value(), value.text()) else { continue };
        let key = key.to_ascii_lowercase();
        let keep = kept
            .iter()
            .any(|k| *k == key || k.strip_suffix('*').is_some_and(|p| key.starts_with(p)));
        if keep {
            inputs.insert(key, value.to_owned());
        }
    }
    let kind =
        if text.starts_with("docker://") { ComponentKind::Image } else { ComponentKind::Action };
    let location = taker.file.at(uses.region());
    if let Some(with) = with {
        login(taker, &name, with, number);
    }
    taker.pipeline.components.push(Component {
        kind,
        name: name.clone(),
        reference,
        pin,
        inputs,
        step: number,
        location,
        ..Component::default()
    });
    Some(name)
}

/// A login action with a role: whom the job becomes.
fn login(taker: &mut Taker, name: &str, with: At, step: Option<u32>) {
    let input = |wanted: &str| {
        with.entries()
            .find(|(key, _)| key.text().is_some_and(|k| k.eq_ignore_ascii_case(wanted)))
            .filter(|(_, value)| value.value().is_some_and(|v| !v.trim().is_empty()))
    };
    for login in ci::logins(name) {
        let Some((key, value)) = login.role.iter().find_map(|role| input(role)) else { continue };
        let is_static = login.static_when.iter().any(|name| input(name).is_some());
        let duration =
            login.duration.as_deref().and_then(input).and_then(|(_, v)| ci::seconds(v.text()?));
        let audience = login.audience.as_deref().and_then(input).and_then(|(_, v)| v.value());
        taker.pipeline.roles.push(RoleUse {
            provider: login.provider.clone(),
            role: value.value().unwrap_or_default().to_owned(),
            method: if is_static { Method::Static } else { Method::Oidc },
            duration,
            audience: audience.map(str::to_owned),
            step,
            location: taker.file.at(key.region()),
        });
    }
}

/// `owner/name/path@ref`, `./local`, `docker://image`.
pub(super) fn action_reference(text: &str) -> (String, Option<String>, Pin) {
    if let Some(image) = text.strip_prefix("docker://") {
        return image_reference(image, is_dynamic(image));
    }
    // `$/` is the repository that the workflow itself is in.
    if ["./", "../", "$/"].iter().any(|start| text.starts_with(start)) {
        return (text.to_owned(), None, Pin::Local);
    }
    match text.rsplit_once('@') {
        Some((name, reference)) if is_dynamic(reference) => {
            (name.to_owned(), Some(reference.to_owned()), Pin::Dynamic)
        }
        Some((name, reference)) => {
            (name.to_owned(), Some(reference.to_owned()), git_pin(reference))
        }
        None => (text.to_owned(), None, Pin::Floating),
    }
}

impl<'f, 'p, 't> Taker<'f, 'p, 't> {
    pub(super) fn new(
        file: &'f CiFile<'f>,
        pipeline: &'p mut Pipeline,
        workflow: Option<At<'t>>,
        job: Option<At<'t>>,
    ) -> Taker<'f, 'p, 't> {
        Taker {
            file,
            pipeline,
            throwaway: false,
            service_values: Vec::new(),
            envs: [workflow, job, None],
        }
    }

    pub(super) fn condition(&mut self, value: At, step: Option<u32>) {
        self.pipeline.actor_checks.extend(condition(self.file, value, step));
    }

    pub(super) fn env(&mut self, env: At, scope: Scope, consumer: Option<&str>, step: Option<u32>) {
        for (key, value) in env.entries() {
            let name = key.text().unwrap_or_default();
            if ci::is_setting(name)
                && let Some(text) = value.value()
            {
                self.pipeline.settings.push(Setting {
                    name: name.to_owned(),
                    value: text.to_owned(),
                    scope,
                    step,
                    location: self.file.at(key.region()),
                });
            }
            self.value(key, value, Channel::Env, scope, consumer, step);
        }
        if let Some(text) = env.text() {
            let way = Way { slot: None, channel: Channel::Env, scope, consumer, step };
            self.take_text(env, text, way);
        }
    }

    /// One value under one name: the secrets in it, or the literal credential that it is.
    pub(super) fn value(
        &mut self,
        key: At,
        value: At,
        channel: Channel,
        scope: Scope,
        consumer: Option<&str>,
        step: Option<u32>,
    ) {
        let (Some(slot), Some(text)) = (key.text(), value.text()) else { return };
        let way = Way { slot: Some(slot), channel, scope, consumer, step };
        if is_dynamic(text) {
            self.take_text(value, text, way);
        } else if ci::is_literal_credential(slot, text) {
            self.pipeline.literals.push(Literal {
                slot: slot.to_owned(),
                channel,
                scope,
                length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
                throwaway: self.throwaway
                    || ci::is_throwaway(slot, text)
                    || self.service_values.contains(&text),
                consumer: consumer.map(str::to_owned),
                step,
                location: self.file.at(key.region()),
            });
        }
    }

    /// Passwords that stand in a command, programs that it fetches, uses of the job's own token.
    fn script(&mut self, run: At, step: Option<u32>) {
        let text = run.text().unwrap_or_default();
        if let Some(word) = token_needs().use_in(text) {
            self.pipeline.token_words.push(word.trim().to_owned());
        }
        for found in fetched(text) {
            let location = self.file.at(run.part(found.offset, found.name.len()));
            self.pipeline.components.push(ci::tool(&found, step, location));
        }
        for found in scripts::scan(text) {
            let Finding::Literal { command, offset, length, throwaway } = found;
            self.pipeline.literals.push(Literal {
                slot: command.to_owned(),
                channel: Channel::Script,
                scope: Scope::Step,
                length: u32::try_from(length).unwrap_or(u32::MAX),
                throwaway,
                consumer: None,
                step,
                location: self.file.at(run.part(offset, length)),
            });
        }
    }

    fn take(&mut self, value: At, way: Way) {
        if let Some(text) = value.text() {
            self.take_text(value, text, way);
        }
    }

    fn take_text(&mut self, value: At, text: &str, way: Way) {
        takes(text, |found| {
            let region = value.part(found.offset, found.length);
            if let Takes::Env(name) = found.takes {
                self.follow(name, region, way);
            } else {
                self.push(found.takes, region, way, None);
            }
        });
    }

    /// One hop: `${{ env.X }}` where `X` is set from a secret.
    fn follow(&mut self, name: &str, region: Region, way: Way) {
        let Some(text) =
            self.envs.iter().rev().flatten().find_map(|env| env.get(name)).and_then(At::text)
        else {
            return;
        };
        let via = format!("env.{name}");
        takes(text, |found| {
            if !matches!(found.takes, Takes::Env(_)) {
                self.push(found.takes, region, way, Some(&via));
            }
        });
    }

    fn push(&mut self, takes: Takes, region: Region, way: Way, via: Option<&str>) {
        let (name, store, extent) = match takes {
            Takes::Secret(name) => (name, Store::Platform, Extent::One),
            Takes::SecretField(name) => (name, Store::Platform, Extent::Field),
            Takes::AllSecrets => ("*", Store::Platform, Extent::All),
            Takes::JobToken => ("GITHUB_TOKEN", Store::JobToken, Extent::One),
            Takes::Input(name) if ci::is_credential_name(name) => {
                (name, Store::Caller, Extent::One)
            }
            Takes::Input(_) | Takes::Env(_) => return,
        };
        self.pipeline.secrets.push(SecretUse {
            name: name.to_owned(),
            store,
            channel: way.channel,
            slot: way.slot.map(str::to_owned),
            scope: way.scope,
            extent,
            consumer: way.consumer.map(str::to_owned),
            step: way.step,
            via: via.map(str::to_owned),
            environment: None,
            location: self.file.at(region),
        });
    }
}
