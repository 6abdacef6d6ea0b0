//! The bytes that a part of a pattern is made of: where there is no run of them, there is no match.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A set of bytes.
#[derive(Clone, Debug)]
pub(super) struct ByteSet([bool; 256]);

impl ByteSet {
    /// Every byte of which a match of the pattern may be made.
    pub(super) fn of(pattern: &Hir) -> ByteSet {
        let mut set = ByteSet([false; 256]);
        set.add(pattern);
        set
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
            // No pattern has such a class: they are read without Unicode.
            HirKind::Class(Class::Unicode(_)) => self.add_range(0, u8::MAX),
            HirKind::Repetition(repetition) => self.add(&repetition.sub),
            HirKind::Capture(group) => self.add(&group.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().for_each(|part| self.add(part));
            }
        }
    }

    fn add_range(&mut self, first: u8, last: u8) {
        if let Some(range) = self.0.get_mut(usize::from(first)..=usize::from(last)) {
            range.fill(true);
        }
    }

    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).is_some_and(|has| *has)
    }

    /// True when a text has so many bytes of the set one after the other.
    pub(super) fn holds_run(&self, text: &[u8], length: usize) -> bool {
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
