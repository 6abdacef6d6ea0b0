//! A token whose role or user was deleted, and which works on.

use crate::{
    evidence::{Credential, Estate, Location},
    finding::Findings,
    policy::vault::live::{
        INTERNAL, LIVE, listed, login_roles, namespace, tokens, weigh,
        words::{accessor, day, holder, namespace_flag, path, text},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The principals that are gone: their name, and the tokens that they left.
type Orphaned<'e> = BTreeMap<&'e str, Vec<&'e Credential>>;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let present: BTreeSet<&str> =
        login_roles(estate).filter_map(|role| role.aliases.first()).map(String::as_str).collect();
    let mut orphaned = Orphaned::new();
    for token in tokens(estate) {
        let Some(principal) = text(&token.attrs, "principal") else { continue };
        if present.contains(principal) || !may_be_gone(token) {
            continue;
        }
        let list = text(&token.attrs, "principal_path").and_then(|path| path.rsplit_once('/'));
        let area = format!("{}{}", namespace(&token.attrs), list.map_or("", |(list, _)| list));
        // The AWS and GCP methods list `roles` and read `role/NAME`.
        let lists = [area.clone(), format!("{area}s")];
        if lists.iter().any(|area| listed(estate, &token.src, area).is_some()) {
            orphaned.entry(principal).or_default().push(token);
        } else {
            findings.gap(
                "vault",
                format!("Whether the holders of tokens of {area} still exist could not be judged: it was not listed."),
            );
        }
    }
    for (principal, tokens) in &orphaned {
        report(estate, findings, principal, tokens);
    }
}

/// LDAP and RADIUS users need no entry in Vault.
fn may_be_gone(token: &Credential) -> bool {
    let path = text(&token.attrs, "principal_path").unwrap_or_default();
    let kind = text(&token.attrs, "principal_type").unwrap_or_default();
    !path.is_empty() && !matches!(kind, "ldap" | "radius")
}

fn report(estate: &Estate, findings: &mut Findings, principal: &str, tokens: &[&Credential]) {
    let Some(first) = tokens.iter().max_by_key(|t| (t.expires_at.at(), &t.id)) else { return };
    let many = match tokens.len() {
        1 => "a token of it still works".to_owned(),
        n => format!("{n} tokens of it still work"),
    };
    let end = first.expires_at.at().map_or("without end".to_owned(), |at| {
        format!("until {}", day(at))
    });
    let message = format!("'{}' was deleted and {many}, {end}.", path(principal));
    let finding = findings.report(*first, principal, message);
    let flag = namespace_flag(&first.attrs);
    let revoke: Vec<String> = tokens
        .iter()
        .take(5)
        .map(|t| format!("bao token revoke{flag} -accessor {}", accessor(t)))
        .collect();
    finding.key("").fix(format!(
        "Deleting a role or user does not end its tokens: {}. All of a mount at once: bao lease revoke{flag} -prefix {}",
        revoke.join("; "),
        text(&first.attrs, "path").unwrap_or_default(),
    ));
    finding.at(Location::logical(path(principal)));
    for token in tokens.iter().take(20) {
        finding.because(*token);
        let place = Location::logical(format!("auth/token/{}", accessor(token)));
        finding.related(place, format!("Token of {}.", holder(estate, token)));
    }
    let power = estate.vault().of(&first.src, &first.attrs);
    weigh(finding, *first, &power, INTERNAL, LIVE, (3, 3, "who it was given to is gone"));
}
