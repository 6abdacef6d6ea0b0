//! What the facts of a CI configuration mean: which stored secret is which credential, who can start
//! a job, how to name it.

mod advice;
mod beside;
mod credentials;
mod engine;
mod inherit;
mod judge;
mod links;
mod literals;
mod requests;
mod scopes;
mod stored_keys;

pub(crate) use advice::{pin_advice, store_advice};
pub(crate) use beside::{beside, is_fetched_script};
pub(crate) use credentials::{Class, Kind, kind_of};
pub(crate) use engine::engine_settings;
pub(crate) use inherit::inherit;
pub(crate) use judge::{
    checks_out_strange_code, file_subject, groups, groups_named, is_credential, is_job, loot,
    may_write, mints_tokens, movable, persists_credential, provider, root, secrets_named, some_of,
    spelled, stored, untrusted_trigger, weigh,
};
pub(crate) use links::{Links, fragment, kind_in, triggers};
pub(crate) use literals::report_literals;
pub(crate) use requests::{is_guarded, pull_request};
pub(crate) use scopes::written_scopes;
pub(crate) use stored_keys::{Wording, report_stored_keys};

use crate::{
    evidence::{
        Estate, Pipeline,
        pipeline::{Form, SecretUse},
    },
    finding::Finding,
};
use std::collections::BTreeMap;

/// `path#job`, the name of a job in messages.
pub(crate) fn name(pipeline: &Pipeline) -> String {
    if pipeline.job.is_empty() {
        pipeline.workflow.clone()
    } else {
        format!("{}#{}", pipeline.workflow, pipeline.job)
    }
}

/// What to call it: a job, an action, a service.
pub(crate) fn noun(pipeline: &Pipeline) -> &'static str {
    match pipeline.form {
        Form::Job => "Job",
        Form::Fragment if pipeline.platform == "github-actions" => "Action",
        Form::Fragment => "Template",
        Form::Service => "Service",
    }
}

/// The secrets of a job that are of one class, grouped by kind and name; each with its uses in the order
/// in which they are written.
pub(crate) fn by_secret<'p>(
    estate: &Estate,
    pipeline: &'p Pipeline,
    wanted: impl Fn(&Kind) -> bool,
) -> BTreeMap<(&'static str, &'p str), (&'static Kind, Vec<&'p SecretUse>)> {
    let mut groups: BTreeMap<_, (&'static Kind, Vec<&'p SecretUse>)> = BTreeMap::new();
    for secret in &pipeline.secrets {
        if let Some(kind) = kind_in(estate, pipeline, secret).filter(|kind| wanted(kind)) {
            let group = groups.entry((kind.slug.as_str(), secret.name.as_str()));
            group.or_insert_with(|| (kind, Vec::new())).1.push(secret);
        }
    }
    groups
}

/// Gives a finding the places of secret uses: the narrowest first.
pub(crate) fn place(finding: &mut Finding, uses: &[&SecretUse]) {
    let mut uses = uses.to_vec();
    uses.sort_by_key(|secret| std::cmp::Reverse(secret.scope));
    let Some((first, rest)) = uses.split_first() else { return };
    finding.at(first.location.clone());
    let mut seen = vec![&first.location];
    for secret in rest {
        if !seen.contains(&&secret.location) {
            seen.push(&secret.location);
            finding.related(secret.location.clone(), "it is handed over here too");
        }
    }
}
