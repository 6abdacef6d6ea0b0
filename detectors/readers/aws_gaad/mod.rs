//! The output of `aws iam get-account-authorization-details`, and the conversion to evidence that
//! the live collector shares.

mod convert;
mod shape;
mod tags;
mod trust;

pub use convert::{Provenance, convert};
pub use shape::{
    AttachedPolicy, Boundary, Details, Group, InlinePolicy, ManagedPolicy, PolicyVersion, Role,
    User, moment,
};

use crate::{
    evidence::{Location, Record, Region},
    readers::{Document, Reader},
};
use std::collections::HashMap;

/// Reads authorization details.
pub const READER: Reader = Reader { name: "aws-authorization-details", accepts, read };

fn accepts(document: &Document) -> bool {
    document.path.ends_with(".json")
        && std::str::from_utf8(document.bytes).is_ok_and(|text| {
            ["\"RoleDetailList\"", "\"UserDetailList\""].iter().any(|key| text.contains(key))
        })
}

fn read(document: &Document, out: &mut Vec<Record>) {
    match serde_json::from_slice::<Details>(document.bytes) {
        Ok(details) => {
            let places = Places::of(document);
            let provenance = Provenance {
                reference: document.path.to_owned(),
                as_of: document.as_of,
                place: &|arn| places.of_arn(arn),
            };
            convert(details, &provenance, out);
        }
        Err(error) => out.push(
            document
                .unreadable(
                    format!(
                        "is not the output of get-account-authorization-details (line {}, column {})",
                        error.line(),
                        error.column()
                    ),
                    "write it with `aws iam get-account-authorization-details --output json`",
                )
                .into(),
        ),
    }
}

/// Where each object of the file begins.
struct Places<'a> {
    path: &'a str,
    /// The line and column of each ARN's key.
    places: HashMap<&'a str, (u32, u32)>,
}

impl<'a> Places<'a> {
    /// Walks the text once: a dump may be one line of many megabytes.
    fn of(document: &Document<'a>) -> Places<'a> {
        const KEY: &str = "\"Arn\"";
        let text = std::str::from_utf8(document.bytes).unwrap_or_default();
        let mut places = HashMap::new();
        let (mut from, mut line, mut column) = (0, 1_u32, 1_u32);
        for (at, _) in text.match_indices(KEY) {
            for c in text[from..at].chars() {
                (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
            }
            from = at;
            let rest = &text[at + KEY.len()..];
            let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
            let arn = value.and_then(|v| v.strip_prefix('"')).and_then(|v| v.split('"').next());
            if let Some(arn) = arn {
                places.entry(arn).or_insert((line, column));
            }
        }
        Places { path: document.path, places }
    }

    fn of_arn(&self, arn: &str) -> Location {
        let length = u32::try_from(arn.len()).unwrap_or_default() + 8;
        let region = self.places.get(arn).map(|(line, column)| Region {
            start_line: *line,
            start_column: *column,
            end_line: *line,
            end_column: column + length,
        });
        Location { path: Some(self.path.to_owned()), region, logical: Some(arn.to_owned()) }
    }
}

#[cfg(test)]
mod tests;
