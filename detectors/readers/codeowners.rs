//! `CODEOWNERS`: who answers for which files of a repository.
//! <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>

use super::Document;
use crate::evidence::{Location, Record, Resource};
use serde_json::json;

/// The type of the resource.
pub(crate) const KIND: &str = "code-owners";

/// Where the platforms look, the first found counts.
pub(crate) const PLACES: &[&str] =
    &[".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// GitHub loads no larger file.
const MAX_BYTES: usize = 3 << 20;

pub(super) fn accepts(document: &Document) -> bool {
    PLACES.contains(&document.path) && document.bytes.len() <= MAX_BYTES
}

/// One record: patterns in order, each with the names of its owners.
pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let text = String::from_utf8_lossy(document.bytes);
    let rules: Vec<(&str, Vec<String>)> = text.lines().filter_map(rule).collect();
    out.push(
        Resource {
            id: format!("resource:{}:{}", document.src.system, document.path),
            src: document.src.at(document.path),
            as_of: document.as_of,
            kind: KIND.to_owned(),
            subject: format!("file:{}", document.path),
            location: Some(Location::file(document.path)),
            attrs: [("rules".to_owned(), json!(rules))].into(),
            ..Resource::default()
        }
        .into(),
    );
}

/// A pattern and its owners; none are a pattern that nobody owns.
fn rule(line: &str) -> Option<(&str, Vec<String>)> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    // `[Section]` and `^[Optional section]` of GitLab head patterns.
    if line.is_empty() || line.starts_with(['#', '[', '^']) {
        return None;
    }
    let mut words = line.split_whitespace();
    let pattern = words.next()?;
    Some((pattern, words.filter_map(owner).collect()))
}

/// `@user`, `@organisation/team` or an address, as a name.
fn owner(word: &str) -> Option<String> {
    match word.strip_prefix('@') {
        Some(team) if team.contains('/') => Some(format!("github-team:{team}")),
        Some(user) if !user.is_empty() => Some(format!("github:{user}")),
        _ if word.contains('@') => Some(format!("email:{}", word.to_lowercase())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_become_names_and_sections_are_no_patterns() {
        assert_eq!(
            rule("*.tf @acme/platform Ann@example.com @bo # infrastructure"),
            Some((
                "*.tf",
                vec![
                    "github-team:acme/platform".into(),
                    "email:ann@example.com".into(),
                    "github:bo".into()
                ]
            ))
        );
        assert_eq!(rule("/docs/"), Some(("/docs/", vec![])));
        assert_eq!(rule("# comment"), None);
        assert_eq!(rule("[Database] @acme/dba"), None);
    }
}
