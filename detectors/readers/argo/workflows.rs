//! Argo Workflows: one record per workflow, cron workflow or template.
//!
//! Format: <https://argo-workflows.readthedocs.io/en/latest/fields/>. A workflow runs as one service
//! account, so that it, not its step, is the identity.

use crate::{
    evidence::{
        Record,
        pipeline::{Channel, ComponentKind, Form, Method, Pin, RoleUse, Scope, Trigger},
    },
    readers::{
        Document,
        ci::{
            gather::Gather,
            kubernetes::{Pod, is_filled_in},
            manifests::{at, each_object, has_mark, name_of},
        },
        yaml::At,
    },
};

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "argo-workflows";

/// Stores of artifacts and the keys that open them.
const STORES: &[(&str, &[&str])] = &[
    ("s3", &["secretKeySecret"]),
    ("oss", &["secretKeySecret"]),
    ("gcs", &["serviceAccountKeySecret"]),
    ("azure", &["accountKeySecret"]),
    ("git", &["sshPrivateKeySecret", "passwordSecret"]),
    ("artifactory", &["passwordSecret"]),
    ("hdfs", &["krbKeytabSecret", "krbCCacheSecret"]),
];

pub(crate) fn accepts(document: &Document) -> bool {
    has_mark(document, &["argoproj.io/"])
        && std::str::from_utf8(document.bytes).is_ok_and(|text| text.contains("Workflow"))
}

pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    each_object(document, out, |object, out| {
        let ours = object
            .get("apiVersion")
            .and_then(At::value)
            .is_some_and(|v| v.starts_with("argoproj.io/"));
        let form = match object.get("kind").and_then(At::value) {
            Some("Workflow" | "CronWorkflow") => Form::Job,
            Some("WorkflowTemplate" | "ClusterWorkflowTemplate") => Form::Fragment,
            _ => return,
        };
        if let Some(spec) = object.get("spec").filter(|_| ours) {
            workflow(document, object, spec, form, out);
        }
    });
}

fn workflow(document: &Document, object: At, spec: At, form: Form, out: &mut Vec<Record>) {
    let mut gather = Gather::new(document, PLATFORM, &name_of(object), form);
    gather.pipeline.location = gather.at(object.get("metadata").unwrap_or(object).region());
    for schedule in
        ["schedule", "schedules"].iter().filter_map(|key| spec.get(key)).flat_map(At::one_or_many)
    {
        let location = Some(gather.at(schedule.region()));
        gather.pipeline.triggers.push(Trigger {
            event: "schedule".to_owned(),
            location,
            ..Trigger::default()
        });
    }
    let spec = spec.get("workflowSpec").unwrap_or(spec);
    if let Some(template) = spec.get("workflowTemplateRef") {
        reference(&mut gather, template);
    }
    let mut pod = Pod { gather: &mut gather, scope: Scope::Job, lines_before: 0 };
    pod.spec(spec);
    pod.scope = Scope::Step;
    let defaults = spec.get("templateDefaults");
    for template in spec.get("templates").into_iter().flat_map(At::items).chain(defaults) {
        template_of(&mut pod, template);
    }
    if spec.get("automountServiceAccountToken").is_some_and(At::is_false) {
        let region = spec.region();
        gather.setting("automountServiceAccountToken", "false", Scope::Job, region);
    }
    out.push(gather.pipeline.into());
}

fn reference(gather: &mut Gather, template: At) {
    if let Some(name) = template.get("name").and_then(At::value) {
        // Templates live in the same cluster; whoever may change them there changes what runs.
        gather.workflow(name, None, Pin::Local, template.region());
    }
}

fn template_of(pod: &mut Pod, template: At) {
    if let Some(account) = template.get("serviceAccountName") {
        pod.service_account(account);
    }
    let main = ["container", "script"].iter().filter_map(|key| template.get(key));
    let several = at(template, &["containerSet", "containers"])
        .into_iter()
        .chain(template.get("initContainers"));
    for container in main.chain(several.flat_map(At::items)) {
        pod.container(container, ComponentKind::Image);
    }
    for sidecar in template.get("sidecars").into_iter().flat_map(At::items) {
        pod.container(sidecar, ComponentKind::Service);
    }
    if let Some(volumes) = template.get("volumes") {
        pod.volumes(volumes);
    }
    for side in ["inputs", "outputs"] {
        for artifact in at(template, &[side, "artifacts"]).into_iter().flat_map(At::items) {
            artifact_of(pod, artifact);
        }
    }
    if let Some(archive) = template.get("archiveLocation") {
        artifact_of(pod, archive);
    }
    let groups = template
        .get("steps")
        .into_iter()
        .flat_map(At::items)
        .flat_map(|group| if group.is_seq() { group.items().collect() } else { vec![group] });
    let tasks = at(template, &["dag", "tasks"]).into_iter().flat_map(At::items);
    for step in groups.chain(tasks) {
        if let Some(template) = step.get("templateRef") {
            reference(pod.gather, template);
        }
    }
}

/// Where an artifact lies, and what opens it.
fn artifact_of(pod: &mut Pod, artifact: At) {
    for (store, secrets) in STORES {
        let Some(place) = artifact.get(store) else { continue };
        if let Some((endpoint, text)) = place.get("endpoint").and_then(|e| Some((e, e.value()?)))
            && *store == "s3"
        {
            let region = endpoint.region();
            pod.gather.setting("AWS_ENDPOINT_URL_S3", text, Scope::Step, region);
        }
        for field in *secrets {
            if let Some(secret) = place.get(field) {
                let consumer = format!("argo:{store}");
                pod.key_of_secret(secret, Channel::Input, Some(field), Some(&consumer));
            }
        }
        if let Some((role, text)) = place.get("roleARN").and_then(|r| Some((r, r.value()?)))
            && !is_filled_in(text)
        {
            let location = pod.gather.at(role.region());
            pod.gather.pipeline.roles.push(RoleUse {
                provider: "aws".to_owned(),
                role: text.to_owned(),
                method: Method::Ambient,
                location,
                ..RoleUse::default()
            });
        }
    }
}
