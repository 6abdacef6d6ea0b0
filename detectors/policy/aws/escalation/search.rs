//! From the administrators outwards: in every round, who reaches somebody reached in the round
//! before. First with certain steps only, then with those that need something IAM cannot show.

use super::{
    edge::{Actor, Services},
    table::{Gains, PATHS, Path, Reach},
};
use crate::{
    evidence::Estate,
    policy::aws::{Asker, Held, Kind, Principal, Truth, View, power::administers},
};
use std::cell::OnceCell;

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The path of the table.
    pub path: &'static Path,
    /// What the principal does, in words, its target filled in.
    pub does: String,
    /// The principal that it becomes, when not itself.
    pub becomes: Option<usize>,
    /// False when the step needs something that the evidence does not show.
    pub certain: bool,
}

/// How a principal gets to be an administrator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The steps; empty for one that is an administrator already.
    pub hops: Vec<Hop>,
    /// True when every step is certain.
    pub certain: bool,
}

/// A principal's first step, as the search finds it.
#[derive(Clone)]
struct Step {
    hop: Option<Hop>,
    certain: bool,
}

/// The route of every principal that has one, by index in the view. Deterministic: the shortest
/// certain route wins, ties fall to the order of the table and of ARNs. Principals of one class
/// share every answer that does not concern themselves.
pub fn routes(estate: &Estate, view: &View) -> Vec<Option<Route>> {
    let services = Services::build(view);
    let climbers: Vec<Climber> = view
        .classes
        .iter()
        .filter_map(|class| {
            let first = view.principals.get(*class.members.first()?)?;
            let actor = Actor::new(estate, view, &services, first);
            let open = match first.is_service_linked() {
                true => Vec::new(),
                false => PATHS.iter().filter(|path| actor.could(path)).collect(),
            };
            let members = class.members.as_slice();
            (!open.is_empty()).then_some(Climber { actor, open, members })
        })
        .collect();
    let mut steps: Vec<Option<Step>> = view
        .principals
        .iter()
        .map(|p| {
            let administers = view.is_administrator(estate, p) == Truth::Yes;
            administers.then_some(Step { hop: None, certain: true })
        })
        .collect();
    let search = Search { estate, view, services: &services, climbers: &climbers };
    for certain in [true, false] {
        search.climb_alone(&mut steps, certain);
        let mut reached: Vec<usize> = (0..steps.len()).filter(|i| steps[*i].is_some()).collect();
        while !reached.is_empty() {
            reached = search.climb_onto(&mut steps, &reached, certain);
        }
    }
    (0..steps.len()).map(|i| route(&steps, i)).collect()
}

/// A class of principals, its first as the one that is asked about, and the paths open to it.
struct Climber<'a> {
    actor: Actor<'a>,
    open: Vec<&'static Path>,
    members: &'a [usize],
}

/// The principals reached in the last round.
struct Reached<'r> {
    all: &'r [usize],
    /// The same, by index.
    is: Vec<bool>,
    /// Roles among them whose trust names whole accounts, and tells callers apart or not.
    whole: Vec<usize>,
    picky: Vec<usize>,
}

impl<'r> Reached<'r> {
    fn new(view: &View, all: &'r [usize]) -> Reached<'r> {
        let mut is = vec![false; view.principals.len()];
        for index in all {
            is[*index] = true;
        }
        let among = |roles: &[usize]| roles.iter().copied().filter(|role| is[*role]).collect();
        let (whole, picky) = (among(&view.admits.whole), among(&view.admits.picky));
        Reached { all, is, whole, picky }
    }
}

struct Search<'a> {
    estate: &'a Estate,
    view: &'a View,
    services: &'a Services,
    climbers: &'a [Climber<'a>],
}

impl<'a> Search<'a> {
    /// Whether a step of this truth counts in the present pass.
    fn counts(truth: Truth, certain: bool) -> bool {
        truth == Truth::Yes || truth == Truth::Unknown && !certain
    }

    fn ceiling(&self, index: usize) -> Truth {
        self.view.may_become_administrator(self.estate, &self.view.principals[index])
    }

    /// A member of a class, to be asked about itself.
    fn member(&self, index: usize) -> Actor<'a> {
        Actor::new(self.estate, self.view, self.services, &self.view.principals[index])
    }

    /// Those who need nobody else that is an administrator.
    fn climb_alone(&self, steps: &mut [Option<Step>], certain: bool) {
        let mut found = Vec::new();
        for climber in self.climbers {
            let alone: Vec<Onward> = climber
                .open
                .iter()
                .filter(|path| path.gains.needs_nobody())
                .map(|path| Onward { path, shared: OnceCell::new() })
                .collect();
            let waiting = climber.members.iter().filter(|i| steps[**i].is_none());
            for index in waiting.filter(|_| !alone.is_empty()) {
                let hop = alone.iter().find_map(|a| self.first_alone(climber, *index, a, certain));
                found.extend(hop.map(|hop| (*index, hop)));
            }
        }
        record(steps, found);
    }

    fn first_alone(
        &self,
        climber: &Climber<'a>,
        index: usize,
        alone: &Onward,
        certain: bool,
    ) -> Option<Hop> {
        let path = alone.path;
        match path.gains {
            Gains::Itself => {
                let edge = self.member(index).alone(path)?;
                let truth = edge.truth.and(self.ceiling_after(climber, index, path));
                Self::counts(truth, certain).then(|| hop(path, &edge.target, None, truth))
            }
            Gains::Directory => {
                let edge = climber.actor.alone(path)?;
                let truth = edge.truth.and(Truth::Unknown);
                Self::counts(truth, certain).then(|| hop(path, "", None, truth))
            }
            _ if path.assumes() => {
                let member = self.member(index);
                let admits = &self.view.admits;
                let roles = [&admits.whole, &admits.picky, admits.naming(member.principal())];
                let mut roles: Vec<usize> = roles.into_iter().flatten().copied().collect();
                roles.sort_unstable();
                self.targets(&member, path, &roles, &[], certain)
                    .find(|(t, _)| *t != index)
                    .map(|(_, h)| h)
            }
            _ => {
                // The first that is not itself: at most one of two is.
                let shared = alone.shared.get_or_init(|| {
                    let all: Vec<usize> = (0..self.view.principals.len()).collect();
                    self.targets(&climber.actor, path, &all, &[], certain).take(2).collect()
                });
                shared.iter().find(|(target, _)| *target != index).map(|(_, hop)| hop.clone())
            }
        }
    }

    /// What the principal could be once its identity policies allow all, or once its boundary or the
    /// policies that deny it something are gone.
    fn ceiling_after(&self, climber: &Climber<'a>, index: usize, path: &Path) -> Truth {
        let principal = climber.actor.principal();
        let asker = || Asker::new(self.estate, self.view, principal);
        for need in &path.needs {
            match need.reach {
                Reach::BoundedSelfUser | Reach::BoundedSelfRole => {
                    return administers(&asker().unbounded());
                }
                Reach::OwnDenial | Reach::OwnInlineDenial => {
                    let kept = |held: &Held| !need.reach.takes_away(self.view, held);
                    return administers(&asker().holding_only(kept));
                }
                _ => {}
            }
        }
        self.ceiling(index)
    }

    /// Those who reach somebody of the last round.
    fn climb_onto(
        &self,
        steps: &mut [Option<Step>],
        reached: &[usize],
        certain: bool,
    ) -> Vec<usize> {
        let before: &[Option<Step>] = steps;
        let reached = Reached::new(self.view, reached);
        let mut found = Vec::new();
        for climber in self.climbers {
            let onto: Vec<Onward> = climber
                .open
                .iter()
                .filter(|path| !path.gains.needs_nobody())
                .map(|path| Onward { path, shared: OnceCell::new() })
                .collect();
            for index in climber.members.iter().filter(|i| before[**i].is_none()) {
                let hop = onto.iter().find_map(|path| {
                    self.first_onto(climber, *index, path, &reached, before, certain)
                });
                found.extend(hop.map(|hop| (*index, hop)));
            }
        }
        found.sort_by_key(|(index, _)| *index);
        let new = found.iter().map(|(index, _)| *index).collect();
        record(steps, found);
        new
    }

    fn first_onto(
        &self,
        climber: &Climber<'a>,
        index: usize,
        onto: &Onward,
        reached: &Reached,
        steps: &[Option<Step>],
        certain: bool,
    ) -> Option<Hop> {
        let path = onto.path;
        let shared = onto.shared.get_or_init(|| {
            let targets = if path.assumes() { &reached.whole } else { reached.all };
            self.targets(&climber.actor, path, targets, steps, certain).take(1).collect()
        });
        let shared = shared.first();
        if !path.assumes() {
            return shared.map(|(_, hop)| hop.clone());
        }
        let named = self.view.admits.naming(&self.view.principals[index]);
        let named = named.iter().filter(|role| reached.is[**role]);
        let mut own: Vec<usize> = named.chain(&reached.picky).copied().collect();
        let own = if own.is_empty() {
            None
        } else {
            own.sort_unstable();
            self.targets(&self.member(index), path, &own, steps, certain).next()
        };
        let first = [shared.cloned(), own].into_iter().flatten().min_by_key(|(target, _)| *target);
        first.map(|(_, hop)| hop)
    }

    /// The targets that a path leads to, in order.
    fn targets<'s>(
        &'s self,
        actor: &'s Actor<'a>,
        path: &'static Path,
        targets: &'s [usize],
        steps: &'s [Option<Step>],
        certain: bool,
    ) -> impl Iterator<Item = (usize, Hop)> + 's {
        targets.iter().filter_map(move |target| {
            let principal = &self.view.principals[*target];
            if !can_be_gained(path, principal, actor.principal()) {
                return None;
            }
            let remade = matches!(path.gains, Gains::RemadeUser | Gains::RemadeRole);
            let ceiling = if remade { self.ceiling(*target) } else { Truth::Yes };
            if !Self::counts(ceiling, certain) {
                return None;
            }
            let mut truth = actor.onto(path, principal).and(ceiling);
            if path.gains == Gains::WorkloadRole {
                truth = truth.and(Truth::Unknown);
            }
            if path.gains == Gains::Group && truth != Truth::No {
                let step = steps.get(*target).and_then(Option::as_ref);
                truth = truth.and(self.after_joining(actor, principal, step));
            }
            if !Self::counts(truth, certain) {
                return None;
            }
            let name = format!("{} '{}'", noun(principal), principal.name());
            Some((*target, hop(path, &name, Some(*target), truth)))
        })
    }

    /// What membership is worth to this user, whose own denials stay.
    fn after_joining(&self, actor: &Actor, group: &Principal, step: Option<&Step>) -> Truth {
        let user = actor.principal();
        let member = Asker::new(self.estate, self.view, user).joining(group);
        match step.and_then(|step| step.hop.as_ref()) {
            None => administers(&member),
            Some(hop) => {
                let ceiling = self.view.may_become_administrator(self.estate, user);
                hop.path.needs.iter().fold(ceiling, |all, need| {
                    all.and(member.somewhere(&need.action, &[]).max(Truth::from(
                        need.reach == Reach::Assume && member.mentions(&need.action),
                    )))
                })
            }
        }
    }
}

/// A path, and what it leads the whole class to, once somebody of it has asked.
struct Onward {
    path: &'static Path,
    shared: OnceCell<Vec<(usize, Hop)>>,
}

fn can_be_gained(path: &Path, target: &Principal, actor: &Principal) -> bool {
    let gains = path.gains;
    let only_assumed = path.needs.iter().all(|n| n.reach == Reach::Assume);
    let kind = match gains {
        Gains::User | Gains::RemadeUser => Kind::User,
        Gains::Group => Kind::Group,
        _ => Kind::Role,
    };
    // Roles of AWS services and of IAM Identity Center cannot be changed or passed; nothing but
    // assuming a role crosses accounts.
    let protected = target.is_service_linked() || target.is_sso_reserved();
    target.kind == kind
        && (gains != Gains::Group || matches!(actor.kind, Kind::User | Kind::Holder))
        && (only_assumed || target.account == actor.account && !protected)
}

fn hop(path: &'static Path, target: &str, becomes: Option<usize>, truth: Truth) -> Hop {
    Hop { path, does: path.does.replace("{target}", target), becomes, certain: truth == Truth::Yes }
}

fn noun(principal: &Principal) -> &'static str {
    match principal.kind {
        Kind::User => "user",
        Kind::Group => "group",
        Kind::Role => "role",
        Kind::Holder => "holder of policy",
    }
}

fn record(steps: &mut [Option<Step>], found: Vec<(usize, Hop)>) {
    for (index, hop) in found {
        steps[index] = Some(Step { certain: hop.certain, hop: Some(hop) });
    }
}

fn route(steps: &[Option<Step>], start: usize) -> Option<Route> {
    let mut route = Route { hops: Vec::new(), certain: true };
    let mut at = Some(start);
    while let Some(index) = at {
        let step = steps[index].as_ref()?;
        route.certain &= step.certain;
        let Some(hop) = &step.hop else { break };
        at = match hop.path.gains {
            Gains::RemadeUser | Gains::RemadeRole => None,
            _ => hop.becomes,
        };
        route.hops.push(hop.clone());
    }
    Some(route)
}
