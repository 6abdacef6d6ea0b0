//! The table of paths, `rules/tables/aws-escalation.toml`.

use serde::Deserialize;
use std::sync::LazyLock;

/// One way to become more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its id in the table.
    pub id: String,
    /// What it leads to.
    pub gains: Gains,
    /// What it takes, all of it.
    pub needs: Vec<Need>,
    /// Services that would run the code.
    pub services: Vec<String>,
    /// What the principal does; `{target}` is what it reaches.
    pub does: String,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gains {
    /// Its own permissions.
    #[serde(rename = "self")]
    Itself,
    /// A user.
    User,
    /// A role.
    Role,
    /// Membership of a group.
    Group,
    /// A user made all-powerful.
    RemadeUser,
    /// A role made all-powerful.
    RemadeRole,
    /// A role given to new code.
    PassedRole,
    /// The role of code that exists.
    WorkloadRole,
    /// What IAM Identity Center can assign.
    Directory,
}

impl Gains {
    /// True when no administrator is needed at the end of the path.
    pub(super) fn needs_nobody(self) -> bool {
        matches!(self, Gains::Itself | Gains::Directory | Gains::RemadeUser | Gains::RemadeRole)
    }
}

impl Path {
    /// True when a trust decides, so that every principal has to be asked about itself.
    pub(super) fn assumes(&self) -> bool {
        self.needs.iter().any(|need| need.reach == Reach::Assume)
    }
}

/// One permission and what it must reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The action, lower case.
    pub action: String,
    /// The action, as written.
    pub written: String,
    /// What it must reach.
    pub reach: Reach,
}

/// What an action must reach: see the head of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "explained at the head of the table")]
pub enum Reach {
    SelfUser,
    SelfRole,
    OwnGroup,
    OwnPolicy,
    OwnPolicyVersion,
    BoundedSelfUser,
    BoundedSelfRole,
    OwnDenial,
    OwnInlineDenial,
    Target,
    PolicyOfTarget,
    Assume,
    Pass,
    Any,
}

impl Reach {
    fn named(name: &str) -> Option<Reach> {
        Some(match name {
            "self-user" => Reach::SelfUser,
            "self-role" => Reach::SelfRole,
            "own-group" => Reach::OwnGroup,
            "own-policy" => Reach::OwnPolicy,
            "own-policy-version" => Reach::OwnPolicyVersion,
            "bounded-self-user" => Reach::BoundedSelfUser,
            "bounded-self-role" => Reach::BoundedSelfRole,
            "own-denial" => Reach::OwnDenial,
            "own-inline-denial" => Reach::OwnInlineDenial,
            "target" => Reach::Target,
            "policy-of-target" => Reach::PolicyOfTarget,
            "assume" => Reach::Assume,
            "pass" => Reach::Pass,
            "any" => Reach::Any,
            _ => return None,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    gains: Gains,
    needs: Vec<String>,
    #[serde(default)]
    services: Vec<String>,
    does: String,
}

#[derive(Deserialize)]
struct Table {
    path: Vec<Written>,
}

/// Reads a table; the error names the path that is wrong.
fn parse(text: &str) -> Result<Vec<Path>, String> {
    let table: Table = toml::from_str(text).map_err(|e| e.to_string())?;
    table.path.into_iter().map(path).collect()
}

fn path(written: Written) -> Result<Path, String> {
    let need = |text: &String| {
        let (action, reach) = text.split_once(" @ ").unwrap_or((text, ""));
        let reach = Reach::named(reach)
            .ok_or_else(|| format!("{}: `{text}` does not say what it must reach", written.id))?;
        Ok(Need { action: action.to_ascii_lowercase(), written: action.to_owned(), reach })
    };
    let needs = written.needs.iter().map(need).collect::<Result<_, String>>()?;
    Ok(Path {
        needs,
        gains: written.gains,
        services: written.services,
        does: written.does,
        id: written.id,
    })
}

/// Every path, in the order of the table.
pub static PATHS: LazyLock<Vec<Path>> = LazyLock::new(|| {
    parse(overstay_rules::table("aws-escalation").unwrap_or_default()).unwrap_or_default()
});

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_parses_and_every_id_is_unique() {
        let paths = parse(overstay_rules::table("aws-escalation").unwrap()).unwrap();
        let ids: BTreeSet<&str> = paths.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids.len(), paths.len());
        for path in &paths {
            let runs_code = matches!(path.gains, Gains::PassedRole | Gains::WorkloadRole);
            assert_eq!(runs_code, !path.services.is_empty(), "{}", path.id);
            let named = path.needs.iter().all(|n| !matches!(n.reach, Reach::Any | Reach::Pass));
            assert_eq!(path.gains == Gains::Directory || runs_code, !named, "{}", path.id);
        }
    }

    #[test]
    fn a_need_without_reach_is_refused() {
        let text = "[[path]]\nid='x'\ngains='self'\nneeds=['iam:PassRole']\ndoes='y'\n";
        assert!(parse(text).unwrap_err().contains("`iam:PassRole`"));
    }
}
