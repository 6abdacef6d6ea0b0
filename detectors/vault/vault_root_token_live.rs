//! A root token that works.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::vault::live::{
        INTERNAL, LIVE, policies_of, tokens, weigh,
        words::{accessor, day, holder, namespace_flag, server},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for token in tokens(estate).filter(|t| policies_of(&t.attrs).contains(&"root")) {
        let end = match token.expires_at.at() {
            Some(at) => format!("until {}", day(at)),
            None => "and never ends".to_owned(),
        };
        let made = token.created_at.map_or(String::new(), |at| format!(" made on {}", day(at)));
        let message = format!(
            "Vault token '{}'{made} is a root token on {} {end}: no policy limits it.",
            holder(estate, token),
            server(&token.src),
        );
        let finding = findings.report(token, &token.subject, message);
        finding.key(accessor(token)).fix(format!(
            "Revoke it: bao token revoke{} -accessor {}. For the next emergency: bao operator generate-root.",
            namespace_flag(&token.attrs),
            accessor(token)
        ));
        finding.at(crate::evidence::Location::logical(format!("auth/token/{}", accessor(token))));
        let power = estate.vault().of(&token.src, &token.attrs);
        let debt = (3, 3, "a root token is for one task and is revoked after it");
        weigh(finding, token, &power, INTERNAL, LIVE, debt);
    }
}
