//! A token that nothing ends.

use crate::{
    evidence::{Credential, Estate, Location, When},
    finding::Findings,
    policy::vault::live::{
        INTERNAL, LIVE, login_roles, policies_of, tokens, weigh,
        words::{accessor, day, duration, holder, namespace_flag, number, text},
    },
};
use std::collections::BTreeSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    // The tokens of a periodic role are told with the role.
    let periodic: BTreeSet<&str> = login_roles(estate)
        .filter(|role| number(&role.attrs, "token_period") > 0)
        .filter_map(|role| role.aliases.first().map(String::as_str))
        .collect();
    for token in tokens(estate).filter(|t| !policies_of(&t.attrs).contains(&"root")) {
        if text(&token.attrs, "principal").is_some_and(|role| periodic.contains(role)) {
            continue;
        }
        let Some(why) = endless(token) else { continue };
        let made = token.created_at.map_or(String::new(), |at| format!(" made on {}", day(at)));
        let message = format!("Vault token '{}'{made} has no end: {why}.", holder(estate, token));
        let finding = findings.report(token, &token.subject, message);
        finding.key(accessor(token)).fix(format!(
            "Make its successor with -explicit-max-ttl, hand it over, then: bao token revoke{} -accessor {}",
            namespace_flag(&token.attrs),
            accessor(token)
        ));
        finding.at(Location::logical(format!("auth/token/{}", accessor(token))));
        let power = estate.vault().of(&token.src, &token.attrs);
        let debt = (2, 3, "no date ends it");
        weigh(finding, token, &power, INTERNAL, LIVE, debt);
    }
}

/// Why a token never ends; `None` for one that does.
fn endless(token: &Credential) -> Option<String> {
    let period = number(&token.attrs, "period");
    if token.expires_at == When::Never {
        return Some("it never expires".to_owned());
    }
    let bounded = number(&token.attrs, "explicit_max_ttl") > 0;
    (period > 0 && !bounded).then(|| {
        format!("it may be renewed for ever, every {} at the latest, without an explicit maximum", duration(period))
    })
}
