//! Kubernetes manifests of CI engines: the objects of a file, lists unfolded.

use super::unreadable;
use crate::{
    evidence::Record,
    readers::{
        Document,
        yaml::{At, Yaml, utf8},
    },
};

/// True for YAML in which one of the marks stands.
pub(crate) fn has_mark(document: &Document, marks: &[&str]) -> bool {
    let yaml = [".yaml", ".yml"].iter().any(|end| document.path.ends_with(end));
    let has = |mark: &&str| memchr::memmem::find(document.bytes, mark.as_bytes()).is_some();
    yaml && marks.iter().any(has)
}

/// Calls `each` for every object of a file. What is not YAML becomes a coverage record; a template of
/// Helm is left out by design.
pub(crate) fn each_object(
    document: &Document,
    out: &mut Vec<Record>,
    mut each: impl FnMut(At, &mut Vec<Record>),
) {
    let text = match utf8(document.bytes) {
        Ok(text) => text,
        Err(error) => {
            let why = format!("not a readable manifest: {}", error.why);
            return out.push(unreadable(document, error.line, why, "store it as UTF-8").into());
        }
    };
    match Yaml::parse(text) {
        Ok(tree) => {
            if let Some(twice) = tree.duplicates.first() {
                let why =
                    format!("the key `{}` stands twice; only the later one was judged", twice.key);
                out.push(unreadable(document, twice.line, why, "remove one of the two").into());
            }
            for object in tree.documents() {
                if object.get("kind").and_then(At::value) == Some("List") {
                    object
                        .get("items")
                        .into_iter()
                        .flat_map(At::items)
                        .for_each(|item| each(item, out));
                } else {
                    each(object, out);
                }
            }
        }
        Err(error) => {
            // Engines use braces in strings; a template has them where YAML allows none.
            let at_fault =
                text.lines().nth(error.line.saturating_sub(1) as usize).unwrap_or_default();
            let helm = ["{{-", "{{ .", "{{.", "{{ include", "{{ template"];
            let template = at_fault.contains("{{") || helm.iter().any(|mark| text.contains(mark));
            let (why, remedy) = if template {
                ("the manifest is a template".to_owned(), "scan what it renders to")
            } else {
                (format!("not a readable manifest: {}", error.why), "mend the manifest")
            };
            let mut coverage = unreadable(document, error.line, why, remedy);
            coverage.by_design = template;
            out.push(coverage.into());
        }
    }
}

/// The value at the end of a path of keys.
pub(crate) fn at<'t>(node: At<'t>, path: &[&str]) -> Option<At<'t>> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

/// `kind` and `name`, or what stands for one in `generateName`.
pub(crate) fn name_of(object: At) -> String {
    let kind = object.get("kind").and_then(At::value).unwrap_or_default();
    let name =
        ["name", "generateName"].iter().find_map(|key| at(object, &["metadata", key])?.value());
    format!("{kind}/{}", name.unwrap_or_default().trim_end_matches('-'))
}
