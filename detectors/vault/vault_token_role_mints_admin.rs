//! A token role that hands out more than those who may use it have.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::vault::{
        Acl, Capability, Written, escalations,
        live::{
            catalogue::{Catalogue, Home, Namespace, folder},
            holders::{TOKEN_ROLE, tell_holders, token_role_name},
            home, resources,
            words::{list, namespace_flag, path, place, written_at},
        },
        root_equivalent,
    },
};
use overstay_rules::Component;
use std::collections::BTreeMap;

/// What makes its holder root in all but name.
const ROOT: u8 = 4;

/// What a role gives that is too much.
enum Gives {
    /// Any policy but root, and why.
    Any(String),
    /// What the policies that it names can do.
    Strong { can: String, policies: String },
}

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let (live, defined) = (Catalogue::live(estate), Catalogue::defined(estate));
    let nothing = Namespace::default();
    for role in resources(estate, TOKEN_ROLE) {
        let is_live = role.src.system == "vault";
        let home = home(&role.src, &role.attrs);
        let module = folder(role.location.as_ref()).filter(|_| !is_live);
        let catalogue = if is_live { &live } else { &defined };
        let namespace = catalogue.at(Home { module, ..home }).unwrap_or(&nothing);
        let Some(gives) = gives(role, namespace) else { continue };
        let users = users(role, namespace, &gives);
        match gives {
            // Nobody who is weaker may use it: it gives nothing away.
            Gives::Strong { .. } if users.is_empty() => {}
            gives => report(estate, role, &gives, &users, findings),
        }
    }
}

fn gives(role: &Resource, namespace: &Namespace) -> Option<Gives> {
    let named = |key: &str| list(&role.attrs, key);
    let (allowed, globs) = (named("allowed_policies"), named("allowed_policies_glob"));
    let forbidden = [named("disallowed_policies"), named("disallowed_policies_glob")].concat();
    if forbidden.contains(&"*") {
        return None;
    }
    if let Some(glob) = globs.iter().find(|glob| glob.trim_matches('*').is_empty()) {
        return Some(Gives::Any(format!("allowed_policies_glob is {glob}")));
    }
    if allowed.is_empty() && globs.is_empty() {
        let names = !forbidden.is_empty();
        return names.then(|| Gives::Any(format!("it only forbids {}", forbidden.join(", "))));
    }
    let fits = |name: &str| {
        let listed = allowed.contains(&name) || globs.iter().any(|glob| covers(glob, name));
        listed && !forbidden.iter().any(|glob| covers(glob, name))
    };
    let strong = namespace.policies.iter().filter(|(name, _)| fits(name)).find_map(|(name, policy)| {
        Some(Gives::Strong { can: power(policy, namespace)?, policies: name.clone() })
    });
    strong.or_else(|| {
        let acl = namespace.acl(namespace.policies.keys().map(String::as_str).filter(|n| fits(n)));
        let together = escalations(&acl, &namespace.mounts);
        let strongest = together.into_iter().find(|e| e.sink.privilege >= ROOT)?;
        let policies = allowed.iter().chain(&globs).copied().collect::<Vec<_>>().join(", ");
        Some(Gives::Strong { can: strongest.can(), policies })
    })
}

/// What a policy can do that makes its holder root in all but name.
fn power(policy: &Written, namespace: &Namespace) -> Option<String> {
    let acl = policy.acl();
    if root_equivalent(&acl).is_some() {
        return Some("do everything".to_owned());
    }
    let reached = escalations(&acl, &namespace.mounts);
    let strongest = reached.into_iter().find(|e| e.sink.privilege >= ROOT);
    strongest.map(|escalation| escalation.can())
}

/// `team-*` covers `team-a`; without a star at an end, only the same name.
fn covers(glob: &str, name: &str) -> bool {
    match (glob.strip_prefix('*'), glob.strip_suffix('*')) {
        (Some(rest), Some(_)) => name.contains(rest.trim_end_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => glob == name,
    }
}

/// The policies that may create tokens by the role and cannot do as much themselves, by name.
fn users<'n, 'e>(
    role: &Resource,
    namespace: &'n Namespace<'e>,
    gives: &Gives,
) -> BTreeMap<&'n str, &'n Written<'e>> {
    let path = format!("auth/token/create/{}", token_role_name(role));
    let needed: &[&str] = if matches!(gives, Gives::Any(_)) { &["policies"] } else { &[] };
    let weaker = namespace.policies.values().filter(|policy| {
        may_create(&policy.acl(), &path, needed) && power(policy, namespace).is_none()
    });
    weaker.map(|policy| (policy.name(), policy)).collect()
}

fn may_create(acl: &Acl, path: &str, parameters: &[&str]) -> bool {
    let (capabilities, decides) = acl.capabilities(path);
    let free = decides.is_some_and(|p| !p.control_group && p.lets_choose(parameters));
    free && !capabilities.is_denied() && capabilities.has(Capability::Update)
}

fn report(
    estate: &Estate,
    role: &Resource,
    gives: &Gives,
    users: &BTreeMap<&str, &Written>,
    findings: &mut Findings,
) {
    let name = path(&role.subject);
    let mut message = match gives {
        Gives::Any(why) => {
            format!("Vault token role '{name}' hands out tokens with any policy but root: {why}.")
        }
        Gives::Strong { can, policies } => {
            format!("Vault token role '{name}' hands out tokens that can {can}: it allows {policies}.")
        }
    };
    let quoted: Vec<String> = users.keys().map(|name| format!("'{name}'")).collect();
    if let Some((last, others)) = quoted.split_last() {
        let who = match others {
            [] => format!("Policy {last}, which cannot do that itself, lets its"),
            _ => {
                let others = others.join(", ");
                format!("Policies {others} and {last}, which cannot do that themselves, let their")
            }
        };
        message.push_str(&format!(" {who} holders use it."));
    }
    let privilege = match gives {
        Gives::Any(_) => "its tokens may carry any policy but root".to_owned(),
        Gives::Strong { can, .. } => format!("its tokens can {can}"),
    };
    let finding = findings
        .report(role, &role.subject, message)
        .key("")
        .fix(format!(
            "bao write{} {} allowed_policies=POLICY allowed_policies_glob= disallowed_policies= disallowed_policies_glob=",
            namespace_flag(&role.attrs),
            written_at(&role.src)
        ))
        .weigh(Component::Privilege, Level::exactly(ROOT, privilege).citing(role))
        .weigh(Component::Governance, Level::between(1, 3, "a token role carries neither an approval nor an end").citing(role));
    finding.at(role.location.clone().unwrap_or_else(|| place(&role.src, &role.attrs)));
    if users.is_empty() {
        let why = "no policy that was read lets somebody use it";
        finding.weigh(Component::Liveness, Level::between(0, 2, why).citing(role));
    }
    for policy in users.values() {
        finding.because(policy.record);
        let place = policy.place(0..0);
        finding.related(place, format!("policy '{}' may create tokens by it", policy.name()));
    }
    if let Some(policy) = users.values().next() {
        tell_holders(estate, policy.record, finding);
    }
}
