//! A credential that was made from another one and reaches further than it.

use crate::{
    evidence::{Containment, Estate, Grant, Issuance, Recorded, Who},
    finding::Findings,
    policy::governance::{
        people,
        weigh::{self, Debt},
        words::{self, attr},
    },
};
use std::collections::HashMap;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let by_credential: HashMap<&str, &Issuance> = estate
        .issuances
        .iter()
        .filter_map(|i| Some((i.cred.as_ref()?.reference.as_str(), i)))
        .filter(|(reference, _)| !reference.is_empty())
        .collect();
    for child in &estate.issuances {
        let named = attr(&child.attrs, "parent_ref").or(child.entitlement_ref.as_deref());
        let parent = named.and_then(|r| by_credential.get(r).copied().or_else(|| estate.issuance(r)));
        let Some(parent) = parent.filter(|p| p.id != child.id) else { continue };
        let Some(who) = estate.who_at(&child.subject, child.issued_at) else { continue };
        compare(estate, findings, who, child, &child.grant, parent);
    }
    for used in &estate.uses {
        let session = used.issuance_ref.as_deref().and_then(|id| estate.issuance(id));
        let (Some(parent), Some(who)) = (session, estate.who_at(&used.subject, used.last)) else {
            continue;
        };
        compare(estate, findings, who, used, &used.grant, parent);
    }
}

fn compare(
    estate: &Estate,
    findings: &mut Findings,
    who: Who,
    record: &impl Recorded,
    grant: &Grant,
    parent: &Issuance,
) {
    let containment = parent.grant.contains(grant);
    let inside = matches!(containment, Containment::Contains | Containment::Incomparable);
    if inside || gave_only_itself(parent) || people::is_broker(estate, who) || allowed_itself(estate, who, grant) {
        return;
    }
    let name = estate.name_of(who);
    let message = format!(
        "'{name}' reached {} from elevation {}, which only gave {}.",
        words::access(grant),
        parent.id,
        words::access(&parent.grant),
    );
    let finding = findings.report(record, name, message);
    finding.because(parent);
    weigh::place(finding, None, name);
    weigh::grant(finding, estate, who, grant, record, Debt::Unapproved);
}

/// True for a token or lease of a vault, whose record says that it was handed out and not what it
/// opens: that is for its policies to say.
fn gave_only_itself(parent: &Issuance) -> bool {
    parent.cred.as_ref().is_some_and(|cred| cred.kind == parent.grant.privilege)
}

/// True when the identity is approved for it on its own account.
fn allowed_itself(estate: &Estate, who: Who, grant: &Grant) -> bool {
    use crate::policy::governance::approval;
    estate
        .entitlements_of(who)
        .any(|e| approval::is_in_force(estate, e) && e.grant.may_contain(grant))
}
