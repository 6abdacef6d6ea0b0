//! One finding as one SARIF result.

use super::{
    Profile,
    catalogue::Catalogue,
    level,
    place::{artifact, location},
};
use crate::{
    report::{Report, anchor, clean, clocks_beside},
    triage::{Absent, Place, Suppression, Triaged},
};
use overstay_detectors::{
    evidence::{Location, Region},
    finding::{Finding, Note},
};
use serde_json::json;
use serde_sarif::sarif;
use std::collections::BTreeMap;

/// Steps of a path that consumers keep.
const MAX_STEPS: usize = 100;
/// The key of our fingerprint; its version changes with what goes into the hash.
pub(super) const FINGERPRINT: &str = "overstayFinding/v1";

pub(super) fn result(
    report: &Report,
    profile: Profile,
    catalogue: &Catalogue,
    triaged: &Triaged,
) -> sarif::Result {
    let finding = &triaged.finding;
    let anchor = report.anchors.of(finding);
    let logical = finding.locations.iter().find_map(|l| l.logical.as_deref());
    let place = location(&anchor, Some(logical.unwrap_or(&finding.identity)));
    let rule_id = triaged.rule_id();
    let related = related(finding);
    let mut result = sarif::Result::builder()
        .rule_index(catalogue.index(&rule_id).unwrap_or(-1))
        .rule_id(rule_id)
        .kind(sarif::ResultKind::Fail)
        .level(level(triaged.band))
        .message(message(finding, &related))
        .locations(vec![place])
        .partial_fingerprints(fingerprints(&triaged.fingerprint))
        .fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), triaged.fingerprint.clone())]))
        .build();
    if !related.is_empty() {
        result.related_locations = Some(related);
    }
    if !finding.steps.is_empty() {
        result.code_flows = Some(vec![code_flow(finding, &anchor)]);
    }
    if triaged.occurrences > 1 {
        result.occurrence_count = Some(triaged.occurrences.into());
    }
    if profile == Profile::Archive {
        let others = finding.locations.iter().filter_map(anchor::in_file).filter(|a| *a != anchor);
        let others = others.map(|other| location(&other, None));
        result.locations.get_or_insert_default().extend(others);
        result.baseline_state = triaged.state.map(|state| state.as_str().into());
        result.suppressions = triaged.suppression.as_ref().map(|s| vec![suppression(s)]);
        result.properties = Some(properties(triaged));
    }
    result
}

/// A finding of the baseline that is gone. `None` when this version has no such rule.
pub(super) fn absent(catalogue: &Catalogue, gone: &Absent) -> Option<sarif::Result> {
    let known = &gone.known;
    let line = Region { end_column: 1, ..Region::line(known.line.unwrap_or(1)) };
    let path = known.path.clone().unwrap_or_else(|| format!("nhi/{}", known.source));
    let anchor = anchor::in_file(&Location::in_file(path, line))?;
    Some(
        sarif::Result::builder()
            .rule_index(catalogue.index(&known.rule_id)?)
            .rule_id(known.rule_id.clone())
            .kind(sarif::ResultKind::Fail)
            .level(level(catalogue.band(&known.rule_id)?))
            .message(sarif::Message {
                text: Some(known.message.clone()),
                ..sarif::Message::default()
            })
            .locations(vec![location(&anchor, known.identity.as_deref())])
            .partial_fingerprints(fingerprints(&gone.fingerprint))
            .fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), gone.fingerprint.clone())]))
            .baseline_state("absent")
            .build(),
    )
}

fn fingerprints(fingerprint: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("primaryLocationLineHash".to_owned(), line_hash(fingerprint)),
        (FINGERPRINT.to_owned(), fingerprint.to_owned()),
    ])
}

/// What GitHub tells alerts apart by. Ours, because a line is not what makes it the same finding.
fn line_hash(fingerprint: &str) -> String {
    format!("{}:1", fingerprint.get(..16).unwrap_or(fingerprint))
}

/// The message, the places that it links to, and what to do.
fn message(finding: &Finding, related: &[sarif::Location]) -> sarif::Message {
    let mut text = plain(&finding.message);
    if !related.is_empty() {
        let links = related.iter().filter_map(|place| {
            let words = place.message.as_ref()?.text.as_ref()?;
            Some(format!("[{words}]({})", place.id?))
        });
        text.push_str(&format!(" See also {}.", links.collect::<Vec<_>>().join(", ")));
    }
    if let Some(clocks) = clocks_beside(finding) {
        text.push_str(&format!(" Clocks: {}.", plain(&clocks)));
    }
    if let Some(fix) = finding.fix.as_deref().filter(|fix| !fix.contains('\n')) {
        let stop = if fix.ends_with(['.', '!', '?']) { "" } else { "." };
        text.push_str(&format!(" Fix: {}{stop}", plain(fix)));
    }
    sarif::Message { text: Some(text), ..sarif::Message::default() }
}

/// Text in which nothing is taken for a link, and nothing moves the cursor or turns the writing.
fn plain(text: &str) -> String {
    let text = clean::line(text);
    if text.contains("](") {
        text.replace('[', r"\[").replace(']', r"\]")
    } else {
        text.into_owned()
    }
}

/// Related places in files; GitHub shows those that the message links to, by their number.
fn related(finding: &Finding) -> Vec<sarif::Location> {
    let in_files =
        finding.related.iter().filter_map(|note| Some((anchor::in_file(&note.location)?, note)));
    (1..)
        .zip(in_files)
        .map(|(id, (anchor, note))| sarif::Location {
            id: Some(id),
            message: Some(said(&note.text)),
            ..location(&anchor, note.location.logical.as_deref())
        })
        .collect()
}

/// Words for a place, without the brackets that would end a link early.
fn said(text: &str) -> sarif::Message {
    let text = clean::line(text).replace(['[', ']'], " ");
    sarif::Message { text: Some(text), ..sarif::Message::default() }
}

/// The hops of a path. A step outside files stands at the finding's own place, because consumers
/// lose the whole import over a step without a file and a region.
fn code_flow(finding: &Finding, own: &anchor::Anchor) -> sarif::CodeFlow {
    let step = |note: &Note| {
        let place = anchor::in_file(&note.location).unwrap_or_else(|| own.clone());
        sarif::ThreadFlowLocation {
            location: Some(sarif::Location {
                message: Some(said(&note.text)),
                ..location(&place, note.location.logical.as_deref())
            }),
            ..sarif::ThreadFlowLocation::default()
        }
    };
    let steps = &finding.steps;
    let kept: Vec<_> = match steps.as_slice() {
        [first @ .., last] if steps.len() > MAX_STEPS => {
            first.iter().take(MAX_STEPS - 1).chain([last]).map(step).collect()
        }
        all => all.iter().map(step).collect(),
    };
    let flow = sarif::ThreadFlow::builder().locations(kept).build();
    sarif::CodeFlow::builder().thread_flows(vec![flow]).build()
}

fn suppression(suppression: &Suppression) -> sarif::Suppression {
    let kind = match suppression.place {
        Place::InSource => "inSource",
        Place::External => "external",
    };
    let mut built = sarif::Suppression::builder()
        .kind(kind)
        .status("accepted")
        .justification(suppression.reason.as_str())
        .build();
    built.properties = Some(bag([
        ("overstay/kind", json!(suppression.kind)),
        ("overstay/owner", json!(suppression.owner)),
        ("overstay/approvedBy", json!(suppression.approver)),
        ("overstay/ticket", json!(suppression.ticket)),
        ("overstay/expiresAt", json!(suppression.until)),
    ]));
    built.location = suppression.location.as_ref().and_then(|place| {
        let path = place.path.as_deref()?;
        Some(sarif::Location {
            physical_location: Some(sarif::PhysicalLocation {
                artifact_location: Some(artifact(path)),
                ..sarif::PhysicalLocation::default()
            }),
            ..sarif::Location::default()
        })
    });
    built
}

fn properties(triaged: &Triaged) -> sarif::PropertyBag {
    let finding = &triaged.finding;
    let rule = finding.rule.rule();
    let (least, most) = triaged.between;
    bag([
        ("aliases", json!(rule.aliases)),
        ("band", json!(triaged.band)),
        ("bands", json!({ "min": least, "likely": triaged.band, "max": most })),
        ("clocks", json!(finding.clocks)),
        ("counterfactual", json!(triaged.counterfactual)),
        ("evidence", json!(finding.evidence)),
        ("fix", json!(finding.fix)),
        ("identity", json!(finding.identity)),
        ("nhi", json!(rule.nhi)),
        ("vector", json!(finding.vector)),
    ])
}

/// A property bag without the absent and the empty.
pub(super) fn bag<const N: usize>(entries: [(&str, serde_json::Value); N]) -> sarif::PropertyBag {
    let present = entries
        .into_iter()
        .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|a| !a.is_empty()));
    sarif::PropertyBag {
        tags: None,
        additional_properties: present.map(|(key, value)| (key.to_owned(), value)).collect(),
    }
}
