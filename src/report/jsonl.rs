//! JSON Lines: one finding a line, suppressed ones included. The schema is `overstay-finding/1`;
//! fields are only ever added.

use super::Report;
use crate::triage::{State, Suppression, Triaged};
use overstay_detectors::{
    clocks::Clocks,
    evidence::{Location, Src},
    finding::{Note, Vector},
};
use overstay_rules::Band;
use serde::Serialize;
use std::io::{self, Write};

/// The version of the schema.
pub(crate) const VERSION: &str = "overstay-finding/1";

#[derive(Serialize)]
pub(super) struct Line<'a> {
    v: &'static str,
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    title: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'static [&'static str],
    nhi: &'static [&'static str],
    cwe: &'static [&'static str],
    band: Band,
    bands: Bands,
    vector: &'a Vector,
    identity: &'a str,
    source: Source<'a>,
    message: &'a str,
    locations: &'a [Location],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    related: &'a [Note],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    steps: &'a [Note],
    #[serde(skip_serializing_if = "Option::is_none")]
    clocks: Option<&'a Clocks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counterfactual: Option<&'a str>,
    fingerprint: &'a str,
    evidence: &'a [String],
    occurrences: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<&'a Suppression>,
}

#[derive(Serialize)]
struct Bands {
    min: Band,
    likely: Band,
    max: Band,
}

#[derive(Serialize)]
struct Source<'a> {
    system: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
}

impl<'a> From<&'a Triaged> for Line<'a> {
    fn from(triaged: &'a Triaged) -> Line<'a> {
        let finding = &triaged.finding;
        let rule = finding.rule.rule();
        let Src { system, tenant, .. } = &finding.src;
        Line {
            v: VERSION,
            rule: rule.slug,
            variant: finding.variant.as_deref(),
            title: rule.title,
            aliases: rule.aliases,
            nhi: rule.nhi,
            cwe: rule.cwe,
            band: triaged.band,
            bands: Bands { min: triaged.between.0, likely: triaged.band, max: triaged.between.1 },
            vector: &finding.vector,
            identity: &finding.identity,
            source: Source { system, tenant: tenant.as_deref() },
            message: &finding.message,
            locations: &finding.locations,
            related: &finding.related,
            steps: &finding.steps,
            clocks: finding.clocks.as_ref(),
            fix: finding.fix.as_deref(),
            counterfactual: triaged.counterfactual.as_deref(),
            fingerprint: &triaged.fingerprint,
            evidence: &finding.evidence,
            occurrences: triaged.occurrences,
            state: triaged.state,
            suppression: triaged.suppression.as_ref(),
        }
    }
}

pub(super) fn write(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    for triaged in &report.findings {
        serde_json::to_writer(&mut *sink, &Line::from(triaged))?;
        sink.write_all(b"\n")?;
    }
    Ok(())
}
