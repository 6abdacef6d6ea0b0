//! Credentials that a step is given by id, and passwords that stand in its arguments.

use super::{
    calls::{Arg, Call},
    groovy::{Kind, Script},
    job::{Bound, Walk},
};
use crate::{
    evidence::pipeline::{Channel, Method, RoleUse, Scope, SecretUse, Store},
    readers::ci,
};
use std::ops::Range;

/// Bindings that Jenkins' older syntax names by class.
const CLASSES: &[(&str, &str)] = &[
    ("AmazonWebServicesCredentialsBinding", "aws"),
    ("FileBinding", "file"),
    ("SSHUserPrivateKeyBinding", "sshUserPrivateKey"),
    ("StringBinding", "string"),
    ("UsernamePasswordBinding", "usernameColonPassword"),
    ("UsernamePasswordMultiBinding", "usernamePassword"),
    ("VaultTokenCredentialBinding", "vaultToken"),
];

/// Arguments that name the variable which holds the secret part, the best first.
const VARIABLES: &[&str] = &[
    "passwordVariable",
    "secretKeyVariable",
    "clientSecretVariable",
    "tokenVariable",
    "variable",
    "keyFileVariable",
    "keystoreVariable",
    "passphraseVariable",
];

/// Bindings whose variable holds the path of a file.
const FILE_BINDINGS: &[&str] = &["file", "kubeconfigFile", "zip", "zipFile"];

/// Reads the arguments of a call.
pub(super) fn read<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    let step = call.name.rsplit('.').next().unwrap_or(call.name);
    match step {
        "withAWS" => role(walk, call),
        "sshagent" => return listed(walk, call, step),
        "withRegistry" => registry(walk, call),
        _ => {}
    }
    arguments(walk, call.args.clone(), step);
}

fn arguments<'s>(walk: &mut Walk<'s, '_>, range: Range<usize>, step: &str) {
    walk.deeper(range.start, |walk| list(walk, range, step));
}

fn list<'s>(walk: &mut Walk<'s, '_>, range: Range<usize>, step: &str) {
    let script = walk.script;
    let args = script.args(&range);
    let class = script.named(&args, "$class").map(|at| script.text(at));
    let step = class
        .and_then(|class| CLASSES.iter().find(|(name, _)| class.ends_with(name)))
        .map_or(step, |(_, binding)| *binding);
    for arg in &args {
        let Some(name) = arg.name else { continue };
        if names_credential(step, name) {
            if let Some(value) = walk.id(&arg.value) {
                bind(walk, &args, step, name, value);
            }
            continue;
        }
        let Some(value) = script.string(&arg.value) else { continue };
        if name == "envVar" {
            managed(walk, &args, value);
        } else if script.kind(value) == Some(Kind::Text(false))
            && ci::is_literal_credential(name, script.text(value))
        {
            let region = walk.region(value);
            walk.gather.literal(name, script.text(value), Channel::Input, Scope::Step, region);
        }
    }
    default_value(walk, step, &args);
    nested(walk, range, step);
}

/// Calls, lists and blocks among the arguments.
fn nested<'s>(walk: &mut Walk<'s, '_>, range: Range<usize>, step: &str) {
    let script = walk.script;
    let mut at = range.start;
    while at < range.end {
        match script.kind(at) {
            Some(Kind::Word) if calls(script, at) => {
                if let Some(call) = script.call(at) {
                    inner_call(walk, &call);
                    at = call.end.max(at + 1);
                    continue;
                }
            }
            Some(Kind::Open(b'{')) => walk.statements(at + 1..script.close(at)),
            Some(Kind::Open(_)) => arguments(walk, at + 1..script.close(at), step),
            _ => {}
        }
        at = script.after(at);
    }
}

/// A call among arguments: a binding binds for the step around it, anything else is a call of its own.
fn inner_call<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    let step = call.name.rsplit('.').next().unwrap_or(call.name);
    let args = walk.script.args(&call.args);
    let binds = args.iter().any(|arg| arg.name.is_some_and(|name| names_credential(step, name)));
    if binds && call.body.is_none() {
        arguments(walk, call.args.clone(), step);
    } else {
        walk.call(call);
    }
}

/// True for a word with parentheses or a block behind it; a bare word is a value.
fn calls(script: &Script, at: usize) -> bool {
    let mut last = at;
    while script.is(last + 1, b'.') && script.kind(last + 2) == Some(Kind::Word) {
        last += 2;
    }
    matches!(script.kind(last + 1), Some(Kind::Open(b'(' | b'{')))
}

fn names_credential(step: &str, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("credentialsid")
        || lower.ends_with("credentialid")
        || (lower == "credentials" && matches!(step, "withAWS" | "withKubeConfig" | "withEnv"))
}

fn bind<'s>(walk: &mut Walk<'s, '_>, args: &[Arg<'s>], step: &str, name: &str, value: usize) {
    let script = walk.script;
    let credential = script.text(value);
    if credential.is_empty()
        || script.kind(value) == Some(Kind::Text(true)) && credential.contains('$')
    {
        return;
    }
    let named: Vec<(&str, &str)> = VARIABLES
        .iter()
        .filter_map(|role| Some((*role, script.text(script.named(args, role)?))))
        .filter(|(_, variable)| !variable.is_empty())
        .collect();
    let variables: Vec<&str> = named.iter().map(|(_, variable)| *variable).collect();
    let (channel, slot) = match variables.first() {
        Some(_) if step == "file" => (Channel::File, variables[0]),
        Some(variable) => (Channel::Env, *variable),
        None => (Channel::Input, name),
    };
    // `ecr:region:id` is an AWS key that logs in to a registry.
    let (credential, step) =
        match credential.strip_prefix("ecr:").and_then(|rest| rest.split_once(':')) {
            Some((_, id)) => (id, "aws"),
            None => (credential, step),
        };
    let rest = SecretUse {
        channel,
        slot: Some(slot.to_owned()),
        scope: Scope::Step,
        consumer: Some(format!("jenkins:{step}")),
        ..SecretUse::default()
    };
    let region = walk.region(value);
    walk.gather.secret(credential, Store::Platform, region, rest);
    let credential = credential.to_owned();
    // A path to the credential's file is not the credential.
    let is_path = |role: &str| {
        FILE_BINDINGS.contains(&step) || matches!(role, "keyFileVariable" | "keystoreVariable")
    };
    for (_, variable) in named.iter().filter(|(role, _)| !is_path(role)) {
        walk.bound.push(Bound { variable: (*variable).to_owned(), credential: credential.clone() });
    }
}

/// `withVault`'s `[envVar: 'A', vaultKey: 'b']`: read from Vault when the step starts.
fn managed<'s>(walk: &mut Walk<'s, '_>, args: &[Arg<'s>], value: usize) {
    let script = walk.script;
    let Some(key) = script.named(args, "vaultKey") else { return };
    let variable = script.text(value);
    let rest = SecretUse { slot: Some(variable.to_owned()), ..SecretUse::default() };
    let region = walk.region(value);
    let name = format!("vault:{}", script.text(key));
    walk.gather.secret(&name, Store::Manager, region, rest);
    walk.bound.push(Bound { variable: variable.to_owned(), credential: name });
}

/// A parameter with a password as its default.
fn default_value<'s>(walk: &mut Walk<'s, '_>, step: &str, args: &[Arg<'s>]) {
    let script = walk.script;
    let (Some(name), Some(value)) =
        (script.named(args, "name"), script.named(args, "defaultValue"))
    else {
        return;
    };
    let (name, text) = (script.text(name), script.text(value));
    let secret = ci::is_literal_credential(name, text)
        || (step == "password" && ci::is_literal_credential("password", text));
    if secret && script.kind(value) == Some(Kind::Text(false)) {
        let region = walk.region(value);
        walk.gather.literal(name, text, Channel::Env, Scope::Job, region);
    }
}

/// `withAWS(role: …)`.
fn role<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    let script = walk.script;
    let args = script.args(&call.args);
    let Some(role) = script.named(&args, "role") else { return };
    let duration =
        args.iter().find(|a| a.name == Some("duration")).map(|a| script.text(a.value.start));
    let stored = args.iter().any(|arg| arg.name == Some("credentials"));
    let location = walk.gather.at(walk.region(role));
    walk.gather.pipeline.roles.push(RoleUse {
        provider: "aws".to_owned(),
        role: script.text(role).to_owned(),
        method: if stored { Method::Static } else { Method::Ambient },
        duration: duration.and_then(ci::seconds),
        location,
        ..RoleUse::default()
    });
}

/// `sshagent(['id'])`, `sshagent(credentials: ['id'])`.
fn listed<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>, step: &str) {
    for at in call.args.clone() {
        if matches!(walk.script.kind(at), Some(Kind::Text(_))) {
            bind(walk, &[], step, "credentials", at);
        }
    }
}

/// `docker.withRegistry('https://…', 'id')`.
fn registry<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    let plain: Vec<Arg> =
        walk.script.args(&call.args).into_iter().filter(|arg| arg.name.is_none()).collect();
    if let Some(id) = plain.get(1).and_then(|arg| walk.id(&arg.value)) {
        bind(walk, &[], "withRegistry", "credentialsId", id);
    }
}
