//! How much of a token issuer a trust accepts. The issuers, with what their subjects look like, are
//! the table `rules/tables/oidc-issuers.toml`.

use crate::evidence::{ClaimCondition, MatchKind, Trust};
use serde::Deserialize;
use std::sync::LazyLock;

/// An issuer of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuer {
    /// Host and path without `https://`; `*` stands for one part.
    issuer: String,
    /// The audience that AWS roles should ask for.
    audience: String,
    /// A subject as it should be.
    example: String,
    /// Claims that narrow as well as the subject does.
    #[serde(default)]
    instead: Vec<String>,
    /// Claims that name one tenant and none of its projects.
    #[serde(default)]
    tenant: Vec<String>,
    /// What the subject's first part names, in the plural.
    tenants: String,
    /// The literal start of every subject; what follows names the tenant.
    prefix: String,
    /// What ends the tenant's name in a subject.
    separator: char,
}

#[derive(Deserialize)]
struct Table {
    issuer: Vec<Issuer>,
}

static ISSUERS: LazyLock<Vec<Issuer>> = LazyLock::new(|| {
    let text = overstay_rules::table("oidc-issuers").unwrap_or_default();
    toml::from_str::<Table>(text).map(|table| table.issuer).unwrap_or_default()
});

/// Why a trust accepts too much.
pub(crate) struct Breadth {
    /// What it accepts, in words.
    pub(crate) accepts: String,
    /// Exposure, 3 or 4.
    pub(crate) exposure: u8,
    /// The audience to ask for.
    pub(crate) audience: &'static str,
    /// A subject as it should be.
    pub(crate) example: &'static str,
}

/// What a trust accepts beyond one project of one tenant; `None` when it is narrow, or when its
/// issuer serves nobody but us.
pub(crate) fn breadth(trust: &Trust) -> Option<Breadth> {
    let name = trust.issuer.as_deref()?;
    let issuer = ISSUERS.iter().find(|i| crate::policy::aws::glob(&i.issuer, name))?;
    let found = |accepts: String, exposure| {
        Some(Breadth { accepts, exposure, audience: &issuer.audience, example: &issuer.example })
    };
    let narrowed = trust
        .conditions
        .iter()
        .any(|c| issuer.instead.contains(&c.claim) && !c.patterns.iter().any(|p| p == "*"));
    let Some(subjects) = trust.conditions.iter().find(|c| c.claim == "sub") else {
        if narrowed {
            return None;
        }
        if trust.conditions.iter().any(|c| issuer.tenant.contains(&c.claim)) {
            return found("every project of one tenant".to_owned(), 3);
        }
        return found(format!("every token, for all {}", issuer.tenants), 4);
    };
    let widest = subjects.patterns.iter().map(|p| reach(subjects, p, issuer)).max()?;
    match widest {
        Reach::Everyone if !narrowed => found(format!("the subjects of all {}", issuer.tenants), 4),
        Reach::Tenant if !narrowed => found("every project of one tenant".to_owned(), 3),
        Reach::PullRequest => {
            found("the pull requests of a repository, forks' included".to_owned(), 3)
        }
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Project,
    PullRequest,
    Tenant,
    Everyone,
}

fn reach(subjects: &ClaimCondition, pattern: &str, issuer: &Issuer) -> Reach {
    if subjects.how != MatchKind::Glob || !pattern.contains(['*', '?']) {
        return if pattern.ends_with(":pull_request") {
            Reach::PullRequest
        } else {
            Reach::Project
        };
    }
    let literal = &pattern[..pattern.find(['*', '?']).unwrap_or(pattern.len())];
    let Some(rest) = literal.strip_prefix(issuer.prefix.as_str()) else { return Reach::Everyone };
    // `repo:acme*` is the tenant acme and every other that begins so.
    match rest.split_once(issuer.separator) {
        None => Reach::Everyone,
        Some((_, "")) => Reach::Tenant,
        Some(_) => Reach::Project,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(issuer: &str, how: MatchKind, subject: &str) -> Option<String> {
        let trust = Trust {
            issuer: Some(issuer.into()),
            conditions: vec![ClaimCondition {
                claim: "sub".into(),
                how,
                patterns: vec![subject.into()],
            }],
            ..Trust::default()
        };
        breadth(&trust).map(|b| b.accepts)
    }

    #[test]
    fn both_forms_of_a_github_subject_are_understood() {
        const GITHUB: &str = "token.actions.githubusercontent.com";
        for (subject, broad) in [
            ("repo:acme/app:ref:refs/heads/main", false),
            ("repo:acme/app:*", false),
            ("repo:acme@12/app@34:*", false),
            ("repo:acme@12/*", true),
            ("repo:acme/*", true),
            ("repo:acme*", true),
            ("repo:*", true),
            ("*", true),
            ("*:ref:refs/heads/main", true),
        ] {
            assert_eq!(accepts(GITHUB, MatchKind::Glob, subject).is_some(), broad, "{subject}");
        }
        assert!(accepts(GITHUB, MatchKind::Equals, "repo:acme/app:pull_request").is_some());
        assert!(accepts("idp.example.com", MatchKind::Glob, "*").is_none());
    }
}
