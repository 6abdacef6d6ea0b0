//! Safe changes to workflow files: computed as edits of byte spans, so that comments and layout stay as they
//! are. What is not known to be safe is left, with the reason.

mod edit;
mod plan;
#[cfg(test)]
mod tests;

use crate::readers::yaml::{Yaml, utf8};
use std::collections::BTreeMap;

/// Commits that references to actions stand for: `owner/name@v4` in lower case → 40 or 64 hexadecimal digits.
#[derive(Clone, Debug, Default)]
pub struct Pins(BTreeMap<String, String>);

/// A change, or the reason why one was not made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// From 1.
    pub line: u32,
    /// In words.
    pub text: String,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// The new text; `None` when nothing changes.
    pub text: Option<String>,
    /// The changes.
    pub applied: Vec<Note>,
    /// What was left, and why.
    pub left: Vec<Note>,
}

impl Pins {
    /// Reads a map file: TOML, `"owner/name@v4" = "<commit>"`. The error says which line is wrong.
    pub fn parse(text: &str) -> Result<Pins, String> {
        let table: BTreeMap<String, String> =
            toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let wrong = table.iter().find(|(name, commit)| {
            !crate::readers::ci::is_commit(commit) || !name.contains('@') || !name.contains('/')
        });
        match wrong {
            Some((name, _)) => {
                Err(format!("`{name}` must be `owner/name@version` = a full commit"))
            }
            None => Ok(Pins(
                table
                    .into_iter()
                    .map(|(name, commit)| (name.to_ascii_lowercase(), commit))
                    .collect(),
            )),
        }
    }

    /// Learns from the uses of a workflow that are pinned and say in a comment which version they are:
    /// `uses: a/b@<commit> # v1.2.3`. A version with two different commits is forgotten.
    pub fn learn(&mut self, text: &str) {
        for line in text.lines() {
            let Some((before, comment)) = line.split_once(" #") else { continue };
            let Some((_, uses)) = before.split_once("uses:") else { continue };
            let uses = uses.trim().trim_matches(['"', '\'']);
            let Some((name, commit)) = uses.split_once('@') else { continue };
            let comment = comment.trim().trim_start_matches("tag=").trim_start_matches("pin@");
            let version = comment.split_whitespace().next().unwrap_or_default();
            let digits = version.strip_prefix('v').unwrap_or(version);
            let is_version = digits.starts_with(|c: char| c.is_ascii_digit());
            if !crate::readers::ci::is_commit(commit) || !is_version {
                continue;
            }
            let key = format!("{name}@{version}").to_ascii_lowercase();
            match self.0.get(&key) {
                Some(known) if known != commit => self.0.insert(key, String::new()),
                Some(_) => None,
                None => self.0.insert(key, commit.to_owned()),
            };
        }
    }

    fn commit(&self, uses: &str) -> Option<&str> {
        self.0.get(&uses.to_ascii_lowercase()).map(String::as_str).filter(|c| !c.is_empty())
    }
}

/// Plans and makes the safe changes of one workflow. A file that cannot be read, or that would not read the
/// same after the change, is left as it is.
pub fn fix_workflow(bytes: &[u8], pins: &Pins) -> Fixed {
    let text = match utf8(bytes) {
        Ok(text) => text,
        Err(error) => return refused(error.line, &error.why),
    };
    let tree = match Yaml::parse(text) {
        Ok(tree) if tree.duplicates.is_empty() && tree.documents().count() == 1 => tree,
        Ok(_) => return refused(1, "a key stands twice, or there are several documents"),
        Err(error) => return refused(error.line, &error.why),
    };
    let plan = plan::plan(text, &tree, pins);
    if plan.edits.is_empty() {
        return Fixed { text: None, applied: Vec::new(), left: plan.left };
    }
    let Some(new) = edit::apply(text, plan.edits.iter().map(|(edit, _)| edit)) else {
        return refused(1, "two changes overlap");
    };
    let again = Yaml::parse(&new).ok().filter(|again| again.duplicates.is_empty());
    let settled = again.is_some_and(|again| {
        plan::shape(&again) == plan::shape(&tree) && plan::plan(&new, &again, pins).edits.is_empty()
    });
    if !settled {
        return refused(1, "the file would not read the same after the change");
    }
    let mut applied: Vec<Note> = plan.edits.into_iter().map(|(_, note)| note).collect();
    applied.sort();
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { "\u{feff}" } else { "" };
    Fixed { text: Some(format!("{mark}{new}")), applied, left: plan.left }
}

fn refused(line: u32, why: &str) -> Fixed {
    let note = Note { line, text: format!("nothing was changed: {why}") };
    Fixed { left: vec![note], ..Fixed::default() }
}
