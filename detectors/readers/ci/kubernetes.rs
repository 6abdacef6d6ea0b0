//! Pods and their containers, wherever a CI configuration writes one: images, secrets in variables and
//! volumes, the service account.

use super::gather::Gather;
use crate::{
    evidence::{
        Region,
        pipeline::{Channel, ComponentKind, Method, RoleUse, Scope, SecretUse, Store},
    },
    readers::{
        scripts::{self, Finding},
        yaml::At,
    },
};

/// Reads pods into a job.
pub(crate) struct Pod<'g, 'd> {
    pub gather: &'g mut Gather<'d>,
    /// How far every reading reaches.
    pub scope: Scope,
    /// Lines that stand before the YAML in its file.
    pub lines_before: u32,
}

/// True for a value that its engine fills in when the job starts.
pub(crate) fn is_filled_in(text: &str) -> bool {
    text.contains("$(") || text.contains("{{") || text.contains("${")
}

impl Pod<'_, '_> {
    fn region(&self, at: At) -> Region {
        let mut region = at.region();
        region.start_line += self.lines_before;
        region.end_line += self.lines_before;
        region
    }

    /// A pod's `spec`.
    pub(crate) fn spec(&mut self, spec: At) {
        if let Some(account) = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"))
        {
            self.service_account(account);
        }
        for key in ["initContainers", "containers"] {
            for container in spec.get(key).into_iter().flat_map(At::items) {
                self.container(container, ComponentKind::Image);
            }
        }
        if let Some(volumes) = spec.get("volumes") {
            self.volumes(volumes);
        }
    }

    /// The account of the cluster that the job runs under.
    pub(crate) fn service_account(&mut self, account: At) {
        let Some(name) = account.value() else { return };
        let location = self.gather.at(self.region(account));
        let known =
            self.gather.pipeline.roles.iter().any(|r| r.provider == "kubernetes" && r.role == name);
        if !known {
            self.gather.pipeline.roles.push(RoleUse {
                provider: "kubernetes".to_owned(),
                role: name.to_owned(),
                method: Method::Ambient,
                location,
                ..RoleUse::default()
            });
        }
    }

    /// A container, a step, a sidecar: its image, its variables, its script.
    pub(crate) fn container(&mut self, container: At, kind: ComponentKind) {
        if let Some((image, text)) = container.get("image").and_then(|i| Some((i, i.value()?))) {
            let region = self.region(image);
            self.gather.image(text, is_filled_in(text), kind, region);
        }
        if let Some(env) = container.get("env") {
            self.env(env);
        }
        for source in container.get("envFrom").into_iter().flat_map(At::items) {
            let named = source.get("secretRef").and_then(|secret| secret.get("name"));
            if let Some((at, name)) = named.and_then(|n| Some((n, n.value()?))) {
                let rest =
                    SecretUse { channel: Channel::Env, scope: self.scope, ..SecretUse::default() };
                self.secret(name, at, rest);
            }
        }
        let scripts = ["script", "source"].iter().filter_map(|key| container.get(key));
        let words = ["args", "command"]
            .iter()
            .filter_map(|key| container.get(key))
            .flat_map(At::one_or_many);
        for text in scripts.chain(words) {
            self.script(text);
        }
    }

    pub(crate) fn script(&mut self, script: At) {
        for found in scripts::scan(script.text().unwrap_or_default()) {
            let Finding::Literal { command, offset, length, throwaway } = found;
            let mut region = script.part(offset, length);
            region.start_line += self.lines_before;
            region.end_line += self.lines_before;
            let text = "x".repeat(length);
            self.gather.literal(command, &text, Channel::Script, Scope::Step, region);
            if let Some(last) = self.gather.pipeline.literals.last_mut() {
                last.throwaway = throwaway;
            }
        }
    }

    /// A list of variables.
    pub(crate) fn env(&mut self, env: At) {
        for variable in env.items() {
            let Some(name) = variable.get("name").and_then(At::value) else { continue };
            if let Some(value) = variable.get("value") {
                let text = value.text().unwrap_or_default();
                if !is_filled_in(text) {
                    let region = self.region(value);
                    self.gather.variable(name, text, self.scope, region);
                }
            }
            let secret = variable.get("valueFrom").and_then(|from| from.get("secretKeyRef"));
            if let Some(secret) = secret {
                self.key_of_secret(secret, Channel::Env, Some(name), None);
            }
        }
    }

    /// `{name: …, key: …}`: one key of a Secret.
    pub(crate) fn key_of_secret(
        &mut self,
        secret: At,
        channel: Channel,
        slot: Option<&str>,
        consumer: Option<&str>,
    ) {
        let Some((at, name)) = secret.get("name").and_then(|n| Some((n, n.value()?))) else {
            return;
        };
        let key = secret.get("key").and_then(At::value);
        let full = key.map_or_else(|| name.to_owned(), |key| format!("{name}/{key}"));
        let rest = SecretUse {
            channel,
            slot: slot.map(str::to_owned),
            scope: self.scope,
            consumer: consumer.map(str::to_owned),
            ..SecretUse::default()
        };
        self.secret(&full, at, rest);
    }

    /// A list of volumes.
    pub(crate) fn volumes(&mut self, volumes: At) {
        for volume in volumes.items() {
            let projected = volume
                .get("projected")
                .and_then(|p| p.get("sources"))
                .into_iter()
                .flat_map(At::items);
            for holder in std::iter::once(volume).chain(projected) {
                self.mounted_secret(holder);
            }
        }
    }

    /// `secret: {secretName: …}`: a Secret as files.
    pub(crate) fn mounted_secret(&mut self, holder: At) {
        let Some(secret) = holder.get("secret") else { return };
        let named = secret.get("secretName").or_else(|| secret.get("name"));
        if let Some((at, name)) = named.and_then(|n| Some((n, n.value()?))) {
            let rest =
                SecretUse { channel: Channel::File, scope: self.scope, ..SecretUse::default() };
            self.secret(name, at, rest);
        }
    }

    fn secret(&mut self, name: &str, at: At, rest: SecretUse) {
        // Pipelines as Code makes this one for the run and takes it away afterwards.
        let of_the_run = name.contains("git_auth_secret");
        let store = match is_filled_in(name) {
            _ if of_the_run => Store::JobToken,
            true => Store::Caller,
            false => Store::Platform,
        };
        let region = self.region(at);
        self.gather.secret(name, store, region, rest);
    }
}
