//! How the pattern of a format is searched for: by its program at first, which is there at once, and by
//! a regex after many steps. Most formats are searched for a few times in a scan, if at all, and to
//! build what makes many searches fast would take longer than the searches.

use super::program::{Program, TooManySteps};
use regex_automata::{
    Input,
    meta::{self, Regex},
    util::primitives::NonMaxUsize,
};
use regex_syntax::hir::{Hir, HirKind};
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// How many steps of a program take as long as to build the regex.
const MANY_STEPS: usize = 500_000;
/// The most memory that the automaton of a pattern takes.
const LARGEST: usize = 4 << 20;

/// The pattern of one format, as far as it was needed. Program and regex find the same.
#[derive(Debug)]
pub(super) struct Compiled {
    program: Option<Program>,
    regex: OnceLock<Option<Regex>>,
    /// How many steps the program took.
    steps: AtomicUsize,
}

impl Compiled {
    pub(super) fn of(pattern: &Hir) -> Compiled {
        let program = Program::of(pattern);
        Compiled { program, regex: OnceLock::new(), steps: AtomicUsize::new(0) }
    }

    /// Fills in where the groups of the first match are, which are empty before. `None` without one.
    /// The pattern is asked for when many steps were taken: to keep it takes too much memory.
    pub(super) fn search(
        &self,
        pattern: impl FnOnce() -> Option<Hir>,
        input: &Input,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Option<()> {
        match self.search_by_program(input, slots) {
            Ok(found) => found,
            Err(TooManySteps) => {
                slots.fill(None);
                let regex = self.regex.get_or_init(|| regex(&pattern()?).ok()).as_ref()?;
                regex.search_slots(input, slots).map(|_| ())
            }
        }
    }

    fn search_by_program(
        &self,
        input: &Input,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Result<Option<()>, TooManySteps> {
        let left = MANY_STEPS.saturating_sub(self.steps.load(Relaxed));
        if left == 0 {
            return Err(TooManySteps);
        }
        let mut allowed = left;
        let found = self.program.as_ref().ok_or(TooManySteps)?.search(input, slots, &mut allowed);
        self.steps.fetch_add(left - allowed, Relaxed);
        found
    }
}

/// The regex of a pattern.
pub(super) fn regex(pattern: &Hir) -> Result<Regex, String> {
    let limits = meta::Config::new().utf8_empty(false).nfa_size_limit(Some(LARGEST));
    let config = limits.hybrid_cache_capacity(1 << 20);
    Regex::builder().configure(config).build_from_hir(pattern).map_err(|e| e.to_string())
}

/// The groups of a pattern, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// How many places of groups a search fills in.
    pub(super) slots: usize,
    pub(super) secret: usize,
    pub(super) id: Option<usize>,
    pub(super) user: Option<usize>,
    pub(super) host: Option<usize>,
}

impl Groups {
    pub(super) fn of(pattern: &Hir) -> Groups {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pattern: &str) -> Hir {
        regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap()
    }

    #[test]
    fn after_many_steps_the_regex_goes_on_and_finds_the_same() {
        let pattern = parse(r"(?P<user>\w+):(?:[a-z0-9]{1,4}-){2,6}(?P<secret>[0-9]{4})\b");
        let groups = Groups::of(&pattern);
        assert_eq!((groups.slots, groups.user, groups.secret), (6, Some(1), 2));
        let compiled = Compiled::of(&pattern);
        let text = "no:abc-0-12345 yes:abc-0-1234 no:a-1234";
        let find = || {
            let mut slots = vec![None; groups.slots];
            compiled.search(|| Some(pattern.clone()), &Input::new(text), &mut slots).map(|()| slots)
        };
        let first = find();
        assert_eq!(first.as_ref().and_then(|slots| slots[4]), NonMaxUsize::new(25));
        assert!(compiled.regex.get().is_none());
        let mut searches = 0;
        while compiled.regex.get().is_none() {
            assert_eq!(find(), first);
            searches += 1;
        }
        assert!(searches > 100, "{searches}");
        assert_eq!(find(), first);
    }

    #[test]
    fn one_search_that_takes_too_long_is_done_by_the_regex() {
        let pattern = parse("(?:(?:a{1,9}){1,9}){1,9}b(?P<secret>c)");
        let text = ["a".repeat(60), "-abc".into()].concat();
        let mut slots = [None; 4];
        let compiled = Compiled::of(&pattern);
        assert_eq!(
            compiled.search(|| Some(pattern.clone()), &Input::new(&text), &mut slots),
            Some(())
        );
        assert!(compiled.regex.get().is_some());
        assert_eq!(slots[2], NonMaxUsize::new(63));
    }
}
