//! Where in a text the matches of a credential format can stand, read off its pattern. Part of the
//! build: to parse every pattern at every start would cost more than most scans.

use crate::{
    alphabet::{LONG_ALNUM, LONG_BASE64, NAME_WORDS, TOKEN_RUN, is_alnum, is_base64, is_token},
    pattern::parse,
};
use regex_syntax::hir::{Class, Hir, HirKind, literal::Extractor};
use serde::Deserialize;
use std::{error::Error, fmt::Write as _, fs, path::Path};

/// What is needed of a format.
#[derive(Deserialize)]
pub(crate) struct Format {
    pub(crate) id: String,
    pattern: String,
    #[serde(default)]
    pub(crate) anchors: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "format", default)]
    formats: Vec<Format>,
}

/// The most beginnings that are worth a look-up each.
const MOST_BEGINNINGS: usize = 32;

/// How a pattern says that a name is given a value. The name ends in front of it, or in front of a few
/// more bytes of names. The matcher's `window::is_assigned` looks for the same.
const ASSIGNED: &str = r#"["'\]]{0,2}[\s=:,>]{1,20}(?:value["']?[\s=:]{1,3})?["']?(?P<secret>"#;

/// The table of all formats in a folder, sorted by id, as Rust code.
pub(crate) fn table(dir: &Path) -> Result<String, Box<dyn Error>> {
    let mut code = "pub(crate) static HABITATS: &[(&str, Habitat)] = &[\n".to_owned();
    for (format, hir) in formats(dir)? {
        writeln!(code, "    ({:?}, Habitat::{}),", format.id, habitat(&format, &hir))?;
    }
    code.push_str("];\n");
    Ok(code)
}

/// The formats in a folder with their patterns, sorted by id.
pub(crate) fn formats(dir: &Path) -> Result<Vec<(Format, Hir)>, Box<dyn Error>> {
    let mut formats = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let file: File = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        for format in file.formats {
            let hir = parse(&format.pattern)
                .map_err(|e| format!("{}: {}: {e}", path.display(), format.id))?;
            formats.push((format, hir));
        }
    }
    formats.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    Ok(formats)
}

/// The habitat of a format, as Rust code.
fn habitat(format: &Format, hir: &Hir) -> String {
    if let Some(beginnings) = beginnings(format, hir) {
        return format!("RunStart(&{beginnings:?})");
    }
    let all_named = !format.keywords.is_empty()
        && format.keywords.iter().all(|word| holds_name_word(word.to_ascii_lowercase().as_bytes()));
    if format.pattern.contains(ASSIGNED) && (all_named || is_named(hir)) {
        return "Named".to_owned();
    }
    // A run may stand lines away from the anchor in an object of JSON.
    let spread = format.pattern.contains("[^{}]");
    let long = !spread
        && (longest_run(hir, is_alnum) >= LONG_ALNUM || longest_run(hir, is_base64) >= LONG_BASE64);
    if long { "LongRun" } else { "Anywhere" }.to_owned()
}

/// The literals of which one begins every match, if a run of token bytes begins with it.
fn beginnings(format: &Format, hir: &Hir) -> Option<Vec<String>> {
    if format.anchors.is_empty() || leading_run(hir, is_token).0 < TOKEN_RUN {
        return None;
    }
    let found = Extractor::new().extract(hir);
    let found = found.literals().filter(|found| !found.is_empty())?;
    let begins = |anchors: &[String], prefix: &[u8]| {
        anchors.iter().any(|anchor| prefix.starts_with(anchor.as_bytes()))
    };
    let beginnings: Vec<String> =
        if found.iter().all(|prefix| begins(&format.anchors, prefix.as_bytes())) {
            format.anchors.clone()
        } else {
            let prefixes = found.iter().map(|prefix| String::from_utf8(prefix.as_bytes().into()));
            prefixes.collect::<Result<_, _>>().ok()?
        };
    let fits = |text: &String| text.len() >= 3 && text.bytes().next().is_some_and(is_alnum);
    (beginnings.len() <= MOST_BEGINNINGS && beginnings.iter().all(fits)).then_some(beginnings)
}

/// The least number of members of a class with which every match begins, and whether a match is
/// nothing but that.
fn leading_run(hir: &Hir, member: fn(u8) -> bool) -> (usize, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => {
            let run = literal.0.iter().take_while(|byte| member(**byte)).count();
            (run, run == literal.0.len())
        }
        HirKind::Class(class) => {
            let members = class_bytes(class).all(member);
            (usize::from(members), members)
        }
        HirKind::Repetition(repetition) => {
            let (run, whole) = leading_run(&repetition.sub, member);
            let times = repetition.min.min(if whole { u32::MAX } else { 1 });
            (run.saturating_mul(times as usize), whole)
        }
        HirKind::Capture(group) => leading_run(&group.sub, member),
        HirKind::Concat(parts) => run_of(parts, member),
        HirKind::Alternation(parts) => parts
            .iter()
            .map(|part| leading_run(part, member))
            .fold((usize::MAX, true), |(least, all), (run, whole)| (least.min(run), all && whole)),
    }
}

/// The same for parts that follow each other.
fn run_of(parts: &[Hir], member: fn(u8) -> bool) -> (usize, bool) {
    let mut length = 0;
    for part in parts {
        let (run, whole) = leading_run(part, member);
        length += run;
        if !whole {
            return (length, false);
        }
    }
    (length, true)
}

/// The length of the longest run of members that every match holds somewhere.
fn longest_run(hir: &Hir, member: fn(u8) -> bool) -> usize {
    let inside = match hir.kind() {
        HirKind::Concat(parts) => (0..parts.len())
            .filter_map(|at| {
                let run = run_of(parts.get(at..)?, member).0;
                Some(run.max(longest_run(parts.get(at)?, member)))
            })
            .max()
            .unwrap_or(0),
        HirKind::Capture(group) => longest_run(&group.sub, member),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            longest_run(&repetition.sub, member)
        }
        HirKind::Alternation(parts) => {
            parts.iter().map(|part| longest_run(part, member)).min().unwrap_or(0)
        }
        _ => 0,
    };
    inside.max(leading_run(hir, member).0)
}

/// True when every match holds a name word.
fn is_named(hir: &Hir) -> bool {
    let mut text = Vec::new();
    let mut holds = |part: &Hir| {
        match fixed(part) {
            Some(more) => text.extend(more),
            None => text.clear(),
        }
        holds_name_word(&text)
    };
    match hir.kind() {
        HirKind::Capture(group) => is_named(&group.sub),
        HirKind::Repetition(repetition) => repetition.min > 0 && is_named(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().any(|part| holds(part) || is_named(part)),
        HirKind::Alternation(parts) => parts.iter().all(is_named),
        _ => holds(hir),
    }
}

fn holds_name_word(text: &[u8]) -> bool {
    let holds = |word: &&str| text.windows(word.len()).any(|part| part == word.as_bytes());
    NAME_WORDS.iter().any(holds)
}

/// The lower-case form of a pattern that matches one text only, or that text in any case.
fn fixed(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Vec::new()),
        HirKind::Literal(literal) => Some(literal.0.to_ascii_lowercase()),
        HirKind::Class(class) => {
            let mut bytes = class_bytes(class).map(|byte| byte.to_ascii_lowercase());
            let first = bytes.next()?;
            bytes.all(|byte| byte == first).then(|| vec![first])
        }
        HirKind::Capture(group) => fixed(&group.sub),
        HirKind::Concat(parts) => {
            parts.iter().map(fixed).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
        }
        HirKind::Repetition(_) | HirKind::Alternation(_) => None,
    }
}

/// The bytes of a class. Patterns are parsed with Unicode off, so that every class is of bytes.
fn class_bytes(class: &Class) -> impl Iterator<Item = u8> {
    let ranges = match class {
        Class::Bytes(class) => class.ranges(),
        Class::Unicode(_) => &[],
    };
    ranges.iter().flat_map(|range| range.start()..=range.end())
}
