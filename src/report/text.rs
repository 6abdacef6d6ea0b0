//! Text for people, as compilers write it: the worst first, a summary at the end. Not a public
//! interface.

use super::{
    Options, Report, clean, nhi,
    snippet::{self, Shown},
    tally::Tally,
};
use crate::triage::{Place, Triaged};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use overstay_rules::Band;
use std::{
    cmp::Reverse,
    io::{self, Write},
};

/// Parts that could not be read, gaps: how many are listed.
const MAX_LISTED: usize = 20;

pub(super) fn write(report: &Report, options: &Options, sink: &mut impl Write) -> io::Result<()> {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let mut order: Vec<(usize, &Triaged)> = report.live().enumerate().collect();
    order.sort_by_key(|(position, triaged)| (Reverse(triaged.band), *position));
    let order: Vec<&Triaged> = order.into_iter().map(|(_, triaged)| triaged).collect();
    for (triaged, shown) in order.iter().zip(snippet::lines(report, &order)) {
        let group = group(report, triaged, shown.as_ref());
        writeln!(sink, "{}\n", renderer.render(&[group]))?;
    }
    summary(report, sink)
}

fn group<'a>(report: &'a Report, triaged: &'a Triaged, shown: Option<&'a Shown>) -> Group<'a> {
    let finding = &triaged.finding;
    let level = level(triaged.band).with_name(triaged.band.as_str());
    let title = level.primary_title(clean::line(&finding.message)).id(finding.rule_path());
    let mut group = match shown {
        Some(shown) => title.element(
            Snippet::source(shown.text.as_str())
                .path(shown.path.as_str())
                .line_start(shown.line)
                .annotation(AnnotationKind::Primary.span(shown.span.clone())),
        ),
        None => title.element(origin(report, triaged)),
    };
    for note in finding.steps.iter().chain(&finding.related) {
        let place = &note.location;
        let place = place.path.as_deref().or(place.logical.as_deref()).unwrap_or_default();
        let line = note.location.region.map(|r| format!(":{}", r.start_line)).unwrap_or_default();
        let words = format!("{} ({}{line})", clean::line(&note.text), clean::line(place));
        group = group.element(Level::NOTE.message(words));
    }
    if let Some(clocks) = super::clocks_beside(finding) {
        let words = clean::line(&clocks).into_owned();
        group = group.element(Level::NOTE.with_name("clocks").message(words));
    }
    if let Some(fix) = &finding.fix {
        let fix = fix.lines().map(clean::line).collect::<Vec<_>>().join("\n");
        group = group.element(Level::HELP.message(fix));
    }
    if let Some(counterfactual) = &triaged.counterfactual {
        let words = clean::line(counterfactual).into_owned();
        group = group.element(Level::NOTE.with_name("lower").message(words));
    }
    let state = triaged.state.map(|state| format!(" ({})", state.as_str())).unwrap_or_default();
    let words = format!("{}{state}", triaged.fingerprint);
    group.element(Level::NOTE.with_name("finding").message(words))
}

fn origin<'a>(report: &Report, triaged: &Triaged) -> Origin<'a> {
    let anchor = report.anchors.of(&triaged.finding);
    if anchor.synthetic {
        let logical = triaged.finding.locations.iter().find_map(|l| l.logical.as_deref());
        let name = logical.unwrap_or(&triaged.finding.identity);
        return Origin::path(clean::line(name).into_owned());
    }
    let line = usize::try_from(anchor.region.start_line).unwrap_or(1);
    let column = usize::try_from(anchor.region.start_column).unwrap_or(1);
    Origin::path(clean::line(&anchor.path).into_owned()).line(line).char_column(column)
}

fn level<'a>(band: Band) -> Level<'a> {
    match band {
        Band::Critical | Band::High => Level::ERROR,
        Band::Medium => Level::WARNING,
        Band::Low => Level::INFO,
        Band::Note => Level::NOTE,
    }
}

fn summary(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let tally = Tally::of(report);
    for ((_, code), bands) in &tally.by_nhi {
        let counts: Vec<String> = Band::ALL
            .into_iter()
            .rev()
            .filter(|band| bands[*band as usize] > 0)
            .map(|band| format!("{} {band}", bands[band as usize]))
            .collect();
        writeln!(sink, "{code:<11} {:<42} {}", nhi::title(code), counts.join(", "))?;
    }
    if !tally.by_nhi.is_empty() {
        writeln!(sink)?;
    }
    for triaged in report.findings.iter().filter(|triaged| !triaged.is_live()) {
        if let Some(decision) = &triaged.suppression {
            let place = if decision.place == Place::InSource { "comment" } else { "exception" };
            writeln!(
                sink,
                "left until {} by {} ({place}): {} on {}",
                clean::line(&decision.until),
                clean::line(&decision.owner),
                triaged.finding.rule_path(),
                clean::line(&triaged.finding.identity),
            )?;
        }
    }
    listed(
        sink,
        "not read",
        report.unread().map(|record| {
            let part = record.part.as_deref().unwrap_or(&record.system);
            let why = record.why.as_deref().unwrap_or("not read");
            let line = record.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{}{line}: {}", clean::line(part), clean::line(why))
        }),
    )?;
    listed(
        sink,
        "not decided",
        report.gaps.iter().map(|gap| format!("{}: {}", gap.rule, clean::line(&gap.message))),
    )?;
    if let Some(absent) = &report.absent {
        writeln!(sink, "{} new, {} gone since the baseline", tally.new, absent.len())?;
    }
    let sources: Vec<String> = report.runs.iter().map(super::SourceRun::asked).collect();
    let read = if sources.is_empty() { "nothing".to_owned() } else { sources.join(", ") };
    writeln!(sink, "{}; {} rules over {}", tally.sentence(), report.rules.len(), clean::line(&read))
}

fn listed(
    sink: &mut impl Write,
    what: &str,
    items: impl Iterator<Item = String>,
) -> io::Result<()> {
    let mut count = 0;
    for item in items {
        if count < MAX_LISTED {
            writeln!(sink, "{what}: {item}")?;
        }
        count += 1;
    }
    if count > MAX_LISTED {
        writeln!(sink, "{what}: {} more", count - MAX_LISTED)?;
    }
    Ok(())
}
