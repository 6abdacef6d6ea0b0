//! Workflow commands that make GitHub Actions annotate lines:
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use super::{Remarks, Report, clean};
use crate::triage::{State, Triaged};
use overstay_rules::Band;
use std::{
    cmp::Reverse,
    io::{self, Write},
};

/// Annotations of one type that GitHub shows of one step.
const MAX_OF_TYPE: usize = 10;

pub(super) fn write(report: &Report, sink: &mut impl Write) -> io::Result<Remarks> {
    let mut order: Vec<(usize, &Triaged)> = report
        .live()
        .filter(|t| t.state.is_none_or(|state| state == State::New))
        .enumerate()
        .collect();
    order.sort_by_key(|(position, triaged)| (Reverse(triaged.band), *position));
    let mut written = [0_usize; 3];
    let mut left_out = 0_usize;
    for (_, triaged) in order {
        let (kind, word) = match triaged.band {
            Band::Critical | Band::High => (0, "error"),
            Band::Medium => (1, "warning"),
            Band::Low | Band::Note => (2, "notice"),
        };
        if written[kind] == MAX_OF_TYPE {
            left_out += 1;
            continue;
        }
        written[kind] += 1;
        writeln!(sink, "::{word} {}::{}", place(report, triaged), data(&triaged.finding.message))?;
    }
    Ok(if left_out > 0 {
        vec![format!(
            "{left_out} findings have no annotation: GitHub shows {MAX_OF_TYPE} of each type"
        )]
    } else {
        Remarks::new()
    })
}

fn place(report: &Report, triaged: &Triaged) -> String {
    let anchor = report.anchors.of(&triaged.finding);
    let title = property(&format!("{} ({})", triaged.finding.rule.rule().title, triaged.band));
    if anchor.synthetic {
        return format!("title={title}");
    }
    let region = anchor.region;
    format!(
        "file={},line={},endLine={},title={title}",
        property(&anchor.path),
        region.start_line,
        region.end_line
    )
}

fn data(text: &str) -> String {
    clean::line(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_cannot_start_a_command() {
        assert_eq!(super::data("a\n::set-env x"), "a ::set-env x");
        assert_eq!(super::property("a,b::c%"), "a%2Cb%3A%3Ac%25");
    }
}
