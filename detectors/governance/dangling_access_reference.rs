//! A live credential or identity that names a policy, role or group that does not exist.

use crate::{
    evidence::{Attrs, Estate, Recorded, Status},
    finding::Findings,
    policy::governance::{
        weigh::{self, Debt},
        words,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The catalogue of one system: the names that exist in it.
type Catalogues<'a> = BTreeMap<(&'a str, Option<&'a str>), BTreeSet<&'a str>>;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut catalogues = Catalogues::new();
    for policy in &estate.policies {
        let name = policy.subject.split_once(':').map_or(&*policy.subject, |(_, name)| name);
        let key = (policy.src.system.as_str(), policy.src.tenant.as_deref());
        let names = catalogues.entry(key).or_default();
        names.insert(name);
        names.insert(name.rsplit('/').next().unwrap_or(name));
    }
    for c in estate.credentials.iter().filter(|c| c.status == Status::Active) {
        check(estate, findings, &catalogues, c, &c.subject, &c.attrs);
    }
    for i in estate.identities.iter().filter(|i| i.status != Status::Removed) {
        let Some(first) = i.aliases.first() else { continue };
        check(estate, findings, &catalogues, i, first, &i.attrs);
    }
}

fn check(
    estate: &Estate,
    findings: &mut Findings,
    catalogues: &Catalogues,
    record: &impl Recorded,
    subject: &str,
    attrs: &Attrs,
) {
    let named = attrs.get("policies").and_then(serde_json::Value::as_array);
    let Some(named) = named.filter(|n| !n.is_empty()) else { return };
    let src = record.src();
    let Some(known) = catalogues.get(&(src.system.as_str(), src.tenant.as_deref())) else { return };
    // `root` and `default` are built in and have no text; `ns/name` stands in another namespace.
    let missing: Vec<&str> = named
        .iter()
        .filter_map(serde_json::Value::as_str)
        .filter(|name| !matches!(*name, "root" | "default") && !name.contains('/'))
        .filter(|name| !known.contains(name))
        .collect();
    if missing.is_empty() {
        return;
    }
    if let Err(gap) = estate.system_covers(&src.system, "policy", None) {
        findings.gap(&src.system, format!("Whether named policies exist could not be judged: {}.", gap.why));
        return;
    }
    let Some(who) = estate.who(subject) else { return };
    let name = estate.name_of(who);
    let message = format!(
        "'{name}' names {} {} in {}, which does not exist. Whoever creates that name gives it access.",
        if missing.len() == 1 { "policy" } else { "policies" },
        words::list(&missing),
        src.system,
    );
    let finding = findings.report(record, name, message);
    weigh::place(finding, None, name);
    weigh::whole(finding, estate, who, record, Debt::Flawed);
}
