//! A token that somebody made by hand and nobody answers for.

use crate::{
    evidence::{Credential, Estate, Location},
    finding::Findings,
    policy::vault::live::{
        INTERNAL, LIVE, is_handmade, policies_of, tokens, weigh,
        words::{accessor, day, holder, is_on, namespace_flag, number, text},
    },
};
use serde_json::Value;

/// Tokens that end within a day need no owner: they are gone before anybody asks.
const SHORT_LIVED_HOURS: i64 = 24;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let soon = estate.hours_ago(-SHORT_LIVED_HOURS);
    for token in tokens(estate) {
        let periodic = number(&token.attrs, "period") > 0;
        let brief = !periodic && token.expires_at.at().is_some_and(|end| end <= soon);
        let root = policies_of(&token.attrs).contains(&"root");
        if brief || root || !is_handmade(token) || !is_on(&token.attrs, "orphan") || is_owned(token) {
            continue;
        }
        let made = token.created_at.map_or(String::new(), |at| format!(", made on {}", day(at)));
        let message = format!(
            "Vault token '{}'{made}, is an orphan without entity or owner: nothing says whose it is.",
            holder(estate, token),
        );
        let finding = findings.report(token, &token.subject, message);
        finding.key(accessor(token)).fix(format!(
            "Find its user in the audit log and let it log in by itself, or make it anew with -metadata=owner=TEAM; then: bao token revoke{} -accessor {}",
            namespace_flag(&token.attrs),
            accessor(token)
        ));
        finding.at(Location::logical(format!("auth/token/{}", accessor(token))));
        let power = estate.vault().of(&token.src, &token.attrs);
        weigh(finding, token, &power, INTERNAL, LIVE, (2, 3, "nobody answers for it"));
    }
}

fn is_owned(token: &Credential) -> bool {
    let meta = token.attrs.get("meta").and_then(Value::as_object);
    let told = |key: &str| meta.and_then(|m| m.get(key)?.as_str()).is_some_and(|v| !v.is_empty());
    text(&token.attrs, "entity_id").is_some()
        || ["owner", "team", "contact", "email", "ticket"].iter().any(|key| told(key))
}
