//! Jobs and what they use across files of one repository: reusable workflows and composite actions.

use super::{Kind, judge::is_stored, kind_of, root};
use crate::evidence::{
    Estate, Pipeline,
    pipeline::{Component, Form, Pin, SecretUse, Store, Trigger},
};
use std::collections::HashMap;

/// How many workflows GitHub lets call each other in a row.
const MAX_CALLS: usize = 10;

/// Which jobs name which file of their repository, and which fragment has which name there.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Places in the list of pipelines, by the file that they name.
    callers: HashMap<String, Vec<usize>>,
    /// The first fragment of each name.
    fragments: HashMap<String, usize>,
}

impl Links {
    /// Looks at every job once.
    pub(crate) fn build(pipelines: &[Pipeline]) -> Links {
        let mut links = Links::default();
        for (place, pipeline) in pipelines.iter().enumerate() {
            for path in pipeline.components.iter().filter_map(|c| named_path(pipeline, c)) {
                let callers = links.callers.entry(key(pipeline, &path)).or_default();
                if callers.last() != Some(&place) {
                    callers.push(place);
                }
            }
            if pipeline.form == Form::Fragment {
                links.fragments.entry(key(pipeline, called(pipeline))).or_insert(place);
            }
        }
        links
    }
}

/// The jobs that call the file of a job.
fn callers<'e>(estate: &'e Estate, pipeline: &Pipeline) -> Vec<&'e Pipeline> {
    let found = estate.links().callers.get(&key(pipeline, &pipeline.workflow));
    found.into_iter().flatten().filter_map(|place| estate.pipelines.get(*place)).collect()
}

/// The composite action of this repository that a component names.
pub(crate) fn fragment<'e>(
    estate: &'e Estate,
    user: &Pipeline,
    component: &Component,
) -> Option<&'e Pipeline> {
    let path = named_path(user, component)?;
    estate.pipelines.get(*estate.links().fragments.get(&key(user, &path))?)
}

/// The path in the scanned root that a component of the repository itself names.
fn named_path(user: &Pipeline, component: &Component) -> Option<String> {
    if component.pin != Pin::Local {
        return None;
    }
    let name = component.name.strip_prefix("./").or_else(|| component.name.strip_prefix("$/"))?;
    Some(format!("{}{}", root(&user.workflow), name.trim_end_matches('/')))
}

/// The path by which others name a fragment: the folder of an action, the file of an Azure template.
fn called(fragment: &Pipeline) -> &str {
    match fragment.platform.as_str() {
        "azure-pipelines" => &fragment.workflow,
        _ => fragment.workflow.rsplit_once('/').map_or("", |(folder, _)| folder),
    }
}

/// A path in the checkout that a job was read from.
fn key(pipeline: &Pipeline, path: &str) -> String {
    let tenant = pipeline.src.tenant.as_deref().unwrap_or_default();
    format!("{}\0{tenant}\0{}\0{path}", pipeline.src.system, pipeline.platform)
}

/// What starts a job, with the triggers of its callers in place of `workflow_call`, and without the events
/// that its own condition rules out.
pub(crate) fn triggers<'e>(estate: &'e Estate, pipeline: &'e Pipeline) -> Vec<&'e Trigger> {
    let mut found: Vec<&Trigger> = Vec::new();
    let mut level = vec![pipeline];
    for _ in 0..MAX_CALLS {
        let mut next = Vec::new();
        for job in level {
            for trigger in &job.triggers {
                if matches!(trigger.event.as_str(), "workflow_call" | "template") {
                    next.extend(callers(estate, job));
                } else if admits(job, &trigger.event)
                    && admits(pipeline, &trigger.event)
                    && !found.contains(&trigger)
                {
                    found.push(trigger);
                }
            }
        }
        if next.is_empty() || next.len() > 1000 {
            break;
        }
        level = next;
    }
    found
}

/// Whether a job's condition lets an event through: it does unless each of its alternatives names another
/// event.
fn admits(job: &Pipeline, event: &str) -> bool {
    let named = job.condition.as_deref().filter(|text| text.contains("event_name"));
    let Some(condition) = named else { return true };
    let flat: String = condition.chars().filter(|c| !c.is_whitespace()).collect();
    let mut alternatives = flat.split("||").map(|alternative| {
        let named = alternative.split("github.event_name=='").nth(1)?;
        // A negated alternative says nothing about the event it names.
        named.split('\'').next().filter(|_| !alternative.contains("!("))
    });
    alternatives.any(|named| named.is_none_or(|named| named == event))
}

/// What a secret is, also when a composite action of this repository hands it on.
pub(crate) fn kind_in(
    estate: &Estate,
    pipeline: &Pipeline,
    secret: &SecretUse,
) -> Option<&'static Kind> {
    kind_of(pipeline, secret).or_else(|| {
        if !is_stored(secret) {
            return None;
        }
        let consumer = secret
            .consumer
            .as_deref()
            .filter(|name| name.starts_with("./") || name.starts_with("$/"))?;
        let slot = secret.slot.as_deref()?;
        let component = pipeline.components.iter().find(|c| c.name == consumer)?;
        let fragment = fragment(estate, pipeline, component)?;
        fragment
            .secrets
            .iter()
            .filter(|inner| inner.store == Store::Caller && inner.name.eq_ignore_ascii_case(slot))
            .find_map(|inner| {
                kind_of(fragment, &SecretUse { store: Store::Platform, ..inner.clone() })
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_rules_out_the_events_that_it_does_not_name() {
        let job =
            |condition: &str| Pipeline { condition: Some(condition.into()), ..Pipeline::default() };
        let push = job("github.event_name == 'push' && github.ref == 'refs/heads/main'");
        assert!(admits(&push, "push") && !admits(&push, "issues"));
        let either = job("${{ github.event_name=='push' || github.event_name == 'schedule' }}");
        assert!(admits(&either, "schedule") && !admits(&either, "issues"));
        assert!(admits(&job("github.event_name == 'push' || inputs.force"), "issues"));
        assert!(admits(&job("always()"), "issues") && admits(&Pipeline::default(), "issues"));
    }
}
