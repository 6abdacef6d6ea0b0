//! What was not read and what could not be decided, as notifications of a run.

use super::{MAX_RESULTS, Profile, place::location, taxonomy::text};
use crate::report::{Report, SourceRun, anchor, clean};
use overstay_detectors::evidence::{Coverage, Location, Region};
use overstay_detectors::finding::EvidenceGap;
use serde_sarif::sarif;

/// Notifications that GitHub's profile carries of each kind.
const MAX_FOR_GITHUB: usize = 100;

/// The kinds of notifications: id, name, title, help.
const KINDS: [(&str, &str, &str, &str); 3] = [
    (
        "unread-part",
        "UnreadPart",
        "A part of a source was not read.",
        "Nothing follows from the absence of findings there. The message says what would mend it.",
    ),
    (
        "evidence-gap",
        "EvidenceGap",
        "A rule could not decide for want of evidence.",
        "Add the source that the message names, or give the scan the permission that it lacked.",
    ),
    (
        "results-limited",
        "ResultsLimited",
        "Not every finding is in this file.",
        "GitHub keeps a limited number of results of one run. The archive profile, JSON Lines and \
         the HTML report hold all of them.",
    ),
];

pub(super) fn descriptors() -> Vec<sarif::ReportingDescriptor> {
    let describe = |(id, name, title, help): (&str, &str, &str, &str)| {
        sarif::ReportingDescriptor::builder()
            .id(id)
            .name(name)
            .short_description(text(title))
            .full_description(text(title))
            .help(sarif::MultiformatMessageString::builder().text(help).markdown(help).build())
            .help_uri("https://owasp.org/www-project-non-human-identities-top-10/")
            .build()
    };
    KINDS.into_iter().map(describe).collect()
}

pub(super) fn notifications(
    report: &Report,
    profile: Profile,
    run: &SourceRun,
    left_out: usize,
) -> Vec<sarif::Notification> {
    let mut all = Vec::new();
    if left_out > 0 {
        let words = format!(
            "{left_out} findings are not in this file: the {MAX_RESULTS} worst of this source are."
        );
        all.push(notification(2, "warning", words));
    }
    let unread = report.coverage.iter().filter(|record| {
        run.owns(&record.src)
            && !record.complete
            && (profile == Profile::Archive || !record.by_design)
    });
    let gaps = report.gaps.iter().filter(|gap| is_told_in(report, run, gap));
    let limit = if profile == Profile::Github { MAX_FOR_GITHUB } else { usize::MAX };
    let (coverage_count, gap_count) = (unread.clone().count(), gaps.clone().count());
    all.extend(unread.take(limit).map(|record| unread_part(run, record)));
    all.extend(gaps.take(limit).map(gap));
    let hidden = coverage_count.saturating_sub(limit) + gap_count.saturating_sub(limit);
    if hidden > 0 {
        all.push(notification(2, "note", format!("{hidden} more notifications are left out.")));
    }
    all
}

/// A gap is told in every run of its system, or in the first run when no run has that system.
fn is_told_in(report: &Report, run: &SourceRun, gap: &EvidenceGap) -> bool {
    let of_system = |run: &SourceRun| run.system == gap.system;
    of_system(run)
        || (!report.runs.iter().any(of_system)
            && report.runs.iter().find(|r| !r.failed) == Some(run))
}

fn unread_part(run: &SourceRun, record: &Coverage) -> sarif::Notification {
    let what = record.part.as_deref().unwrap_or(&record.system);
    let why = record.why.as_deref().unwrap_or("not read");
    let mut words = format!("'{}': {}", clean::line(what), clean::line(why));
    if let Some(remedy) = record.remedy.as_deref().filter(|remedy| !remedy.is_empty()) {
        words.push_str(&format!("; {}", clean::line(remedy)));
    }
    if !words.ends_with('.') {
        words.push('.');
    }
    let level = match (record.by_design, run.failed) {
        (true, _) => "note",
        (false, false) => "warning",
        (false, true) => "error",
    };
    let mut notification = notification(0, level, words);
    if run.system == "git"
        && let Some(path) = record.part.as_deref()
    {
        let line = record.line.and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
        let place = Location::in_file(path, Region { end_column: 1, ..Region::line(line) });
        notification.locations = anchor::in_file(&place).map(|a| vec![location(&a, None)]);
    }
    notification
}

fn gap(gap: &EvidenceGap) -> sarif::Notification {
    let words = format!("Rule {}, system {}: {}", gap.rule, gap.system, clean::line(&gap.message));
    notification(1, "note", words)
}

fn notification(kind: usize, level: &str, words: String) -> sarif::Notification {
    let (id, ..) = KINDS[kind];
    let mut notification = sarif::Notification::builder()
        .message(sarif::Message { text: Some(words), ..sarif::Message::default() })
        .level(level)
        .build();
    notification.descriptor = Some(sarif::ReportingDescriptorReference {
        id: Some(id.to_owned()),
        index: i64::try_from(kind).ok(),
        ..sarif::ReportingDescriptorReference::default()
    });
    notification
}
