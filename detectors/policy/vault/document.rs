//! A policy text to its rules.

use super::{
    PolicyError,
    ast::{Item, Value, named},
    capability::{Capabilities, Capability},
    decode::{self, Parameters},
    hcl, json, template,
};
use jiff::{SignedDuration, Timestamp};
use std::ops::Range;

/// Capabilities that the word of the old `policy = "…"` form stands for.
const OLD_READ: &[Capability] = &[Capability::Read, Capability::List];
const OLD_WRITE: &[Capability] = &[
    Capability::Create,
    Capability::Read,
    Capability::Update,
    Capability::Delete,
    Capability::List,
];

/// The keys that a rule may hold. `comment` means nothing; the last is HashiCorp Vault's alone.
const RULE_KEYS: &[&str] = &[
    "comment",
    "policy",
    "capabilities",
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
    "mfa_methods",
    "pagination_limit",
    "expiration",
    "list_scan_response_keys_filter_path",
    "control_group",
    "subscribe_event_types",
];

/// A policy as written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VaultPolicy {
    /// The rules, in the order of the text.
    pub rules: Vec<Rule>,
}

/// One `path` block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// The pattern as written, without the leading slash.
    pub pattern: String,
    /// The bytes of the whole block.
    pub span: Range<usize>,
    /// The bytes of the pattern in quotes.
    pub pattern_span: Range<usize>,
    /// What the rule allows, old and new form together; `deny` alone where `deny` is named.
    pub capabilities: Capabilities,
    /// Parameters that may be given; any when absent or empty.
    pub allowed_parameters: Option<Parameters>,
    /// Parameters that may not be given.
    pub denied_parameters: Option<Parameters>,
    /// Parameters that must be given.
    pub required_parameters: Vec<String>,
    /// The shortest allowed wrapping of the response.
    pub min_wrapping_ttl: SignedDuration,
    /// The longest allowed wrapping of the response.
    pub max_wrapping_ttl: SignedDuration,
    /// Methods of a second factor that the request must pass.
    pub mfa_methods: Vec<String>,
    /// True when somebody else must approve the request first.
    pub control_group: bool,
    /// When the rule ends (OpenBao).
    pub expires: Option<Timestamp>,
    /// True when it had ended at the time of reading: the server ignores it.
    pub expired: bool,
    /// True when the pattern holds a `{{…}}` template.
    pub templated: bool,
    /// How the rule was written.
    pub notes: Notation,
}

/// Ways of writing that are legal and mislead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notation {
    /// The old `policy = "…"` is used.
    pub old_policy: bool,
    /// `capabilities` or `policy` is assigned more than once; the server adds the lists up.
    pub assigned_twice: bool,
    /// `deny` stands beside capabilities, which it voids.
    pub deny_beside_others: bool,
}

/// Whose policies: the two servers agree but for a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenBao 2.
    OpenBao,
    /// HashiCorp Vault Enterprise, which knows events and recovery.
    Vault,
}

impl Dialect {
    fn rule_keys(self) -> &'static [&'static str] {
        match self {
            Dialect::OpenBao => RULE_KEYS.split_last().map_or(RULE_KEYS, |(_, common)| common),
            Dialect::Vault => RULE_KEYS,
        }
    }

    /// Capabilities that let a token watch or restore, and reach nothing that is judged here.
    fn knows_without_effect(self, word: &str) -> bool {
        self == Dialect::Vault && matches!(word, "subscribe" | "recover")
    }
}

impl VaultPolicy {
    /// Reads a policy in HCL or JSON. Accepts what OpenBao accepts and refuses what it refuses;
    /// `now` decides which rules have expired, because the server does not check those.
    ///
    /// # Errors
    /// The first thing that is wrong, with its byte offset.
    pub fn parse(text: &str, now: Timestamp) -> Result<VaultPolicy, PolicyError> {
        VaultPolicy::parse_as(text, now, Dialect::OpenBao)
    }

    /// Reads a policy of either server.
    ///
    /// # Errors
    /// What OpenBao finds wrong, when both refuse it.
    pub fn parse_any(text: &str, now: Timestamp) -> Result<VaultPolicy, PolicyError> {
        VaultPolicy::parse(text, now)
            .or_else(|error| VaultPolicy::parse_as(text, now, Dialect::Vault).map_err(|_| error))
    }

    fn parse_as(text: &str, now: Timestamp, dialect: Dialect) -> Result<VaultPolicy, PolicyError> {
        if text.is_empty() {
            return Err(PolicyError::new("the policy is empty", 0));
        }
        let items = parse_hcl(text)?;
        decode::check_keys(&items, &["name", "path"])?;
        decode::text(&named(&items, "name"))?;
        let mut rules = Vec::new();
        for item in named(&items, "path") {
            rules.push(rule(&item, now, dialect)?);
        }
        Ok(VaultPolicy { rules })
    }
}

/// Reads HCL version 1 or JSON, whatever it says: policies and configuration share the notation.
pub(crate) fn parse_hcl(text: &str) -> Result<Vec<Item>, PolicyError> {
    if text.trim_start().starts_with('{') { json::parse(text) } else { hcl::parse(text) }
}

fn rule(item: &Item, now: Timestamp, dialect: Dialect) -> Result<Rule, PolicyError> {
    // `path { … }` without a name is a rule for the path `path`.
    let (name, pattern_span) =
        item.keys.first().map_or(("path", item.span.clone()), |k| (&k.text, k.span.clone()));
    let wrong = |why: String| PolicyError::new(why, pattern_span.start);
    let templated = template::is_templated(name).map_err(|why| wrong(why.into()))?;
    let items = decode::object(&item.value, dialect.rule_keys())?;
    let field = |name: &str| named(items, name);

    control_groups(&field("control_group"), dialect)?;
    let old = decode::text(&field("policy"))?.unwrap_or_default();
    let listed = decode::texts(&field("capabilities"))?;
    let min_wrapping_ttl = decode::duration(&field("min_wrapping_ttl"));
    let max_wrapping_ttl = decode::duration(&field("max_wrapping_ttl"));
    let expires = decode::moment(&field("expiration"))?;
    let pattern = name.strip_prefix('/').unwrap_or(name).to_owned();
    let mut rule = Rule {
        span: item.span.clone(),
        allowed_parameters: decode::parameters(&field("allowed_parameters"))?,
        denied_parameters: decode::parameters(&field("denied_parameters"))?,
        required_parameters: words(decode::texts(&field("required_parameters"))?),
        mfa_methods: words(decode::texts(&field("mfa_methods"))?),
        control_group: !field("control_group").is_empty(),
        expired: expires.is_some_and(|at| at < now),
        expires,
        templated,
        notes: Notation {
            old_policy: !field("policy").is_empty(),
            assigned_twice: field("capabilities").len() > 1 || field("policy").len() > 1,
            deny_beside_others: false,
        },
        pattern,
        pattern_span: pattern_span.clone(),
        ..Rule::default()
    };
    decode::integer(&field("pagination_limit"))?;
    let filter = decode::text(&field("list_scan_response_keys_filter_path"))?.unwrap_or_default();
    if rule.expired {
        return Ok(rule);
    }
    if rule.pattern.contains("+*") {
        return Err(wrong("`+*` is not allowed in a path".into()));
    }
    rule.capabilities = capabilities(&old, &listed, dialect, &mut rule.notes, pattern_span.start)?;
    if rule.capabilities == Capabilities::DENY {
        return Ok(rule);
    }
    rule.min_wrapping_ttl = min_wrapping_ttl?.unwrap_or_default();
    rule.max_wrapping_ttl = max_wrapping_ttl?.unwrap_or_default();
    let zero = SignedDuration::ZERO;
    if rule.max_wrapping_ttl != zero && rule.max_wrapping_ttl < rule.min_wrapping_ttl {
        return Err(wrong("max_wrapping_ttl is less than min_wrapping_ttl".into()));
    }
    if !filter.is_empty() && !rule.capabilities.has(Capability::List) {
        return Err(wrong(
            "list_scan_response_keys_filter_path needs the capability `list`".into(),
        ));
    }
    let templated = filter.contains("{{") && filter.contains(".key");
    if !filter.is_empty() && !templated {
        return Err(wrong("list_scan_response_keys_filter_path must use `.key`".into()));
    }
    Ok(rule)
}

fn words(texts: Vec<(String, usize)>) -> Vec<String> {
    texts.into_iter().map(|(text, _)| text).collect()
}

/// Old and new form add up; at the first `deny` the rest of the list is not even looked at.
fn capabilities(
    old: &str,
    listed: &[(String, usize)],
    dialect: Dialect,
    notes: &mut Notation,
    at: usize,
) -> Result<Capabilities, PolicyError> {
    let from_old: &[Capability] = match old {
        "" => &[],
        "deny" => return Ok(Capabilities::DENY),
        "read" => OLD_READ,
        "write" | "sudo" => OLD_WRITE,
        other => {
            let shown: String = other.chars().take(40).collect();
            return Err(PolicyError::new(format!("`{shown}` is no value of `policy`"), at));
        }
    };
    let mut set = Capabilities::NONE;
    for (word, at) in listed {
        if dialect.knows_without_effect(word) {
            continue;
        }
        let capability: Capability = word.parse().map_err(|_| {
            let shown: String = word.chars().take(40).collect();
            PolicyError::new(format!("unknown capability `{shown}`"), *at)
        })?;
        if capability == Capability::Deny {
            notes.deny_beside_others = listed.iter().any(|(word, _)| word != "deny");
            return Ok(Capabilities::DENY);
        }
        set.insert(capability);
    }
    set = set.union(from_old.iter().copied().collect());
    if old == "sudo" {
        set.insert(Capability::Sudo);
    }
    Ok(set)
}

fn control_groups(groups: &[Item], dialect: Dialect) -> Result<(), PolicyError> {
    for group in groups {
        let items = decode::object(&group.value, &["ttl", "self_auth_allowed", "factor"])?;
        decode::duration(&named(items, "ttl"))?;
        decode::boolean(&named(items, "self_auth_allowed"))?;
        let factors = named(items, "factor");
        if factors.is_empty() {
            return Err(PolicyError::new("a control group needs a factor", group.span.start));
        }
        for factor in factors {
            control_group_factor(&factor, dialect)?;
        }
    }
    Ok(())
}

fn control_group_factor(factor: &Item, dialect: Dialect) -> Result<(), PolicyError> {
    const OPERATIONS: &[&str] = &[
        "create",
        "read",
        "update",
        "patch",
        "delete",
        "list",
        "scan",
        "help",
        "alias-lookahead",
        "resolve-role",
        "header",
        "revoke",
        "renew",
        "rollback",
    ];
    let wrong = |why: &str| Err(PolicyError::new(why, factor.span.start));
    let items = decode::object(&factor.value, &["controlled_capabilities", "identity"])?;
    if factor.keys.is_empty() {
        return wrong("a factor needs a name");
    }
    let controlled = decode::texts(&named(items, "controlled_capabilities"))?;
    for (word, at) in &controlled {
        if !OPERATIONS.contains(&word.as_str()) {
            return Err(PolicyError::new("unknown operation in controlled_capabilities", *at));
        }
    }
    if controlled.is_empty() && dialect == Dialect::OpenBao {
        return wrong("a factor needs controlled_capabilities");
    }
    let (mut groups, mut approvals) = (0, 0);
    for identity in named(items, "identity").iter().filter(|identity| identity.keys.is_empty()) {
        let Value::Object { items, .. } = &identity.value else {
            return Err(PolicyError::new("a block `{ … }` is expected here", identity.span.start));
        };
        groups += decode::texts(&named(items, "group_names"))?.len();
        approvals = decode::integer(&named(items, "approvals"))?.unwrap_or(approvals);
    }
    if groups == 0 || approvals < 1 {
        return wrong("a factor needs an identity with group_names and approvals");
    }
    Ok(())
}
