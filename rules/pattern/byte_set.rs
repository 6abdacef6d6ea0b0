//! The bytes that a part of a pattern is made of: where there is no run of them, there is no match.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A set of bytes, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteSet(pub(crate) [u64; 4]);

impl ByteSet {
    /// Every byte of which a match of the pattern may be made.
    pub fn of(pattern: &Hir) -> ByteSet {
        let mut set = ByteSet::default();
        set.add(pattern);
        set
    }

    /// Every byte with which a match of the pattern may begin, unless it is empty.
    pub fn first_of(pattern: &Hir) -> ByteSet {
        let mut set = ByteSet::default();
        set.add_first(pattern);
        set
    }

    /// Adds what a match may begin with. True if one may be empty.
    fn add_first(&mut self, pattern: &Hir) -> bool {
        match pattern.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                literal.0.first().map(|byte| self.add_range(*byte, *byte)).is_none()
            }
            HirKind::Class(_) => {
                self.add(pattern);
                false
            }
            HirKind::Repetition(repetition) => {
                self.add_first(&repetition.sub) || repetition.min == 0
            }
            HirKind::Capture(group) => self.add_first(&group.sub),
            HirKind::Concat(parts) => parts.iter().all(|part| self.add_first(part)),
            HirKind::Alternation(parts) => {
                parts.iter().filter(|part| self.add_first(part)).count() > 0
            }
        }
    }

    fn add(&mut self, pattern: &Hir) {
        match pattern.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => {
                literal.0.iter().for_each(|byte| self.add_range(*byte, *byte));
            }
            HirKind::Class(Class::Bytes(class)) => {
                class.iter().for_each(|range| self.add_range(range.start(), range.end()));
            }
            // The parser makes one of single letters in an alternation.
            HirKind::Class(Class::Unicode(class)) => match class.to_byte_class() {
                Some(class) => {
                    class.iter().for_each(|range| self.add_range(range.start(), range.end()));
                }
                None => self.add_range(0, u8::MAX),
            },
            HirKind::Repetition(repetition) => self.add(&repetition.sub),
            HirKind::Capture(group) => self.add(&group.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().for_each(|part| self.add(part));
            }
        }
    }

    fn add_range(&mut self, first: u8, last: u8) {
        for byte in first..=last {
            self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }

    /// True for a byte of the set.
    #[inline]
    pub fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    /// True when a text has so many bytes of the set one after the other.
    pub fn holds_run(&self, text: &[u8], length: usize) -> bool {
        let mut start = 0_usize;
        while let Some(run) = text.get(start..start.saturating_add(length)) {
            match run.iter().rposition(|byte| !self.has(*byte)) {
                None => return true,
                Some(last) => start += last + 1,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::ParserBuilder;

    #[test]
    fn what_a_match_begins_with_stands_after_what_may_be_left_out() {
        let first = |pattern| {
            let pattern = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
            let set = ByteSet::first_of(&pattern.unwrap());
            (0..=u8::MAX).filter(|byte| set.has(*byte)).map(char::from).collect::<String>()
        };
        assert_eq!(first(r"\b(?:[0-2]{0,3}(?P<secret>xy|z)|q)w"), "012qxz");
        assert_eq!(first("(?i)ab"), "Aa");
    }

    #[test]
    fn a_run_is_found_wherever_it_stands_and_only_if_it_is_long_enough() {
        let pattern = ParserBuilder::new().unicode(false).utf8(false).build();
        let set = ByteSet::of(&pattern.clone().parse("(?i)ab?[0-9]{4}(?:x|-)").unwrap());
        for before in 0..9 {
            for after in 0..9 {
                let text = |run: &str| ["!".repeat(before), run.into(), "!".repeat(after)].concat();
                assert!(set.holds_run(text("aB12-X").as_bytes(), 6), "{before} {after}");
                assert!(!set.holds_run(text("aB1c2-X").as_bytes(), 6), "{before} {after}");
            }
        }
        assert!(!set.holds_run(b"", 1));
    }
}
