//! One finding a row, for a spreadsheet.

use super::{Report, clean};
use crate::triage::Triaged;
use std::io::{self, Write};

const HEAD: [&str; 18] = [
    "rule",
    "variant",
    "band",
    "band_min",
    "band_max",
    "nhi",
    "cwe",
    "identity",
    "source",
    "message",
    "path",
    "line",
    "fix",
    "counterfactual",
    "fingerprint",
    "state",
    "left_until",
    "left_by",
];

pub(super) fn write(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(sink);
    rows.write_record(HEAD)?;
    for triaged in &report.findings {
        rows.write_record(row(report, triaged).iter().map(|cell| cell_text(cell)))?;
    }
    rows.flush()
}

fn row(report: &Report, triaged: &Triaged) -> [String; 18] {
    let finding = &triaged.finding;
    let rule = finding.rule.rule();
    let anchor = report.anchors.of(finding);
    let (path, line) = if anchor.synthetic {
        (String::new(), String::new())
    } else {
        (anchor.path, anchor.region.start_line.to_string())
    };
    let decision = triaged.suppression.as_ref();
    let source = match &finding.src.tenant {
        Some(tenant) => format!("{}/{tenant}", finding.src.system),
        None => finding.src.system.clone(),
    };
    [
        rule.slug.to_owned(),
        finding.variant.clone().unwrap_or_default(),
        triaged.band.to_string(),
        triaged.between.0.to_string(),
        triaged.between.1.to_string(),
        rule.nhi.join(" "),
        rule.cwe.join(" "),
        finding.identity.clone(),
        source,
        finding.message.clone(),
        path,
        line,
        finding.fix.clone().unwrap_or_default(),
        triaged.counterfactual.clone().unwrap_or_default(),
        triaged.fingerprint.clone(),
        triaged.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        decision.map(|decision| decision.until.clone()).unwrap_or_default(),
        decision.map(|decision| decision.owner.clone()).unwrap_or_default(),
    ]
}

/// A cell that no spreadsheet takes for a formula (OWASP: CSV injection).
fn cell_text(text: &str) -> String {
    let text = clean::line(text);
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']);
    if formula { format!("'{text}") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_cannot_be_a_formula() {
        assert_eq!(super::cell_text("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(super::cell_text("\t@x"), "' @x");
        assert_eq!(super::cell_text("aws:role/x"), "aws:role/x");
    }
}
