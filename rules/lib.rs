//! What Overstay claims. Data: rule cards, credential formats, tables, the crosswalk and the
//! severity table, all embedded and checked at build time.

pub mod alphabet;
pub mod pattern;
mod severity;
pub use severity::{Component, SeverityTable};

use serde::{Deserialize, Serialize};
use std::fmt;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
include!(concat!(env!("OUT_DIR"), "/secrets.rs"));
include!(concat!(env!("OUT_DIR"), "/habitats.rs"));
include!(concat!(env!("OUT_DIR"), "/ledgers.rs"));
include!(concat!(env!("OUT_DIR"), "/tables.rs"));

mod shapes {
    use crate::pattern::{ByteSet, Groups, Program, Shape, Step::*};
    use regex_syntax::hir::Look::*;
    use std::borrow::Cow::Borrowed;
    include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
}

/// How bad, from worst to least. The order of the variants is the order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Informational: a dead credential still present, an inventory fact.
    Note,
    /// A rule fired; nothing makes it urgent.
    Low,
    /// Fix within the normal cycle.
    Medium,
    /// Fix this week.
    High,
    /// Fix now.
    Critical,
}

impl Band {
    /// Every band, from least to worst.
    pub const ALL: [Band; 5] = [Band::Note, Band::Low, Band::Medium, Band::High, Band::Critical];

    /// The lower-case word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Band::Note => "note",
            Band::Low => "low",
            Band::Medium => "medium",
            Band::High => "high",
            Band::Critical => "critical",
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Band {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Band::ALL
            .into_iter()
            .find(|b| b.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a band (critical, high, medium, low, note)"))
    }
}

/// Who wants to see a rule: everybody, or only somebody who asks for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    /// Shown by default.
    Regular,
    /// Shown with `--persona auditor`: right, but often noisy.
    Auditor,
}

/// One rule, as its card states it.
#[derive(Debug)]
pub struct Rule {
    /// The variant that detectors name.
    pub id: RuleId,
    /// The rule's one public name.
    pub slug: &'static str,
    /// The slug in PascalCase: SARIF `name`.
    pub name: &'static str,
    /// The folder it lives in: `ci`, `vault`, …
    pub plane: &'static str,
    /// A short title that names the bad state.
    pub title: &'static str,
    /// The card's first paragraph.
    pub summary: &'static str,
    /// OWASP NHI Top 10 (2025) codes, the most fitting first.
    pub nhi: &'static [&'static str],
    /// CWE ids, the most fitting first.
    pub cwe: &'static [&'static str],
    /// The band that a typical finding has.
    pub band: Band,
    /// The worst band that a finding of this rule may have, where the rule is mere hygiene.
    pub cap: Option<Band>,
    /// SARIF precision: how often a finding is right.
    pub precision: &'static str,
    /// Who sees it.
    pub persona: Persona,
    /// The sources whose evidence it needs.
    pub sources: &'static [&'static str],
    /// The version that introduced it.
    pub since: &'static str,
    /// Former slugs and, for governance rules, the R-number.
    pub aliases: &'static [&'static str],
    /// The whole card: front matter and prose.
    pub card: &'static str,
}

impl RuleId {
    /// The rule's card.
    pub fn rule(self) -> &'static Rule {
        &CATALOGUE[self as usize]
    }

    /// The rule's slug.
    pub fn slug(self) -> &'static str {
        self.rule().slug
    }
}

impl Rule {
    /// The prose below the front matter.
    pub fn body(&self) -> &'static str {
        self.card.splitn(3, "+++\n").nth(2).unwrap_or_default().trim_start()
    }

    /// The prose under a `## ` heading, without the heading.
    pub fn section(&self, heading: &str) -> Option<&'static str> {
        let start = self.body().find(&format!("## {heading}\n"))?;
        let text = self.body()[start..].split_once('\n')?.1;
        Some(text.split("\n## ").next().unwrap_or(text).trim())
    }
}

/// The rule that a slug or an alias names, case-insensitively for aliases (`r01`).
pub fn find(name: &str) -> Option<&'static Rule> {
    CATALOGUE
        .iter()
        .find(|r| r.slug == name || r.aliases.iter().any(|a| a.eq_ignore_ascii_case(name)))
}

/// The credential formats: one `(provider, JSON text)` per file of `rules/secrets/`, which is read in
/// a third of the time that TOML takes.
pub fn secret_formats() -> &'static [(&'static str, &'static str)] {
    SECRET_FORMATS
}

/// Where in a text the matches of a credential format can stand. Read off its pattern at build time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habitat {
    /// Every match begins with one of these literals, and with a run of at least
    /// [`alphabet::TOKEN_RUN`] token bytes.
    RunStart(&'static [&'static str]),
    /// Every match begins with a name that holds one of [`alphabet::NAME_WORDS`] and is given a value.
    Named,
    /// Every match holds a run of [`alphabet::LONG_ALNUM`] letters and digits, or one of
    /// [`alphabet::LONG_BASE64`] base64 digits.
    LongRun,
    /// Nothing of that kind.
    Anywhere,
}

/// The habitat of the credential format with an id; [`Habitat::Anywhere`] if it is not built in.
pub fn habitat(format: &str) -> Habitat {
    let found = HABITATS.binary_search_by_key(&format, |(id, _)| id);
    found.ok().and_then(|at| HABITATS.get(at)).map_or(Habitat::Anywhere, |(_, habitat)| *habitat)
}

/// What the pattern of the credential format with an id says; `None` if it is not built in.
pub fn shape(format: &str) -> Option<&'static pattern::Shape> {
    let found = shapes::SHAPES.binary_search_by_key(&format, |(id, _)| id);
    found.ok().and_then(|at| shapes::SHAPES.get(at)).map(|(_, shape)| shape)
}

/// The mappings of ledger exports: one `(name, TOML text)` per file of `rules/ledgers/`.
pub fn ledger_mappings() -> &'static [(&'static str, &'static str)] {
    LEDGERS
}

/// The text of `rules/tables/<name>.toml`.
pub fn table(name: &str) -> Option<&'static str> {
    TABLES.iter().find(|(stem, _)| *stem == name).map(|(_, text)| *text)
}

/// Every action of IAM (`rules/tables/aws-actions.tsv`, made by `aws-actions.py` beside it).
pub const AWS_ACTIONS: &str = include_str!("tables/aws-actions.tsv");

/// The text of `rules/crosswalk.toml`.
pub const CROSSWALK: &str = include_str!("crosswalk.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_indexed_by_rule_id() {
        for rule in CATALOGUE {
            assert_eq!(rule.id.slug(), rule.slug);
            assert!(find(rule.slug).is_some());
        }
    }
}
