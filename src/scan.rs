//! The pipeline: sources → evidence → estate → detectors → findings → triage → report. The only
//! place that knows the order, and the only bridge from async to parallel.

use crate::{
    report::Report,
    sources::{Context, Source},
    triage::{Baseline, triage},
};
use overstay_detectors::{
    detect,
    evidence::{Estate, Record},
};
use overstay_rules::{CATALOGUE, Persona, RuleId};
use tokio::task::JoinSet;

/// Reads all sources at once. A source that panics is a coverage record, not the end of the scan.
pub async fn collect(sources: Vec<Box<dyn Source>>, context: &Context) -> Vec<Record> {
    let mut reading = JoinSet::new();
    for source in sources {
        let context = context.clone();
        let name = source.name();
        reading.spawn(async move {
            let task = tokio::spawn(async move { source.collect(&context).await });
            (name, task.await)
        });
    }
    let mut records = Vec::new();
    while let Some(done) = reading.join_next().await {
        match done {
            Ok((_, Ok(more))) => records.extend(more),
            Ok((name, Err(_))) => {
                let src = overstay_detectors::evidence::Src::new(name);
                let why = ("the source stopped unexpectedly".into(), "report this as a bug".into());
                records.push(crate::sources::coverage(&src, context.now, name, Some(why)).into());
            }
            Err(_) => {}
        }
    }
    records
}

/// All evidence of one scan, indexed, with names resolved.
pub fn estate(records: Vec<Record>, context: &Context) -> Estate {
    Estate::build(records, context.now, context.config.thresholds.clone())
}

/// Judges evidence with the rules that the settings leave on, and compares with an earlier scan.
pub fn judge(estate: &Estate, context: &Context, baseline: Option<&Baseline>) -> Report {
    let rules = enabled_rules(context);
    let (findings, gaps) = detect(estate, &rules);
    let outcome = triage(findings, estate, &rules, baseline);
    Report::new(outcome, gaps, estate, &rules)
}

/// The rules of the persona that are not disabled.
pub fn enabled_rules(context: &Context) -> Vec<RuleId> {
    let config = &context.config;
    let disabled = |name: &str| config.disable.contains(name);
    CATALOGUE
        .iter()
        .filter(|rule| config.persona == Persona::Auditor || rule.persona == Persona::Regular)
        .filter(|rule| !disabled(rule.slug) && !rule.aliases.iter().any(|alias| disabled(alias)))
        .map(|rule| rule.id)
        .collect()
}
