//! How the pattern of a format is searched for: by its program at first, which is there at once, and by
//! a regex after many steps. Most formats are searched for a few times in a scan, if at all, and to
//! build what makes many searches fast would take longer than the searches.

use super::program::{TooManySteps, search};
use overstay_rules::pattern::Program;
use regex_automata::{
    Input,
    meta::{self, Regex},
    util::primitives::NonMaxUsize,
};
use regex_syntax::hir::Hir;
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// How many steps of a program take as long as to build the regex.
const MANY_STEPS: usize = 500_000;
/// The most memory that the automaton of a pattern takes.
const LARGEST: usize = 4 << 20;

/// The regex of one format, once it is needed. Program and regex find the same.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    regex: OnceLock<Option<Regex>>,
    /// How many steps the program took.
    steps: AtomicUsize,
}

impl Compiled {
    /// Fills in where the groups of the first match are, which are empty before. `None` without one.
    /// The pattern is asked for when many steps were taken: to keep it takes too much memory.
    pub(super) fn search(
        &self,
        program: Option<&Program>,
        pattern: impl FnOnce() -> Option<Hir>,
        input: &Input,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Option<()> {
        match self.search_by_program(program, input, slots) {
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
        program: Option<&Program>,
        input: &Input,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Result<Option<()>, TooManySteps> {
        let left = MANY_STEPS.saturating_sub(self.steps.load(Relaxed));
        if left == 0 {
            return Err(TooManySteps);
        }
        let mut allowed = left;
        let found = search(program.ok_or(TooManySteps)?, input, slots, &mut allowed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use overstay_rules::pattern::{Groups, parse};

    #[test]
    fn after_many_steps_the_regex_goes_on_and_finds_the_same() {
        let pattern =
            parse(r"(?P<user>\w+):(?:[a-z0-9]{1,4}-){2,6}(?P<secret>[0-9]{4})\b").unwrap();
        let groups = Groups::of(&pattern);
        assert_eq!((groups.slots, groups.user, groups.secret), (6, Some(1), 2));
        let (program, compiled) = (Program::of(&pattern), Compiled::default());
        let text = "no:abc-0-12345 yes:abc-0-1234 no:a-1234";
        let find = || {
            let mut slots = vec![None; groups.slots];
            compiled
                .search(program.as_ref(), || Some(pattern.clone()), &Input::new(text), &mut slots)
                .map(|()| slots)
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
        let pattern = parse("(?:(?:a{1,9}){1,9}){1,9}b(?P<secret>c)").unwrap();
        let text = ["a".repeat(60), "-abc".into()].concat();
        let mut slots = [None; 4];
        let (program, compiled) = (Program::of(&pattern), Compiled::default());
        assert_eq!(
            compiled.search(
                program.as_ref(),
                || Some(pattern.clone()),
                &Input::new(&text),
                &mut slots
            ),
            Some(())
        );
        assert!(compiled.regex.get().is_some());
        assert_eq!(slots[2], NonMaxUsize::new(63));
    }
}
