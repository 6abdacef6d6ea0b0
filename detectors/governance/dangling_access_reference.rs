//! A live credential or identity that names a policy, role or group that does not exist.

use crate::{
    evidence::{Attrs, Estate, Recorded, Src, Status, Who},
    finding::Findings,
    policy::governance::{
        weigh::{self, Debt},
        words,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The catalogue of one system, and of one namespace of it: the names that exist there.
type Catalogues<'a> = BTreeMap<Place<'a>, BTreeSet<&'a str>>;
type Place<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

fn place_of<'a>(src: &'a Src, attrs: &'a Attrs) -> Place<'a> {
    (src.system.as_str(), src.tenant.as_deref(), words::attr(attrs, "vault_namespace"))
}

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut catalogues = Catalogues::new();
    for policy in &estate.policies {
        let name = policy.subject.split_once(':').map_or(&*policy.subject, |(_, name)| name);
        let names = catalogues.entry(place_of(&policy.src, &policy.attrs)).or_default();
        names.insert(name);
        names.insert(name.rsplit('/').next().unwrap_or(name));
    }
    // A role and each token that it gave name the same policy: told once, with the role.
    let mut told: BTreeSet<(Who, String)> = BTreeSet::new();
    for i in estate.identities.iter().filter(|i| i.status != Status::Removed) {
        let Some(first) = i.aliases.first() else { continue };
        check(estate, findings, &catalogues, (i, first, &i.attrs), &mut told);
    }
    for c in estate.credentials.iter().filter(|c| c.status == Status::Active) {
        check(estate, findings, &catalogues, (c, &c.subject, &c.attrs), &mut told);
    }
}

fn check(
    estate: &Estate,
    findings: &mut Findings,
    catalogues: &Catalogues,
    (record, subject, attrs): (&impl Recorded, &str, &Attrs),
    told: &mut BTreeSet<(Who, String)>,
) {
    let named = attrs.get("policies").and_then(serde_json::Value::as_array);
    let Some(named) = named.filter(|n| !n.is_empty()) else { return };
    let src = record.src();
    let Some(known) = catalogues.get(&place_of(src, attrs)) else { return };
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
    if !told.insert((who, missing.join("\n"))) {
        return;
    }
    let name = estate.name_of(who);
    let message = format!(
        "'{}' names {} {} in {}, which does not exist. Whoever creates that name gives it access.",
        words::shown(name, subject),
        if missing.len() == 1 { "policy" } else { "policies" },
        words::list(&missing),
        src.system,
    );
    let finding = findings.report(record, name, message);
    if src.system == "vault" {
        finding.fix(match words::attr(attrs, "accessor") {
            Some(accessor) => format!("bao token revoke -accessor {accessor}"),
            None => format!(
                "Take {} out of the policies of {}, then revoke the tokens that it gave.",
                words::list(&missing),
                src.reference.as_deref().unwrap_or(subject),
            ),
        });
    }
    weigh::place(finding, None, name);
    weigh::whole(finding, estate, who, record, Debt::Flawed);
}
