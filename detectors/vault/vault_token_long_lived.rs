//! A token that lives longer than a credential may go without rotation.

use crate::{
    evidence::{Credential, Estate, Location},
    finding::Findings,
    policy::vault::live::{
        INTERNAL, LIVE, tokens, weigh,
        words::{accessor, day, holder, namespace_flag, number, text},
    },
};
use jiff::{SignedDuration, Timestamp};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let limit = SignedDuration::from_hours(estate.thresholds.rotation_days.saturating_mul(24));
    for token in tokens(estate) {
        let Some((made, end)) = life(token) else { continue };
        // Tokens without end, and those from before their role's limit was set, have rules of their own.
        let endless = number(&token.attrs, "period") > 0 && number(&token.attrs, "explicit_max_ttl") == 0;
        if endless || predates_limit(estate, token, end) || end.duration_since(made) <= limit {
            continue;
        }
        let renewed = text(&token.attrs, "last_renewal").is_some();
        let message = format!(
            "Vault token '{}' was made on {} and works until {}{}.",
            holder(estate, token),
            day(made),
            day(end),
            if renewed { ", by renewal" } else { "" },
        );
        let finding = findings.report(token, &token.subject, message);
        finding.key(accessor(token)).fix(format!(
            "Set token_max_ttl on what issues it ({}), then: bao token revoke{} -accessor {}",
            text(&token.attrs, "path").unwrap_or("its auth method"),
            namespace_flag(&token.attrs),
            accessor(token)
        ));
        finding.at(Location::logical(format!("auth/token/{}", accessor(token))));
        let power = estate.vault().of(&token.src, &token.attrs);
        weigh(finding, token, &power, INTERNAL, LIVE, (1, 2, "it lives longer than a rotation"));
    }
}

/// True for a token that its role would not give today.
fn predates_limit(estate: &Estate, token: &Credential, end: Timestamp) -> bool {
    let limit = i64::try_from(number(&token.attrs, "role_max_ttl_seconds")).unwrap_or(i64::MAX);
    let skew = SignedDuration::from_mins(estate.thresholds.clock_skew_minutes);
    let made = token.created_at.unwrap_or(end);
    limit > 0 && end.duration_since(made) > SignedDuration::from_secs(limit) + skew
}

/// When a token was made and when it ends; the end of its explicit maximum, when that is later.
fn life(token: &Credential) -> Option<(Timestamp, Timestamp)> {
    let (made, end) = (token.created_at?, token.expires_at.at()?);
    let most = i64::try_from(number(&token.attrs, "explicit_max_ttl")).unwrap_or(i64::MAX);
    let bound = made.checked_add(SignedDuration::from_secs(most)).unwrap_or(end);
    let renewable = token.attrs.get("renewable").and_then(serde_json::Value::as_bool) == Some(true);
    Some((made, if renewable { end.max(bound) } else { end }))
}
