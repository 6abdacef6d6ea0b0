//! Tekton: runs, pipelines, tasks and triggers; Pipelines as Code.
//!
//! Formats: <https://tekton.dev/docs/pipelines/>, <https://tekton.dev/docs/triggers/> and
//! <https://pipelinesascode.com/docs/guide/>. A run is the identity: it has a service account and is bound
//! to Secrets. A pipeline or task is a template that becomes part of the runs which use it.

mod run;

use super::{
    Document,
    ci::{
        gather::Gather,
        manifests::{at, each_object, has_mark, name_of},
    },
    yaml::At,
};
use crate::evidence::{
    Location, Record, Resource,
    pipeline::{Form, Trigger},
};

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "tekton";
/// Where Pipelines as Code keeps its annotations.
const PAC: &str = "pipelinesascode.tekton.dev/";

pub(crate) fn accepts(document: &Document) -> bool {
    has_mark(document, &["tekton.dev/"])
}

pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    each_object(document, out, |object, out| {
        let version = object.get("apiVersion").and_then(At::value).unwrap_or_default();
        if !version.starts_with("tekton.dev/") && !version.starts_with("triggers.tekton.dev/") {
            return;
        }
        let form = match object.get("kind").and_then(At::value) {
            Some("PipelineRun" | "TaskRun") => Form::Job,
            Some("Pipeline" | "Task" | "ClusterTask" | "StepAction") => Form::Fragment,
            Some("TriggerTemplate") => return trigger_template(document, object, out),
            Some("EventListener") => return listener(document, object, out),
            _ => return,
        };
        let mut gather = blank(document, object, form);
        annotations(&mut gather, object);
        run::read(&mut gather, object);
        out.push(gather.pipeline.into());
    });
}

fn blank<'d>(document: &'d Document<'d>, object: At, form: Form) -> Gather<'d> {
    let mut gather = Gather::new(document, PLATFORM, &name_of(object), form);
    gather.pipeline.location = gather.at(object.get("metadata").unwrap_or(object).region());
    gather
}

/// What starts a run of Pipelines as Code, and the remote tasks that it takes in.
fn annotations(gather: &mut Gather, object: At) {
    for (key, value) in at(object, &["metadata", "annotations"]).into_iter().flat_map(At::entries) {
        let Some(name) = key.text().and_then(|key| key.strip_prefix(PAC)) else { continue };
        let text = value.value().unwrap_or_default();
        let location = Some(gather.at(value.region()));
        match name {
            "on-event" => {
                let branches = at(
                    object,
                    &["metadata", "annotations", "pipelinesascode.tekton.dev/on-target-branch"],
                );
                let branches: Vec<String> =
                    branches.map(|b| listed(b.value().unwrap_or_default())).unwrap_or_default();
                for event in listed(text) {
                    let branches = branches.clone();
                    gather.pipeline.triggers.push(Trigger {
                        event,
                        branches,
                        location: location.clone(),
                        ..Trigger::default()
                    });
                }
            }
            "on-cel-expression" => {
                for event in ["pull_request", "push"] {
                    if text.contains(&format!("\"{event}\""))
                        || text.contains(&format!("'{event}'"))
                    {
                        let event = event.to_owned();
                        gather.pipeline.triggers.push(Trigger {
                            event,
                            location: location.clone(),
                            ..Trigger::default()
                        });
                    }
                }
            }
            "on-comment" => {
                gather.pipeline.triggers.push(Trigger {
                    event: "comment".to_owned(),
                    location,
                    ..Trigger::default()
                });
            }
            _ if name == "pipeline" || name == "task" || name.starts_with("task-") => {
                for remote in listed(text) {
                    run::remote(gather, &remote, value.region());
                }
            }
            _ => {}
        }
    }
}

/// `[a, b]`, `a, b` or `a`.
fn listed(text: &str) -> Vec<String> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    inner
        .split(',')
        .map(|item| item.trim().trim_matches(['"', '\'']).to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

/// Runs that a webhook starts.
fn trigger_template(document: &Document, object: At, out: &mut Vec<Record>) {
    for template in at(object, &["spec", "resourcetemplates"]).into_iter().flat_map(At::items) {
        if !matches!(template.get("kind").and_then(At::value), Some("PipelineRun" | "TaskRun")) {
            continue;
        }
        let mut gather = Gather::new(document, PLATFORM, &name_of(object), Form::Job);
        gather.pipeline.location = gather.at(template.region());
        let location = Some(gather.at(object.region()));
        gather.pipeline.triggers.push(Trigger {
            event: "webhook".to_owned(),
            location,
            ..Trigger::default()
        });
        run::read(&mut gather, template);
        out.push(gather.pipeline.into());
    }
}

/// The address that webhooks call. Recorded with whether each of its triggers checks who calls.
fn listener(document: &Document, object: At, out: &mut Vec<Record>) {
    let name = name_of(object);
    for (index, trigger) in
        at(object, &["spec", "triggers"]).into_iter().flat_map(At::items).enumerate()
    {
        // A trigger of its own object is not in this file.
        if trigger.get("triggerRef").is_some() {
            continue;
        }
        let label = trigger
            .get("name")
            .and_then(At::value)
            .map_or_else(|| (index + 1).to_string(), str::to_owned);
        let checked =
            trigger.get("interceptors").into_iter().flat_map(At::items).any(checks_caller);
        let subject = format!("tekton-listener:{}#{name}/{label}", document.path);
        let attrs = [
            ("platform", PLATFORM.into()),
            ("listener", name.clone().into()),
            ("name", label.into()),
            ("checked", checked.into()),
        ];
        out.push(
            Resource {
                id: format!("resource:{subject}"),
                src: document.src.at(document.path),
                as_of: document.as_of,
                kind: "ci-webhook".to_owned(),
                subject,
                location: Some(Location::in_file(document.path, trigger.region())),
                attrs: attrs
                    .map(|(key, value): (&str, serde_json::Value)| (key.to_owned(), value))
                    .into(),
                ..Resource::default()
            }
            .into(),
        );
    }
}

/// True for an interceptor that compares a signature or secret, or hands the request to somebody who can.
fn checks_caller(interceptor: At) -> bool {
    let params = interceptor.get("params").into_iter().flat_map(At::items);
    let by_param =
        params.filter_map(|p| p.get("name")).any(|name| name.value() == Some("secretRef"));
    let old = ["github", "gitlab", "bitbucket"]
        .iter()
        .any(|kind| at(interceptor, &[kind, "secretRef"]).is_some());
    let kind = at(interceptor, &["ref", "name"]).and_then(At::value);
    let own =
        kind.is_some_and(|name| !["cel", "github", "gitlab", "bitbucket", "slack"].contains(&name));
    by_param || old || own || interceptor.get("webhook").is_some()
}
