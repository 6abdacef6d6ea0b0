//! Who holds which policies: tokens, logins, entities, groups and token roles.

use super::{
    catalogue::{Home, folder},
    home, policies_of, tokens,
    words::{self, holder},
};
use crate::{
    evidence::{
        Attrs, Credential, Estate, Identity, Location, Policy, Recorded as _, Resource, Src, Status,
    },
    finding::{Finding, Level},
};
use overstay_rules::Component;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The kind of the resource records that describe a token role.
pub(crate) const TOKEN_ROLE: &str = "vault-token-role";

/// Something that carries policies, or hands them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder<'e> {
    /// `token 'legacy-job'`, `login 'auth/approle/ci'`.
    pub(crate) told: String,
    /// The id of its record.
    pub(crate) record: &'e str,
    /// Where it is defined, if in a file.
    pub(crate) place: Option<&'e Location>,
    /// Where it lives.
    pub(crate) home: Home<'e>,
    /// The policies that it has, by itself or from its groups.
    pub(crate) policies: BTreeSet<&'e str>,
    /// True for an entity with what one of its logins adds.
    pub(crate) through_login: bool,
}

/// Everything that carries policies on a live server: logins, entities and groups that are not disabled,
/// each entity once more through each of its logins, tokens, and token roles.
pub(crate) fn holders(estate: &Estate) -> Vec<Holder<'_>> {
    let live = |src: &Src| src.system == "vault";
    let tokens = tokens(estate).filter(|token| live(&token.src));
    found(estate, tokens, live, |src, attrs, _| home(src, attrs))
}

/// The same in Terraform modules.
pub(crate) fn defined_holders(estate: &Estate) -> Vec<Holder<'_>> {
    let tokens = estate.credentials.iter().filter(|c| c.kind == "vault-token");
    let tokens = tokens.filter(|token| token.attrs.contains_key("terraform"));
    let mut found = found(
        estate,
        tokens,
        |src| src.system != "vault",
        |src, attrs, location| Home { module: folder(location), ..home(src, attrs) },
    );
    found.retain(|holder| holder.place.is_some());
    found
}

fn found<'e>(
    estate: &'e Estate,
    tokens: impl Iterator<Item = &'e Credential>,
    ours: impl Fn(&Src) -> bool,
    home: impl Fn(&'e Src, &'e Attrs, Option<&'e Location>) -> Home<'e>,
) -> Vec<Holder<'e>> {
    let identities: Vec<Described> = estate
        .identities
        .iter()
        .filter(|i| ours(&i.src) && i.status == Status::Active)
        .filter_map(|identity| {
            let (kind, path) = identity.aliases.first()?.split_once(':')?;
            let home = home(&identity.src, &identity.attrs, identity.location.as_ref());
            Some(Described { identity, kind, path, home })
        })
        .collect();
    let of_kind = |kind: &str| -> BTreeMap<(Home, &str), &Attrs> {
        let of_kind = identities.iter().filter(|d| d.kind == kind);
        let name = |d: &Described<'e>| d.path.strip_prefix(d.home.namespace).unwrap_or(d.path);
        of_kind.map(|d| ((d.home, name(d)), &d.identity.attrs)).collect()
    };
    let (groups, logins) = (of_kind("vault-group"), of_kind("vault-role"));
    let mut found: Vec<Holder> = Vec::new();
    for described in &identities {
        let named = described.identity.name.as_deref().unwrap_or(described.path);
        match described.kind {
            "vault-role" => found.push(described.holder(format!("login '{}'", described.path))),
            "vault-group" => found.push(described.holder(format!("group '{named}'"))),
            "vault-entity" => {
                let mut entity = described.holder(format!("entity '{named}'"));
                entity.policies.extend(of_groups(described, &groups));
                found.extend(through_logins(described, &entity, &logins));
                found.push(entity);
            }
            _ => {}
        }
    }
    for token in tokens {
        found.push(Holder {
            told: format!("token '{}'", holder(estate, token)),
            record: token.id(),
            place: token.location.as_ref(),
            home: home(&token.src, &token.attrs, token.location.as_ref()),
            policies: policies_of(&token.attrs).into_iter().collect(),
            through_login: false,
        });
    }
    for role in estate.resources.iter().filter(|r| r.kind == TOKEN_ROLE && ours(&r.src)) {
        found.push(Holder {
            told: format!("token role '{}'", token_role_name(role)),
            record: role.id(),
            place: role.location.as_ref(),
            home: home(&role.src, &role.attrs, role.location.as_ref()),
            policies: words::list(&role.attrs, "allowed_policies").into_iter().collect(),
            through_login: false,
        });
    }
    found.retain(|holder| !holder.policies.is_empty());
    found
}

/// A role, entity or group, with its name taken apart.
struct Described<'e> {
    identity: &'e Identity,
    kind: &'e str,
    path: &'e str,
    home: Home<'e>,
}

impl<'e> Described<'e> {
    fn holder(&self, told: String) -> Holder<'e> {
        Holder {
            told,
            record: self.identity.id(),
            place: self.identity.location.as_ref(),
            home: self.home,
            policies: policies_of(&self.identity.attrs).into_iter().collect(),
            through_login: false,
        }
    }
}

/// The policies that an entity's groups give it.
fn of_groups<'e>(
    entity: &Described<'e>,
    groups: &BTreeMap<(Home<'e>, &str), &'e Attrs>,
) -> Vec<&'e str> {
    let of = ["group_ids", "direct_group_ids", "inherited_group_ids"];
    let ids = of.iter().flat_map(|key| words::list(&entity.identity.attrs, key));
    let known = ids.filter_map(|id| groups.get(&(entity.home, id)));
    known.flat_map(|group| policies_of(group)).collect()
}

/// What an entity holds after each of its logins: a login's token carries the login's policies and the
/// entity's. Those that add nothing to either are left out.
fn through_logins<'e>(
    described: &Described<'e>,
    entity: &Holder<'e>,
    logins: &BTreeMap<(Home<'e>, &str), &'e Attrs>,
) -> Vec<Holder<'e>> {
    let named = described.identity.aliases.iter().filter_map(|a| a.strip_prefix("vault-role:"));
    let named =
        named.map(|path| path.strip_prefix(entity.home.namespace).unwrap_or(path).to_owned());
    let aliases = described.identity.attrs.get("aliases").and_then(Value::as_array);
    // JWT and OIDC logins write the role into the alias.
    let roles = aliases.into_iter().flatten().filter_map(|alias| {
        let role = alias.pointer("/metadata/role").and_then(Value::as_str)?;
        Some(format!("{}{role}", alias.get("mount_path").and_then(Value::as_str)?))
    });
    let paths: BTreeSet<String> = named.chain(roles).collect();
    let through = paths.into_iter().filter_map(|path| {
        let own = policies_of(logins.get(&(entity.home, path.as_str()))?);
        let both: BTreeSet<&str> = entity.policies.iter().copied().chain(own.clone()).collect();
        let adds = both.len() > entity.policies.len() && both.len() > own.len();
        let told = format!("{} through login '{}{path}'", entity.told, entity.home.namespace);
        adds.then_some(Holder { told, policies: both, through_login: true, ..entity.clone() })
    });
    through.collect()
}

/// The name of a token role.
pub(crate) fn token_role_name(role: &Resource) -> &str {
    role.src.reference.as_deref().and_then(|path| path.rsplit('/').next()).unwrap_or_default()
}

/// How many records of holders a finding cites.
const CITED: usize = 10;
/// How many holders a message names.
const NAMED: usize = 3;

/// `login 'auth/approle/ci', token 'legacy-job' and 4 more`; each name once.
pub(crate) fn told<'h>(holders: impl IntoIterator<Item = &'h str>) -> String {
    let names: BTreeSet<&str> = holders.into_iter().collect();
    let mut shown: Vec<&str> = names.iter().take(NAMED).copied().collect();
    let more = names.len().saturating_sub(NAMED);
    let rest = format!("{more} more");
    if more > 0 {
        shown.push(&rest);
    }
    match shown.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

/// The names of a server's holders for each policy.
pub(crate) fn by_policy(estate: &Estate) -> BTreeMap<(String, String, String), Vec<Held>> {
    let mut by_policy: BTreeMap<_, Vec<Held>> = BTreeMap::new();
    for holder in holders(estate).into_iter().filter(|holder| !holder.through_login) {
        let held = Held { told: holder.told, record: holder.record.to_owned() };
        for policy in holder.policies {
            let Home { tenant, namespace, .. } = holder.home;
            let key = (tenant.to_owned(), namespace.to_owned(), policy.to_owned());
            by_policy.entry(key).or_default().push(held.clone());
        }
    }
    by_policy
}

/// One holder of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// As a message says it.
    pub(crate) told: String,
    /// The id of its record.
    pub(crate) record: String,
}

/// Where a policy of a server is held: the key of [`by_policy`].
pub(crate) fn key_of(src: &Src, attrs: &Attrs) -> (String, String, String) {
    let Home { tenant, namespace, .. } = home(src, attrs);
    let name = src.reference.as_deref().unwrap_or_default();
    let name = name.strip_prefix("sys/policies/acl/").unwrap_or(name);
    (tenant.to_owned(), namespace.to_owned(), name.to_owned())
}

/// Adds to a finding about a policy who holds it now.
pub(crate) fn tell_holders(estate: &Estate, policy: &Policy, finding: &mut Finding) {
    let holders = estate.vault().holders_of(policy);
    if holders.is_empty() {
        return;
    }
    let names = told(holders.iter().map(|held| held.told.as_str()));
    finding.message.push_str(&format!(" Held by {names}."));
    let records: BTreeSet<&str> = holders.iter().map(|held| held.record.as_str()).collect();
    finding.evidence.extend(records.into_iter().take(CITED).map(str::to_owned));
    finding.weigh(Component::Liveness, Level::between(2, 3, format!("it is held by {names}")));
}
