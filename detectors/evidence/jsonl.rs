//! JSON Lines in and out.

use super::record::{Record, RecordError};
use rayon::prelude::*;
use std::io::{self, Write};

/// A line that is not evidence.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct LineError {
    /// The line, from 1.
    pub line: usize,
    /// Why it is not evidence.
    pub why: RecordError,
}

/// Reads every line of a text; a bad line costs only itself. Empty lines are skipped.
pub fn parse_lines(text: &str) -> (Vec<Record>, Vec<LineError>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let parsed: Vec<Result<Record, LineError>> = lines
        .par_iter()
        .map(|(i, line)| Record::parse(line).map_err(|why| LineError { line: i + 1, why }))
        .collect();
    let mut records = Vec::with_capacity(parsed.len());
    let mut errors = Vec::new();
    for result in parsed {
        match result {
            Ok(record) => records.push(record),
            Err(error) => errors.push(error),
        }
    }
    (records, errors)
}

/// Writes one record as one line.
pub fn write_line(record: &Record, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

/// The JSON Schema of one line, generated from the types; published as `docs/evidence.schema.json`.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Entitlement, When};

    #[test]
    fn null_absent_and_a_time_survive_a_round_trip() {
        let head = r#"{"v":"nhi-evidence/1","kind":"entitlement","id":"E","src":{"system":"iga"},"as_of":"2026-01-01T00:00:00Z","subject":"iga:a","grant":{"system":"s","resource":"r","privilege":"p"},"state":"approved""#;
        for (tail, expected) in [
            ("}", When::Unknown),
            (r#","not_after":null}"#, When::Never),
            (
                r#","not_after":"2026-02-01T00:00:00Z"}"#,
                When::At("2026-02-01T00:00:00Z".parse().unwrap()),
            ),
        ] {
            let (records, errors) = parse_lines(&format!("{head}{tail}\n"));
            assert!(errors.is_empty(), "{errors:?}");
            let mut written = Vec::new();
            write_line(&records[0], &mut written).unwrap();
            let again = parse_lines(std::str::from_utf8(&written).unwrap()).0;
            assert_eq!(records, again);
            let Record::Entitlement(Entitlement { not_after, .. }) = &again[0] else { panic!() };
            assert_eq!(*not_after, expected);
        }
    }

    #[test]
    fn a_bad_line_names_its_number_and_costs_only_itself() {
        let text =
            "\n{\"v\":\"overstay-evidence/1\",\"kind\":\"nonsense\"}\n{\"v\":\"x\"}\nnot json\n";
        let (records, errors) = parse_lines(text);
        assert!(records.is_empty());
        assert_eq!(errors.iter().map(|e| e.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(errors[0].to_string().contains("unknown evidence kind `nonsense`"));
    }
}
