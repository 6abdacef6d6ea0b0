//! `overstay-exceptions.toml`: decisions to leave findings for now. Every one has an owner, an
//! approver, a reason, a ticket and a last day; a file with a bad entry is refused as a whole.

use globset::{Glob, GlobMatcher};
use jiff::{Timestamp, civil::Date};
use overstay_detectors::{
    evidence::{Attrs, Exception, ExceptionClass, Location, Record, Region, Src, When},
    readers::suppression::{MAX_DAYS, UNTIL, end_of, is_rule},
};
use serde::{Deserialize, Serialize};
use std::{fmt, io, path::Path, path::PathBuf};
use toml::Spanned;

/// The file's name.
pub const FILE_NAME: &str = "overstay-exceptions.toml";

/// The attributes of an exception that came from the file.
pub(super) const KIND: &str = "kind";
pub(super) const FINGERPRINT: &str = "finding";
pub(super) const IDENTITY: &str = "identity";

/// Why a finding is left for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// Known, and accepted until the last day.
    AcceptedRisk,
    /// The scan is wrong.
    FalsePositive,
    /// Emergency access that must stay.
    BreakGlass,
    /// On its way out.
    Migrating,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exception: Vec<Spanned<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The fingerprint of one finding; or:
    fingerprint: Option<String>,
    /// a rule, or a rule with a variant,
    rule: Option<String>,
    /// and the identities, `*` for any characters.
    identity: Option<String>,
    kind: Kind,
    owner: String,
    approver: String,
    reason: String,
    ticket: String,
    #[serde(deserialize_with = "crate::config::day")]
    created: Date,
    #[serde(deserialize_with = "crate::config::day")]
    expires: Date,
}

/// Why the exceptions cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionsError {
    /// The file cannot be read.
    #[error("cannot read {path}: {why}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The file is not what it should be. `why` has line, column and key.
    #[error("{path}: {why}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong where.
        why: String,
    },
    /// Entries that are well formed and not allowed.
    #[error("{path}: {problems}")]
    Entries {
        /// The file.
        path: PathBuf,
        /// Every one of them.
        problems: Problems,
    },
}

/// What is wrong with entries, each with its line.
#[derive(Debug)]
pub struct Problems(Vec<(u32, String)>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (line, why)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            write!(f, "line {line}: {why}")?;
        }
        Ok(())
    }
}

/// Reads a file into exception records. `src` is the source that the file belongs to (the checkout
/// that holds it), and `shown` its path there.
///
/// # Errors
/// When the file cannot be read, or any entry is not a complete decision.
pub fn load(
    path: &Path,
    shown: &str,
    src: &Src,
    now: Timestamp,
) -> Result<Vec<Record>, ExceptionsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|why| ExceptionsError::Read { path: path.to_owned(), why })?;
    parse(&text, path, shown, src, now)
}

/// Reads the text of a file that is called `path`.
///
/// # Errors
/// When any entry is not a complete decision.
pub fn parse(
    text: &str,
    path: &Path,
    shown: &str,
    src: &Src,
    now: Timestamp,
) -> Result<Vec<Record>, ExceptionsError> {
    let file: File = toml::from_str(text).map_err(|error| ExceptionsError::Parse {
        path: path.to_owned(),
        why: error.to_string().trim_end().to_owned(),
    })?;
    let mut problems = Vec::new();
    let mut records = Vec::new();
    for spanned in &file.exception {
        let line = line_of(text, spanned.span().start);
        let entry = spanned.get_ref();
        let why = problems_of(entry);
        if why.is_empty() {
            records.push(record(entry, line, shown, src, now).into());
        } else {
            problems.extend(why.into_iter().map(|why| (line, why)));
        }
    }
    if problems.is_empty() {
        Ok(records)
    } else {
        Err(ExceptionsError::Entries { path: path.to_owned(), problems: Problems(problems) })
    }
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
}

fn problems_of(entry: &Entry) -> Vec<String> {
    let mut problems = Vec::new();
    match (&entry.fingerprint, &entry.rule, &entry.identity) {
        (Some(fingerprint), None, None) => {
            if fingerprint.len() != 32 || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
                problems.push("`fingerprint` is not the fingerprint of a finding".to_owned());
            }
        }
        (None, Some(rule), Some(identity)) => {
            if !is_rule(rule) {
                problems.push(format!("there is no rule `{rule}`"));
            }
            if matcher(identity).is_none() {
                problems.push(format!("`identity` is not a pattern: `{identity}`"));
            }
        }
        _ => problems.push("needs either `fingerprint`, or `rule` and `identity`".to_owned()),
    }
    for (key, value) in [
        ("owner", &entry.owner),
        ("approver", &entry.approver),
        ("reason", &entry.reason),
        ("ticket", &entry.ticket),
    ] {
        if value.trim().is_empty() {
            problems.push(format!("`{key}` is empty"));
        }
    }
    if entry.owner.trim().eq_ignore_ascii_case(entry.approver.trim()) {
        problems.push("`approver` must be somebody else than `owner`".to_owned());
    }
    let days = (entry.expires - entry.created).get_days();
    if days < 0 {
        problems.push("`expires` lies before `created`".to_owned());
    } else if i64::from(days) > MAX_DAYS {
        problems
            .push(format!("`expires` lies {days} days after `created`; {MAX_DAYS} are allowed"));
    }
    problems
}

/// A pattern over identities, in which `*` stands for any characters.
pub(super) fn matcher(pattern: &str) -> Option<GlobMatcher> {
    Glob::new(pattern).ok().map(|glob| glob.compile_matcher())
}

fn record(entry: &Entry, line: u32, shown: &str, src: &Src, now: Timestamp) -> Exception {
    let name = match (&entry.fingerprint, &entry.rule, &entry.identity) {
        (Some(fingerprint), ..) => fingerprint.clone(),
        (None, Some(rule), Some(identity)) => format!("{rule}:{identity}"),
        _ => String::new(),
    };
    let mut attrs = Attrs::from([(UNTIL.to_owned(), entry.expires.to_string().into())]);
    attrs.insert(KIND.to_owned(), serde_json::to_value(entry.kind).unwrap_or_default());
    let text = |value: &Option<String>| value.clone().map(serde_json::Value::from);
    attrs.extend(text(&entry.fingerprint).map(|v| (FINGERPRINT.to_owned(), v)));
    attrs.extend(text(&entry.identity).map(|v| (IDENTITY.to_owned(), v)));
    Exception {
        id: format!("exception:{shown}:{name}"),
        src: src.at(shown),
        as_of: now,
        class: ExceptionClass::Suppression,
        subject: format!("finding:{name}"),
        owner: Some(entry.owner.trim().to_owned()),
        approved_by: Some(entry.approver.trim().to_owned()),
        reason: Some(entry.reason.trim().to_owned()),
        ticket: Some(entry.ticket.trim().to_owned()),
        not_before: entry.created.in_tz("UTC").ok().map(|at| at.timestamp()),
        not_after: end_of(entry.expires).map_or(When::Unknown, When::At),
        rules: entry.rule.iter().cloned().collect(),
        location: Some(Location::in_file(shown, Region::line(line))),
        attrs,
        ..Exception::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[exception]]\nrule = \"vault-policy-root-equivalent\"\nidentity = \"vault:*\"\n\
        kind = \"accepted-risk\"\nowner = \"a@example.com\"\napprover = \"b@example.com\"\n\
        reason = \"why\"\nticket = \"SEC-1\"\ncreated = 2026-11-01\nexpires = 2026-12-01\n";

    fn read(text: &str) -> Result<Vec<Record>, String> {
        let path = Path::new(FILE_NAME);
        let now = "2026-11-22T00:00:00Z".parse().unwrap();
        parse(text, path, FILE_NAME, &Src::new("git"), now).map_err(|error| error.to_string())
    }

    #[test]
    fn a_complete_decision_is_a_record() {
        let records = read(GOOD).unwrap();
        let [Record::Exception(exception)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(exception.approved_by.as_deref(), Some("b@example.com"));
        assert_eq!(exception.not_after.at().unwrap().to_string(), "2026-12-02T00:00:00Z");
        assert_eq!(exception.attrs[KIND], "accepted-risk");
    }

    #[test]
    fn every_part_of_a_decision_is_required() {
        for key in ["kind", "owner", "approver", "reason", "ticket", "created", "expires"] {
            let without: String = GOOD
                .lines()
                .filter(|l| !l.starts_with(&format!("{key} ")))
                .map(|l| format!("{l}\n"))
                .collect();
            let error = read(&without).unwrap_err();
            assert!(error.contains(key), "{key}: {error}");
        }
    }

    #[test]
    fn a_decision_that_is_not_one_is_refused_with_its_line() {
        for (from, to, why) in [
            ("b@example.com", "A@example.com", "somebody else"),
            ("2026-12-01", "2027-11-01", "180 are allowed"),
            ("2026-12-01", "2026-10-01", "before `created`"),
            ("vault-policy-root-equivalent", "no-such-rule", "no rule `no-such-rule`"),
            ("identity = \"vault:*\"\n", "", "either `fingerprint`"),
            ("\"why\"", "\" \"", "`reason` is empty"),
            ("accepted-risk", "whatever", "unknown variant"),
            ("ticket", "tickett", "unknown field"),
        ] {
            let error = read(&format!("# head\n{}", GOOD.replace(from, to))).unwrap_err();
            assert!(error.starts_with(FILE_NAME) && error.contains(why), "{error}");
            assert!(error.contains("line "), "{error}");
        }
    }
}
