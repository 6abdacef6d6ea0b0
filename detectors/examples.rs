//! The examples of a card, which are also its tests.
//!
//! Below `## Examples`, a heading `### Reported…` or `### Not reported…` opens one example. Its
//! fences are documents (`yaml path=.github/workflows/a.yml`), evidence (`evidence`: JSON Lines) and,
//! for a reported one, `message`: the expected messages, one a line. `now=…` on any fence sets the
//! clock. The character `‖` is taken out of documents and evidence before they are read, so that a
//! credential in an example is broken where it stands.

use crate::{
    detect,
    evidence::{Estate, Record, Src, Thresholds, parse_lines},
    readers::{
        Document, read_document,
        secrets::{self, FingerprintKey, Matcher},
    },
};
use jiff::Timestamp;
use overstay_rules::Rule;

/// The break that keeps a credential in an example from being one.
pub const BREAK: char = '‖';

/// The clock of examples that do not set one.
pub const EXAMPLE_NOW: &str = "2026-11-22T00:00:00Z";

/// One example of a card.
#[derive(Debug, Default)]
pub struct Example<'a> {
    /// The heading.
    pub title: &'a str,
    /// Whether the rule must report.
    pub reported: bool,
    /// The clock.
    pub now: Option<&'a str>,
    /// Documents: path and text.
    pub documents: Vec<(&'a str, String)>,
    /// Evidence, JSON Lines.
    pub evidence: String,
    /// The expected messages.
    pub messages: Vec<&'a str>,
}

/// Reads the examples of a card. The error says what is wrong with which example.
pub fn examples(rule: &Rule) -> Result<Vec<Example<'static>>, String> {
    let section = rule.section("Examples").unwrap_or_default();
    let mut examples: Vec<Example<'static>> = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("### ") {
            let reported = title.starts_with("Reported");
            if !reported && !title.starts_with("Not reported") {
                return Err(format!(
                    "example heading `{title}` is neither Reported nor Not reported"
                ));
            }
            examples.push(Example { title, reported, ..Example::default() });
        } else if line.starts_with("```") {
            let ticks = line.len() - line.trim_start_matches('`').len();
            let info = &line[ticks..];
            let fence = &line[..ticks];
            let body: Vec<&str> = lines.by_ref().take_while(|l| *l != fence).collect();
            let example = examples.last_mut().ok_or("a fence stands before the first heading")?;
            add_fence(example, info, &body)?;
        }
    }
    for example in &examples {
        if example.reported == example.messages.is_empty() {
            return Err(format!(
                "`{}`: a reported example has a `message` fence, a not reported one has none",
                example.title
            ));
        }
    }
    Ok(examples)
}

fn add_fence(
    example: &mut Example<'static>,
    info: &'static str,
    body: &[&'static str],
) -> Result<(), String> {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default();
    let mut path = None;
    for word in words {
        match word.split_once('=') {
            Some(("path", value)) => path = Some(value),
            Some(("now", value)) => example.now = Some(value),
            _ => return Err(format!("`{word}` on a fence is neither path=… nor now=…")),
        }
    }
    let text = || body.join("\n").replace(BREAK, "") + "\n";
    match (language, path) {
        ("message", _) => example.messages.extend(body.iter().filter(|l| !l.is_empty())),
        ("evidence", _) => example.evidence.push_str(&text()),
        (_, Some(path)) => example.documents.push((path, text())),
        _ => return Err(format!("fence `{info}` needs path=… or the language `evidence`")),
    }
    Ok(())
}

/// The evidence of an example.
pub fn records(example: &Example) -> Result<Vec<Record>, String> {
    let src = Src::of("git", "example/repository");
    let as_of = clock(example)?;
    let matcher = Matcher::built_in(&FingerprintKey::new(b"examples"));
    let mut records = Vec::new();
    for (path, text) in &example.documents {
        let document = Document {
            path,
            bytes: text.as_bytes(),
            src: &src,
            repository: Some("example/repository"),
            as_of,
        };
        read_document(&document, &mut records);
        let exposures = secrets::read(&document, &matcher);
        records.extend(exposures.into_iter().map(Record::from));
    }
    let (evidence, errors) = parse_lines(&example.evidence);
    if let Some(error) = errors.first() {
        return Err(format!("`{}`: evidence {error}", example.title));
    }
    records.extend(evidence);
    Ok(records)
}

fn clock(example: &Example) -> Result<Timestamp, String> {
    example.now.unwrap_or(EXAMPLE_NOW).parse().map_err(|e| format!("`{}`: now: {e}", example.title))
}

/// Runs every example of a card with its rule alone; returns what went otherwise than it says.
pub fn run(rule: &Rule) -> Vec<String> {
    let examples = match examples(rule) {
        Ok(examples) => examples,
        Err(why) => return vec![format!("{}: {why}", rule.slug)],
    };
    let mut failures = Vec::new();
    for example in &examples {
        let estate = match records(example).and_then(|r| Ok((r, clock(example)?))) {
            Ok((records, now)) => Estate::build(records, now, Thresholds::default()),
            Err(why) => {
                failures.push(format!("{}: {why}", rule.slug));
                continue;
            }
        };
        let (findings, _) = detect(&estate, &[rule.id]);
        let mut got: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
        let mut expected = example.messages.clone();
        got.sort_unstable();
        expected.sort_unstable();
        if got != expected {
            failures.push(format!(
                "{}: `{}`\n  expected: {expected:#?}\n  got: {got:#?}",
                rule.slug, example.title
            ));
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_card_does_what_its_examples_say() {
        let failures: Vec<String> = overstay_rules::CATALOGUE.iter().flat_map(super::run).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
