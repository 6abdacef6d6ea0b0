//! The regex of a format, compiled when it is first needed: quickly for a few searches, thoroughly
//! for many. Most formats are searched for a few times in a scan, if at all, and to build all that
//! makes many searches fast would take longer than the searches.

use regex_automata::{
    Input, PatternID,
    meta::{self, Regex},
    nfa::thompson::{
        self,
        backtrack::{BoundedBacktracker, Cache},
    },
    util::{captures::GroupInfo, primitives::NonMaxUsize},
};
use regex_syntax::hir::Hir;
use std::{
    cell::RefCell,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// How many bytes are searched before a thorough regex pays.
const FEW_BYTES: usize = 32 << 10;
/// The longest text that is searched with a quick regex.
const LONGEST_QUICK: usize = 2 << 10;
/// The most memory that the automaton of a pattern takes.
const LARGEST: usize = 4 << 20;

/// The regexes of one format.
#[derive(Debug, Default)]
pub(super) struct Regexes {
    quick: OnceLock<Option<Compiled>>,
    thorough: OnceLock<Option<Compiled>>,
    /// How many bytes were searched with the quick one.
    searched: AtomicUsize,
}

/// A regex and where its parts are.
#[derive(Debug)]
pub(super) struct Compiled {
    engine: Engine,
    /// How many places of groups a search fills in.
    pub(super) slots: usize,
    pub(super) secret: usize,
    pub(super) id: Option<usize>,
    pub(super) user: Option<usize>,
    pub(super) host: Option<usize>,
}

/// Both find the same.
#[derive(Debug)]
enum Engine {
    /// Takes a quarter of the time to build, and up to thirty times as long to search.
    Quick(Box<BoundedBacktracker>),
    Thorough(Regex),
}

thread_local! {
    /// What quick regexes note while they search; each forgets what the last one noted.
    static NOTES: RefCell<Option<Cache>> = const { RefCell::new(None) };
}

impl Regexes {
    /// The regex of a pattern for a search of so many bytes. `None` only for a pattern that is too
    /// large.
    pub(super) fn of(&self, pattern: &Hir, bytes: usize) -> Option<&Compiled> {
        if let Some(thorough) = self.thorough.get() {
            return thorough.as_ref();
        }
        if bytes <= LONGEST_QUICK && self.searched.fetch_add(bytes, Relaxed) < FEW_BYTES {
            let quick = self.quick.get_or_init(|| Compiled::quickly(pattern).ok());
            if let Some(quick) = quick.as_ref().filter(|quick| quick.reaches(bytes)) {
                return Some(quick);
            }
        }
        self.thorough.get_or_init(|| Compiled::thoroughly(pattern).ok()).as_ref()
    }
}

impl Compiled {
    pub(super) fn quickly(pattern: &Hir) -> Result<Compiled, String> {
        let limits = thompson::Config::new().utf8(false).nfa_size_limit(Some(LARGEST));
        let automaton = thompson::Compiler::new().configure(limits).build_from_hir(pattern);
        let engine = BoundedBacktracker::new_from_nfa(automaton.map_err(|e| e.to_string())?);
        let engine = Box::new(engine.map_err(|e| e.to_string())?);
        let groups = engine.get_nfa().group_info().clone();
        Ok(Compiled::new(Engine::Quick(engine), &groups))
    }

    pub(super) fn thoroughly(pattern: &Hir) -> Result<Compiled, String> {
        let limits = meta::Config::new().utf8_empty(false).nfa_size_limit(Some(LARGEST));
        let config = limits.hybrid_cache_capacity(1 << 20);
        let engine = Regex::builder().configure(config).build_from_hir(pattern);
        let engine = engine.map_err(|e| e.to_string())?;
        let groups = engine.group_info().clone();
        Ok(Compiled::new(Engine::Thorough(engine), &groups))
    }

    fn new(engine: Engine, groups: &GroupInfo) -> Compiled {
        let group = |name: &str| groups.to_index(PatternID::ZERO, name);
        Compiled {
            engine,
            slots: groups.slot_len(),
            secret: group("secret").unwrap_or(0),
            id: group("id"),
            user: group("user"),
            host: group("host"),
        }
    }

    /// True if it can search so many bytes.
    fn reaches(&self, bytes: usize) -> bool {
        match &self.engine {
            Engine::Quick(engine) => bytes <= engine.max_haystack_len(),
            Engine::Thorough(_) => true,
        }
    }

    /// Fills in where the groups of the first match are. `None` without a match.
    pub(super) fn search(&self, input: &Input, slots: &mut [Option<NonMaxUsize>]) -> Option<()> {
        let found = match &self.engine {
            Engine::Quick(engine) => NOTES.with_borrow_mut(|notes| {
                let notes = notes.get_or_insert_with(|| engine.create_cache());
                notes.reset(engine);
                engine.try_search_slots(notes, input, slots).ok().flatten()
            }),
            Engine::Thorough(engine) => engine.search_slots(input, slots),
        };
        found.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::format::built_in, *};
    use crate::examples::BREAK;

    #[test]
    fn quick_and_thorough_find_the_same() {
        let mut matches = 0;
        for format in built_in() {
            let pattern = format.pattern().unwrap();
            let quick = Compiled::quickly(pattern).unwrap();
            let thorough = Compiled::thoroughly(pattern).unwrap();
            let of = |compiled: &Compiled| {
                (compiled.slots, compiled.secret, compiled.id, compiled.user, compiled.host)
            };
            assert_eq!(of(&quick), of(&thorough), "{}", format.id);
            for text in format.positive.iter().chain(&format.negative) {
                let text = text.replace(BREAK, "");
                if !quick.reaches(text.len()) {
                    continue;
                }
                let slots = |compiled: &Compiled| {
                    let mut slots = vec![None; compiled.slots];
                    compiled.search(&Input::new(&text), &mut slots).map(|()| slots)
                };
                assert_eq!(slots(&quick), slots(&thorough), "{}: {text}", format.id);
                matches += usize::from(slots(&quick).is_some());
            }
        }
        assert!(matches > built_in().len() / 2);
    }

    #[test]
    fn many_searches_and_long_ones_are_thorough() {
        let pattern = regex_syntax::parse("(?-u)ab(?P<secret>[0-9]{4})").unwrap();
        let is_quick = |regexes: &Regexes, bytes| {
            matches!(regexes.of(&pattern, bytes).unwrap().engine, Engine::Quick(_))
        };
        let regexes = Regexes::default();
        assert!(is_quick(&regexes, 100));
        assert!(!is_quick(&regexes, LONGEST_QUICK + 1));
        assert!(!is_quick(&regexes, 100), "what is built is used");
        let regexes = Regexes::default();
        for _ in 0..FEW_BYTES / LONGEST_QUICK {
            assert!(is_quick(&regexes, LONGEST_QUICK));
        }
        assert!(!is_quick(&regexes, LONGEST_QUICK));
    }
}
