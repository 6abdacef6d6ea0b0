//! `*` and `?` patterns, as sets of strings.
//!
//! Everything that an evaluator asks of such a set reduces to matching: the *witness* of a pattern
//! is a member in which every wildcard was replaced by letters that no policy contains. A second
//! pattern matches the witness exactly when it covers the whole first pattern (the alphabet is
//! larger than any finite set of patterns), so "is anything left of this Allow after those Denies"
//! is "does one of them match the witness".

use std::borrow::Cow;

/// Letters that stand in for a wildcard. The private-use character occurs in no policy and no ARN.
const FRESH: &str = "\u{e000}\u{e000}\u{e000}";
const FRESH_ONE: char = '\u{e000}';

/// A pattern over actions (compared without case) or resources (compared with case).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: String,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shape {
    Everything,
    Literal,
    Wildcard,
    Variable,
}

impl Pattern {
    /// A pattern over action names: lower case, no variables.
    pub fn action(text: &str) -> Pattern {
        Pattern::new(text.to_ascii_lowercase(), false)
    }

    /// A pattern over resources. `variables` is false for documents of version 2008-10-17, where
    /// `${` is plain text.
    pub fn resource(text: &str, variables: bool) -> Pattern {
        Pattern::new(text.to_owned(), variables)
    }

    fn new(text: String, variables: bool) -> Pattern {
        let shape = if !text.is_empty() && text.bytes().all(|b| b == b'*') {
            Shape::Everything
        } else if variables && text.contains("${") {
            Shape::Variable
        } else if text.contains(['*', '?']) {
            Shape::Wildcard
        } else {
            Shape::Literal
        };
        Pattern { text, shape }
    }

    /// The text, as written (actions in lower case).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True for `*`.
    pub fn is_everything(&self) -> bool {
        self.shape == Shape::Everything
    }

    /// True when it holds exactly one string.
    pub fn is_literal(&self) -> bool {
        self.shape == Shape::Literal
    }

    /// True when a policy variable stands in it.
    pub fn has_variable(&self) -> bool {
        self.shape == Shape::Variable
    }

    /// True for a resource that the code leaves open altogether: `${unknown:var.resources}`.
    pub fn is_open(&self) -> bool {
        self.shape == Shape::Variable
            && self.text.starts_with("${unknown:")
            && self.text.find('}') == Some(self.text.len() - 1)
    }

    /// Whether a string is in the set. A variable counts as `*`; see `condition::resolve` for more.
    pub fn matches(&self, text: &str) -> bool {
        match self.shape {
            Shape::Everything => true,
            Shape::Literal => self.text == text,
            Shape::Wildcard => glob(&self.text, text),
            Shape::Variable => glob(&without_variables(&self.text), text),
        }
    }

    /// A member of the set that stands for all of it: see the module.
    pub fn witness(&self) -> Cow<'_, str> {
        match self.shape {
            Shape::Literal => Cow::Borrowed(&self.text),
            // Some resource, not any.
            Shape::Variable if self.is_open() => Cow::Owned(FRESH.repeat(2)),
            _ => Cow::Owned(fresh(&without_variables(&self.text))),
        }
    }

    /// A string in both sets, as general as their overlap allows; `None` when they are disjoint.
    pub fn meet(&self, other: &Pattern) -> Option<String> {
        if other.matches(&self.witness()) {
            return Some(self.witness().into_owned());
        }
        if self.matches(&other.witness()) {
            return Some(other.witness().into_owned());
        }
        meet(&without_variables(&self.text), &without_variables(&other.text))
    }
}

fn fresh(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len() + 8);
    for c in pattern.chars() {
        match c {
            '*' => text.push_str(FRESH),
            '?' => text.push(FRESH_ONE),
            c => text.push(c),
        }
    }
    text
}

/// `${…}` replaced by `*`, except the three escapes `${*}`, `${?}`, `${$}`, which cannot be told
/// from wildcards here and only widen the set.
fn without_variables(text: &str) -> Cow<'_, str> {
    if !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push('*');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Greedy wildcard match with one point of return: linear in practice, quadratic at worst.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (p, t) = (pattern.as_bytes(), text.as_bytes());
    let (mut i, mut j) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while j < t.len() {
        if i < p.len() && p[i] == b'*' {
            retry = Some((i, j));
            i += 1;
        } else if i < p.len() && p[i] == b'?' {
            i += 1;
            j += char_len(t[j]);
        } else if i < p.len() && p[i] == t[j] {
            i += 1;
            j += 1;
        } else if let Some((star, from)) = retry {
            i = star + 1;
            j = from + 1;
            retry = Some((star, from + 1));
        } else {
            return false;
        }
    }
    p[i..].iter().all(|b| *b == b'*')
}

fn char_len(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

/// A common member of two wildcard patterns, by dynamic programming over both.
fn meet(left: &str, right: &str) -> Option<String> {
    const LONGEST: usize = 2_048;
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    let width = b.len() + 1;
    let mut ends = vec![false; (a.len() + 1) * width];
    for i in (0..=a.len()).rev() {
        for j in (0..=b.len()).rev() {
            let at = |i: usize, j: usize| ends[i * width + j];
            ends[i * width + j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some('*'), None) => at(i + 1, j),
                (None, Some('*')) => at(i, j + 1),
                (Some('*'), Some(_)) => at(i + 1, j) || at(i, j + 1),
                (Some(_), Some('*')) => at(i, j + 1) || at(i + 1, j),
                (Some(x), Some(y)) => (*x == '?' || *y == '?' || x == y) && at(i + 1, j + 1),
                _ => false,
            };
        }
    }
    if !ends[0] {
        return None;
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    let ok = |i: usize, j: usize| ends[i * width + j];
    let one = |c: char| if c == '?' { FRESH_ONE } else { c };
    loop {
        match (a.get(i).copied(), b.get(j).copied()) {
            (None, None) => return Some(text),
            (Some('*'), Some('*')) if ok(i + 1, j + 1) => {
                text.push_str(FRESH);
                i += 1;
                j += 1;
            }
            (Some('*'), Some(c)) if ok(i, j + 1) => {
                if c != '*' {
                    text.push(one(c));
                }
                j += 1;
            }
            (Some('*'), _) => i += 1,
            (Some(c), Some('*')) if ok(i + 1, j) => {
                text.push(one(c));
                i += 1;
            }
            (_, Some('*')) => j += 1,
            (Some(x), Some(y)) => {
                text.push(if x == '?' { one(y) } else { x });
                i += 1;
                j += 1;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(text: &str) -> Pattern {
        Pattern::resource(text, true)
    }

    #[test]
    fn wildcards_match_like_iam() {
        for (pattern, text, expected) in [
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("?", "", false),
            ("**a", "a", true),
        ] {
            assert_eq!(resource(pattern).matches(text), expected, "{pattern} {text}");
        }
        assert!(Pattern::action("IAM:Pass*").matches("iam:passrole"));
    }

    #[test]
    fn a_pattern_that_matches_the_witness_covers_the_set() {
        let deny = resource("arn:aws:iam::*:role/prod-*");
        assert!(deny.matches(&resource("arn:aws:iam::1:role/prod-*").witness()));
        assert!(!deny.matches(&resource("arn:aws:iam::1:role/*").witness()));
        assert!(!resource("a?b").matches(&resource("a*b").witness()));
    }

    #[test]
    fn the_overlap_of_two_patterns_has_a_member_of_both() {
        for (a, b) in [("a*c", "*bc"), ("arn:*:role/x*", "arn:aws:iam::*:role/*y"), ("?*", "*z")] {
            let common = resource(a).meet(&resource(b)).unwrap();
            assert!(resource(a).matches(&common) && resource(b).matches(&common), "{common}");
        }
        assert_eq!(resource("a*").meet(&resource("b*")), None);
        assert_eq!(resource("a?").meet(&resource("a??")), None);
    }
}
