//! What the steps of a GitHub job write to with the job's own token, as far as the file tells.

use super::links::fragment;
use crate::evidence::{
    Estate, Pipeline,
    pipeline::{ComponentKind, Pin, Store},
    token_needs::token_needs,
};
use std::collections::BTreeSet;

/// How deep composite actions are followed.
const MAX_DEPTH: usize = 5;

/// The scopes that a job needs to write to; `None` when one of its steps may need any: an action that is
/// not known, a script that pushes or is handed the token, a called workflow.
pub(crate) fn written_scopes<'e>(
    estate: &'e Estate,
    pipeline: &'e Pipeline,
) -> Option<BTreeSet<&'e str>> {
    let mut scopes = BTreeSet::new();
    collect(estate, pipeline, &mut scopes, 0)?;
    Some(scopes)
}

fn collect<'e>(
    estate: &'e Estate,
    pipeline: &'e Pipeline,
    scopes: &mut BTreeSet<&'e str>,
    depth: usize,
) -> Option<()> {
    let handed_to_a_script = pipeline
        .secrets
        .iter()
        .any(|secret| secret.store == Store::JobToken && secret.consumer.is_none());
    if depth > MAX_DEPTH || handed_to_a_script || !pipeline.token_words.is_empty() {
        return None;
    }
    for component in &pipeline.components {
        match component.kind {
            ComponentKind::Workflow => return None,
            ComponentKind::Image if component.step.is_some() => return None,
            ComponentKind::Image | ComponentKind::Service | ComponentKind::Tool => {}
            ComponentKind::Action if component.pin == Pin::Local => {
                collect(estate, fragment(estate, pipeline, component)?, scopes, depth + 1)?;
            }
            ComponentKind::Action => {
                let written = token_needs().written(&component.name.to_ascii_lowercase())?;
                scopes.extend(written.iter().map(String::as_str));
            }
        }
    }
    Some(())
}
