//! What the pattern of a credential format says. The build reads the built-in patterns and writes down
//! what they say; the matcher does the same for others.

mod byte_set;
mod program;

pub use byte_set::ByteSet;
pub use program::{Program, Step};

use regex_syntax::{
    ParserBuilder,
    hir::{Hir, HirKind, literal::Extractor},
};

/// What a pattern says before its regex is compiled, which takes a hundred times as long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Finds what the regex finds. `None` if it takes the regex.
    pub program: Option<Program>,
    /// The groups of a match.
    pub groups: Groups,
    /// Every match begins with an anchor, so that a search can be anchored there.
    pub starts_with_anchor: bool,
    /// The least number of bytes of the secret.
    pub shortest_secret: usize,
    /// The bytes of which the secret is made.
    pub secret_bytes: ByteSet,
    /// The most bytes of a match, if bounded.
    pub longest: Option<usize>,
}

/// The groups of a pattern, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// How many places of groups a search fills in.
    pub slots: usize,
    /// The credential itself; the whole match without such a group.
    pub secret: usize,
    /// The public half of the credential.
    pub id: Option<usize>,
    /// Whose the credential is.
    pub user: Option<usize>,
    /// Where the credential is valid.
    pub host: Option<usize>,
}

/// Parses a pattern, of bytes.
pub fn parse(pattern: &str) -> Result<Hir, String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(pattern).map_err(|e| e.to_string())
}

impl Shape {
    /// What a pattern says of a format with these anchors.
    pub fn of(pattern: &Hir, anchors: &[String]) -> Shape {
        let secret = secret_part(pattern);
        Shape {
            program: Program::of(pattern),
            groups: Groups::of(pattern),
            starts_with_anchor: !anchors.is_empty() && starts_with_one_of(pattern, anchors),
            shortest_secret: secret.properties().minimum_len().unwrap_or(0),
            secret_bytes: ByteSet::of(secret),
            longest: pattern.properties().maximum_len(),
        }
    }

    /// False for a text in which nothing can be the secret.
    pub fn may_stand_in(&self, text: &[u8]) -> bool {
        self.secret_bytes.holds_run(text, self.shortest_secret)
    }
}

/// The group `secret`, if every match has it; else the whole pattern.
fn secret_part(pattern: &Hir) -> &Hir {
    fn find(hir: &Hir) -> Option<&Hir> {
        match hir.kind() {
            HirKind::Capture(group) if group.name.as_deref() == Some("secret") => Some(&group.sub),
            HirKind::Capture(group) => find(&group.sub),
            HirKind::Concat(parts) => parts.iter().find_map(find),
            _ => None,
        }
    }
    find(pattern).unwrap_or(pattern)
}

/// True when every match of a pattern begins with one of the literals.
fn starts_with_one_of(hir: &Hir, literals: &[String]) -> bool {
    let prefixes = Extractor::new().extract(hir);
    prefixes.literals().is_some_and(|found| {
        !found.is_empty()
            && found.iter().all(|prefix| {
                literals.iter().any(|anchor| prefix.as_bytes().starts_with(anchor.as_bytes()))
            })
    })
}

impl Groups {
    /// The groups of a pattern.
    pub fn of(pattern: &Hir) -> Groups {
        let slots = (pattern.properties().explicit_captures_len() + 1) * 2;
        let mut groups = Groups { slots, ..Groups::default() };
        groups.note(pattern);
        groups
    }

    fn note(&mut self, pattern: &Hir) {
        if let HirKind::Capture(group) = pattern.kind() {
            let number = usize::try_from(group.index).ok();
            match group.name.as_deref() {
                Some("secret") => self.secret = number.unwrap_or(0),
                Some("id") => self.id = number,
                Some("user") => self.user = number,
                Some("host") => self.host = number,
                _ => {}
            }
        }
        pattern.kind().subs().iter().for_each(|part| self.note(part));
    }
}
