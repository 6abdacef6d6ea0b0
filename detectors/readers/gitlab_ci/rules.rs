//! When a job runs: `rules`, `only` and the file's `workflow: rules`.

use super::resolve::File;
use crate::{evidence::pipeline::Trigger, readers::yaml::At};

/// The triggers of a job. Conditions on anything but the source, the branch and the tag widen nothing
/// and narrow nothing.
pub(super) fn triggers<'t>(file: &File<'t>, chain: &[At<'t>]) -> Vec<Trigger> {
    if let Some(rules) = file.field(chain, "rules") {
        return from_rules(file, rules);
    }
    if let Some(only) = file.field(chain, "only") {
        return from_only(file, only);
    }
    let workflow = file.root.get("workflow").and_then(|workflow| workflow.get("rules"));
    workflow
        .map(|rules| from_rules(file, file.follow(rules)))
        .unwrap_or_else(|| vec![Trigger { event: "push".to_owned(), ..Trigger::default() }])
}

fn from_rules<'t>(file: &File<'t>, rules: At<'t>) -> Vec<Trigger> {
    file_rules(file, rules)
        .into_iter()
        .filter(|rule| rule.get("when").and_then(At::value) != Some("never"))
        .map(|rule| {
            let condition = rule.get("if").and_then(At::value).unwrap_or_default();
            let compared = |variable: &str| compared_with(condition, variable);
            let source = compared("$CI_PIPELINE_SOURCE");
            let tagged =
                !compared("$CI_COMMIT_TAG").is_empty() || alone(condition, "$CI_COMMIT_TAG");
            let manual = rule.get("when").and_then(At::value) == Some("manual");
            Trigger {
                event: source.into_iter().next().unwrap_or_else(|| "push".to_owned()),
                branches: [compared("$CI_COMMIT_BRANCH"), compared("$CI_COMMIT_REF_NAME")].concat(),
                tags: if tagged { vec!["*".to_owned()] } else { Vec::new() },
                types: if manual { vec!["manual".to_owned()] } else { Vec::new() },
                location: Some(file.file.at(rule.region())),
            }
        })
        .collect()
}

/// The rules of a list, with references to other lists followed.
fn file_rules<'t>(file: &File<'t>, rules: At<'t>) -> Vec<At<'t>> {
    rules
        .items()
        .flat_map(|item| {
            let found = file.follow(item);
            if found.is_seq() { found.items().collect() } else { vec![found] }
        })
        .filter(|rule| rule.is_map())
        .collect()
}

/// What a variable is compared with by `==`; a variable on the other side stays as it is written.
fn compared_with(condition: &str, variable: &str) -> Vec<String> {
    condition
        .match_indices(variable)
        .filter_map(|(place, _)| {
            let rest =
                condition[place + variable.len()..].trim_start().strip_prefix("==")?.trim_start();
            let value = match rest.chars().next()? {
                quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
                _ => rest.split([' ', ')', '&', '|']).next()?,
            };
            (value != "null" && !value.is_empty()).then(|| value.to_owned())
        })
        .collect()
}

/// True when the variable stands in the condition without a comparison: it must be set.
fn alone(condition: &str, variable: &str) -> bool {
    condition.match_indices(variable).any(|(place, _)| {
        let rest = condition[place + variable.len()..].trim_start();
        rest.is_empty()
            || rest.starts_with(['&', '|', ')'])
            || rest.starts_with("=~")
            || rest.starts_with("!= null")
    })
}

fn from_only<'t>(file: &File<'t>, only: At<'t>) -> Vec<Trigger> {
    let refs = only.get("refs").unwrap_or(only);
    refs.texts()
        .map(|name| {
            let (event, branches, tags) = match name {
                "branches" => ("push", vec!["*"], Vec::new()),
                "tags" => ("push", Vec::new(), vec!["*"]),
                "merge_requests" => ("merge_request_event", Vec::new(), Vec::new()),
                "schedules" => ("schedule", Vec::new(), Vec::new()),
                "web" | "api" | "pushes" | "triggers" | "pipelines" | "external" | "chat" => {
                    (name, Vec::new(), Vec::new())
                }
                _ if name.starts_with('/') => ("push", vec!["*"], vec!["*"]),
                _ => ("push", vec![name], Vec::new()),
            };
            let own = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            Trigger {
                event: event.to_owned(),
                branches: own(branches),
                tags: own(tags),
                types: Vec::new(),
                location: Some(file.file.at(only.region())),
            }
        })
        .collect()
}
