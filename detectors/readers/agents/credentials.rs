//! Credentials in environments, headers, arguments and addresses: by name, or written out.

use super::{File, tree::Node};
use crate::{
    evidence::{
        Agent, Region,
        agent::{Handed, Handover, Placed},
        names::{is_credential_name, is_literal_credential, is_local_host, is_placeholder},
        pipeline::{Channel, Literal, Scope},
    },
    readers::ci::is_reference,
};

/// Collects what one server is handed.
pub(super) struct Taker<'f, 'a> {
    pub file: &'f File<'f>,
    pub agent: &'a mut Agent,
}

impl Taker<'_, '_> {
    /// `NAME: value` of an environment.
    pub(super) fn env(&mut self, env: &Node) {
        for (key, value) in env.entries() {
            self.value(&key.text, value.text().unwrap_or_default(), Handover::Env, key.region);
        }
    }

    /// `Name: value` of the headers of a request.
    pub(super) fn headers(&mut self, headers: &Node) {
        for (key, value) in headers.entries() {
            self.header(&key.text, value.text().unwrap_or_default(), key.region);
        }
    }

    fn header(&mut self, name: &str, value: &str, region: Option<Region>) {
        let authorization = ["authorization", "proxy-authorization", "cookie"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known));
        if !authorization && !is_credential_name(name) {
            return;
        }
        let value = value.trim();
        let bare = ["Bearer ", "Basic ", "Token ", "token ", "bearer "]
            .iter()
            .find_map(|scheme| value.strip_prefix(scheme))
            .unwrap_or(value);
        // A header that authorises is a credential whatever its name.
        let as_if = if authorization { "token" } else { name };
        self.push(name, as_if, bare, Handover::Header, region);
    }

    /// The arguments of a command: options, `NAME=value`, headers, addresses.
    pub(super) fn arguments(&mut self, arguments: &[(String, Option<Region>)]) {
        let mut option: Option<&str> = None;
        for (text, region) in arguments {
            if let Some(name) = option.take() {
                match name {
                    "e" | "env" => self.pair(text, *region),
                    "H" | "header" => {
                        if let Some((name, value)) = text.split_once(':') {
                            self.header(name.trim(), value, *region);
                        }
                    }
                    _ if !text.starts_with('-') => {
                        self.value(name, text, Handover::Argument, *region);
                        continue;
                    }
                    _ => {}
                }
                if matches!(name, "e" | "env" | "H" | "header") {
                    continue;
                }
            }
            if text.contains("://") {
                self.address(text, *region);
            } else if let Some(rest) = text.strip_prefix("--").or_else(|| text.strip_prefix('-')) {
                match rest.split_once('=') {
                    Some(("e" | "env", pair)) => self.pair(pair, *region),
                    Some((name, value)) => self.value(name, value, Handover::Argument, *region),
                    None => option = Some(rest),
                }
            } else if text.contains('=') {
                self.pair(text, *region);
            }
        }
    }

    /// `NAME=value`, or the bare name of a variable that is passed on.
    fn pair(&mut self, text: &str, region: Option<Region>) {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        self.value(name, value, Handover::Env, region);
    }

    /// A user and password, or a token, inside an address.
    pub(super) fn address(&mut self, text: &str, region: Option<Region>) {
        let Some((_, rest)) = text.split_once("://") else { return };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if let Some((user, host)) = authority.rsplit_once('@')
            && let Some((_, password)) = user.split_once(':')
        {
            let known = is_local_host(host) && password.len() < 16;
            // Everybody knows the password of a database on one's own machine that is its user's name.
            if !(known && is_placeholder(password)) {
                self.literal_or_name(
                    "password",
                    "password",
                    password,
                    Handover::Url,
                    region,
                    known,
                );
            }
        }
        for pair in rest.split_once('?').map_or("", |(_, query)| query).split('&') {
            if let Some((name, value)) = pair.split_once('=') {
                self.value(name, value, Handover::Url, region);
            }
        }
    }

    /// One value under one name.
    pub(super) fn value(&mut self, name: &str, value: &str, how: Handover, region: Option<Region>) {
        if is_credential_name(name) {
            self.push(name, name, value, how, region);
        } else if how == Handover::Env && value.contains("://") {
            self.address(value, region);
        }
    }

    fn push(
        &mut self,
        slot: &str,
        as_if: &str,
        value: &str,
        how: Handover,
        region: Option<Region>,
    ) {
        self.literal_or_name(slot, as_if, value, how, region, false);
    }

    fn literal_or_name(
        &mut self,
        slot: &str,
        as_if: &str,
        value: &str,
        how: Handover,
        region: Option<Region>,
        throwaway: bool,
    ) {
        let location = self.file.at(region);
        if !is_reference(value) && is_literal_credential(as_if, value) && can_be_key(as_if, value) {
            self.agent.literals.push(Literal {
                slot: slot.to_owned(),
                channel: if how == Handover::Env { Channel::Env } else { Channel::Input },
                scope: Scope::Job,
                length: u32::try_from(value.chars().count()).unwrap_or(u32::MAX),
                throwaway: throwaway || is_placeholder(value),
                location: location.clone(),
                ..Literal::default()
            });
        }
        let variable = variable_of(value).filter(|variable| variable != slot);
        self.agent.credentials.push(Handed { slot: slot.to_owned(), variable, how, location });
    }
}

/// The variable that a value stands for, or the usual one of a token with this beginning.
fn variable_of(value: &str) -> Option<String> {
    const BEGINNINGS: &[(&str, &str)] = &[
        ("figd_", "FIGMA_ACCESS_TOKEN"),
        ("ghp_", "GITHUB_PERSONAL_ACCESS_TOKEN"),
        ("github_pat_", "GITHUB_PERSONAL_ACCESS_TOKEN"),
        ("glpat-", "GITLAB_PERSONAL_ACCESS_TOKEN"),
        ("lin_api_", "LINEAR_API_KEY"),
        ("sbp_", "SUPABASE_ACCESS_TOKEN"),
    ];
    if let Some((_, variable)) = BEGINNINGS.iter().find(|(start, _)| value.starts_with(start)) {
        return Some((*variable).to_owned());
    }
    let inner = value.strip_prefix('$').or_else(|| value.strip_prefix('{'))?;
    let inner = inner.trim_start_matches('{').trim_end_matches('}').trim_start_matches("env:");
    let named = !inner.is_empty()
        && inner.len() <= 100
        && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    named.then(|| inner.to_owned())
}

/// A key or token has digits and some length; a password may be anything.
fn can_be_key(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let password = lower.contains("pass") || lower.contains("pwd");
    password || (value.len() >= 16 && value.bytes().any(|b| b.is_ascii_digit()))
}

/// An address without user, query and fragment.
pub(super) fn bare_address(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match text.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = match rest.find('/') {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => text.to_owned(),
    }
}

/// A place in words with where it stands.
pub(super) fn placed(file: &File, text: &str, region: Option<Region>) -> Placed {
    Placed { text: text.chars().take(200).collect(), location: file.at(region) }
}
