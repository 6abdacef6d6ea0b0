//! Azure Pipelines: the jobs of a pipeline or template to pipeline records.
//!
//! Format: <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/>. A template of the same
//! repository is named by its path, so that the estate can link it to the jobs that use it; template
//! expressions are read as if every branch held; parameters stay as they are written.

mod job;
mod step;
mod tasks;
mod tree;
mod trigger;
mod variables;

use super::{
    Document,
    ci::{self, blank, place},
    yaml::At,
};
use crate::evidence::{
    Record,
    pipeline::{Component, ComponentKind, Form, Pin},
};
use memchr::memmem;

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "azure-pipelines";

/// Folders that hold nothing but pipelines, by convention.
const FOLDERS: &[&str] = &[
    ".ado/",
    ".azdo/",
    ".azure-pipelines/",
    ".azuredevops/",
    ".azure/pipelines/",
    ".pipelines/",
    "azure-pipelines/",
    "eng/pipelines/",
];

/// Folders that hold pipelines of several platforms, and other things.
const SHARED_FOLDERS: &[&str] = &["pipelines/", "templates/", "templates-official/"];

/// How entries begin that only this platform has.
const OWN_ENTRIES: &[&str] = &[
    "- bash: ",
    "- checkout: ",
    "- deployment: ",
    "- job: ",
    "- powershell: ",
    "- pwsh: ",
    "- stage: ",
    "- task: ",
    "- template: ",
];

/// True for files that are named like a pipeline, and for YAML that runs tasks (`task: Name@1`).
pub(crate) fn accepts(document: &Document) -> bool {
    let path = document.path;
    let name = path.rsplit('/').next().unwrap_or(path);
    if !(path.ends_with(".yml") || path.ends_with(".yaml")) {
        return false;
    }
    let named = name.trim_start_matches('.').starts_with("azure-pipeline");
    let foreign = [".github/", ".gitlab/", ".circleci/"].iter().any(|f| path.contains(f));
    named || (!foreign && (runs_tasks(document.bytes) || is_in_folder(document)))
}

/// A file of a pipeline folder that has a key of a pipeline at its top.
fn is_in_folder(document: &Document) -> bool {
    let path = document.path;
    let inside = |folders: &[&str]| {
        folders.iter().any(|f| path.starts_with(f) || path.contains(&format!("/{f}")))
    };
    let has = |text: &&str| memmem::find(document.bytes, text.as_bytes()).is_some();
    let fits = inside(FOLDERS) || (inside(SHARED_FOLDERS) && OWN_ENTRIES.iter().any(has));
    fits && ["steps:", "jobs:", "stages:", "extends:", "variables:"].iter().any(|key| {
        memmem::find_iter(document.bytes, key.as_bytes())
            .any(|at| at == 0 || document.bytes.get(at - 1) == Some(&b'\n'))
    })
}

/// `task: Name@1`, which no other platform writes.
fn runs_tasks(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"- task: ").take(20).any(|at| {
        let rest = bytes.get(at + 8..).unwrap_or_default();
        let line = rest.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
        let mut halves = line.splitn(2, |b| *b == b'@');
        let name = halves.next().unwrap_or_default();
        let version = halves.next().unwrap_or_default();
        !name.is_empty()
            && name.len() <= 120
            && name.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.'\"".contains(b))
            && version.first().is_some_and(u8::is_ascii_digit)
    })
}

/// The file at hand.
struct File<'t> {
    document: &'t Document<'t>,
    root: At<'t>,
    /// True for a file that only other files start.
    is_template: bool,
}

/// Reads one file.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let Some(tree) = ci::parse(document, out) else { return };
    let Some(root) = tree.root().filter(|root| root.is_map()) else { return };
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    if !has(&["steps", "jobs", "stages", "extends", "phases"]) {
        return;
    }
    let own = ["trigger", "pr", "schedules", "resources", "extends", "pool", "name"];
    let name = document.path.rsplit('/').next().unwrap_or_default();
    let is_template = !has(&own) && !name.starts_with("azure-pipeline");
    let file = File { document, root, is_template };
    if is_template && root.get("steps").is_some() {
        let mut pipeline = blank(document, PLATFORM, "", Form::Fragment);
        pipeline.location = place(document, root);
        job::read_fragment(&file, &mut pipeline);
        out.push(pipeline.into());
        return;
    }
    job::read_all(&file, out);
}

impl<'t> File<'t> {
    /// What a `template: path@repository` stands for.
    fn template(&self, named: At) -> Component {
        let text = named.value().unwrap_or_default();
        let (path, alias) = text.rsplit_once('@').unwrap_or((text, "self"));
        let (name, reference, pin) = match self.repository(alias) {
            _ if path.contains("${{") => (text.to_owned(), None, Pin::Dynamic),
            _ if alias == "self" => (format!("./{}", self.resolve(path)), None, Pin::Local),
            Some(repository) => {
                let name = repository.get("name").and_then(At::value).unwrap_or(alias);
                let reference = repository.get("ref").and_then(At::value);
                (name.to_owned(), reference.map(str::to_owned), pin_of(reference))
            }
            None => (text.to_owned(), None, Pin::Dynamic),
        };
        Component {
            kind: ComponentKind::Workflow,
            name,
            reference,
            pin,
            location: place(self.document, named),
            ..Component::default()
        }
    }

    /// The repository resource of a name.
    fn repository(&self, alias: &str) -> Option<At<'t>> {
        let listed =
            tree::get(self.root, "resources").and_then(|r| tree::get(r, "repositories"))?;
        let items = tree::items(listed);
        let found = items.into_iter().map(|item| item.node);
        found.into_iter().find(|node| node.get("repository").and_then(At::value) == Some(alias))
    }

    /// A path of this repository: relative to this file, or from the root behind `/`.
    fn resolve(&self, path: &str) -> String {
        let folder = self.document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = match path.strip_prefix('/') {
            Some(_) => Vec::new(),
            None => folder.split('/').filter(|part| !part.is_empty()).collect(),
        };
        for part in path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".") {
            if part == ".." {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        parts.join("/")
    }
}

/// `refs/heads/…`, `refs/tags/…` or a commit; without a reference the default branch.
fn pin_of(reference: Option<&str>) -> Pin {
    match reference {
        Some(text) if text.starts_with("refs/tags/") => Pin::Tag,
        Some(text) if text.starts_with("refs/heads/") => Pin::Floating,
        Some(text) => ci::pin_of(text),
        None => Pin::Floating,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Src;

    fn takes(path: &str, text: &str) -> bool {
        let src = Src::of("git", "test");
        let as_of = jiff::Timestamp::UNIX_EPOCH;
        let bytes = text.as_bytes();
        accepts(&Document { path, bytes, src: &src, repository: None, as_of })
    }

    #[test]
    fn files_of_shared_folders_count_when_they_have_entries_of_this_platform() {
        let steps = "steps:\n- template: build.yml\n- script: make\n";
        assert!(takes("pipelines/build.yml", steps));
        assert!(takes("ci/templates/build.yaml", "parameters: []\njobs:\n- job: a\n"));
        assert!(!takes("ci/other/build.yml", steps));
        // A GitLab component, a chart's manifest, a Tekton pipeline.
        assert!(!takes(
            "templates/build.yml",
            "spec:\n  inputs:\n---\nvariables:\n  A: 1\nb:\n  script: make\n"
        ));
        assert!(!takes("templates/job.yaml", "kind: Job\nspec:\n  template: {}\n"));
        assert!(!takes("pipelines/run.yaml", "kind: Pipeline\nspec:\n  tasks:\n  - name: a\n"));
    }
}
