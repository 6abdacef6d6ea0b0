//! Credential formats: what `rules/secrets/*.toml` says, typed and checked.

use super::{
    compiled::{self, Compiled},
    validators::{self, Validator},
};
use crate::evidence::Confidence;
use overstay_rules::pattern::{self, Groups, Shape};
use regex_automata::{Input, meta, util::primitives::NonMaxUsize};
use regex_syntax::hir::Hir;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, OnceLock},
};

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A bearer token.
    Token,
    /// A key that a caller sends along.
    ApiKey,
    /// A password of a user or service.
    Password,
    /// The private half of a key pair.
    PrivateKey,
    /// A certificate: no secret, but says whose key it is.
    Certificate,
    /// An address that carries a user and a password.
    ConnectionString,
    /// An address whose possession is enough to post.
    Webhook,
    /// The secret of an OAuth client or app registration.
    ClientSecret,
    /// The public half of a key id and secret pair.
    AccessKeyId,
}

/// One credential format. Schema: the head of `rules/secrets/README.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    kind: Kind,
    docs: Option<String>,
    #[serde(default)]
    anchors: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
    pattern: String,
    validator: Option<String>,
    entropy: Option<f64>,
    confidence: Confidence,
    #[serde(default)]
    companions: Vec<String>,
    #[serde(default)]
    beside: BTreeMap<String, String>,
    #[serde(default)]
    positive: Vec<String>,
    #[serde(default)]
    negative: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: String,
    docs: String,
    #[serde(rename = "format", default)]
    formats: Vec<Entry>,
}

/// One credential format, checked. Its regex is compiled when it is first needed.
#[derive(Debug)]
pub struct Format {
    /// Kebab-case, unique; the variant of the rule `leaked-credential`.
    pub id: String,
    /// The name for people to read.
    pub name: String,
    /// Who issues it.
    pub provider: String,
    /// Where the provider documents it.
    pub docs: String,
    /// What it is.
    pub kind: Kind,
    /// Literals, at least one of which is part of every match.
    pub(super) anchors: Vec<String>,
    /// Context words, at least one of which stands near a match.
    pub(super) keywords: Vec<String>,
    pattern: String,
    pub(super) validator: Option<Validator>,
    pub(super) entropy: f64,
    pub(super) confidence: Confidence,
    /// Formats whose public half says whose credential this is.
    pub(super) companions: Vec<String>,
    /// What is read off the surroundings: a name, and a pattern whose first group is the value.
    beside: BTreeMap<String, String>,
    surroundings: OnceLock<Vec<(String, meta::Regex)>>,
    /// Texts in which it must be found.
    pub positive: Vec<String>,
    /// Texts in which it must not be found.
    pub negative: Vec<String>,
    shape: OnceLock<Option<Cow<'static, Shape>>>,
    compiled: Compiled,
}

/// A pattern without a bound is searched in a window of this many bytes on either side.
const UNBOUNDED: usize = 4096;
/// The same for armoured keys, which say themselves where they end.
const UNBOUNDED_KEY: usize = 64 << 10;

/// Why a format was refused.
#[derive(Debug, thiserror::Error)]
#[error("rules/secrets/{file}.toml: {format}: {why}")]
pub struct FormatError {
    file: String,
    format: String,
    why: String,
}

impl Format {
    /// What the pattern says, which is known of the built-in ones. `None` only for one that the checks
    /// refused.
    pub(super) fn shape(&self) -> Option<&Shape> {
        let known = || overstay_rules::shape(&self.id).map(Cow::Borrowed);
        let read = || Some(Cow::Owned(Shape::of(&self.parse().ok()?, &self.anchors)));
        self.shape.get_or_init(|| known().or_else(read)).as_deref()
    }

    /// The most bytes of a match, or how far one is looked for.
    pub(super) fn longest(&self, shape: &Shape) -> usize {
        let unbounded = match self.kind {
            Kind::PrivateKey if shape.starts_with_anchor => UNBOUNDED_KEY,
            _ => UNBOUNDED,
        };
        shape.longest.unwrap_or(unbounded).min(unbounded)
    }

    /// Fills in where the groups of the first match are, which are empty before. `None` without one.
    pub(super) fn search(
        &self,
        input: &Input,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Option<&Groups> {
        let shape = self.shape()?;
        let slots = slots.get_mut(..shape.groups.slots)?;
        let program = shape.program.as_ref();
        let found = self.compiled.search(program, || self.parse().ok(), input, slots);
        found.map(|()| &shape.groups)
    }

    /// The pattern, parsed.
    pub(super) fn parse(&self) -> Result<Hir, String> {
        pattern::parse(&self.pattern)
    }

    /// The patterns of what may stand beside, each with the name of its value.
    pub(super) fn surroundings(&self) -> &[(String, meta::Regex)] {
        self.surroundings.get_or_init(|| {
            let regex = |pattern: &str| compiled::regex(&pattern::parse(pattern).ok()?).ok();
            let patterns = self.beside.iter();
            patterns.filter_map(|(name, pattern)| Some((name.clone(), regex(pattern)?))).collect()
        })
    }

    fn check(&self) -> Result<(), String> {
        if !is_kebab(&self.id) {
            return Err("the id is not kebab-case".into());
        }
        if self.anchors.is_empty() && self.keywords.is_empty() {
            return Err("needs anchors or keywords".into());
        }
        if let Some(short) = self.anchors.iter().chain(&self.keywords).find(|a| a.len() < 3) {
            return Err(format!("`{short}` is shorter than 3 bytes: too common to search for"));
        }
        Ok(())
    }

    /// Compiles the pattern and runs the checks that need it. Slow: for tests.
    pub fn check_pattern(&self) -> Result<(), String> {
        if self.surroundings().len() != self.beside.len() {
            return Err("a pattern of `beside` is malformed".into());
        }
        let pattern = self.parse()?;
        if pattern.properties().minimum_len().is_some_and(|shortest| shortest < 4) {
            return Err("the pattern matches fewer than 4 bytes".into());
        }
        compiled::regex(&pattern).map(|_| ())
    }
}

fn is_kebab(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

/// Reads one file of formats, as JSON.
fn parse(file: &str, text: &str) -> Result<Vec<Format>, FormatError> {
    let fail =
        |format: &str, why: String| FormatError { file: file.into(), format: format.into(), why };
    let parsed: File = serde_json::from_str(text).map_err(|e| fail("file", e.to_string()))?;
    let mut formats = Vec::with_capacity(parsed.formats.len());
    for entry in parsed.formats {
        let validator = match &entry.validator {
            None => None,
            Some(name) => Some(
                validators::named(name)
                    .ok_or_else(|| fail(&entry.id, format!("validators.rs has no `{name}`")))?,
            ),
        };
        let format = Format {
            provider: parsed.provider.clone(),
            docs: entry.docs.unwrap_or_else(|| parsed.docs.clone()),
            id: entry.id,
            name: entry.name,
            kind: entry.kind,
            anchors: entry.anchors,
            keywords: entry.keywords,
            pattern: entry.pattern,
            validator,
            entropy: entry.entropy.unwrap_or(0.0),
            confidence: entry.confidence,
            companions: entry.companions,
            beside: entry.beside,
            surroundings: OnceLock::new(),
            positive: entry.positive,
            negative: entry.negative,
            shape: OnceLock::new(),
            compiled: Compiled::default(),
        };
        format.check().map_err(|why| fail(&format.id, why))?;
        formats.push(format);
    }
    Ok(formats)
}

/// Reads all files and checks that no id is used twice and that every companion exists.
pub fn load(files: &[(&str, &str)]) -> Result<Vec<Format>, FormatError> {
    let mut formats: Vec<Format> = Vec::new();
    for (file, text) in files {
        formats.extend(parse(file, text)?);
    }
    let fail = |format: &Format, why: String| FormatError {
        file: "*".into(),
        format: format.id.clone(),
        why,
    };
    let mut ids = BTreeSet::new();
    for format in &formats {
        if !ids.insert(format.id.as_str()) {
            return Err(fail(format, "the id is used twice".into()));
        }
    }
    for format in &formats {
        if let Some(missing) = format.companions.iter().find(|c| !ids.contains(c.as_str())) {
            return Err(fail(format, format!("the companion `{missing}` is no format")));
        }
    }
    Ok(formats)
}

static BUILT_IN: LazyLock<Vec<Format>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    load(overstay_rules::secret_formats()).expect("rules/secrets")
});

/// Every built-in format, in the order of files and entries.
pub fn built_in() -> &'static [Format] {
    &BUILT_IN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_format_is_well_formed() {
        for format in built_in() {
            assert_eq!(format.check_pattern(), Ok(()), "{}", format.id);
            assert!(!format.positive.is_empty(), "{}: no positive example", format.id);
            assert!(!format.negative.is_empty(), "{}: no negative example", format.id);
        }
    }

    #[test]
    fn the_build_writes_down_what_every_pattern_says() {
        for format in built_in() {
            let read = Shape::of(&format.parse().unwrap(), &format.anchors);
            assert_eq!(overstay_rules::shape(&format.id), Some(&read), "{}", format.id);
        }
    }

    /// A file with one format, and more in it.
    fn file(more: &str) -> String {
        format!(
            r#"{{"provider": "P", "docs": "https://example.org", "format": [{{"id": "a", "name": "A",
            "kind": "token", "anchors": ["abcd"], "pattern": "abcd[0-9]{{9}}", "confidence": "high"{more}}}]}}"#
        )
    }

    #[test]
    fn a_misspelt_key_and_an_unknown_validator_are_refused_by_name() {
        assert!(parse("p", &file("")).is_ok());
        let misspelt = parse("p", &file(r#", "entropi": 3.0"#)).unwrap_err().to_string();
        assert!(misspelt.contains("entropi") && misspelt.contains("p.toml"), "{misspelt}");
        let unknown = parse("p", &file(r#", "validator": "crc33""#)).unwrap_err().to_string();
        assert!(unknown.contains("crc33"), "{unknown}");
    }

    #[test]
    fn every_offline_check_is_of_some_format() {
        let files = overstay_rules::secret_formats().iter();
        let used: BTreeSet<String> = files
            .flat_map(|(_, text)| serde_json::from_str::<File>(text).unwrap().formats)
            .filter_map(|entry| entry.validator)
            .collect();
        let checks: BTreeSet<String> =
            validators::CHECKS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(used, checks);
        assert_eq!(checks.len(), validators::CHECKS.len(), "a name stands for one check");
    }

    #[test]
    fn an_id_is_used_once() {
        let (first, second) = (file(""), file(""));
        let files = [("p", first.as_str()), ("q", second.as_str())];
        assert!(load(&files).unwrap_err().to_string().contains("twice"));
    }
}
