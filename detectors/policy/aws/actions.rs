//! Every action that IAM knows, with its access level: the table `rules/tables/aws-actions.tsv`.

use super::pattern::Pattern;
use std::{collections::HashMap, sync::LazyLock};

/// How far an action goes, as AWS classes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Sees that something is there.
    List,
    /// Reads what it holds.
    Read,
    /// Changes its tags.
    Tagging,
    /// Changes it.
    Write,
    /// Changes who may do what.
    Permissions,
}

/// One action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name, as AWS writes it, without the service.
    pub name: &'static str,
    /// Its name in lower case, with the service: `iam:passrole`.
    pub key: String,
    /// How far it goes.
    pub access: Access,
    /// True when a policy can name the resources that it reaches.
    pub has_resources: bool,
}

static TABLE: LazyLock<HashMap<&'static str, Vec<Action>>> = LazyLock::new(|| {
    let lines = overstay_rules::AWS_ACTIONS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).map(|(s, rest)| (s, service(s, rest))).collect()
});

fn service(service: &'static str, levels: &'static str) -> Vec<Action> {
    let mut actions = Vec::new();
    for (level, names) in levels.split('\t').filter_map(|level| level.split_once(':')) {
        let access = match level {
            "L" => Access::List,
            "R" => Access::Read,
            "T" => Access::Tagging,
            "P" => Access::Permissions,
            _ => Access::Write,
        };
        for name in names.split(',') {
            let (name, has_resources) = match name.strip_suffix('*') {
                Some(name) => (name, false),
                None => (name, true),
            };
            let key = format!("{service}:{}", name.to_ascii_lowercase());
            actions.push(Action { name, key, access, has_resources });
        }
    }
    actions
}

/// The actions of a service; `None` when the table does not know it.
pub fn of_service(service: &str) -> Option<&'static [Action]> {
    TABLE.get(service).map(Vec::as_slice)
}

/// The actions that a pattern such as `s3:Get*` selects; `None` when the table does not know the
/// service, or the pattern names several.
pub fn expand(pattern: &Pattern) -> Option<impl Iterator<Item = &'static Action>> {
    let (service, _) = pattern.text().split_once(':')?;
    let all = of_service(service)?;
    let pattern = pattern.clone();
    Some(all.iter().filter(move |action| pattern.matches(&action.key)))
}

/// How far an action goes, by its key; `None` for one that the table does not have.
pub fn access(key: &str) -> Option<Access> {
    let (service, _) = key.split_once(':')?;
    of_service(service)?.iter().find(|action| action.key == key).map(|action| action.access)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::aws::escalation::PATHS;

    #[test]
    fn the_table_is_whole() {
        let actions: usize = TABLE.values().map(Vec::len).sum();
        assert!(
            TABLE.len() > 450 && actions > 22_000,
            "{} services, {actions} actions",
            TABLE.len()
        );
        assert_eq!(access("iam:passrole"), Some(Access::Write));
        assert_eq!(access("iam:attachrolepolicy"), Some(Access::Permissions));
        assert_eq!(access("s3:getobject"), Some(Access::Read));
        assert_eq!(access("s3:nosuchthing"), None);
        let list: Vec<&str> =
            expand(&Pattern::action("sts:assumerole*")).unwrap().map(|a| a.name).collect();
        assert!(list.contains(&"AssumeRoleWithSAML") && list.len() >= 3, "{list:?}");
        assert!(expand(&Pattern::action("nosuchservice:*")).is_none());
    }

    #[test]
    fn every_action_of_the_escalation_paths_exists() {
        let unknown: Vec<&str> = PATHS
            .iter()
            .flat_map(|path| &path.needs)
            .map(|need| need.action.as_str())
            .filter(|action| access(action).is_none())
            .collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }
}
