//! Jobs and what they use across files of one repository: reusable workflows and composite actions.

use super::{Kind, judge::is_stored, kind_of, root};
use crate::evidence::{
    Estate, Pipeline,
    pipeline::{Component, Form, Pin, SecretUse, Store, Trigger},
};

/// How many workflows GitHub lets call each other in a row.
const MAX_CALLS: usize = 10;

/// The jobs that call the file of a job.
fn callers<'e>(estate: &'e Estate, pipeline: &'e Pipeline) -> impl Iterator<Item = &'e Pipeline> {
    estate
        .pipelines
        .iter()
        .filter(move |caller| {
            caller.components.iter().any(|c| is_path(caller, c, &pipeline.workflow))
        })
        .filter(move |caller| same_checkout(caller, pipeline))
}

/// The composite action of this repository that a component names.
pub(crate) fn fragment<'e>(
    estate: &'e Estate,
    user: &Pipeline,
    component: &Component,
) -> Option<&'e Pipeline> {
    if component.pin != Pin::Local {
        return None;
    }
    estate.pipelines.iter().filter(|p| p.form == Form::Fragment && same_checkout(p, user)).find(
        |p| {
            let folder = p.workflow.rsplit_once('/').map_or("", |(folder, _)| folder);
            is_path(
                user,
                component,
                if p.platform == "azure-pipelines" { &p.workflow } else { folder },
            )
        },
    )
}

fn is_path(user: &Pipeline, component: &Component, path: &str) -> bool {
    let named = component
        .name
        .strip_prefix("./")
        .or_else(|| component.name.strip_prefix("$/"))
        .filter(|_| component.pin == Pin::Local);
    let above = root(&user.workflow);
    named.is_some_and(|name| path.strip_prefix(above) == Some(name.trim_end_matches('/')))
}

fn same_checkout(left: &Pipeline, right: &Pipeline) -> bool {
    left.src.system == right.src.system
        && left.src.tenant == right.src.tenant
        && left.platform == right.platform
}

/// What starts a job, with the triggers of its callers in place of `workflow_call`, and without the events
/// that its own condition rules out.
pub(crate) fn triggers(estate: &Estate, pipeline: &Pipeline) -> Vec<Trigger> {
    let mut found: Vec<Trigger> = Vec::new();
    let mut level = vec![pipeline];
    for _ in 0..MAX_CALLS {
        let mut next = Vec::new();
        for job in level {
            for trigger in &job.triggers {
                if matches!(trigger.event.as_str(), "workflow_call" | "template") {
                    next.extend(callers(estate, job));
                } else if admits(job, &trigger.event)
                    && admits(pipeline, &trigger.event)
                    && !found.contains(trigger)
                {
                    found.push(trigger.clone());
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
    let condition = job.condition.as_deref().unwrap_or_default();
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
