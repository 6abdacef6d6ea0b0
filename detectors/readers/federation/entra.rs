//! `claimsMatchingExpression` of flexible federated identity credentials:
//! `claims['sub'] matches 'repo:acme/web:ref:refs/heads/*' and claims['job_workflow_ref'] eq '…'`.
//! <https://learn.microsoft.com/en-us/entra/workload-id/workload-identities-flexible-federated-identity-credentials>

use crate::evidence::{ClaimCondition, MatchKind, Trust};

/// Where a mapping puts the expression.
const EXPRESSION: &str = "claims_matching_expression";

/// Adds the conditions of a trust's expression; a part that is not understood stays an expression.
pub(super) fn read_expression(trust: &mut Trust) {
    let expression = trust.attrs.get(EXPRESSION).and_then(|text| text.as_str());
    let Some(expression) = expression.map(str::to_owned) else { return };
    let parts = split(&expression);
    trust.conditions.extend(parts.into_iter().map(condition));
}

/// The comparisons between the `and`s that stand outside of quotes.
fn split(expression: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in expression.char_indices() {
        quoted ^= c == '\'';
        if !quoted && expression.get(at..).is_some_and(|rest| rest.starts_with(" and ")) {
            parts.extend(expression.get(start..at));
            start = at + " and ".len();
        }
    }
    parts.extend(expression.get(start..));
    parts
}

fn condition(part: &str) -> ClaimCondition {
    comparison(part.trim()).unwrap_or_else(|| ClaimCondition {
        claim: "expression".to_owned(),
        how: MatchKind::Expression,
        patterns: vec![part.trim().to_owned()],
    })
}

fn comparison(part: &str) -> Option<ClaimCondition> {
    let (claim, rest) = part.strip_prefix("claims['")?.split_once("']")?;
    let (operator, rest) = rest.trim().split_once(' ')?;
    let pattern = rest.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let how = match operator {
        "eq" => MatchKind::Equals,
        "matches" => MatchKind::Glob,
        _ => return None,
    };
    Some(ClaimCondition { claim: claim.to_owned(), how, patterns: vec![pattern.to_owned()] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(expression: &str) -> Vec<(String, MatchKind, String)> {
        let mut trust = Trust::default();
        trust.attrs.insert(EXPRESSION.to_owned(), expression.into());
        read_expression(&mut trust);
        trust.conditions.into_iter().map(|c| (c.claim, c.how, c.patterns.concat())).collect()
    }

    #[test]
    fn an_expression_is_read_comparison_by_comparison() {
        let read = conditions(
            "claims['sub'] matches 'repo:acme/web:ref:refs/heads/*' and claims['job_workflow_ref'] eq 'acme/ci/.github/workflows/black and white.yml@main'",
        );
        assert_eq!(
            read[0],
            ("sub".into(), MatchKind::Glob, "repo:acme/web:ref:refs/heads/*".into())
        );
        assert_eq!(read[1].1, MatchKind::Equals);
        assert_eq!(read[1].2, "acme/ci/.github/workflows/black and white.yml@main");
        assert_eq!(conditions("size(claims['sub']) > 3")[0].1, MatchKind::Expression);
        assert_eq!(conditions("claims['sub'] matches 'open")[0].1, MatchKind::Expression);
    }
}
