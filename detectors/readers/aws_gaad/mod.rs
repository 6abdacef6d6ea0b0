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
    evidence::{LineIndex, Location, Record},
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
    lines: LineIndex<'a>,
    offsets: HashMap<&'a str, usize>,
}

impl<'a> Places<'a> {
    fn of(document: &Document<'a>) -> Places<'a> {
        const KEY: &str = "\"Arn\"";
        let text = std::str::from_utf8(document.bytes).unwrap_or_default();
        let mut offsets = HashMap::new();
        for (at, _) in text.match_indices(KEY) {
            let rest = &text[at + KEY.len()..];
            let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
            let arn = value.and_then(|v| v.strip_prefix('"')).and_then(|v| v.split('"').next());
            if let Some(arn) = arn {
                offsets.entry(arn).or_insert(at);
            }
        }
        Places { path: document.path, lines: LineIndex::new(document.bytes), offsets }
    }

    fn of_arn(&self, arn: &str) -> Location {
        let region = self.offsets.get(arn).map(|at| self.lines.region(*at..*at + arn.len() + 8));
        Location { path: Some(self.path.to_owned()), region, logical: Some(arn.to_owned()) }
    }
}

#[cfg(test)]
mod tests;
