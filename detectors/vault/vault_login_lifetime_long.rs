//! A role or user whose tokens live long because nothing shortens them.

use crate::{
    evidence::{Estate, Identity},
    finding::Findings,
    policy::vault::live::{
        INTERNAL, login_roles, policies_of, tokens, weigh,
        words::{duration, is_on, namespace_flag, number, path, place, text, written_at},
    },
};
use std::collections::BTreeMap;

/// The longest that tokens of a login should live: a machine logs in again whenever it likes.
const LONGEST: u64 = 7 * 24 * 3600;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut out: BTreeMap<&str, usize> = BTreeMap::new();
    for token in tokens(estate) {
        if let Some(role) = text(&token.attrs, "principal") {
            *out.entry(role).or_default() += 1;
        }
    }
    for role in login_roles(estate) {
        let attrs = &role.attrs;
        let useless = policies_of(attrs).is_empty() && !is_on(attrs, "token_policies_template_claims");
        let Some((life, why)) = longest(role).filter(|_| !useless) else { continue };
        let name = role.aliases.first().map_or("", String::as_str);
        let now = match out.get(name) {
            None => String::new(),
            Some(1) => " 1 such token works now.".to_owned(),
            Some(n) => format!(" {n} such tokens work now."),
        };
        let message =
            format!("Login '{}' gives tokens that can live {life}: {why}.{now}", path(name));
        let finding = findings.report(role, name, message);
        finding.key("").fix(format!(
            "bao write{} {} token_ttl=1h token_max_ttl=24h{}",
            namespace_flag(attrs),
            written_at(&role.src),
            if number(attrs, "token_period") > 0 { " token_period=0" } else { "" },
        ));
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, attrs);
        let live = (1, 3, "logins and their last use are not known");
        weigh(finding, role, &power, INTERNAL, live, (1, 2, "no short end is set"));
    }
}

/// How long the tokens of a role can live when that is too long, and which setting lets them.
fn longest(role: &Identity) -> Option<(String, String)> {
    let attrs = &role.attrs;
    let period = number(attrs, "token_period");
    let explicit = number(attrs, "token_explicit_max_ttl");
    if period > 0 && explicit == 0 {
        let why = format!("token_period={} and no token_explicit_max_ttl", duration(period));
        return Some(("for ever, by renewal".to_owned(), why));
    }
    let max = number(attrs, "effective_max_ttl");
    let life = if explicit > 0 { explicit.min(max) } else { max };
    let why = match text(attrs, "effective_max_ttl_origin") {
        _ if explicit > 0 && explicit < max => "token_explicit_max_ttl of the role".to_owned(),
        Some("role") => "token_max_ttl of the role".to_owned(),
        Some("mount") => format!(
            "the role sets no token_max_ttl, so max_lease_ttl of the mount `{}` holds",
            text(attrs, "mount").unwrap_or_default()
        ),
        _ => "neither role nor mount sets a maximum, so the server's default holds".to_owned(),
    };
    (life > LONGEST).then(|| (duration(life), why))
}
