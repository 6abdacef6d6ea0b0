//! As much of the Common Expression Language as the conditions of identity pools use: comparisons
//! joined by `&&`. <https://cloud.google.com/iam/docs/workload-identity-federation#conditions>

use crate::evidence::{ClaimCondition, MatchKind};

/// The claims that a condition asks for; `claim_of` tells which claim an attribute is made of. A part
/// that is not understood stays an expression, which no job is known to fail.
pub(super) fn conditions(
    text: &str,
    claim_of: &dyn Fn(&str) -> Option<String>,
) -> Vec<ClaimCondition> {
    if text.contains("||") {
        return vec![opaque(text)];
    }
    let parts = text.split("&&").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| comparison(part, claim_of).unwrap_or_else(|| opaque(part))).collect()
}

pub(super) fn opaque(text: &str) -> ClaimCondition {
    ClaimCondition {
        claim: "expression".to_owned(),
        how: MatchKind::Expression,
        patterns: vec![text.trim().to_owned()],
    }
}

fn comparison(part: &str, claim_of: &dyn Fn(&str) -> Option<String>) -> Option<ClaimCondition> {
    let part = part.strip_prefix('(').and_then(|p| p.strip_suffix(')')).unwrap_or(part).trim();
    let made = |name: &str, how, patterns| {
        Some(ClaimCondition { claim: claim(name.trim(), claim_of)?, how, patterns })
    };
    if let Some((name, value)) = part.split_once("==") {
        return made(name, MatchKind::Equals, vec![literal(value)?]);
    }
    if let Some((name, list)) = part.split_once(" in ") {
        let list = list.trim().strip_prefix('[')?.strip_suffix(']')?;
        return made(name, MatchKind::Equals, list.split(',').map(literal).collect::<Option<_>>()?);
    }
    let (name, argument) = part.split_once(".startsWith(")?;
    let start = literal(argument.strip_suffix(')')?)?;
    made(name, MatchKind::Glob, vec![format!("{start}*")])
}

/// `assertion.repository`, `assertion['repository']`, or an attribute that is made of one.
pub(super) fn claim(name: &str, claim_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let own = name
        .strip_prefix("assertion.")
        .or_else(|| name.strip_prefix("assertion['").and_then(|rest| rest.strip_suffix("']")));
    own.filter(|own| plain(own)).map(str::to_owned).or_else(|| claim_of(name))
}

fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    let inner = quoted('\'').or_else(|| quoted('"'))?;
    (!inner.contains(['\'', '"', '\\'])).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_understood_is_a_claim_and_the_rest_an_expression() {
        let mapped = |name: &str| (name == "attribute.repo").then(|| "repository".to_owned());
        let read = |text: &str| -> Vec<(String, MatchKind, Vec<String>)> {
            let found = conditions(text, &mapped).into_iter();
            found.map(|c| (c.claim, c.how, c.patterns)).collect()
        };
        let owner = ("repository_owner".to_owned(), MatchKind::Equals, vec!["acme".to_owned()]);
        assert_eq!(read("assertion.repository_owner == 'acme'"), std::slice::from_ref(&owner));
        assert_eq!(
            read(
                "assertion['repository_owner']==\"acme\" && attribute.repo in ['acme/a', 'acme/b']"
            ),
            [
                owner,
                (
                    "repository".to_owned(),
                    MatchKind::Equals,
                    vec!["acme/a".into(), "acme/b".into()]
                )
            ]
        );
        assert_eq!(read("assertion.sub.startsWith('repo:acme/')")[0].2, ["repo:acme/*"]);
        for text in [
            "assertion.a == 'x' || assertion.b == 'y'",
            "assertion.a != 'x'",
            "attribute.unmapped == 'x'",
            "assertion.a == b",
        ] {
            assert_eq!(read(text)[0].1, MatchKind::Expression, "{text}");
        }
    }
}
