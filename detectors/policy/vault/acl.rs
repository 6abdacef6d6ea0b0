//! Which rule decides about a path, exactly as the server chooses it.
//!
//! Facts: OpenBao, `internal/vault/policy/acl.go` (version 2.7), checked against a running server
//! by the differential test. Only one pattern decides; rules of several policies with the same
//! pattern add up, and `deny` wins inside that pattern alone.

use super::{
    capability::{Capabilities, Capability},
    decode::Parameters,
    document::{Rule, VaultPolicy},
};
use jiff::SignedDuration;
use serde_json::Value as Json;
use std::collections::HashMap;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Make.
    Create,
    /// Look.
    Read,
    /// Change.
    Update,
    /// Change parts.
    Patch,
    /// Remove.
    Delete,
    /// See names.
    List,
    /// See names, also below.
    Scan,
}

impl Operation {
    /// The capability that the operation needs.
    pub fn capability(self) -> Capability {
        match self {
            Operation::Create => Capability::Create,
            Operation::Read => Capability::Read,
            Operation::Update => Capability::Update,
            Operation::Patch => Capability::Patch,
            Operation::Delete => Capability::Delete,
            Operation::List => Capability::List,
            Operation::Scan => Capability::Scan,
        }
    }

    fn is_listing(self) -> bool {
        matches!(self, Operation::List | Operation::Scan)
    }
}

/// Which rule of which policy, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleRef {
    /// The position of the policy in the set.
    pub policy: usize,
    /// The position of the rule in the policy.
    pub rule: usize,
}

/// What one pattern gives, all policies together.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// The pattern, as the policies write it.
    pub pattern: String,
    /// The capabilities, added up; `deny` alone where one rule denies.
    pub capabilities: Capabilities,
    /// The rules with this pattern.
    pub rules: Vec<RuleRef>,
    /// Parameters that may be given; any when absent or empty.
    pub allowed_parameters: Option<Parameters>,
    /// Parameters that may not be given.
    pub denied_parameters: Option<Parameters>,
    /// Parameters that must be given.
    pub required_parameters: Vec<String>,
    /// The shortest allowed wrapping.
    pub min_wrapping_ttl: SignedDuration,
    /// The longest allowed wrapping.
    pub max_wrapping_ttl: SignedDuration,
    /// True when a second factor is asked for.
    pub mfa: bool,
    /// True when somebody else must approve first.
    pub control_group: bool,
}

/// A set of policies, ready to answer.
#[derive(Clone, Debug, Default)]
pub struct Acl {
    exact: HashMap<String, Permissions>,
    prefix: HashMap<String, Permissions>,
    segments: Vec<Permissions>,
    segment_index: HashMap<String, usize>,
}

/// True when the pattern is matched segment by segment: the server looks for `+` at the start of a
/// segment, also where more follows in that segment.
fn has_segment_wildcard(pattern: &str) -> bool {
    pattern == "+" || pattern.contains("/+") || pattern.starts_with("+/")
}

impl Acl {
    /// Compiles a set of policies. Expired rules do not count.
    pub fn new<'p>(policies: impl IntoIterator<Item = &'p VaultPolicy>) -> Acl {
        let mut acl = Acl::default();
        for (policy, document) in policies.into_iter().enumerate() {
            for (number, rule) in document.rules.iter().enumerate() {
                if !rule.expired {
                    acl.slot(&rule.pattern).add(rule, RuleRef { policy, rule: number });
                }
            }
        }
        acl
    }

    fn slot(&mut self, pattern: &str) -> &mut Permissions {
        let fresh = || Permissions { pattern: pattern.to_owned(), ..Permissions::default() };
        if has_segment_wildcard(pattern) {
            let next = self.segments.len();
            let at = *self.segment_index.entry(pattern.to_owned()).or_insert(next);
            if at == next {
                self.segments.push(fresh());
            }
            return &mut self.segments[at];
        }
        match pattern.strip_suffix('*') {
            Some(prefix) => self.prefix.entry(prefix.to_owned()).or_insert_with(fresh),
            None => self.exact.entry(pattern.to_owned()).or_insert_with(fresh),
        }
    }

    /// Every pattern and what it gives, in no particular order.
    pub fn patterns(&self) -> impl Iterator<Item = &Permissions> {
        self.exact.values().chain(self.prefix.values()).chain(&self.segments)
    }

    /// The capabilities on a path, as `sys/capabilities` answers, and the pattern that decides.
    pub fn capabilities(&self, path: &str) -> (Capabilities, Option<&Permissions>) {
        let decides = self.deciding(path, true);
        (decides.map_or(Capabilities::NONE, |p| p.capabilities), decides)
    }

    /// The pattern that decides about an operation on a path.
    pub fn decides(&self, operation: Operation, path: &str) -> Option<&Permissions> {
        self.deciding(path, operation.is_listing())
    }

    fn deciding(&self, path: &str, listing: bool) -> Option<&Permissions> {
        let path = path.trim_start_matches('/');
        let bare = path.strip_suffix('/').filter(|_| listing);
        self.exact
            .get(path)
            .or_else(|| self.exact.get(bare?))
            .or_else(|| self.not_exact(path))
            .or_else(|| self.not_exact(bare?))
    }

    fn not_exact(&self, path: &str) -> Option<&Permissions> {
        let prefix = self.longest_prefix(path);
        let segments: Vec<&str> = path.split('/').collect();
        let wild = self.segments.iter().filter(|p| matches_segments(&p.pattern, &segments));
        prefix.into_iter().chain(wild).max_by(|a, b| Rank::of(a).cmp(&Rank::of(b)))
    }

    fn longest_prefix(&self, path: &str) -> Option<&Permissions> {
        if self.prefix.is_empty() {
            return None;
        }
        let ends = (0..=path.len()).rev().filter(|end| path.is_char_boundary(*end));
        ends.map(|end| &path[..end]).find_map(|start| self.prefix.get(start))
    }

    /// Whether a request passes; the deciding pattern when it does.
    pub fn allows(&self, request: &Request) -> Option<&Permissions> {
        let decides = self.decides(request.operation, request.path)?;
        decides.allows(request).then_some(decides)
    }
}

/// One request, as far as policies look at it.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What it does.
    pub operation: Operation,
    /// The path, without the API version.
    pub path: &'a str,
    /// The parameters of its body.
    pub data: &'a [(&'a str, Json)],
    /// How long the response is to be wrapped, if it is.
    pub wrap: Option<SignedDuration>,
}

/// The order among patterns that are not exact; the greatest decides.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank<'a> {
    first_wildcard: usize,
    not_a_prefix: bool,
    fewer_wildcards: std::cmp::Reverse<usize>,
    length: usize,
    text: &'a str,
}

impl Rank<'_> {
    fn of(permissions: &Permissions) -> Rank<'_> {
        let pattern = permissions.pattern.as_str();
        let text = pattern.strip_suffix('*').unwrap_or(pattern);
        let segmented = has_segment_wildcard(pattern);
        let wildcards = if segmented { text.split('/').filter(|s| *s == "+").count() } else { 0 };
        let first = if segmented { text.find('+') } else { None };
        Rank {
            first_wildcard: first.unwrap_or(text.len()),
            not_a_prefix: text.len() == pattern.len(),
            fewer_wildcards: std::cmp::Reverse(wildcards),
            length: text.len(),
            text,
        }
    }
}

/// `+` is any one segment, also an empty one; a final `*` lets the last segment go on, and any
/// number of segments follow.
fn matches_segments(pattern: &str, path: &[&str]) -> bool {
    let (text, prefix) = match pattern.strip_suffix('*') {
        Some(text) => (text, true),
        None => (pattern, false),
    };
    let count = text.split('/').count();
    if path.len() < count || (!prefix && path.len() != count) {
        return false;
    }
    text.split('/').zip(path).enumerate().all(|(i, (wanted, got))| {
        wanted == "+" || wanted == *got || (prefix && i + 1 == count && got.starts_with(wanted))
    })
}

impl Permissions {
    fn add(&mut self, rule: &Rule, at: RuleRef) {
        let first = self.rules.is_empty();
        self.rules.push(at);
        if self.capabilities.has(Capability::Deny) {
            return;
        }
        if rule.capabilities.has(Capability::Deny) {
            self.capabilities = Capabilities::DENY;
            self.allowed_parameters = None;
            self.denied_parameters = None;
            return;
        }
        self.capabilities = self.capabilities.union(rule.capabilities);
        shorter(&mut self.min_wrapping_ttl, rule.min_wrapping_ttl);
        shorter(&mut self.max_wrapping_ttl, rule.max_wrapping_ttl);
        merge(&mut self.allowed_parameters, rule.allowed_parameters.as_ref(), first);
        merge(&mut self.denied_parameters, rule.denied_parameters.as_ref(), first);
        for name in &rule.required_parameters {
            if !self.required_parameters.contains(name) {
                self.required_parameters.push(name.clone());
            }
        }
        self.mfa |= !rule.mfa_methods.is_empty();
        // The server keeps the control group of the first rule with a pattern and of no other.
        self.control_group |= first && rule.control_group;
    }

    /// Whether a request on a path that this pattern decides passes.
    pub fn allows(&self, request: &Request) -> bool {
        self.capabilities.has(request.operation.capability())
            && !self.capabilities.is_denied()
            && self.wrapping_fits(request.wrap)
            && (matches!(request.operation, Operation::List | Operation::Scan | Operation::Delete)
                || self.parameters_fit(request.data))
    }

    fn wrapping_fits(&self, wrap: Option<SignedDuration>) -> bool {
        let zero = SignedDuration::ZERO;
        let (min, max) = (self.min_wrapping_ttl, self.max_wrapping_ttl);
        (max == zero || wrap.is_some_and(|wrap| wrap <= max))
            && (min == zero || wrap.is_some_and(|wrap| wrap >= min))
            && (min == zero || max == zero || min <= max)
    }

    fn parameters_fit(&self, data: &[(&str, Json)]) -> bool {
        let given = |name: &str| data.iter().any(|(key, _)| *key == name.to_lowercase());
        if !self.required_parameters.iter().all(|name| given(name)) {
            return false;
        }
        data.is_empty() || data.iter().all(|(name, value)| self.parameter_fits(name, value))
    }

    /// Whether one parameter may be given with a value.
    pub fn parameter_fits(&self, name: &str, value: &Json) -> bool {
        let name = name.to_lowercase();
        if let Some(denied) = &self.denied_parameters
            && (denied.contains_key("*")
                || denied.get(&name).is_some_and(|list| listed(value, list)))
        {
            return false;
        }
        match &self.allowed_parameters {
            None => true,
            Some(allowed) if allowed.is_empty() => true,
            Some(allowed) => match allowed.get(&name) {
                // `"*"` alone lets everything pass, also a parameter of that name.
                _ if allowed.len() == 1 && allowed.contains_key("*") => true,
                Some(list) => listed(value, list),
                None => allowed.contains_key("*"),
            },
        }
    }

    /// Whether one of these parameters may be given with any value, so that the request can do
    /// what they do. True for an empty list: the request needs no parameter.
    pub fn lets_choose(&self, parameters: &[&str]) -> bool {
        let free = Json::from("overstay-any-value");
        parameters.is_empty() || parameters.iter().any(|name| self.parameter_fits(name, &free))
    }
}

fn shorter(have: &mut SignedDuration, other: SignedDuration) {
    let zero = SignedDuration::ZERO;
    if other > zero && (*have == zero || other < *have) {
        *have = other;
    }
}

/// Adds the lists of each parameter; an empty list means any value and swallows the others.
fn merge(have: &mut Option<Parameters>, other: Option<&Parameters>, first: bool) {
    let Some(other) = other else { return };
    if other.is_empty() && !first {
        return;
    }
    let Some(have) = have else {
        *have = Some(other.clone());
        return;
    };
    for (name, values) in other {
        match have.get_mut(name) {
            Some(list) if list.is_empty() || values.is_empty() => list.clear(),
            Some(list) => list.splice(0..0, values.iter().cloned()).for_each(drop),
            None => {
                have.insert(name.clone(), values.clone());
            }
        }
    }
}

/// Whether a value is in a list; an empty list holds everything. Texts may begin or end with `*`.
fn listed(value: &Json, list: &[Json]) -> bool {
    list.is_empty()
        || list.iter().any(|wanted| match (wanted, value) {
            (Json::String(wanted), Json::String(value)) => glob(wanted, value),
            _ => wanted == value,
        })
}

/// A lone `*` is a letter, as the server has it.
fn glob(pattern: &str, text: &str) -> bool {
    if pattern.len() < 2 {
        return pattern == text;
    }
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => text.contains(&pattern[1..pattern.len() - 1]),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => pattern == text,
    }
}
