//! What the facts of an agent's configuration mean: which credential is which, what a folder opens, how
//! to name a server.

use crate::{
    evidence::{Agent, agent::Handed},
    finding::{Finding, Level},
};
use overstay_rules::Component as Axis;
use serde::Deserialize;
use std::sync::LazyLock;

/// What a credential of the table is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    names: Vec<String>,
    /// Whose it is.
    pub(crate) kind: KnownKind,
    /// In words.
    pub(crate) what: String,
    /// What replaces it.
    pub(crate) instead: String,
}

/// Whose a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KnownKind {
    /// A person's own.
    Personal,
    /// A static key of a cloud account.
    Cloud,
}

#[derive(Deserialize)]
struct Table {
    credential: Vec<Known>,
}

static TABLE: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let text = overstay_rules::table("agent-credentials").unwrap_or_default();
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    toml::from_str::<Table>(text).expect("rules/tables/agent-credentials.toml").credential
});

/// What the table knows of a credential.
pub(crate) fn known(handed: &Handed) -> Option<&'static Known> {
    by_name(&handed.slot).or_else(|| handed.variable.as_deref().and_then(by_name))
}

fn by_name(name: &str) -> Option<&'static Known> {
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    TABLE.iter().find(|known| known.names.contains(&name))
}

/// The servers and settings that are not switched off.
pub(crate) fn active(agents: &[Agent]) -> impl Iterator<Item = &Agent> {
    agents.iter().filter(|agent| !agent.disabled)
}

/// `Agent server 'github' in '.mcp.json'`, or `Agent configuration '.claude/settings.json'`.
pub(crate) fn who(agent: &Agent) -> String {
    if agent.name.is_empty() {
        format!("Agent configuration '{}'", agent.file)
    } else {
        format!("Agent server '{}' in '{}'", agent.name, agent.file)
    }
}

/// How close others are, what it may do, and that it is in use.
pub(crate) fn weigh(finding: &mut Finding, exposure: Level, privilege: Level) {
    finding.weigh(Axis::Exposure, exposure);
    finding.weigh(Axis::Privilege, privilege);
    finding.weigh(Axis::Liveness, Level::between(1, 3, "the agent is configured to use it"));
}

/// Reports every server that is handed a credential of one kind, once for each.
pub(crate) fn report_known(
    estate: &crate::evidence::Estate,
    findings: &mut crate::finding::Findings,
    wanted: KnownKind,
    consequence: &str,
    privilege: (u8, u8, &'static str),
) {
    for agent in active(&estate.agents) {
        let mut seen: Vec<&str> = Vec::new();
        for handed in &agent.credentials {
            let Some(known) = known(handed).filter(|known| known.kind == wanted) else { continue };
            if seen.contains(&known.what.as_str()) {
                continue;
            }
            seen.push(&known.what);
            let message = format!(
                "{} is handed '{}', a {}. {consequence}",
                who(agent),
                handed.slot,
                known.what
            )
            .replace(", a A", ", an A")
            .replace(", a E", ", an E")
            .replace(", a I", ", an I")
            .replace(", a O", ", an O");
            let finding = findings.report(agent, &agent.subject, message);
            finding.key(&known.what).at(handed.location.clone());
            finding.fix(sentence(&known.instead));
            let (low, high, why) = privilege;
            weigh(
                finding,
                Level::between(2, 3, "a program of others holds it").citing(agent),
                Level::between(low, high, why),
            );
        }
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// What a folder opens, in words, when it is more than a project.
pub(crate) fn opens(path: &str) -> Option<&'static str> {
    let path = path.trim().trim_end_matches(['/', '\\']);
    let whole_home = [
        "~",
        "$HOME",
        "${HOME}",
        "%USERPROFILE%",
        "${env:HOME}",
        "${env:USERPROFILE}",
        "${userHome}",
    ];
    if whole_home.contains(&path) {
        return Some("a whole home directory, with its keys and sign-ins");
    }
    if path.ends_with("docker.sock") || path.ends_with("containerd.sock") {
        return Some("the container engine, and through it this machine");
    }
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let drive = parts.first().is_some_and(|first| first.ends_with(':') && first.len() == 2);
    match (drive, parts.as_slice()) {
        (false, []) if path.is_empty() => Some("the whole file system"),
        (true, [_]) => Some("a whole drive"),
        (true, [_, users]) if users.eq_ignore_ascii_case("users") => {
            Some("every home directory of this machine")
        }
        (true, [_, users, _]) if users.eq_ignore_ascii_case("users") => {
            Some("a whole home directory, with its keys and sign-ins")
        }
        (false, ["Users" | "home"]) => Some("every home directory of this machine"),
        (false, ["root"] | ["Users" | "home", _]) if path.starts_with('/') => {
            Some("a whole home directory, with its keys and sign-ins")
        }
        (false, ["etc"]) if path.starts_with('/') => Some("the settings of this machine"),
        (false, [.., ".ssh" | ".aws" | ".kube" | ".gnupg" | ".azure" | ".gcloud"]) => {
            Some("a folder of credentials")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_its_names_are_matched_whatever_their_spelling() {
        let handed = |slot: &str| Handed { slot: slot.into(), ..Handed::default() };
        assert_eq!(known(&handed("aws_access_key_id")).map(|k| k.kind), Some(KnownKind::Cloud));
        assert_eq!(known(&handed("figma-api-key")).map(|k| k.kind), Some(KnownKind::Personal));
        assert!(known(&handed("MY_TOKEN")).is_none());
    }

    #[test]
    fn folders_that_open_more_than_a_project() {
        for path in [
            "/",
            "~",
            "/home/me",
            "/Users/me/",
            "C:\\",
            "C:\\Users\\me",
            "/root",
            "$HOME",
            "/var/run/docker.sock",
            "/home/me/.ssh",
        ] {
            assert!(opens(path).is_some(), "{path}");
        }
        for path in
            ["/home/me/src", ".", "C:\\work", "/workspace", "~/src", "users", "/Users/me/Desktop"]
        {
            assert!(opens(path).is_none(), "{path}");
        }
    }
}
