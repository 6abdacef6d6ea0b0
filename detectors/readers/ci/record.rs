//! What every reader of a CI configuration does around its own format: the empty record of a job, and
//! the coverage record of a file that cannot be read.

use crate::{
    evidence::{Coverage, Location, Pipeline, Record, pipeline::Form},
    readers::{
        Document,
        yaml::{At, Yaml, YamlError, utf8},
    },
};

/// The record of one job, with its identity and nothing else. A file that is one job has an empty `job`.
pub(crate) fn blank(document: &Document, platform: &str, job: &str, form: Form) -> Pipeline {
    let file = match document.repository {
        Some(repository) => format!("{platform}:{repository}/{}", document.path),
        None => format!("{platform}:{}", document.path),
    };
    let subject = if job.is_empty() { file } else { format!("{file}#{job}") };
    Pipeline {
        id: format!("pipeline:{subject}"),
        src: document.src.at(document.path),
        as_of: document.as_of,
        subject,
        platform: platform.to_owned(),
        form,
        repository: document.repository.map(str::to_owned),
        workflow: document.path.to_owned(),
        job: job.to_owned(),
        ..Pipeline::default()
    }
}

/// Where a node stands.
pub(crate) fn place(document: &Document, node: At) -> Location {
    Location::in_file(document.path, node.region())
}

/// The tree of a file. What cannot be read, and keys that stand twice, become coverage records.
pub(crate) fn parse<'a>(document: &Document<'a>, out: &mut Vec<Record>) -> Option<Yaml<'a>> {
    match utf8(document.bytes).and_then(Yaml::parse) {
        Ok(tree) => {
            // The later of two equal keys wins here; the platform may refuse the file.
            if let Some(duplicate) = tree.duplicates.first() {
                let why = format!(
                    "the key `{}` stands twice; only the later one was judged",
                    duplicate.key
                );
                out.push(invalid(document, &YamlError { line: duplicate.line, why }).into());
            }
            Some(tree)
        }
        Err(error) => {
            let mut coverage = invalid(document, &error);
            if is_unrendered(document.bytes, error.line) {
                "the file is a template: a placeholder stands where YAML allows none"
                    .clone_into(coverage.why.get_or_insert_default());
                coverage.remedy = Some("scan what it renders to".to_owned());
                coverage.by_design = true;
            }
            out.push(coverage.into());
            None
        }
    }
}

/// True when the line at fault has the braces of a template engine, not of the platform's expressions.
fn is_unrendered(bytes: &[u8], line: u32) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n');
    let at_fault = lines.nth(line.saturating_sub(1) as usize).unwrap_or_default();
    memchr::memmem::find_iter(at_fault, b"{{").any(|at| at == 0 || at_fault[at - 1] != b'$')
}

/// A coverage record for a pipeline that is not valid YAML, or not in full.
fn invalid(document: &Document, error: &YamlError) -> Coverage {
    let why = format!("not a readable pipeline: {error}");
    unreadable(document, error.line, why, "make the file valid YAML, or exclude it from the scan")
}

/// A coverage record for a part of a CI configuration that could not be read.
pub(crate) fn unreadable(document: &Document, line: u32, why: String, remedy: &str) -> Coverage {
    let mut coverage = document.unreadable(why, remedy);
    coverage.kinds = vec!["pipeline".to_owned()];
    coverage.line = Some(line.into());
    coverage
}

/// A name that no earlier job of the file has: `name`, `name (2)`, …
pub(crate) fn unique(taken: &mut std::collections::HashMap<String, u32>, name: String) -> String {
    let count = taken.entry(name.clone()).or_insert(0);
    *count += 1;
    if *count == 1 { name } else { format!("{name} ({count})") }
}
