//! Whether one path leads a principal to one target.

use super::table::{Need, Path, Reach};
use crate::{
    evidence::Estate,
    policy::aws::{
        Asker, Document, Effect, Kind, Principal, Truth, Value, View, account_of, names,
        principal::{Caller, CallerKind, Naming},
    },
};
use std::borrow::Cow;

/// The policy that an attacker would attach.
const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A principal, about to climb.
pub(super) struct Actor<'a> {
    pub(super) estate: &'a Estate,
    pub(super) view: &'a View,
    pub(super) asker: Asker<'a>,
}

/// What an edge reaches, for people, and how surely.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) truth: Truth,
    pub(super) target: String,
}

impl<'a> Actor<'a> {
    pub(super) fn principal(&self) -> &'a Principal {
        self.asker.principal
    }

    /// Whether a statement of the principal allows every action of the path somewhere; false rules
    /// the path out for every target.
    pub(super) fn could(&self, path: &Path) -> bool {
        path.needs
            .iter()
            .all(|need| need.reach == Reach::Assume || self.asker.mentions(&need.action))
            && path.needs.iter().all(|need| self.could_reach(need, path))
    }

    fn could_reach(&self, need: &Need, path: &Path) -> bool {
        match need.reach {
            Reach::Any | Reach::Target => {
                self.asker.somewhere(&need.action, &keys(need, path.services.first(), None))
                    > Truth::No
            }
            Reach::SelfUser | Reach::BoundedSelfUser => self.principal().kind == Kind::User,
            Reach::OwnGroup => self.principal().kind != Kind::Role,
            Reach::SelfRole | Reach::BoundedSelfRole => self.principal().kind == Kind::Role,
            _ => true,
        }
    }

    /// The path against the principal itself.
    pub(super) fn alone(&self, path: &Path) -> Option<Edge> {
        let mut edge = Edge { truth: Truth::Yes, target: String::new() };
        for need in &path.needs {
            let (truth, target) = self.own(need)?;
            edge.truth = edge.truth.and(truth);
            edge.target = target;
        }
        (edge.truth > Truth::No).then_some(edge)
    }

    fn own(&self, need: &Need) -> Option<(Truth, String)> {
        let me = self.principal();
        let bounded = me.boundary.is_some();
        let ask = |resource: &str| {
            self.asker.ask(&need.action, resource, &keys(need, None, None)).verdict
        };
        match need.reach {
            Reach::SelfUser if me.kind == Kind::User => Some((ask(&me.arn), String::new())),
            Reach::SelfRole if me.kind == Kind::Role => Some((ask(&me.arn), String::new())),
            Reach::BoundedSelfUser if me.kind == Kind::User && bounded => {
                Some((ask(&me.arn), String::new()))
            }
            Reach::BoundedSelfRole if me.kind == Kind::Role && bounded => {
                Some((ask(&me.arn), String::new()))
            }
            Reach::OwnGroup => {
                let groups = me.groups.iter().map(|g| &self.view.principals[*g]);
                let itself = (me.kind == Kind::Group).then_some(me);
                best(
                    groups
                        .chain(itself)
                        .map(|group| (ask(&group.arn), format!("group '{}'", group.name()))),
                )
            }
            Reach::OwnPolicy => best(
                customer_policies(me).map(|arn| (ask(arn), format!("policy '{}'", short(arn)))),
            ),
            Reach::OwnPolicyVersion => best(customer_policies(me).map(|arn| {
                (ask(arn).and(self.other_versions(arn)), format!("policy '{}'", short(arn)))
            })),
            Reach::Any => Some((self.asker.somewhere(&need.action, &[]), String::new())),
            _ => None,
        }
    }

    /// Yes when an older version gives everything; otherwise it depends on what versions there
    /// will be.
    fn other_versions(&self, policy: &str) -> Truth {
        let subject = format!("aws:{policy}");
        let record = self.estate.policies.iter().find(|p| p.subject == subject);
        let versions =
            record.and_then(|p| p.attrs.get("other_versions")).and_then(|v| v.as_array());
        let all = versions
            .into_iter()
            .flatten()
            .filter_map(|v| v.get("document")?.as_str())
            .any(|text| Document::parse(text).is_ok_and(|d| d.gives_everything()));
        if all { Truth::Yes } else { Truth::Unknown }
    }

    /// The path against another principal.
    pub(super) fn onto(&self, path: &Path, target: &Principal) -> Truth {
        let services: Vec<&String> = path.services.iter().collect();
        if services.is_empty() {
            return self.all_needs(path, target, None);
        }
        services
            .into_iter()
            .map(|service| self.all_needs(path, target, Some(service)))
            .max()
            .unwrap_or(Truth::No)
    }

    fn all_needs(&self, path: &Path, target: &Principal, service: Option<&String>) -> Truth {
        let mut truth = match service {
            Some(service) => self.admits_service(target, service),
            None => Truth::Yes,
        };
        for need in &path.needs {
            if truth == Truth::No {
                break;
            }
            truth = truth.and(self.reaches(need, target, service));
        }
        truth
    }

    fn reaches(&self, need: &Need, target: &Principal, service: Option<&String>) -> Truth {
        let keys = keys(need, service, Some(target));
        let ask = |resource: &str| self.asker.ask(&need.action, resource, &keys).verdict;
        match need.reach {
            Reach::Target | Reach::Pass => ask(&target.arn),
            Reach::PolicyOfTarget => customer_policies(target).map(ask).max().unwrap_or(Truth::No),
            Reach::Assume => match target.trust {
                Some(trust) => self.asker.assume(&target.arn, &self.view.documents[trust]),
                None => Truth::No,
            },
            // Already known to be possible somewhere: see `could`.
            Reach::Any => self.asker.somewhere(&need.action, &keys),
            _ => Truth::No,
        }
    }

    /// Whether a service may run as a role.
    fn admits_service(&self, role: &Principal, service: &str) -> Truth {
        let Some(trust) = role.trust else { return Truth::No };
        let caller = Caller { arn: service, kind: CallerKind::Service, account: "" };
        let admits = |effect: Effect| {
            self.view.documents[trust].statements.iter().any(|s| {
                s.effect == effect
                    && s.actions.selects("sts:assumerole")
                    && s.principals
                        .as_ref()
                        .is_some_and(|p| names(p, &caller, effect) == Naming::Itself)
            })
        };
        Truth::from(admits(Effect::Allow) && !admits(Effect::Deny))
    }
}

/// The condition keys that a need settles.
fn keys<'k>(
    need: &Need,
    service: Option<&'k String>,
    target: Option<&Principal>,
) -> Vec<(&'static str, Value<'k>)> {
    let mut keys = vec![
        ("iam:policyarn", Value::Known(vec![Cow::Borrowed(ADMINISTRATOR_ACCESS)])),
        ("iam:associatedresourcearn", Value::Chosen),
    ];
    if let Some(service) = service {
        keys.push(("iam:passedtoservice", Value::one(service.as_str())));
    }
    if need.reach == Reach::Any {
        // New resources are made as the caller likes; existing ones are not known.
        keys.push(("aws:sourcevpce", Value::Unknown));
    }
    if target.is_some_and(|t| t.boundary.is_none()) {
        keys.push(("iam:permissionsboundary", Value::Absent));
    }
    keys
}

/// Managed policies that belong to the account: those of AWS cannot be changed.
fn customer_policies(principal: &Principal) -> impl Iterator<Item = &str> {
    principal
        .held
        .iter()
        .filter_map(|held| held.name.strip_prefix("aws:"))
        .filter(|arn| !arn.contains("#inline/") && account_of(arn).is_some())
}

fn best(edges: impl Iterator<Item = (Truth, String)>) -> Option<(Truth, String)> {
    edges.filter(|(truth, _)| *truth > Truth::No).max_by_key(|(truth, _)| *truth)
}

fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
