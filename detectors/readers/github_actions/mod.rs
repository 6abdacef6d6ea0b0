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
    yaml::{Yaml, YamlError, utf8},
};
use crate::evidence::{Coverage, Location, Record, Region};

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
    let file = File { document };
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

/// The file at hand: makes locations and names.
struct File<'d> {
    document: &'d Document<'d>,
}

impl File<'_> {
    fn path(&self) -> &str {
        self.document.path
    }

    fn at(&self, region: Region) -> Location {
        Location::in_file(self.document.path, region)
    }

    fn unreadable(&self, error: &YamlError) -> Coverage {
        let mut coverage = self.document.unreadable(
            format!("not a readable workflow: {error}"),
            "make the file valid YAML, or exclude it from the scan",
        );
        coverage.kinds = vec!["pipeline".to_owned()];
        coverage.line = Some(error.line.into());
        coverage
    }

    /// `github-actions:owner/repo/path#job`, without the repository when it is not known.
    fn subject(&self, job: &str) -> String {
        match self.document.repository {
            Some(repository) => format!("{PLATFORM}:{repository}/{}#{job}", self.path()),
            None => format!("{PLATFORM}:{}#{job}", self.path()),
        }
    }
}
