//! The OWASP NHI Top 10 and what it leads to, as `crosswalk.toml` has it.

use overstay_rules::CROSSWALK;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// The rows of `crosswalk.toml` that reports use.
#[derive(Debug, Deserialize)]
pub(super) struct Crosswalk {
    /// OWASP NHI Top 10 (2025), by code.
    pub(super) nhi: BTreeMap<String, Nhi>,
    /// NIST CSF 2.0 subcategories.
    pub(super) csf: BTreeMap<String, String>,
    /// CWE titles.
    pub(super) cwe: BTreeMap<String, String>,
    /// Frameworks for AI, by the slug of a rule about agents.
    agents: BTreeMap<String, ForAgents>,
}

/// What a rule about agents is in frameworks for AI.
#[derive(Debug, Deserialize)]
struct ForAgents {
    /// Layers of CSA MAESTRO.
    maestro: Vec<String>,
    /// Subcategories of NIST AI RMF 1.0.
    ai_rmf: Vec<String>,
}

/// The tags of a rule about agents: `MAESTRO:L7`, `NIST-AI-RMF:MANAGE-3.1`.
pub(super) fn agent_tags(slug: &str) -> Vec<String> {
    let Some(row) = crosswalk().agents.get(slug) else { return Vec::new() };
    let layer = |text: &String| text.split(' ').next().map(|layer| format!("MAESTRO:{layer}"));
    let layers = row.maestro.iter().filter_map(layer);
    let measures = row.ai_rmf.iter().map(|id| format!("NIST-AI-RMF:{}", id.replace(' ', "-")));
    layers.chain(measures).collect()
}

/// One entry of the OWASP NHI Top 10.
#[derive(Debug, Deserialize)]
pub(super) struct Nhi {
    /// The official title.
    pub(super) title: String,
    slug: String,
    /// What it is, in our words.
    pub(super) summary: String,
    /// NIST CSF 2.0 subcategories that answer it.
    pub(super) csf: Vec<String>,
}

static PARSED: LazyLock<Crosswalk> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    toml::from_str(CROSSWALK).expect("crosswalk.toml")
});

/// The crosswalk that ships with Overstay.
pub(super) fn crosswalk() -> &'static Crosswalk {
    &PARSED
}

/// The place of a code in the list: `NHI10:2025` after `NHI9:2025`.
pub(super) fn number(code: &str) -> u8 {
    let digits = code.strip_prefix("NHI").and_then(|rest| rest.split(':').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(u8::MAX)
}

/// The official title of a code.
pub(super) fn title(code: &str) -> &'static str {
    crosswalk().nhi.get(code).map_or("", |nhi| nhi.title.as_str())
}

/// The page of OWASP that explains a code.
pub(super) fn page(code: &str) -> String {
    const BASE: &str = "https://owasp.org/www-project-non-human-identities-top-10/2025/";
    crosswalk().nhi.get(code).map_or(BASE.to_owned(), |nhi| format!("{BASE}{}/", nhi.slug))
}
