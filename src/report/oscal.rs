//! OSCAL 1.1 assessment results (<https://pages.nist.gov/OSCAL/reference/1.1.2/assessment-results/>):
//! one observation per live finding, one finding per NIST CSF 2.0 subcategory that findings speak
//! against. A subcategory without findings is not called satisfied: a scan sees a part of it.

use super::{Each, Report, clean, nhi::crosswalk};
use crate::triage::Triaged;
use jiff::Timestamp;
use overstay_detectors::evidence::{Coverage, Location};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};
use uuid::Uuid;

/// The version of the model that the output follows.
const OSCAL: &str = "1.1.2";
/// The namespace of our properties.
const NS: &str = "urn:overstay:oscal:1";
/// The catalogue of the subcategories, as NIST publishes it.
const CATALOGUE: &str = "https://raw.githubusercontent.com/usnistgov/oscal-content/main/nist.gov/CSF/v2.0/json/NIST_CSF_v2.0_catalog.json";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<R> {
    assessment_results: Results<R>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Results<R> {
    uuid: Uuid,
    metadata: Value,
    import_ap: Value,
    results: [R; 1],
    back_matter: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Assessment<O> {
    uuid: Uuid,
    title: &'static str,
    description: &'static str,
    start: String,
    end: String,
    props: Vec<Value>,
    reviewed_controls: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    observations: Option<O>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remarks: Option<String>,
}

pub(super) fn write(report: &Report, sink: &mut dyn Write) -> io::Result<()> {
    let any = report.live().next().is_some();
    let plan = name(report, "plan");
    let assessment = Assessment {
        uuid: name(report, "result"),
        title: "Overstay scan",
        description: "Machine access compared with its approval.",
        start: time(report.started),
        end: time(report.ended),
        props: counts(report),
        reviewed_controls: reviewed(report),
        observations: any.then_some(Each(|| report.live().map(|t| observation(report, t)))),
        findings: findings(report),
        remarks: unread(report),
    };
    let document = Document {
        assessment_results: Results {
            uuid: name(report, "document"),
            metadata: json!({
                "title": "Assessment results of Overstay",
                "last-modified": time(report.ended),
                "version": env!("CARGO_PKG_VERSION"),
                "oscal-version": OSCAL,
            }),
            import_ap: json!({ "href": format!("#{plan}") }),
            results: [assessment],
            back_matter: json!({ "resources": [
                {
                    "uuid": plan,
                    "title": "Assessment plan",
                    "description": format!(
                        "The {} rules of Overstay {} that were on.",
                        report.rules.len(),
                        env!("CARGO_PKG_VERSION")
                    ),
                },
                {
                    "uuid": name(report, "catalogue"),
                    "title": "NIST Cybersecurity Framework 2.0",
                    "rlinks": [{ "href": CATALOGUE }],
                },
            ] }),
        },
    };
    serde_json::to_writer(&mut *sink, &document)?;
    sink.write_all(b"\n")
}

/// An id that the same scan gives again.
fn name(report: &Report, what: &str) -> Uuid {
    let scan = format!("urn:overstay:scan:{}:{}:{what}", report.now, report.findings.len());
    Uuid::new_v5(&Uuid::NAMESPACE_URL, scan.as_bytes())
}

/// The id of a finding's observation, the same in every scan.
fn observed(triaged: &Triaged) -> Uuid {
    let finding =
        format!("urn:overstay:finding:{}:{}", triaged.finding.src.system, triaged.fingerprint);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, finding.as_bytes())
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A property of ours; OSCAL wants one line that is not empty.
fn property(name: &str, value: impl ToString) -> Option<Value> {
    let value = value.to_string();
    let value = clean::line(&value);
    let value = value.trim();
    (!value.is_empty()).then(|| json!({ "name": name, "ns": NS, "value": value }))
}

fn counts(report: &Report) -> Vec<Value> {
    let suppressed = report.findings.len() - report.live().count();
    [
        property("rules", report.rules.len()),
        property("suppressed-findings", suppressed),
        property("parts-not-read", report.unread().count()),
        property("evidence-gaps", report.gaps.len()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The subcategories that the rules which ran speak about.
fn reviewed(report: &Report) -> Value {
    let controls: BTreeSet<&str> =
        report.rules.iter().flat_map(|rule| subcategories(rule.rule().nhi)).collect();
    let include: Vec<_> = controls.iter().map(|id| json!({ "control-id": id })).collect();
    let selection = match include.is_empty() {
        true => json!({ "description": "No rule was on." }),
        false => json!({ "include-controls": include }),
    };
    json!({
        "description": "Subcategories of NIST CSF 2.0 that the rules speak about.",
        "control-selections": [selection],
    })
}

fn subcategories(codes: &[&str]) -> impl Iterator<Item = &'static str> {
    codes
        .iter()
        .filter_map(|code| crosswalk().nhi.get(*code))
        .flat_map(|nhi| nhi.csf.iter().map(String::as_str))
}

fn observation(report: &Report, triaged: &Triaged) -> Value {
    let finding = &triaged.finding;
    let rule = finding.rule.rule();
    let props = [
        property("rule", finding.rule_path()),
        property("identity", &finding.identity),
        property("severity", triaged.band),
        property("severity-least", triaged.between.0),
        property("severity-most", triaged.between.1),
        property("fingerprint", &triaged.fingerprint),
    ];
    let codes = rule.nhi.iter().filter_map(|code| property("owasp-nhi", code));
    let weaknesses = rule.cwe.iter().filter_map(|code| property("cwe", code));
    let mut observation = json!({
        "uuid": observed(triaged),
        "title": rule.title,
        "description": clean::line(&finding.message),
        "props": props.into_iter().flatten().chain(codes).chain(weaknesses).collect::<Vec<_>>(),
        "methods": ["TEST"],
        "types": ["finding"],
        "collected": time(report.now),
    });
    let places: Vec<_> = finding.locations.iter().filter_map(place).collect();
    if !places.is_empty() {
        observation["relevant-evidence"] = places.into();
    }
    if let Some(fix) = &finding.fix {
        observation["remarks"] = json!(fix);
    }
    observation
}

/// A place as evidence, by words: a path in a repository is no address.
fn place(location: &Location) -> Option<Value> {
    let path = location.path.as_deref().or(location.logical.as_deref())?;
    let line = location.region.as_ref().map(|region| format!(", line {}", region.start_line));
    let text = format!("{path}{}", line.unwrap_or_default());
    Some(json!({ "description": clean::line(&text) }))
}

/// One finding per subcategory that observations speak against.
fn findings(report: &Report) -> Vec<Value> {
    let mut against: BTreeMap<&str, BTreeSet<Uuid>> = BTreeMap::new();
    for triaged in report.live() {
        for id in subcategories(triaged.finding.rule.rule().nhi) {
            against.entry(id).or_default().insert(observed(triaged));
        }
    }
    let finding = |(id, observations): (&str, BTreeSet<Uuid>)| {
        let title = crosswalk().csf.get(id).map_or(id, String::as_str);
        let related: Vec<_> =
            observations.iter().map(|uuid| json!({ "observation-uuid": uuid })).collect();
        json!({
            "uuid": name(report, &format!("finding:{id}")),
            "title": format!("{id} is not met"),
            "description": title,
            "target": {
                "type": "objective-id",
                "target-id": id,
                "status": { "state": "not-satisfied", "reason": "fail" },
            },
            "related-observations": related,
        })
    };
    against.into_iter().map(finding).collect()
}

/// What was not read, in words.
fn unread(report: &Report) -> Option<String> {
    let line = |part: &Coverage| {
        let what = part.part.as_deref().unwrap_or(&part.system);
        let why = part.why.as_deref().unwrap_or("not read");
        format!("- {}: {}", clean::line(what), clean::line(why))
    };
    let lines: Vec<_> = report.unread().map(line).collect();
    (!lines.is_empty()).then(|| format!("Not read:\n\n{}", lines.join("\n")))
}
