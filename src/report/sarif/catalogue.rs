//! The rules of one run. GitHub and DefectDojo know one severity per rule, so a rule whose findings
//! span bands has one descriptor per band.

use super::{
    Profile, level,
    taxonomy::{Taxonomies, text},
};
use crate::{
    report::{Report, help, nhi},
    triage::{Absent, Triaged},
};
use overstay_rules::{Band, Rule, RuleId};
use serde_sarif::sarif;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Tags that GitHub keeps of one rule.
const MAX_TAGS: usize = 10;
/// Characters that GitHub takes in a rule's description.
const MAX_DESCRIPTION: usize = 1024;

/// The descriptors of one run and where each stands. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    entries: Arc<BTreeMap<String, (usize, Entry)>>,
    pub(super) taxonomies: Taxonomies,
}

/// What one descriptor describes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    rule: RuleId,
    variant: Option<String>,
    band: Band,
}

impl Entry {
    /// What the rule id of an earlier report stands for: slug, variant, band.
    fn of(gone: &Absent) -> Option<Entry> {
        let rule = gone.rule()?;
        let below = gone.known.rule_id.split_once('/').map_or("", |(_, below)| below);
        let (variant, band) = match below.rsplit_once('/').unwrap_or(("", below)) {
            (variant, last) if last.parse::<Band>().is_ok() => (variant, last.parse().ok()),
            _ => (below, None),
        };
        let variant = (!variant.is_empty()).then(|| variant.to_owned());
        Some(Entry { rule: rule.id, variant, band: band.unwrap_or(rule.band) })
    }
}

impl Catalogue {
    /// The descriptors that the findings need; in the archive also the rules that found nothing.
    pub(super) fn new(report: &Report, profile: Profile, findings: &[&Triaged]) -> Catalogue {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        if profile == Profile::Archive {
            for id in &report.rules {
                let rule = id.rule();
                let entry = Entry { rule: *id, variant: None, band: rule.band };
                entries.insert(rule.slug.to_owned(), entry);
            }
            for gone in report.absent.iter().flatten() {
                if let Some(entry) = Entry::of(gone) {
                    entries.insert(gone.known.rule_id.clone(), entry);
                }
            }
        }
        for triaged in findings {
            entries.entry(triaged.rule_id()).or_insert_with(|| Entry {
                rule: triaged.finding.rule,
                variant: triaged.finding.variant.clone(),
                band: triaged.band,
            });
        }
        let taxonomies = Taxonomies::new(entries.values().map(|entry| entry.rule.rule()));
        let numbered = entries.into_iter().enumerate().map(|(i, (id, entry))| (id, (i, entry)));
        Catalogue { entries: Arc::new(numbered.collect()), taxonomies }
    }

    /// The position of a rule id.
    pub(super) fn index(&self, rule_id: &str) -> Option<i64> {
        self.entries.get(rule_id).and_then(|(index, _)| i64::try_from(*index).ok())
    }

    /// The band of a rule id.
    pub(super) fn band(&self, rule_id: &str) -> Option<Band> {
        self.entries.get(rule_id).map(|(_, entry)| entry.band)
    }

    /// SARIF's `driver.rules`.
    pub(super) fn descriptors(&self) -> Vec<sarif::ReportingDescriptor> {
        self.entries.iter().map(|(id, (_, entry))| self.descriptor(id, entry)).collect()
    }

    fn descriptor(&self, id: &str, entry: &Entry) -> sarif::ReportingDescriptor {
        let rule = entry.rule.rule();
        let title = match &entry.variant {
            Some(variant) => format!("{} ({variant}).", rule.title),
            None => format!("{}.", rule.title.trim_end_matches('.')),
        };
        let help = help(rule);
        sarif::ReportingDescriptor::builder()
            .id(id)
            .name(pascal(id))
            .short_description(text(&title))
            .full_description(text(&shortened(rule.summary)))
            .help(sarif::MultiformatMessageString::builder().text(help).markdown(help).build())
            .help_uri(nhi::page(rule.nhi.first().copied().unwrap_or_default()))
            .default_configuration(sarif::ReportingConfiguration {
                level: Some(level(entry.band).to_string().into()),
                ..sarif::ReportingConfiguration::default()
            })
            .properties(properties(rule, entry.band))
            .relationships(self.taxonomies.relationships(rule))
            .build()
    }
}

fn properties(rule: &Rule, band: Band) -> sarif::PropertyBag {
    let cwe = rule.cwe.iter().filter_map(|id| {
        let number: u32 = id.strip_prefix("CWE-")?.parse().ok()?;
        Some(format!("external/cwe/cwe-{number:03}"))
    });
    let codes = rule.nhi.iter().map(|code| (*code).to_owned());
    let mut seen = BTreeSet::new();
    let tags = std::iter::once("security".to_owned())
        .chain(codes)
        .chain(cwe)
        .chain(nhi::agent_tags(rule.slug))
        .filter(|tag| seen.insert(tag.clone()))
        .take(MAX_TAGS)
        .collect();
    sarif::PropertyBag {
        tags: Some(tags),
        additional_properties: BTreeMap::from([
            ("precision".to_owned(), rule.precision.into()),
            ("security-severity".to_owned(), security_severity(band).into()),
        ]),
    }
}

/// GitHub's number, as text: above 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low.
pub(super) fn security_severity(band: Band) -> &'static str {
    match band {
        Band::Critical => "9.5",
        Band::High => "8.0",
        Band::Medium => "5.5",
        Band::Low => "2.5",
        Band::Note => "0.5",
    }
}

/// At most as many characters as GitHub takes, ending with a full stop.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_DESCRIPTION {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_DESCRIPTION - 2).collect();
    format!("{kept}….")
}

/// `leaked-credential/aws-access-key` as `LeakedCredentialAwsAccessKey`.
fn pascal(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
        })
        .collect()
}
