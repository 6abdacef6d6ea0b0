//! Lines that our parser finds too far left and that others take.
//!
//! YAML wants the lines inside brackets and quotes further right than the key that they belong to. libyaml
//! and go-yaml, on which GitHub and the tools of Kubernetes stand, do not insist. In both places the blanks
//! at the start of a line mean nothing; more of them change no value, only columns, and these are counted
//! back.

use saphyr_parser::Parser;
use std::collections::HashMap;

/// The most bytes that are parsed again and again in search of the next such line.
const MAX_BYTES: usize = 1 << 20;
/// The most blanks that are put before a line.
const MAX_BLANKS: usize = 400;

/// A text whose lines were moved, and how far: blanks by line, from 1.
pub(super) struct Mended {
    pub(super) text: String,
    pub(super) blanks: HashMap<usize, usize>,
}

/// Moves lines until the text parses. Nothing, when moving lines does not help.
pub(super) fn mend(text: &str) -> Option<Mended> {
    let lines: Vec<&str> = text.split('\n').collect();
    let blanks_before = lines.iter().map(|line| indentation(line)).max()? + 1;
    if blanks_before > MAX_BLANKS {
        return None;
    }
    let mut mended = Mended { text: text.to_owned(), blanks: HashMap::new() };
    for _ in 0..=MAX_BYTES / text.len().max(1) {
        let Some(error) = Parser::new_from_str(&mended.text).find_map(Result::err) else {
            return (!mended.blanks.is_empty()).then_some(mended);
        };
        if !error.info().starts_with("invalid indentation") {
            return None;
        }
        let (line, column) = (error.marker().line(), error.marker().col());
        let moved = if error.info().ends_with("quoted scalar") {
            let shift = mended.blanks.get(&line).copied().unwrap_or_default();
            continuation(&lines, line, column.checked_sub(shift)?)?
        } else {
            vec![line]
        };
        let before = mended.blanks.len();
        mended.blanks.extend(moved.into_iter().map(|line| (line, blanks_before)));
        if mended.blanks.len() == before {
            return None;
        }
        mended.text = padded(&lines, &mended.blanks);
    }
    None
}

/// How far right the content of a line can begin: blanks and the marks of lists.
fn indentation(line: &str) -> usize {
    line.bytes().take_while(|b| b" -?".contains(b)).count()
}

fn padded(lines: &[&str], blanks: &HashMap<usize, usize>) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text.extend(std::iter::repeat_n(' ', blanks.get(&(at + 1)).copied().unwrap_or_default()));
        text.push_str(line);
    }
    text
}

/// The lines on which a quoted text goes on that begins at a line (from 1) and column (from 0).
fn continuation(lines: &[&str], line: usize, column: usize) -> Option<Vec<usize>> {
    let mut rest = lines.get(line.checked_sub(1)?)?.chars().skip(column).collect::<String>();
    let quote = rest.chars().next()?;
    if !matches!(quote, '"' | '\'') {
        return None;
    }
    rest.remove(0);
    let mut found = Vec::new();
    let mut at = line;
    while !ends(&rest, quote) {
        at += 1;
        let next = *lines.get(at - 1)?;
        if next.starts_with("---") || next.starts_with("...") {
            return None;
        }
        if !next.trim().is_empty() {
            found.push(at);
        }
        next.clone_into(&mut rest);
    }
    Some(found)
}

/// True when the quoted text ends on this line.
fn ends(line: &str, quote: char) -> bool {
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' if quote == '"' => {
                signs.next();
            }
            '\'' if quote == '\'' && signs.peek() == Some(&'\'') => {
                signs.next();
            }
            _ if sign == quote => return true,
            _ => {}
        }
    }
    false
}
