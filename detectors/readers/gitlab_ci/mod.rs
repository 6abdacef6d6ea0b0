//! GitLab CI: jobs, hidden templates and includes to pipeline records.
//!
//! Format: <https://docs.gitlab.com/ci/yaml/>. `extends`, `!reference` and `default` are followed inside
//! the file; what stands in another file is named as a component, for the estate to link.

mod job;
mod resolve;
mod rules;
mod taking;

use super::{
    Document,
    ci::{CiFile, pin_of},
    yaml::{At, Yaml, YamlError, utf8},
};
use crate::evidence::{
    Record,
    pipeline::{Component, ComponentKind, Form, Pin},
};
use resolve::File;

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "gitlab-ci";

/// Top-level keys that are not jobs.
const GLOBAL: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

/// True for the main file and for the files that projects usually include.
pub(crate) fn accepts(document: &Document) -> bool {
    let path = document.path;
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    let name = path.rsplit('/').next().unwrap_or(path);
    yaml && (name.ends_with(".gitlab-ci.yml")
        || name.ends_with(".gitlab-ci.yaml")
        || path.starts_with(".gitlab/")
        || path.contains("/.gitlab/")
        || is_in_ci_folder(document))
        && !path.contains("issue_templates")
}

/// Folders in which projects keep what their main file includes.
const FOLDERS: &[&str] = &[".ci", ".gitlab-ci", "ci", "gitlab", "gitlab-ci"];

/// A file of such a folder that has jobs of GitLab's shape.
fn is_in_ci_folder(document: &Document) -> bool {
    let mut folders = document.path.split('/').rev().skip(1);
    let has =
        |word: &str| document.bytes.windows(word.len()).any(|window| window == word.as_bytes());
    folders.any(|folder| FOLDERS.contains(&folder))
        && has("script:")
        && (has("stage:") || has("extends:"))
        && !has("apiVersion:")
        && !has("runs-on:")
}

/// Reads one file.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let file = CiFile { document, platform: PLATFORM };
    let tree = match utf8(document.bytes).and_then(Yaml::parse) {
        Ok(tree) => tree,
        Err(error) => return out.push(file.unreadable(&error).into()),
    };
    // GitLab's own parser lets the later of two equal keys win; so does ours. It is said all the same.
    if let Some(duplicate) = tree.duplicates.first() {
        let why =
            format!("the key `{}` stands twice; only the later one was judged", duplicate.key);
        out.push(file.unreadable(&YamlError { line: duplicate.line, why }).into());
    }
    // A component's header, `spec:`, is a document of its own before the jobs.
    let Some(root) = tree.documents().last().filter(|root| root.is_map()) else { return };
    let whole = File { file, root };
    let is_main =
        document.path.ends_with(".gitlab-ci.yml") || document.path.ends_with(".gitlab-ci.yaml");
    let jobs: Vec<(At, At)> = root.entries().filter(|(key, job)| is_job(*key, *job)).collect();
    if jobs.is_empty() && !is_main {
        return;
    }
    let siblings = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
    for (key, job) in jobs {
        let name = key.text().unwrap_or_default();
        let form = if name.starts_with('.') { Form::Fragment } else { Form::Job };
        let mut pipeline = file.blank(name, form);
        pipeline.siblings = siblings;
        pipeline.location = file.at(key.region());
        job::read(&whole, job, &mut pipeline);
        out.push(pipeline.into());
    }
    includes(&file, root, out);
}

fn is_job(key: At, job: At) -> bool {
    let name = key.text().unwrap_or_default();
    job.is_map() && !name.is_empty() && !GLOBAL.contains(&name)
}

/// What the file takes in from elsewhere becomes one fragment without steps.
fn includes(file: &CiFile, root: At, out: &mut Vec<Record>) {
    let Some(include) = root.get("include") else { return };
    let items: Vec<At> = if include.is_seq() { include.items().collect() } else { vec![include] };
    let components: Vec<Component> =
        items.into_iter().filter_map(|item| included(file, item)).collect();
    if components.is_empty() {
        return;
    }
    let mut pipeline = file.blank("", Form::Fragment);
    pipeline.location = file.at(include.region());
    pipeline.components = components;
    out.push(pipeline.into());
}

fn included(file: &CiFile, item: At) -> Option<Component> {
    let part = |key: &str| item.get(key).and_then(At::value);
    let named = |name: &str, reference: Option<&str>, pin: Pin| {
        Some(Component {
            kind: ComponentKind::Workflow,
            name: name.to_owned(),
            reference: reference.map(str::to_owned),
            pin,
            location: file.at(item.region()),
            ..Component::default()
        })
    };
    if let Some(path) = item.value().or_else(|| part("local")) {
        let remote = path.starts_with("https://") || path.starts_with("http://");
        return named(path, None, if remote { Pin::Floating } else { Pin::Local });
    }
    if let Some(url) = part("remote") {
        let pin = if part("integrity").is_some() { Pin::Digest } else { Pin::Floating };
        return named(url, None, pin);
    }
    if let Some(component) = part("component") {
        let (name, reference) = component.rsplit_once('@').unwrap_or((component, ""));
        let own = name.contains("$CI_SERVER_FQDN/$CI_PROJECT_PATH");
        return named(name, Some(reference), if own { Pin::Local } else { pin_of(reference) });
    }
    let project = part("project")?;
    let reference = part("ref").unwrap_or_default();
    named(project, (!reference.is_empty()).then_some(reference), pin_of(reference))
}
