//! The identity register of a repository, `overstay-identities.toml` or `.csv`: what people say about
//! identities that no directory can: which names are one, who answers for it, why it exists.
//!
//! ```toml
//! [[identity]]
//! id = "svc-pay"
//! aliases = ["vault:approle/pay", "aws:arn:aws:iam::123456789012:role/pay"]
//! not = ["iga:svc-pay-test"]         # never the same, whatever another system says
//! type = "service"
//! owner = "email:ann@example.com"
//! purpose = "nightly settlement"
//! env = "prod"
//! apps = ["payments"]
//! decided = 2026-05-01               # who said so, and when
//! by = "email:bo@example.com"
//! ```

use super::Document;
use crate::evidence::{
    Coverage, Identity, IdentityType, LineIndex, Location, Record, Region, Src, Status,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, ops::Range};

/// The system of the register's records.
const SYSTEM: &str = "register";

/// True for the register.
pub(super) fn accepts(document: &Document) -> bool {
    let name = document.path.rsplit('/').next().unwrap_or_default();
    matches!(name, "overstay-identities.toml" | "overstay-identities.csv")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "identity")]
    identities: Vec<toml::Spanned<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    id: String,
    aliases: Vec<String>,
    not: Vec<String>,
    #[serde(rename = "type")]
    kind: IdentityType,
    name: Option<String>,
    owner: Option<String>,
    sponsor: Option<String>,
    purpose: Option<String>,
    env: Option<String>,
    apps: Vec<String>,
    decided: Option<toml::value::Datetime>,
    by: Option<String>,
}

/// One identity record for each entry.
pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let index = LineIndex::new(document.bytes);
    let entries = match document.path.ends_with(".csv") {
        true => from_csv(document, out),
        false => from_toml(document, out),
    };
    let Some(entries) = entries else { return };
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut whole = true;
    for (span, entry) in entries {
        let region = index.region(span);
        let first = seen.entry(entry.id.clone()).or_insert(region.start_line);
        let why = match () {
            () if entry.id.trim().is_empty() => Some("an entry has no `id`".to_owned()),
            () if *first != region.start_line => {
                Some(format!("`{}` stands in line {first} already", entry.id))
            }
            () => {
                entry.unnamed().map(|name| format!("`{name}` is no name: write `namespace:value`"))
            }
        };
        if let Some(why) = why {
            whole = false;
            let mut bad = document.unreadable(why, "correct the entry");
            bad.id = format!("{}:{}", bad.id, region.start_line);
            bad.line = Some(region.start_line.into());
            out.push(bad.into());
        } else {
            out.push(entry.record(document, region).into());
        }
    }
    out.push(coverage(document, whole).into());
}

fn from_toml(document: &Document, out: &mut Vec<Record>) -> Option<Vec<(Range<usize>, Entry)>> {
    let refuse = |why: String, span: Option<Range<usize>>, out: &mut Vec<Record>| {
        let mut bad = document.unreadable(why, "correct the file");
        bad.line = span.map(|span| LineIndex::new(document.bytes).region(span).start_line.into());
        out.push(bad.into());
        None
    };
    let Ok(text) = std::str::from_utf8(document.bytes) else {
        return refuse("the file is not UTF-8".to_owned(), None, out);
    };
    match toml::from_str::<File>(text) {
        Ok(file) => Some(file.identities.into_iter().map(|e| (e.span(), e.into_inner())).collect()),
        Err(error) => refuse(error.message().to_owned(), error.span(), out),
    }
}

/// The columns have the names of the keys; lists are separated by `;`.
fn from_csv(document: &Document, out: &mut Vec<Record>) -> Option<Vec<(Range<usize>, Entry)>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(document.bytes);
    let names = reader.headers().ok()?.clone();
    let mut entries = Vec::new();
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let mut bad = document.unreadable("not a row of this table", "correct the row");
                bad.id = format!("{}:{line}", bad.id);
                bad.line = Some(line);
                out.push(bad.into());
                continue;
            }
        };
        let start = row.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(0);
        entries.push((start..start + 1, Entry::of_row(&names, &row)));
    }
    Some(entries)
}

impl Entry {
    fn of_row(names: &csv::StringRecord, row: &csv::StringRecord) -> Entry {
        let cell = |wanted: &str| {
            let found = names.iter().zip(row).find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
        };
        let list = |wanted: &str| -> Vec<String> {
            let text = cell(wanted).unwrap_or_default();
            text.split(';').map(|part| part.trim().to_owned()).filter(|p| !p.is_empty()).collect()
        };
        let kind = cell("type").map(|kind| json!(kind.to_lowercase()));
        Entry {
            id: cell("id").unwrap_or_default(),
            aliases: list("aliases"),
            not: list("not"),
            kind: kind.and_then(|kind| serde_json::from_value(kind).ok()).unwrap_or_default(),
            name: cell("name"),
            owner: cell("owner"),
            sponsor: cell("sponsor"),
            purpose: cell("purpose"),
            env: cell("env"),
            apps: list("apps"),
            decided: cell("decided").and_then(|text| text.parse().ok()),
            by: cell("by"),
        }
    }

    /// A name without namespace.
    fn unnamed(&self) -> Option<&str> {
        let names = self.aliases.iter().chain(&self.not).chain(&self.owner).chain(&self.sponsor);
        names.map(String::as_str).find(|name| !name.contains(':'))
    }

    fn record(self, document: &Document, region: Region) -> Identity {
        let own = format!("{SYSTEM}:{}", self.id);
        let decided =
            self.decided.and_then(|day| day.to_string().parse::<jiff::civil::Date>().ok());
        let decided = decided.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
        let mut attrs = BTreeMap::new();
        if !self.not.is_empty() {
            attrs.insert(crate::evidence::NOT.to_owned(), json!(self.not));
        }
        if let Some(by) = self.by {
            attrs.insert("decided_by".to_owned(), json!(by));
        }
        Identity {
            id: format!("identity:{own}"),
            src: source(document),
            as_of: decided.map_or(document.as_of, |day| day.timestamp()),
            kind: self.kind,
            status: Status::Unknown,
            aliases: std::iter::once(own).chain(self.aliases).collect(),
            name: self.name,
            owner: self.owner,
            sponsor: self.sponsor,
            purpose: self.purpose,
            env: self.env,
            apps: self.apps,
            location: Some(Location::in_file(document.path, region)),
            attrs,
            ..Identity::default()
        }
    }
}

fn source(document: &Document) -> Src {
    Src { system: SYSTEM.to_owned(), tenant: document.src.tenant.clone(), ..Src::default() }
        .at(document.path)
}

/// The register speaks of the present.
fn coverage(document: &Document, complete: bool) -> Coverage {
    Coverage {
        id: format!("coverage:{SYSTEM}:{}", document.path),
        src: source(document),
        as_of: document.as_of,
        system: SYSTEM.to_owned(),
        kinds: vec!["identity".to_owned()],
        from: Timestamp::UNIX_EPOCH,
        to: document.as_of,
        complete,
        why: (!complete).then(|| "some entries could not be read".to_owned()),
        remedy: (!complete).then(|| "correct the entries".to_owned()),
        part: Some(document.path.to_owned()),
        ..Coverage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(path: &str, text: &str) -> Vec<Record> {
        let src = Src::of("git", "acme/web");
        let as_of = "2026-11-22T00:00:00Z".parse().expect("a time");
        let document =
            Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of };
        assert!(accepts(&document));
        let mut out = Vec::new();
        read(&document, &mut out);
        out
    }

    fn identities(records: &[Record]) -> Vec<&Identity> {
        let found = records.iter().filter_map(|record| match record {
            Record::Identity(identity) => Some(identity),
            _ => None,
        });
        found.collect()
    }

    fn refused(records: &[Record]) -> Vec<(Option<u64>, &str)> {
        let found = records.iter().filter_map(|record| match record {
            Record::Coverage(c) if c.line.is_some() => Some((c.line, c.why.as_deref()?)),
            _ => None,
        });
        found.collect()
    }

    #[test]
    fn toml_and_csv_say_the_same() {
        let toml = "[[identity]]\nid = \"svc-pay\"\naliases = [\"vault:pay\", \"aws:pay\"]\nnot = [\"iga:x\"]\n\
            type = \"service\"\nowner = \"email:ann@example.com\"\napps = [\"payments\"]\ndecided = 2026-05-01\n";
        let csv = "id,aliases,not,type,owner,apps,decided\nsvc-pay,vault:pay; aws:pay,iga:x,service,email:ann@example.com,payments,2026-05-01\n";
        let (toml, csv) = (
            records("overstay-identities.toml", toml),
            records("ops/overstay-identities.csv", csv),
        );
        let (one, other) = (identities(&toml)[0], identities(&csv)[0]);
        assert_eq!(one.aliases, ["register:svc-pay", "vault:pay", "aws:pay"]);
        assert_eq!(one.as_of.to_string(), "2026-05-01T00:00:00Z");
        assert_eq!(
            (&one.aliases, &one.owner, &one.attrs),
            (&other.aliases, &other.owner, &other.attrs)
        );
        assert_eq!(other.location.as_ref().and_then(|l| l.region).map(|r| r.start_line), Some(2));
    }

    #[test]
    fn a_wrong_entry_is_named_and_the_others_are_read() {
        let text = "[[identity]]\nid = \"a\"\nowner = \"Ann\"\n[[identity]]\nid = \"b\"\n[[identity]]\nid = \"b\"\n";
        let records = records("overstay-identities.toml", text);
        assert_eq!(identities(&records).len(), 1);
        assert_eq!(
            refused(&records),
            [
                (Some(1), "`Ann` is no name: write `namespace:value`"),
                (Some(6), "`b` stands in line 4 already"),
            ]
        );
        let whole = records.iter().any(|r| matches!(r, Record::Coverage(c) if c.complete));
        assert!(!whole);
    }

    #[test]
    fn a_file_that_is_no_register_is_said_with_its_line() {
        let records = records(
            "overstay-identities.toml",
            "[[identity]]\nid = \"a\"\nonwer = \"email:a@b.c\"\n",
        );
        let [(line, why)] = refused(&records)[..] else { panic!("{records:?}") };
        assert_eq!(line, Some(3));
        assert!(why.starts_with("unknown field `onwer`"), "{why}");
    }
}
