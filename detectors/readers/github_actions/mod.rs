//! GitHub Actions: workflows, composite actions and Dependabot to pipeline records.
//!
//! Format: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax> and
//! <https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax>. An unknown key
//! is ignored; a file that GitHub itself would refuse becomes a coverage record.

mod expression;
mod job;
mod step;
mod workflow;

use super::{
    Document,
    ci::CiFile,
    yaml::{Yaml, YamlError, utf8},
};
use crate::evidence::Record;

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "github-actions";

/// What a path says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileKind {
    Workflow,
    Action,
}

fn kind(path: &str) -> Option<FileKind> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    if folder == ".github/workflows" || folder.ends_with("/.github/workflows") {
        Some(FileKind::Workflow)
    } else if stem == "action" {
        Some(FileKind::Action)
    } else {
        None
    }
}

/// True for workflows and action metadata.
pub(crate) fn accepts(document: &Document) -> bool {
    kind(document.path).is_some()
}

/// Reads one file.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let Some(kind) = kind(document.path) else { return };
    let file = CiFile { document, platform: PLATFORM };
    let tree = match utf8(document.bytes).and_then(Yaml::parse) {
        Ok(tree) => tree,
        Err(error) => return out.push(file.unreadable(&error).into()),
    };
    if let Some(duplicate) = tree.duplicates.first() {
        let why = format!("the key `{}` stands twice, which GitHub refuses", duplicate.key);
        return out.push(file.unreadable(&YamlError { line: duplicate.line, why }).into());
    }
    let Some(root) = tree.root() else { return };
    match kind {
        FileKind::Workflow => workflow::read(&file, root, out),
        FileKind::Action => workflow::read_composite(&file, root, out),
    }
}
