//! `rules/tables/ci-token-needs.toml`: what the steps of a GitHub job need of the job's own token.

use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// What is known of actions and scripts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenNeeds {
    /// Actions that need no more than to read; `owner/*` for all of an owner.
    reads: Vec<String>,
    /// Words in a script that use git's stored credential or the token, or may.
    pushes: Vec<String>,
    /// The scopes that an action writes to.
    writes: BTreeMap<String, Vec<String>>,
}

static NEEDS: LazyLock<TokenNeeds> = LazyLock::new(|| {
    let text = overstay_rules::table("ci-token-needs").unwrap_or_default();
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    toml::from_str(text).expect("rules/tables/ci-token-needs.toml")
});

/// The table.
pub(crate) fn token_needs() -> &'static TokenNeeds {
    &NEEDS
}

impl TokenNeeds {
    /// True for an action, in lower case, that needs no more than to read.
    pub(crate) fn only_reads(&self, action: &str) -> bool {
        let owner = action.split('/').next().unwrap_or_default();
        self.reads.iter().any(|known| {
            known == action || known.strip_suffix("/*").is_some_and(|known| known == owner)
        })
    }

    /// The scopes that an action, in lower case, writes to; `None` when that is not known.
    pub(crate) fn written(&self, action: &str) -> Option<&[String]> {
        if self.only_reads(action) {
            return Some(&[]);
        }
        self.writes.get(action).map(Vec::as_slice)
    }

    /// The first word of a script that uses the token or git's credential, or may.
    pub(crate) fn use_in(&self, script: &str) -> Option<&str> {
        let lower = script.to_ascii_lowercase();
        self.pushes.iter().find(|word| lower.contains(word.as_str())).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_scripts_that_write() {
        let needs = token_needs();
        assert_eq!(needs.written("actions/checkout"), Some(&[] as &[String]));
        assert_eq!(needs.written("softprops/action-gh-release").unwrap(), ["contents"]);
        assert_eq!(needs.written("vendor/unknown"), None);
        assert_eq!(needs.use_in("make\nGit push"), Some("git push"));
        assert_eq!(needs.use_in("make check"), None);
    }
}
