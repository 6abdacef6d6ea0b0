//! An approval without ticket, purpose, requester or end.

use crate::{
    evidence::{Entitlement, Estate, EntitlementState, When},
    finding::Findings,
    policy::governance::{
        approval,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for e in estate.entitlements.iter().filter(|e| approval::is_in_force(estate, e)) {
        let missing = missing(e);
        if missing.is_empty() {
            if e.not_after == When::Unknown && e.state == EntitlementState::Approved && e.ended_at.is_none() {
                findings.gap(&e.src.system, "Some approvals do not say whether they end.");
            }
            continue;
        }
        let Some(who) = estate.who(&e.subject) else { continue };
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' has {} by approval {}, which has no {}.",
            words::access(&e.grant),
            e.id,
            words::list(&missing)
        );
        let finding = findings.report(e, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &e.grant, e, Debt::Flawed);
    }
}

/// What an approval says nothing about. A linked object may hold it (`attrs.linked`).
fn missing(e: &Entitlement) -> Vec<&'static str> {
    let linked = |field: &str| {
        let fields = e.attrs.get("linked").and_then(serde_json::Value::as_array);
        fields.is_some_and(|fields| fields.iter().any(|f| f.as_str() == Some(field)))
    };
    let empty_owner = e.requested_by.as_deref().is_some_and(|by| words::blank(Some(by)));
    [
        ("owner", empty_owner),
        ("purpose", words::blank(e.justification.as_deref())),
        ("ticket", words::blank(e.ticket.as_deref())),
        ("end", e.not_after == When::Never && e.ended_at.is_none()),
    ]
    .into_iter()
    .filter(|(field, empty)| *empty && !linked(field))
    .map(|(field, _)| field)
    .collect()
}
