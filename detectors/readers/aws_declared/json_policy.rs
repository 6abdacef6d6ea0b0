//! Policy documents that stand in files of their own: what `file()` and `templatefile()` read, what
//! scripts hand to `aws iam create-policy`.

use super::model::{Declared, Thing};
use crate::{
    evidence::{LineIndex, Record, Region},
    readers::Document,
};

/// True for files that hold one policy: JSON, or a template of it.
pub(super) fn accepts(document: &Document) -> bool {
    const ENDS: [&str; 4] = [".json", ".json.tpl", ".json.tftpl", ".json.tmpl"];
    const LONGEST: usize = 64 << 10;
    let head = document.bytes.trim_ascii_start();
    ENDS.iter().any(|end| document.path.ends_with(end))
        && document.bytes.len() <= LONGEST
        && head.starts_with(b"{")
        && memchr::memmem::find(document.bytes, b"\"Statement\"").is_some()
        && memchr::memmem::find(document.bytes, b"\"Effect\"").is_some()
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let Ok(text) = std::str::from_utf8(document.bytes) else { return };
    let template = !document.path.ends_with(".json");
    if !template {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return };
        // A policy and nothing else: answers of tools hold policies in other places.
        let only = value.as_object().is_some_and(|map| {
            map.contains_key("Statement")
                && map.keys().all(|key| matches!(key.as_str(), "Version" | "Id" | "Statement"))
        });
        if !only {
            return;
        }
    }
    let mut declared = Declared::of_folder(document);
    let name = document.path.rsplit('/').next().unwrap_or(document.path);
    let name = name.split(".json").next().unwrap_or(name);
    let thing = Thing::new("file", document.path)
        .with("name", Some(name.into()))
        .with("text", Some(text.into()));
    let (line, _) = LineIndex::new(document.bytes).position(document.bytes.len());
    let region = Region { end_line: line, ..Region::line(1) };
    declared.add(thing, region);
    declared.push(out);
}
