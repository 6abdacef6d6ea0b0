//! Policies that are harmless one by one and together make their holder more than it is.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{
        Escalation, because, escalations,
        live::{
            catalogue::{Catalogue, Home, Namespace},
            holders::{Holder, defined_holders, holders, told},
            words::server,
        },
        ways,
    },
};
use overstay_rules::Component;
use std::collections::{BTreeMap, BTreeSet};

/// What lets a holder do more than it may is this strong at least.
const STRONG: u8 = 3;
/// What makes a holder root in all but name: nothing is added to it.
const ROOT: u8 = 4;

/// How many holders a finding cites.
const CITED: usize = 10;

/// The sinks that each policy reaches by itself.
type Alone<'e> = BTreeMap<(Home<'e>, &'e str), BTreeMap<&'static str, u8>>;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    judge(&Catalogue::live(estate), &holders(estate), findings);
    judge(&Catalogue::defined(estate), &defined_holders(estate), findings);
}

/// Every set of policies that somebody holds, judged once.
fn judge<'e>(catalogue: &Catalogue<'e>, holders: &[Holder<'e>], findings: &mut Findings) {
    let mut sets: BTreeMap<(Home, Vec<&str>), Vec<&Holder>> = BTreeMap::new();
    for holder in holders {
        let Some(namespace) = catalogue.at(holder.home) else {
            if holder.policies.len() > 1 && holder.home.module.is_none() {
                findings.gap("vault", unread(holder.home.tenant));
            }
            continue;
        };
        let known = holder.policies.iter().copied();
        let known: Vec<&str> = known.filter(|p| namespace.policies.contains_key(*p)).collect();
        if known.len() > 1 && !holder.policies.contains("root") {
            sets.entry((holder.home, known)).or_default().push(holder);
        }
    }
    let mut alone = Alone::new();
    let mut combined: BTreeMap<(Home, Vec<&str>), Vec<&Holder>> = BTreeMap::new();
    for ((home, names), holders) in sets {
        let Some(namespace) = catalogue.at(home) else { continue };
        for needed in needed_together(namespace, home, &names, &mut alone) {
            combined.entry((home, needed)).or_default().extend(&holders);
        }
    }
    for ((home, names), mut holders) in combined {
        // Who holds both by itself says more than who gets them through a login.
        if holders.iter().any(|holder| !holder.through_login) {
            holders.retain(|holder| !holder.through_login);
        }
        if let Some(namespace) = catalogue.at(home) {
            report(namespace, home, &names, &holders, &alone, findings);
        }
    }
}

fn unread(tenant: &str) -> String {
    format!("the policies of {tenant} were not read: what several of them give together is not known")
}

/// The smallest parts of a set that reach a sink which none of its policies reaches alone.
fn needed_together<'e>(
    namespace: &Namespace<'e>,
    home: Home<'e>,
    names: &[&'e str],
    alone: &mut Alone<'e>,
) -> BTreeSet<Vec<&'e str>> {
    for name in names {
        let judge = || sinks(&escalations(&namespace.acl([*name]), &namespace.mounts));
        alone.entry((home, *name)).or_insert_with(judge);
    }
    let singles: Vec<_> = names.iter().filter_map(|name| alone.get(&(home, *name))).collect();
    if singles.iter().any(|sinks| sinks.values().any(|privilege| *privilege >= ROOT)) {
        return BTreeSet::new();
    }
    let acl = namespace.acl(names.iter().copied());
    let reached = escalations(&acl, &namespace.mounts);
    let new = reached.iter().filter(|e| e.sink.privilege >= STRONG);
    new.filter(|e| !singles.iter().any(|sinks| sinks.contains_key(e.sink.id)))
        .map(|escalation| smallest(namespace, names, escalation.sink.id))
        .collect()
}

fn sinks(escalations: &[Escalation]) -> BTreeMap<&'static str, u8> {
    escalations.iter().map(|e| (e.sink.id, e.sink.privilege)).collect()
}

/// The set without the policies that the sink is reached without.
fn smallest<'e>(namespace: &Namespace<'e>, names: &[&'e str], sink: &str) -> Vec<&'e str> {
    let mut kept = names.to_vec();
    for name in names {
        let fewer: Vec<&str> = kept.iter().copied().filter(|kept| kept != name).collect();
        let acl = namespace.acl(fewer.iter().copied());
        if escalations(&acl, &namespace.mounts).iter().any(|e| e.sink.id == sink) {
            kept = fewer;
        }
    }
    kept
}

fn report(
    namespace: &Namespace,
    home: Home,
    names: &[&str],
    holders: &[&Holder],
    alone: &Alone,
    findings: &mut Findings,
) {
    let written: Vec<_> = names.iter().filter_map(|name| namespace.policies.get(*name)).collect();
    let Some(first) = written.first() else { return };
    let acl = namespace.acl(names.iter().copied());
    let known = |sink: &str| {
        names.iter().any(|name| alone.get(&(home, *name)).is_some_and(|s| s.contains_key(sink)))
    };
    let mut reached = escalations(&acl, &namespace.mounts);
    reached.retain(|e| e.sink.privilege >= STRONG && !known(e.sink.id));
    reached.sort_by_key(|escalation| std::cmp::Reverse(escalation.sink.privilege));
    let Some(strongest) = reached.first() else { return };
    let quoted: Vec<String> = written.iter().map(|policy| format!("'{}'", policy.name())).collect();
    let quoted = match quoted.split_last() {
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => return,
    };
    let who = told(holders.iter().map(|holder| holder.told.as_str()));
    let live = home.module.is_none();
    let together = if live {
        format!("on {} they are held together by {who}", server(&first.record.src))
    } else {
        format!("here they are given together to {who}")
    };
    let message = format!(
        "Vault policies {quoted} together can {}: {}. None of them can alone, and {together}.",
        strongest.can(),
        ways(strongest),
    );
    let step = &strongest.steps[0];
    let finding = findings
        .report(first.record, &first.record.subject, message)
        .key(format!("{}{}{}", home.module.unwrap_or_default(), home.namespace, names.join("+")))
        .fix(format!(
            "Give {quoted} to different holders, or take {} on `{}` off the one that does not need it.",
            step.capability.as_str(),
            step.pattern.pattern
        ))
        .weigh(Component::Privilege, privilege(strongest).citing(first.record))
        .weigh(Component::Governance, first.governance());
    if live {
        finding.weigh(Component::Liveness, Level::between(2, 3, format!("held by {who}")));
    }
    // In a pull request the line that gives the policies together is the one to look at.
    for place in holders.iter().filter_map(|holder| holder.place).take(CITED) {
        if !finding.locations.contains(place) {
            finding.at(place.clone());
        }
    }
    for policy in written.iter().skip(1) {
        finding.because(policy.record);
    }
    let records: BTreeSet<&str> = holders.iter().map(|holder| holder.record).collect();
    finding.evidence.extend(records.into_iter().take(CITED).map(str::to_owned));
    for step in &strongest.steps {
        for at in &step.pattern.rules {
            let policy = written.get(at.policy);
            let Some((policy, rule)) = policy.and_then(|p| Some((p, p.policy.rules.get(at.rule)?))) else {
                continue;
            };
            let place = policy.place_of(rule);
            if !finding.locations.contains(&place) {
                finding.at(place.clone());
            }
            finding.step(place, format!("policy '{}': {}", policy.name(), because(step)));
        }
    }
}

fn privilege(escalation: &Escalation) -> Level {
    let highest = escalation.sink.privilege;
    let why = format!("together they can {}", escalation.can());
    if escalation.certain {
        Level::exactly(highest, why)
    } else {
        Level::between(highest - 1, highest, why)
    }
}
