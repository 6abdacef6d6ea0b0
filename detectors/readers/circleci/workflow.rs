//! Workflows: which jobs run, when, and with which contexts.

use super::{File, job, orbs, place, steps};
use crate::{
    evidence::{
        Pipeline,
        pipeline::{Channel, ComponentKind, Extent, Scope, SecretUse, Store, Trigger},
    },
    readers::yaml::At,
};

/// A job as a workflow starts it.
pub(super) struct Invocation<'t> {
    /// The key of the job in the workflow.
    pub key: At<'t>,
    /// The job's name in `jobs`, or `orb/job`.
    pub name: &'t str,
    /// Another name that the workflow gives it.
    alias: Option<&'t str>,
    workflow: &'t str,
    pub contexts: Vec<At<'t>>,
    pub triggers: Vec<Trigger>,
    /// The approval job that it waits for.
    pub approval: Option<&'t str>,
    parameters: Option<At<'t>>,
}

impl<'t> Invocation<'t> {
    /// A job that no workflow starts.
    pub(super) fn of(key: At<'t>) -> Invocation<'t> {
        Invocation {
            key,
            name: key.text().unwrap_or_default(),
            alias: None,
            workflow: "",
            contexts: Vec::new(),
            triggers: Vec::new(),
            approval: None,
            parameters: None,
        }
    }

    /// What the workflow calls it.
    pub(super) fn label(&self) -> &'t str {
        self.alias.unwrap_or(self.name)
    }

    /// `workflow/label`.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.workflow, self.label())
    }
}

/// The jobs of a workflow.
pub(super) fn invocations<'t>(
    file: &File<'t>,
    name: &'t str,
    workflow: At<'t>,
    found: &mut Vec<Invocation<'t>>,
) {
    let Some(jobs) = workflow.get("jobs") else { return };
    let entries: Vec<(At, Option<At>)> = jobs
        .items()
        .flat_map(|item| match item.value() {
            Some(_) => vec![(item, None)],
            None => item.entries().map(|(key, value)| (key, Some(value))).collect(),
        })
        .collect();
    let is_approval = |parameters: Option<At>| {
        parameters.and_then(|p| p.get("type")).and_then(At::value) == Some("approval")
    };
    let approvals: Vec<&str> = entries
        .iter()
        .filter(|(_, parameters)| is_approval(*parameters))
        .filter_map(|(key, parameters)| {
            parameters.and_then(|p| p.get("name")).and_then(At::value).or(key.text())
        })
        .collect();
    for (key, parameters) in entries {
        let Some(job) = key.text() else { continue };
        if is_approval(parameters) || !exists(file, job) {
            continue;
        }
        let field = |name: &str| parameters.and_then(|p| p.get(name));
        let needed = field("requires").into_iter().flat_map(At::texts);
        found.push(Invocation {
            name: job,
            alias: field("name").and_then(At::value),
            workflow: name,
            contexts: field("context").into_iter().flat_map(At::one_or_many).collect(),
            triggers: triggers(file, workflow, field("filters")),
            approval: needed.into_iter().find(|name| approvals.contains(name)),
            ..Invocation::of(key)
        });
        if let Some(last) = found.last_mut() {
            last.parameters = parameters;
        }
    }
}

fn exists(file: &File, job: &str) -> bool {
    file.named("jobs", job).is_some() || job.contains('/')
}

/// Reads a job with everything that its workflows add.
pub(super) fn read<'t>(file: &File<'t>, group: &[Invocation<'t>], pipeline: &mut Pipeline) {
    let Some(first) = group.first() else { return };
    let mut around: Vec<At> = Vec::new();
    for key in ["pre-steps", "post-steps"] {
        around.extend(group.iter().filter_map(|i| i.parameters).filter_map(|p| p.get(key)));
    }
    match file.named("jobs", first.name) {
        Some(definition) => job::read(file, definition, &around, pipeline),
        None => orb_job(file, group, &around, pipeline),
    }
    for context in first.contexts.iter().filter(|context| context.value().is_some()) {
        pipeline.secrets.push(SecretUse {
            name: context.value().unwrap_or_default().to_owned(),
            store: Store::Group,
            channel: Channel::Env,
            scope: Scope::Job,
            extent: Extent::One,
            location: place(file.document, *context),
            ..SecretUse::default()
        });
    }
}

/// A job that an orb defines: all of it is code of others, and it receives the job's whole environment.
fn orb_job<'t>(
    file: &File<'t>,
    group: &[Invocation<'t>],
    around: &[At<'t>],
    pipeline: &mut Pipeline,
) {
    let Some(first) = group.first() else { return };
    job::id_token(file, first.key, pipeline);
    let mut component = orbs::component(file, first.name, first.key, 0);
    component.kind = ComponentKind::Workflow;
    component.step = None;
    let consumer = component.name.clone();
    pipeline.components.push(component);
    let mut taker = steps::taker(file, pipeline);
    for parameters in group.iter().filter_map(|invocation| invocation.parameters) {
        orbs::hand_over(&mut taker, &consumer, Some(parameters), first.key, None);
    }
    let mut walk = steps::Walk::new(file, &mut taker);
    for list in around {
        walk.steps(*list, 0);
    }
}

/// When a job runs: the schedule of its workflow, or pushes that pass its filters.
/// <https://circleci.com/docs/guides/orchestrate/workflows/#using-contexts-and-filtering-in-your-workflows>
fn triggers(file: &File, workflow: At, filters: Option<At>) -> Vec<Trigger> {
    let schedules: Vec<Trigger> = workflow
        .get("triggers")
        .into_iter()
        .flat_map(At::items)
        .filter_map(|item| item.get("schedule"))
        .map(|schedule| Trigger {
            event: "schedule".to_owned(),
            branches: filter(schedule.get("filters"), "branches"),
            location: Some(place(file.document, schedule)),
            ..Trigger::default()
        })
        .collect();
    if !schedules.is_empty() {
        return schedules;
    }
    let condition = workflow.get("when");
    let mut branches = filter(filters, "branches");
    if branches.is_empty() {
        branches = condition.map(branches_named).unwrap_or_default();
    }
    if branches.is_empty() {
        let text = filters.and_then(At::value);
        branches.extend(text.and_then(compared_branch).map(str::to_owned));
    }
    let tags = filter(filters, "tags");
    // A job with a filter for tags still runs for every branch unless it ignores them.
    if !tags.is_empty() && branches.is_empty() && !ignores_branches(filters) {
        branches.push("*".to_owned());
    }
    let location = filters.or(condition).map(|node| place(file.document, node));
    vec![Trigger { event: "push".to_owned(), branches, tags, types: Vec::new(), location }]
}

/// The patterns under `only`.
fn filter(filters: Option<At>, key: &str) -> Vec<String> {
    let Some(filter) = filters.and_then(|filters| filters.get(key)) else { return Vec::new() };
    let only = filter.get("only").or_else(|| (!filter.is_map()).then_some(filter));
    only.into_iter().flat_map(At::texts).map(wildcard).collect()
}

/// `branches: {ignore: /.*/}`: tags only.
fn ignores_branches(filters: Option<At>) -> bool {
    let ignored = filters.and_then(|f| f.get("branches")).and_then(|b| b.get("ignore"));
    ignored.into_iter().flat_map(At::texts).any(|pattern| wildcard(pattern) == "*")
}

/// `when: {equal: [main, << pipeline.git.branch >>]}` and the expression `pipeline.git.branch == "main"`.
fn branches_named(condition: At) -> Vec<String> {
    if let Some(text) = condition.value() {
        return compared_branch(text).map(str::to_owned).into_iter().collect();
    }
    let terms = condition.get("and").into_iter().flat_map(At::items);
    let compared = std::iter::once(condition).chain(terms).find_map(|term| {
        let pair: Vec<&str> = term.get("equal")?.texts().collect();
        let is_branch = |text: &&&str| text.contains("pipeline.git.branch");
        pair.iter().find(is_branch)?;
        pair.iter().find(|text| !is_branch(text)).map(|name| (*name).to_owned())
    });
    compared.into_iter().collect()
}

fn compared_branch(text: &str) -> Option<&str> {
    let rest = text.split("pipeline.git.branch").nth(1)?.trim_start().strip_prefix("==")?;
    let quote = rest.trim_start().chars().next().filter(|c| matches!(c, '"' | '\''))?;
    // What stands behind an "or" can let any branch in.
    (!text.contains(" or ")).then(|| rest.trim_start()[1..].split(quote).next())?
}

/// A filter as a pattern with `*`: names stay, a regular expression keeps what stands before its first
/// special character.
fn wildcard(pattern: &str) -> String {
    let Some(inner) = pattern.strip_prefix('/').and_then(|p| p.strip_suffix('/')) else {
        return pattern.to_owned();
    };
    let inner = inner.strip_prefix('^').unwrap_or(inner);
    let exact = inner.strip_suffix('$').unwrap_or(inner);
    if inner.contains('|') {
        return "*".to_owned();
    }
    let special = |c: char| ".*+?[](){}^$\\".contains(c);
    match exact.find(special) {
        Some(end) => format!("{}*", &exact[..end]),
        None => exact.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_patterns() {
        assert_eq!(
            ["main", "/release.*/", "/^v1$/", "/a|b/", "/.*/"].map(wildcard),
            ["main", "release*", "v1", "*", "*"]
        );
        assert_eq!(compared_branch("pipeline.git.branch == \"main\""), Some("main"));
        assert_eq!(compared_branch("pipeline.git.branch == \"main\" or true"), None);
        assert_eq!(compared_branch("pipeline.git.branch =="), None);
    }
}
