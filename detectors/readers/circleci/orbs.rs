//! Orbs: code of others, named by an alias.

use super::{File, place};
use crate::{
    evidence::pipeline::{Channel, Component, ComponentKind, Method, Pin, Store},
    readers::{
        ci::{self, Taker, Way, is_credential_name},
        yaml::At,
    },
};

/// What `alias/element` stands for: `namespace/orb/element` at its version.
pub(super) fn component(file: &File, text: &str, key: At, step: u32) -> Component {
    let (alias, element) = text.split_once('/').unwrap_or((text, ""));
    let orb = file.named("orbs", alias);
    let (name, reference, pin) = match orb.map(At::value) {
        // An orb that is written in the file.
        Some(None) => (alias, None, Pin::Local),
        Some(Some(source)) => {
            let (name, version) = source.split_once('@').unwrap_or((source, ""));
            (name, Some(version), pin(version))
        }
        None => (alias, None, Pin::Dynamic),
    };
    Component {
        kind: ComponentKind::Action,
        name: format!("{name}/{element}"),
        reference: reference.filter(|r| !r.is_empty()).map(str::to_owned),
        pin,
        step: Some(step),
        location: place(file.document, key),
        ..Component::default()
    }
}

/// A full version never changes; `volatile`, a major or minor version and development versions do.
/// <https://circleci.com/docs/orbs/use/orb-concepts/#orb-versions-development-vs-production-vs-inline>
fn pin(version: &str) -> Pin {
    let numbers: Vec<&str> = version.split('.').collect();
    let all_digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match numbers.as_slice() {
        _ if version.contains("<<") => Pin::Dynamic,
        [..] if numbers.iter().all(all_digits) && numbers.len() == 3 => Pin::Digest,
        [..] if numbers.iter().all(all_digits) => Pin::Tag,
        _ => Pin::Floating,
    }
}

/// What an orb's command or job is handed, and where it signs in with it.
pub(super) fn hand_over(
    taker: &mut Taker,
    consumer: &str,
    parameters: Option<At>,
    key: At,
    step: Option<u32>,
) {
    let way = Way { channel: Channel::Input, consumer: Some(consumer), step, ..Way::default() };
    for (slot, value) in parameters.into_iter().flat_map(At::entries) {
        let (Some(name), Some(text)) = (slot.text(), value.value()) else { continue };
        // A parameter of the type `env_var_name` takes the name of the variable.
        if is_variable_name(text) && (is_credential_name(name) || is_credential_name(text)) {
            let way = Way { slot: Some(name), ..way };
            let location = place(taker.document, value);
            taker.push(text, Store::Platform, way, None, location);
        } else {
            taker.variable(slot, value, way);
        }
    }
    sign_in(taker, consumer, parameters, key, way);
}

fn is_variable_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.contains('_')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn sign_in(taker: &mut Taker, consumer: &str, parameters: Option<At>, key: At, way: Way) {
    let input = |wanted: &str| {
        let all = parameters.into_iter().flat_map(At::entries);
        let mut same = all.filter(|(slot, value)| {
            let name = slot.text().unwrap_or_default().replace('-', "_");
            name == wanted && value.value().is_some_and(|text| !text.is_empty())
        });
        same.next().map(|(_, value)| value)
    };
    for login in ci::logins(consumer) {
        let is_static = login.static_when.iter().any(|name| input(name).is_some());
        let role = login.role.iter().find_map(|name| input(name));
        if let Some(role) = role {
            let method = if is_static { Method::Static } else { Method::Oidc };
            let duration = login.duration.as_deref().and_then(input).and_then(At::value);
            let location = place(taker.document, role);
            let name = role.value().unwrap_or_default();
            let seconds = duration.and_then(ci::seconds);
            taker.role(&login.provider, name, method, way.step, location, seconds);
            if let Some(token) = taker.pipeline.id_tokens.first_mut() {
                token.name = Some("CIRCLE_OIDC_TOKEN_V2".to_owned());
            }
        } else if let Some(implied) = login.implied.as_deref().filter(|_| !is_static) {
            let way = Way { slot: Some(implied), channel: Channel::Env, ..way };
            let location = place(taker.document, key);
            taker.push(implied, Store::Platform, way, Some("the orb's default"), location);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_version_of_an_orb_is_fixed() {
        assert_eq!(pin("5.1.1"), Pin::Digest);
        assert_eq!(["5.1", "5"].map(pin), [Pin::Tag; 2]);
        assert_eq!(["volatile", "dev:first", "", "5.1.x"].map(pin), [Pin::Floating; 4]);
    }
}
