//! Comments in any file that ask to leave a finding for now:
//!
//! ```text
//! # overstay: ignore[rule-slug] until=2027-01-31 owner=team@example.com reason=moves to OIDC in SEC-7
//! ```
//!
//! `//`, `--`, `;` and `<!-- … -->` work too. A comment behind code stands for its own line, one
//! on a line of its own for the next line of code. Owner, reason and a last day are required.

use super::Document;
use crate::evidence::{
    Attrs, Exception, ExceptionClass, LineIndex, Location, Record, Region, When,
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use regex::bytes::Regex;
use std::{collections::BTreeMap, sync::LazyLock};

/// How far ahead a decision may reach.
pub const MAX_DAYS: i64 = 180;

/// The attribute that holds the line a comment stands for.
pub const LINE: &str = "line";
/// The attribute that says why a comment is not a decision.
pub const PROBLEM: &str = "problem";
/// The attribute that holds the last day, as written.
pub const UNTIL: &str = "until";
/// The attribute that holds how many findings an exception covers; set by triage.
pub const MATCHED: &str = "matched";

#[expect(clippy::expect_used, reason = "a constant expression, covered by tests")]
static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("overstay:[ \t]*ignore").expect("expression"));

#[expect(clippy::expect_used, reason = "a constant expression, covered by tests")]
static COMMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(#|//|--|;)[ \t]*overstay:[ \t]*ignore\[([^\]\r\n]{0,300})\]([^\r\n]{0,600})")
        .expect("expression")
});

/// True for documents that hold such a comment.
pub(super) fn accepts(document: &Document) -> bool {
    WORD.is_match(document.bytes)
}

/// One exception record for each comment.
pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let index = LineIndex::new(document.bytes);
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for found in COMMENT.captures_iter(document.bytes) {
        let (Some(whole), Some(marker)) = (found.get(0), found.get(1)) else { continue };
        let before = line_before(document.bytes, marker.start());
        if !marker_fits(document.path, marker.as_bytes(), before) {
            continue;
        }
        let text = |group: usize| {
            let bytes = found.get(group).map(|m| m.as_bytes()).unwrap_or_default();
            String::from_utf8_lossy(bytes).into_owned()
        };
        let region = index.region(whole.range());
        let alone = before.iter().all(|byte| b" \t<!".contains(byte));
        let line =
            if alone { next_code_line(&index, region.start_line) } else { region.start_line };
        let mut exception = exception(document, &text(2), &text(3), region, line);
        let count = seen.entry(exception.id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            exception.id = format!("{}#{count}", exception.id);
        }
        out.push(exception.into());
    }
}

/// What stands before the comment on its line.
fn line_before(bytes: &[u8], offset: usize) -> &[u8] {
    let head = bytes.get(..offset).unwrap_or_default();
    let start = head.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    head.get(start..).unwrap_or_default()
}

/// In prose and markup only `<!--` opens a comment; elsewhere it opens none.
fn marker_fits(path: &str, marker: &[u8], before: &[u8]) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let markup =
        ["md", "markdown", "html", "htm", "xml", "svg", "vue"].contains(&extension.as_str());
    let opened_as_markup = marker == b"--" && before.ends_with(b"<!");
    markup == opened_as_markup
}

/// The next line that is neither empty nor another such comment.
fn next_code_line(index: &LineIndex, line: u32) -> u32 {
    let within = |n: &u32| *n <= line.saturating_add(50);
    let is_code = |n: &u32| {
        let text = index.line_text(*n);
        !text.iter().all(u8::is_ascii_whitespace) && !WORD.is_match(text)
    };
    (line.saturating_add(1)..).take_while(within).find(is_code).unwrap_or(line)
}

fn exception(document: &Document, rules: &str, rest: &str, region: Region, line: u32) -> Exception {
    let rules: Vec<String> = rules
        .split(',')
        .map(|rule| rule.trim().to_owned())
        .filter(|rule| !rule.is_empty())
        .collect();
    let mut values = values(rest);
    let until = values.remove("until");
    let day = until.as_deref().and_then(|text| text.parse::<Date>().ok());
    let end = day.and_then(end_of);
    let (owner, reason) = (values.remove("owner"), values.remove("reason"));
    let problem = problem(&rules, until.as_deref(), end, &owner, &reason, document.as_of);
    let mut attrs = Attrs::from([(LINE.to_owned(), line.into())]);
    attrs.extend(until.map(|until| (UNTIL.to_owned(), until.into())));
    attrs.extend(problem.map(|problem| (PROBLEM.to_owned(), problem.into())));
    Exception {
        id: format!("exception:{}:{}:{}", document.src.system, document.path, rules.join(",")),
        src: document.src.at(document.path),
        as_of: document.as_of,
        class: ExceptionClass::Suppression,
        subject: format!("{}:{}", document.src.system, document.path),
        owner,
        reason,
        not_after: end.map_or(When::Unknown, When::At),
        rules,
        location: Some(Location::in_file(document.path, region)),
        attrs,
        ..Exception::default()
    }
}

/// Why a comment is not a decision, as the end of a sentence.
fn problem(
    rules: &[String],
    until: Option<&str>,
    end: Option<Timestamp>,
    owner: &Option<String>,
    reason: &Option<String>,
    as_of: Timestamp,
) -> Option<String> {
    if rules.is_empty() {
        return Some("it names no rule".to_owned());
    }
    if let Some(unknown) = rules.iter().find(|rule| !is_rule(rule)) {
        return Some(format!("there is no rule `{unknown}`"));
    }
    let missing: Vec<&str> =
        [("until", until.is_none()), ("owner", owner.is_none()), ("reason", reason.is_none())]
            .into_iter()
            .filter_map(|(key, missing)| missing.then_some(key))
            .collect();
    if !missing.is_empty() {
        return Some(format!("it does not say {}", missing.join(", ")));
    }
    let Some(end) = end else {
        return Some("`until` is not a day such as 2027-01-31".to_owned());
    };
    let limit = as_of.checked_add((24 * (MAX_DAYS + 1)).hours()).unwrap_or(Timestamp::MAX);
    (end > limit).then(|| format!("`until` lies more than {MAX_DAYS} days ahead"))
}

/// True for a slug, an alias, or a slug with a variant below it.
pub fn is_rule(name: &str) -> bool {
    overstay_rules::find(name.split('/').next().unwrap_or(name)).is_some()
}

/// The moment at which a last day is over, UTC.
pub fn end_of(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?;
    Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// `key=value` pairs; a value in double quotes may hold spaces, and an unquoted reason goes to the
/// end of the comment.
fn values(text: &str) -> BTreeMap<&'static str, String> {
    let mut rest = text.trim().trim_end_matches("-->").trim_end_matches("*/").trim();
    let mut values = BTreeMap::new();
    while let Some((word, after)) = rest.split_once('=') {
        let key = word.trim().rsplit(' ').next().unwrap_or_default();
        let known = ["until", "owner", "reason"].into_iter().find(|known| *known == key);
        let (value, left) = match after.strip_prefix('"').and_then(|quoted| quoted.split_once('"'))
        {
            Some(parts) => parts,
            None if known == Some("reason") => (after, ""),
            None => after.split_once([' ', '\t']).unwrap_or((after, "")),
        };
        let value = value.trim();
        if let Some(known) = known.filter(|_| !value.is_empty()) {
            values.entry(known).or_insert_with(|| value.to_owned());
        }
        rest = left.trim_start();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Src;

    const RULE: &str = "vault-policy-root-equivalent";

    fn read_text(path: &str, text: &str) -> Vec<Exception> {
        let src = Src::of("git", "example/repository");
        let document = Document {
            path,
            bytes: text.as_bytes(),
            src: &src,
            repository: None,
            as_of: "2026-11-22T00:00:00Z".parse().unwrap(),
        };
        let mut out = Vec::new();
        if accepts(&document) {
            read(&document, &mut out);
        }
        let exceptions = out.into_iter().map(|record| match record {
            Record::Exception(exception) => exception,
            other => panic!("{}", other.kind()),
        });
        exceptions.collect()
    }

    fn ignore(marker: &str, tail: &str) -> String {
        format!("{marker} {}[{RULE}] {tail}", "overstay: ignore")
    }

    const GOOD: &str = "until=2026-12-31 owner=a@example.com reason=moves in SEC-7";

    #[test]
    fn every_marker_works_where_it_opens_a_comment() {
        for (path, marker, end) in [
            ("a.yml", "#", ""),
            ("a.rs", "//", ""),
            ("a.sql", "--", ""),
            ("a.ini", ";", ""),
            ("a.md", "<!--", " -->"),
        ] {
            let got = read_text(path, &format!("{}{end}\ncode\n", ignore(marker, GOOD)));
            assert_eq!(got.len(), 1, "{path}");
            assert_eq!(got[0].attrs.get(PROBLEM), None, "{path}");
            assert_eq!(got[0].reason.as_deref(), Some("moves in SEC-7"), "{path}");
            assert_eq!(got[0].not_after.at().unwrap().to_string(), "2027-01-01T00:00:00Z");
            assert_eq!(got[0].attrs[LINE], 2, "{path}");
        }
        assert!(read_text("README.md", &ignore("#", GOOD)).is_empty(), "an example in prose");
    }

    #[test]
    fn a_comment_behind_code_stands_for_its_own_line() {
        let text = format!("x\ncode {}\n", ignore("#", GOOD));
        assert_eq!(read_text("a.yml", &text)[0].attrs[LINE], 2);
        let stacked = format!("{0}\n{0}\n\n  code\n", ignore("#", GOOD));
        let lines: Vec<_> =
            read_text("a.yml", &stacked).iter().map(|e| e.attrs[LINE].clone()).collect();
        assert_eq!(lines, [4, 4]);
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        let problem = |tail: &str| {
            let got = read_text("a.yml", &format!("{}\ncode\n", ignore("#", tail)));
            got[0].attrs.get(PROBLEM).map(|p| p.as_str().unwrap().to_owned())
        };
        assert_eq!(problem(GOOD), None);
        assert_eq!(problem("until=2026-12-31").unwrap(), "it does not say owner, reason");
        assert!(problem("until=soon owner=a reason=b").unwrap().contains("not a day"));
        assert!(problem("until=2028-01-01 owner=a reason=b").unwrap().contains("180 days"));
        assert_eq!(problem("owner=\"a b\" reason=\"c d\" until=2026-12-31"), None);
        let unknown = ignore("#", GOOD).replace(RULE, "no-such-rule");
        assert!(read_text("a.yml", &unknown)[0].attrs.contains_key(PROBLEM));
    }
}
