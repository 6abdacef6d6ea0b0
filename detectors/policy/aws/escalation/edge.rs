//! Whether one path leads a principal to one target.

use super::table::{Need, PATHS, Path, Reach};
use crate::{
    evidence::Estate,
    policy::aws::{
        ANYTHING, Asker, Document, Effect, Held, Kind, Principal, Statement, Truth, Value, View,
        account_of, admits::admits_service,
    },
};
use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{HashMap, HashSet},
};

/// The policy that an attacker would attach.
const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// An action, the service that it is asked for, and whether the target has no boundary.
type Question = (&'static str, &'static str, bool);

/// A principal, about to climb.
pub(super) struct Actor<'a> {
    pub(super) estate: &'a Estate,
    pub(super) view: &'a View,
    pub(super) asker: Asker<'a>,
    pub(super) services: &'a Services,
    /// Answers that do not depend on the target, by action, service, and whether the target has no
    /// boundary; `None` where they do.
    same: RefCell<HashMap<Question, Option<Truth>>>,
    /// Whether an action is possible on some resource, by action and service.
    somewhere: RefCell<HashMap<(&'static str, &'static str), Truth>>,
}

/// Which services each role lets run as it.
#[derive(Default)]
pub(super) struct Services(HashSet<(usize, &'static str)>);

impl Services {
    /// Asks every distinct trust about every service of the table, once.
    pub(super) fn build(view: &View) -> Services {
        let trusts: HashSet<usize> = view.principals.iter().filter_map(|p| p.trust).collect();
        let services: HashSet<&str> =
            PATHS.iter().flat_map(|p| &p.services).map(String::as_str).collect();
        let admitted = trusts.into_iter().flat_map(|trust| {
            let document = &view.documents[trust];
            services
                .iter()
                .filter(|service| admits_service(document, service))
                .map(move |service| (trust, *service))
                .collect::<Vec<_>>()
        });
        Services(admitted.collect())
    }

    fn admit(&self, role: &Principal, service: &'static str) -> bool {
        role.trust.is_some_and(|trust| self.0.contains(&(trust, service)))
    }
}

/// What an edge reaches, for people, and how surely.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) truth: Truth,
    pub(super) target: String,
}

impl<'a> Actor<'a> {
    pub(super) fn new(
        estate: &'a Estate,
        view: &'a View,
        services: &'a Services,
        principal: &'a Principal,
    ) -> Actor<'a> {
        let asker = Asker::new(estate, view, principal);
        let (same, somewhere) = (RefCell::default(), RefCell::default());
        Actor { estate, view, asker, services, same, somewhere }
    }

    pub(super) fn principal(&self) -> &'a Principal {
        self.asker.principal
    }

    /// Whether a statement of the principal allows every action of the path somewhere; false rules
    /// the path out for every target.
    pub(super) fn could(&self, path: &'static Path) -> bool {
        let mentioned =
            |need: &Need| need.reach == Reach::Assume || self.asker.mentions(&need.action);
        path.needs.iter().all(mentioned)
            && path.needs.iter().all(|need| self.could_reach(need, path))
    }

    fn could_reach(&self, need: &'static Need, path: &'static Path) -> bool {
        match need.reach {
            Reach::Any | Reach::Target => {
                self.somewhere(need, path.services.first().map_or("", String::as_str)) > Truth::No
            }
            Reach::SelfUser | Reach::BoundedSelfUser => {
                matches!(self.principal().kind, Kind::User | Kind::Holder)
            }
            Reach::OwnGroup => self.principal().kind != Kind::Role,
            Reach::OwnDenial | Reach::OwnInlineDenial => self.own_denials(need).next().is_some(),
            Reach::SelfRole | Reach::BoundedSelfRole => {
                matches!(self.principal().kind, Kind::Role | Kind::Holder)
            }
            _ => true,
        }
    }

    fn somewhere(&self, need: &'static Need, service: &'static str) -> Truth {
        let key = (need.action.as_str(), service);
        if let Some(known) = self.somewhere.borrow().get(&key) {
            return *known;
        }
        let found = self.asker.somewhere(&need.action, &keys(need, service, false));
        self.somewhere.borrow_mut().insert(key, found);
        found
    }

    /// The path against the principal itself.
    pub(super) fn alone(&self, path: &'static Path) -> Option<Edge> {
        let mut edge = Edge { truth: Truth::Yes, target: String::new() };
        for need in &path.needs {
            let (truth, target) = self.own(need)?;
            edge.truth = edge.truth.and(truth);
            edge.target = target;
        }
        (edge.truth > Truth::No).then_some(edge)
    }

    fn own(&self, need: &'static Need) -> Option<(Truth, String)> {
        let me = self.principal();
        let bounded = me.boundary.is_some();
        let any = |kind: &str| format!("arn:aws:iam::{}:{kind}/{ANYTHING}", me.account);
        let ask =
            |resource: &str| self.asker.ask(&need.action, resource, &keys(need, "", false)).verdict;
        match need.reach {
            Reach::SelfUser if me.kind == Kind::User => Some((ask(&me.arn), String::new())),
            Reach::SelfRole if me.kind == Kind::Role => Some((ask(&me.arn), String::new())),
            // It is any user or any role.
            Reach::SelfUser if me.kind == Kind::Holder => Some((ask(&any("user")), String::new())),
            Reach::SelfRole if me.kind == Kind::Holder => Some((ask(&any("role")), String::new())),
            Reach::OwnGroup if me.kind == Kind::Holder => {
                Some((ask(&any("group")), "its group".to_owned()))
            }
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
            Reach::OwnPolicyVersion => best(me.held.iter().filter_map(|held| {
                let arn = customer_policy(held)?;
                Some((ask(arn).and(self.other_versions(held)), format!("policy '{}'", short(arn))))
            })),
            Reach::OwnDenial | Reach::OwnInlineDenial => best(self.own_denials(need).map(|held| {
                let policy = held.name.trim_start_matches("aws:");
                let mut keys = keys(need, "", false);
                keys.insert(0, ("iam:policyarn", Value::one(policy)));
                let truth = self.asker.ask(&need.action, &me.arn, &keys).verdict;
                (truth, format!("policy '{}'", short(policy)))
            })),
            Reach::Any => Some((self.somewhere(need, ""), String::new())),
            _ => None,
        }
    }

    /// The policies of its own that deny something, and that this need would take away.
    fn own_denials(&self, need: &Need) -> impl Iterator<Item = &'a Held> {
        let (view, me) = (self.view, self.principal());
        let kind = match me.kind {
            Kind::User => "user",
            Kind::Role => "role",
            Kind::Group | Kind::Holder => "",
        };
        let fits = !kind.is_empty() && need.action.contains(kind);
        let reach = need.reach;
        me.held.iter().filter(move |held| fits && reach.takes_away(view, held))
    }

    /// Yes when an older version gives everything; otherwise it depends on what versions there
    /// will be.
    fn other_versions(&self, held: &Held) -> Truth {
        let record = held.record.and_then(|record| self.estate.policies.get(record));
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
    pub(super) fn onto(&self, path: &'static Path, target: &Principal) -> Truth {
        if path.services.is_empty() {
            return self.all_needs(path, target, "");
        }
        path.services
            .iter()
            .filter(|service| self.services.admit(target, service))
            .map(|service| self.all_needs(path, target, service))
            .max()
            .unwrap_or(Truth::No)
    }

    fn all_needs(&self, path: &'static Path, target: &Principal, service: &'static str) -> Truth {
        path.needs.iter().fold(Truth::Yes, |all, need| match all {
            Truth::No => Truth::No,
            _ => all.and(self.reaches(need, target, service)),
        })
    }

    fn reaches(&self, need: &'static Need, target: &Principal, service: &'static str) -> Truth {
        match need.reach {
            Reach::Target | Reach::Pass => self.ask(need, &target.arn, target, service),
            Reach::PolicyOfTarget => customer_policies(target)
                .map(|policy| self.ask(need, policy, target, service))
                .max()
                .unwrap_or(Truth::No),
            Reach::Assume => match target.trust {
                Some(trust) => self.asker.assume(&target.arn, &self.view.documents[trust]),
                None => Truth::No,
            },
            Reach::Any => self.somewhere(need, service),
            _ => Truth::No,
        }
    }

    fn ask(
        &self,
        need: &'static Need,
        resource: &str,
        target: &Principal,
        service: &'static str,
    ) -> Truth {
        let unbounded = target.boundary.is_none();
        let ask =
            || self.asker.ask(&need.action, resource, &keys(need, service, unbounded)).verdict;
        // What crosses accounts is judged by other rules than what stays.
        if target.account != self.principal().account {
            return ask();
        }
        let key = (need.action.as_str(), service, unbounded);
        let known = self.same.borrow().get(&key).copied();
        let same = known.unwrap_or_else(|| {
            let same = self.asker.is_same_everywhere(&need.action).then(ask);
            self.same.borrow_mut().insert(key, same);
            same
        });
        same.unwrap_or_else(ask)
    }
}

impl Reach {
    /// True for a need that takes a policy away which denies something: one that is attached to the
    /// principal itself, or one that is written into it.
    pub(super) fn takes_away(self, view: &View, held: &Held) -> bool {
        let inline = held.name.contains("#inline/");
        let fits = match self {
            Reach::OwnDenial => !inline,
            Reach::OwnInlineDenial => inline,
            _ => false,
        };
        let denies = |s: &Statement| s.effect == Effect::Deny;
        fits && held.group.is_none() && view.documents[held.document].statements.iter().any(denies)
    }
}

/// The condition keys that a need settles.
fn keys<'k>(need: &Need, service: &'k str, unbounded: bool) -> Vec<(&'static str, Value<'k>)> {
    let mut keys = vec![
        ("iam:policyarn", Value::Known(vec![Cow::Borrowed(ADMINISTRATOR_ACCESS)])),
        ("iam:associatedresourcearn", Value::Chosen),
    ];
    if !service.is_empty() {
        keys.push(("iam:passedtoservice", Value::one(service)));
    }
    if need.reach == Reach::Any {
        // New resources are made as the caller likes; existing ones are not known.
        keys.push(("aws:sourcevpce", Value::Unknown));
    }
    if need.action.ends_with("permissionsboundary") {
        keys.push(("iam:permissionsboundary", Value::one(ADMINISTRATOR_ACCESS)));
    } else if unbounded {
        keys.push(("iam:permissionsboundary", Value::Absent));
    }
    keys
}

/// Managed policies that belong to the account: those of AWS cannot be changed.
fn customer_policies(principal: &Principal) -> impl Iterator<Item = &str> {
    principal.held.iter().filter_map(customer_policy)
}

fn customer_policy(held: &Held) -> Option<&str> {
    let arn = held.name.strip_prefix("aws:")?;
    (!arn.contains("#inline/") && account_of(arn).is_some()).then_some(arn)
}

fn best(edges: impl Iterator<Item = (Truth, String)>) -> Option<(Truth, String)> {
    edges.filter(|(truth, _)| *truth > Truth::No).max_by_key(|(truth, _)| *truth)
}

fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
