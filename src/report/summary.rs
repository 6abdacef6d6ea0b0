//! The summary of a GitHub Actions job, as Markdown, within the limit that GitHub sets.

use super::{Report, clean, nhi, tally::Tally};
use crate::triage::{State, Triaged};
use overstay_rules::Band;
use std::{
    cmp::Reverse,
    io::{self, Write},
};

/// GitHub drops a step summary of more than 1 MiB; some is left for other output of the step.
const MAX_BYTES: usize = 1_000_000;
/// Parts and gaps that are listed.
const MAX_LISTED: usize = 50;

pub(super) fn write(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let tally = Tally::of(report);
    let mut head = format!("## Overstay: {}\n\n", tally.sentence());
    if let Some(absent) = &report.absent {
        head.push_str(&format!("{} new, {} gone since the baseline.\n\n", tally.new, absent.len()));
    }
    head.push_str(&table(&tally));
    let tail = tail(report);
    sink.write_all(head.as_bytes())?;
    findings(report, MAX_BYTES - head.len().min(MAX_BYTES) - tail.len().min(MAX_BYTES / 2), sink)?;
    sink.write_all(tail.as_bytes())
}

fn table(tally: &Tally) -> String {
    if tally.by_nhi.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "| NHI Top 10 | critical | high | medium | low | note |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for ((_, code), bands) in &tally.by_nhi {
        let counts: Vec<String> = Band::ALL
            .into_iter()
            .rev()
            .map(|band| match bands[band as usize] {
                0 => String::new(),
                count => count.to_string(),
            })
            .collect();
        text.push_str(&format!("| {code} {} | {} |\n", nhi::title(code), counts.join(" | ")));
    }
    text.push('\n');
    text
}

/// The findings, the worst first, as many as fit.
fn findings(report: &Report, room: usize, sink: &mut impl Write) -> io::Result<()> {
    let mut order: Vec<(usize, &Triaged)> = report.live().enumerate().collect();
    if order.is_empty() {
        return Ok(());
    }
    order.sort_by_key(|(position, triaged)| (Reverse(triaged.band), *position));
    sink.write_all(b"| | Rule | Finding | Place |\n|---|---|---|---|\n")?;
    let mut used = 200;
    let total = order.len();
    for (written, (_, triaged)) in order.into_iter().enumerate() {
        let row = row(report, triaged);
        used += row.len();
        if used > room {
            return writeln!(sink, "\n{} more findings do not fit here.\n", total - written);
        }
        sink.write_all(row.as_bytes())?;
    }
    sink.write_all(b"\n")
}

fn row(report: &Report, triaged: &Triaged) -> String {
    let finding = &triaged.finding;
    let anchor = report.anchors.of(finding);
    let place = if anchor.synthetic {
        escape(&finding.identity)
    } else {
        format!("{}:{}", escape(&anchor.path), anchor.region.start_line)
    };
    let new = if triaged.state == Some(State::New) { " **new**" } else { "" };
    let message = escape(&finding.message);
    format!("| {}{new} | {} | {message} | {place} |\n", triaged.band, finding.rule_path())
}

fn tail(report: &Report) -> String {
    let mut text = String::new();
    let unread = report.unread().map(|record| {
        let part = record.part.as_deref().unwrap_or(&record.system);
        format!("{}: {}", escape(part), escape(record.why.as_deref().unwrap_or("not read")))
    });
    list(&mut text, "Not read", unread);
    let gaps = report.gaps.iter().map(|gap| format!("{}: {}", gap.rule, escape(&gap.message)));
    list(&mut text, "Not decided", gaps);
    text
}

fn list(text: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let mut count = 0;
    for item in items {
        if count == 0 {
            text.push_str(&format!("### {title}\n\n"));
        }
        if count < MAX_LISTED {
            text.push_str(&format!("- {item}\n"));
        }
        count += 1;
    }
    if count > MAX_LISTED {
        text.push_str(&format!("- {} more\n", count - MAX_LISTED));
    }
    if count > 0 {
        text.push('\n');
    }
}

/// Text of others in Markdown: nothing in it is markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in clean::line(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '~' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_cannot_be_markup() {
        assert_eq!(super::escape("a|b<img>[x](y)`"), r"a\|b&lt;img>\[x\](y)\`");
    }
}
