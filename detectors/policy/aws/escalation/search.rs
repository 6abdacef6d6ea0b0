//! From the administrators outwards: in every round, who reaches somebody reached in the round
//! before. First with certain steps only, then with those that need something IAM cannot show.

use super::{
    edge::Actor,
    table::{Gains, PATHS, Path, Reach},
};
use crate::{
    evidence::Estate,
    policy::aws::{Asker, Kind, Principal, Truth, View, power::administers},
};
use rayon::prelude::*;

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
/// certain route wins, ties fall to the order of the table and of ARNs.
pub fn routes(estate: &Estate, view: &View) -> Vec<Option<Route>> {
    let actors: Vec<(Actor, Vec<&'static Path>)> = view
        .principals
        .par_iter()
        .map(|principal| {
            let actor = Actor { estate, view, asker: Asker::new(estate, view, principal) };
            let open = if principal.is_service_linked() {
                Vec::new()
            } else {
                PATHS.iter().filter(|path| actor.could(path)).collect()
            };
            (actor, open)
        })
        .collect();
    let ceilings: Vec<Truth> =
        view.principals.par_iter().map(|p| view.may_become_administrator(estate, p)).collect();
    let mut steps: Vec<Option<Step>> = view
        .principals
        .par_iter()
        .map(|p| {
            let administers = view.is_administrator(estate, p) == Truth::Yes;
            administers.then_some(Step { hop: None, certain: true })
        })
        .collect();
    let search = Search { view, actors: &actors, ceilings: &ceilings };
    for certain in [true, false] {
        search.climb_alone(&mut steps, certain);
        let mut reached: Vec<usize> = (0..steps.len()).filter(|i| steps[*i].is_some()).collect();
        while !reached.is_empty() {
            reached = search.climb_onto(&mut steps, &reached, certain);
        }
    }
    (0..steps.len()).map(|i| route(&steps, i)).collect()
}

struct Search<'a> {
    view: &'a View,
    actors: &'a [(Actor<'a>, Vec<&'static Path>)],
    ceilings: &'a [Truth],
}

impl Search<'_> {
    /// Whether a step of this truth counts in the present pass.
    fn counts(truth: Truth, certain: bool) -> bool {
        truth == Truth::Yes || truth == Truth::Unknown && !certain
    }

    /// Those who need nobody else that is an administrator.
    fn climb_alone(&self, steps: &mut [Option<Step>], certain: bool) {
        let found: Vec<Option<Hop>> = (0..steps.len())
            .into_par_iter()
            .map(|i| if steps[i].is_some() { None } else { self.first_alone(i, certain) })
            .collect();
        record(steps, found);
    }

    fn first_alone(&self, index: usize, certain: bool) -> Option<Hop> {
        let (actor, open) = &self.actors[index];
        open.iter().find_map(|path| match path.gains {
            Gains::Itself => {
                let edge = actor.alone(path)?;
                let truth = edge.truth.and(self.ceiling_after(index, path));
                Self::counts(truth, certain).then(|| hop(path, &edge.target, None, truth))
            }
            Gains::Directory => {
                let edge = actor.alone(path)?;
                let truth = edge.truth.and(Truth::Unknown);
                Self::counts(truth, certain).then(|| hop(path, "", None, truth))
            }
            Gains::RemadeUser | Gains::RemadeRole => {
                let all: Vec<usize> = (0..self.actors.len()).collect();
                self.first_target(index, path, &all, &[], certain)
            }
            _ => None,
        })
    }

    /// What the principal could be once its identity policies allow all, or its boundary is gone.
    fn ceiling_after(&self, index: usize, path: &Path) -> Truth {
        let unbinds = path
            .needs
            .iter()
            .any(|n| matches!(n.reach, Reach::BoundedSelfUser | Reach::BoundedSelfRole));
        if !unbinds {
            return self.ceilings[index];
        }
        let (actor, _) = &self.actors[index];
        administers(&Asker::new(actor.estate, self.view, actor.principal()).unbounded())
    }

    /// Those who reach somebody of the last round.
    fn climb_onto(
        &self,
        steps: &mut [Option<Step>],
        reached: &[usize],
        certain: bool,
    ) -> Vec<usize> {
        let before: &[Option<Step>] = steps;
        let found: Vec<Option<Hop>> = (0..before.len())
            .into_par_iter()
            .map(|i| {
                if before[i].is_some() {
                    return None;
                }
                let onto = |path: &&'static Path| {
                    let onto_others = matches!(
                        path.gains,
                        Gains::User
                            | Gains::Role
                            | Gains::Group
                            | Gains::PassedRole
                            | Gains::WorkloadRole
                    );
                    onto_others
                        .then(|| self.first_target(i, path, reached, before, certain))
                        .flatten()
                };
                self.actors[i].1.iter().find_map(onto)
            })
            .collect();
        let new = (0..steps.len()).filter(|i| found[*i].is_some()).collect();
        record(steps, found);
        new
    }

    fn first_target(
        &self,
        index: usize,
        path: &'static Path,
        targets: &[usize],
        steps: &[Option<Step>],
        certain: bool,
    ) -> Option<Hop> {
        let (actor, _) = &self.actors[index];
        targets.iter().find_map(|target| {
            let principal = &self.view.principals[*target];
            if *target == index || !can_be_gained(path, principal, actor.principal()) {
                return None;
            }
            let remade = matches!(path.gains, Gains::RemadeUser | Gains::RemadeRole);
            let ceiling = if remade { self.ceilings[*target] } else { Truth::Yes };
            if !Self::counts(ceiling, certain) {
                return None;
            }
            let mut truth = actor.onto(path, principal).and(ceiling);
            if path.gains == Gains::WorkloadRole {
                truth = truth.and(Truth::Unknown);
            }
            if path.gains == Gains::Group && truth != Truth::No {
                truth = truth.and(self.after_joining(index, principal, &steps[*target]));
            }
            let name = format!("{} '{}'", noun(principal), principal.name());
            Self::counts(truth, certain).then(|| hop(path, &name, Some(*target), truth))
        })
    }

    /// What membership is worth to this user, whose own denials stay.
    fn after_joining(&self, user: usize, group: &Principal, step: &Option<Step>) -> Truth {
        let (actor, _) = &self.actors[user];
        let member = Asker::new(actor.estate, self.view, actor.principal()).joining(group);
        match step.as_ref().and_then(|step| step.hop.as_ref()) {
            None => administers(&member),
            Some(hop) => {
                hop.path.needs.iter().fold(self.ceilings[user], |all, need| {
                    all.and(member.somewhere(&need.action, &[]).max(Truth::from(
                        need.reach == Reach::Assume && member.mentions(&need.action),
                    )))
                })
            }
        }
    }
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
        && !(gains == Gains::Group && actor.kind != Kind::User)
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
    }
}

fn record(steps: &mut [Option<Step>], found: Vec<Option<Hop>>) {
    for (step, hop) in steps.iter_mut().zip(found) {
        if let Some(hop) = hop {
            *step = Some(Step { certain: hop.certain, hop: Some(hop) });
        }
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
