//! Runs the program of a pattern by backtracking: it finds what a regex finds, leftmost and preferred
//! alternatives first, and gives up where that takes too many steps.

use overstay_rules::pattern::{ByteSet, Program, Step};
use regex_automata::{Input, util::primitives::NonMaxUsize};
use regex_syntax::hir::Look;
use std::cell::RefCell;

/// What is done when a way leads nowhere.
#[derive(Clone, Copy, Debug)]
enum Retry {
    /// Go on at a step and a place.
    At(usize, usize),
    /// The same with one byte less of a run, down to a place.
    Shorter { step: usize, at: usize, least: usize },
    /// The run at a step takes one byte more, up to a place.
    Longer { step: usize, at: usize, most: usize },
    /// Forget where a group was thought to begin or end.
    Restore(usize, Option<NonMaxUsize>),
}

type Slots<'a> = &'a mut [Option<NonMaxUsize>];

/// The search took more steps than it was allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManySteps;

thread_local! {
    static RETRIES: RefCell<Vec<Retry>> = const { RefCell::new(Vec::new()) };
}

/// Fills in where the groups of the first match are, which were empty before. Takes the steps that
/// it needs off those that are allowed: one for each step, and one for each byte that is looked at.
pub(super) fn search(
    program: &Program,
    input: &Input,
    slots: Slots,
    allowed: &mut usize,
) -> Result<Option<()>, TooManySteps> {
    let Program { steps, sets, text: literals, first } = program;
    let bytes = input.haystack();
    let text = bytes.get(..input.end()).unwrap_or_default();
    let mut start = input.start();
    RETRIES.with_borrow_mut(|retries| {
        loop {
            if !input.get_anchored().is_anchored() {
                let rest = text.get(start..).unwrap_or_default();
                let Some(skipped) = rest.iter().position(|byte| first.has(*byte)) else {
                    return Ok(None);
                };
                start += skipped;
            }
            let slots_now = &mut *slots;
            let mut run =
                Run { steps, sets, literals, bytes, text, slots: slots_now, retries, allowed };
            if let Some(end) = run.from(start)? {
                let whole = [start, end].map(NonMaxUsize::new);
                slots.iter_mut().zip(whole).for_each(|(slot, place)| *slot = place);
                return Ok(Some(()));
            }
            if input.get_anchored().is_anchored() {
                return Ok(None);
            }
            start += 1;
        }
    })
}

/// A program while it runs.
struct Run<'a> {
    steps: &'a [Step],
    sets: &'a [ByteSet],
    literals: &'a [u8],
    /// What assertions look at.
    bytes: &'a [u8],
    /// The part of it up to which a match may reach.
    text: &'a [u8],
    slots: Slots<'a>,
    retries: &'a mut Vec<Retry>,
    allowed: &'a mut usize,
}

impl<'a> Run<'a> {
    /// Where the match ends that begins at a place.
    fn from(&mut self, start: usize) -> Result<Option<usize>, TooManySteps> {
        self.retries.clear();
        let (mut step, mut at) = (0, start);
        loop {
            self.spend(1)?;
            let next = match self.steps.get(step) {
                Some(Step::Found) => return Ok(Some(at)),
                Some(one) => self.take(*one, step, at)?,
                None => None,
            };
            match next.or_else(|| self.retry()) {
                Some(next) => (step, at) = next,
                None => return Ok(None),
            }
        }
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooManySteps> {
        *self.allowed = self.allowed.checked_sub(steps).ok_or(TooManySteps)?;
        Ok(())
    }

    /// Takes a step. Gives the next one and its place, `None` if this one cannot be taken.
    #[inline]
    fn take(
        &mut self,
        one: Step,
        step: usize,
        at: usize,
    ) -> Result<Option<(usize, usize)>, TooManySteps> {
        let here = self.text.get(at..).unwrap_or_default();
        Ok(match one {
            Step::Literal(start, end) => {
                let literal = self.literal(start, end);
                here.starts_with(literal).then_some((step + 1, at + literal.len()))
            }
            Step::Word(start, end) => {
                let word = self.literal(start, end);
                let same =
                    here.get(..word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word));
                same.then_some((step + 1, at + word.len()))
            }
            Step::Run { set, least, most, greedy } => {
                let Some(set) = self.sets.get(set as usize) else { return Ok(None) };
                let (least, most) = (least as usize, most as usize);
                let here = here.get(..if greedy { most } else { least }).unwrap_or(here);
                let run = here.iter().position(|byte| !set.has(*byte)).unwrap_or(here.len());
                self.spend(run)?;
                let retry = match greedy {
                    true => Retry::Shorter { step: step + 1, at: at + run, least: at + least },
                    false => Retry::Longer { step, at: at + run, most: at.saturating_add(most) },
                };
                if run < least {
                    None
                } else {
                    if least != most {
                        self.retries.push(retry);
                    }
                    Some((step + 1, at + run))
                }
            }
            Step::Look(look) => holds(look, self.bytes, at).then_some((step + 1, at)),
            Step::Save(slot) => {
                if let Some(slot_now) = self.slots.get_mut(slot as usize) {
                    self.retries.push(Retry::Restore(slot as usize, *slot_now));
                    *slot_now = NonMaxUsize::new(at);
                }
                Some((step + 1, at))
            }
            Step::Fork(first, second) => {
                self.retries.push(Retry::At(second as usize, at));
                Some((first as usize, at))
            }
            Step::Jump(to) => Some((to as usize, at)),
            Step::Found => None,
        })
    }

    /// A part of the program's text.
    fn literal(&self, start: u32, end: u32) -> &'a [u8] {
        self.literals.get(start as usize..end as usize).unwrap_or_default()
    }

    /// What was put off last and can be tried.
    fn retry(&mut self) -> Option<(usize, usize)> {
        loop {
            match self.retries.pop()? {
                Retry::At(step, at) => return Some((step, at)),
                Retry::Shorter { step, at, least } if at > least => {
                    self.retries.push(Retry::Shorter { step, at: at - 1, least });
                    return Some((step, at - 1));
                }
                Retry::Longer { step, at, most } if at < most => {
                    let Some(Step::Run { set, .. }) = self.steps.get(step) else { continue };
                    let Some(set) = self.sets.get(*set as usize) else { continue };
                    if self.text.get(at).is_some_and(|byte| set.has(*byte)) {
                        self.retries.push(Retry::Longer { step, at: at + 1, most });
                        return Some((step + 1, at + 1));
                    }
                }
                Retry::Shorter { .. } | Retry::Longer { .. } => {}
                Retry::Restore(slot, before) => {
                    if let Some(slot) = self.slots.get_mut(slot) {
                        *slot = before;
                    }
                }
            }
        }
    }
}

/// True if an assertion holds between two bytes. Only those that [`Program::of`] knows are asked about.
fn holds(look: Look, bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let after = bytes.get(at);
    let word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    match look {
        Look::Start => before.is_none(),
        Look::End => after.is_none(),
        Look::StartLF => before.is_none_or(|byte| *byte == b'\n'),
        Look::EndLF => after.is_none_or(|byte| *byte == b'\n'),
        Look::WordAscii => word(before) != word(after),
        Look::WordAsciiNegate => word(before) == word(after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{compiled, format::built_in},
        *,
    };
    use crate::examples::BREAK;
    use proptest::prelude::*;
    use regex_automata::{Anchored, meta::Regex};
    use regex_syntax::hir::Hir;

    /// A pattern as program and as regex, and how many places of groups they fill in.
    struct Both {
        program: Program,
        regex: Regex,
        slots: usize,
    }

    impl Both {
        fn of(pattern: &Hir) -> Both {
            let regex = compiled::regex(pattern).unwrap();
            let slots = regex.group_info().slot_len();
            Both { program: Program::of(pattern).unwrap(), regex, slots }
        }

        /// Where both find the groups; they must find the same. `None` without a match, and if the
        /// program gives up.
        fn find(&self, input: &Input) -> Option<Vec<Option<NonMaxUsize>>> {
            let mut here = vec![None; self.slots];
            let found = search(&self.program, input, &mut here, &mut 1_000_000).ok()?;
            let mut there = vec![None; self.slots];
            let wanted = self.regex.search_slots(input, &mut there).map(|_| ());
            assert_eq!(found, wanted, "{input:?}");
            found?;
            assert_eq!(here, there, "{input:?}");
            Some(here)
        }
    }

    /// A text, and texts that differ from it a little.
    fn variants(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        let cut = |at: usize, by: &[u8], gone: usize| {
            [&text[..at], by, text.get(at + gone..).unwrap_or_default()].concat()
        };
        (0..=text.len()).flat_map(move |at| {
            let turned = text.get(at).map(|byte| byte ^ 0x20);
            [cut(at, b"", 1), cut(at, b"a", 0), cut(at, b".", 1), cut(at, turned.as_slice(), 1)]
        })
    }

    #[test]
    fn every_format_has_a_program_that_finds_what_its_regex_finds() {
        let (mut matches, mut misses) = (0, 0);
        for format in built_in() {
            let pattern = format.parse().unwrap();
            assert!(Program::of(&pattern).is_some(), "{}", format.id);
            let both = Both::of(&pattern);
            for text in format.positive.iter().chain(&format.negative) {
                let text = text.replace(BREAK, "").into_bytes();
                // Of long keys the beginning and the end are varied.
                let (step, long) = (text.len() / 16 + 1, text.clone());
                for text in std::iter::once(long).chain(variants(&text).step_by(step)) {
                    let found = both.find(&Input::new(&text)).is_some();
                    matches += usize::from(found);
                    misses += usize::from(!found);
                }
            }
        }
        assert!(matches > 5_000 && misses > 5_000, "{matches} {misses}");
    }

    /// Patterns of a few letters, in which everything occurs that a program knows.
    fn pattern() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "a",
            "b",
            "ab",
            "[ab]",
            "[^a]",
            "(?i:a)",
            "(?i:ab)",
            r"\b",
            r"\B",
            "^",
            "$",
            "(?m:^)",
            "(?m:$)",
            "",
            "(?:a|,|A)",
        ]);
        leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
            let parts = prop::collection::vec(inner.clone(), 1..4);
            let times = prop::sample::select(vec![
                "?", "??", "{2}", "{0,2}", "{1,3}?", "{2,4}", "+", "*?", "{1,}",
            ]);
            prop_oneof![
                parts.clone().prop_map(|parts| parts.concat()),
                parts.prop_map(|parts| format!("(?:{})", parts.join("|"))),
                inner.clone().prop_map(|part| format!("({part})")),
                (inner, times).prop_map(|(part, times)| format!("(?:{part}){times}")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn a_program_finds_what_a_regex_finds(
            pattern in pattern(),
            text in "[abA \n]{0,12}",
            from in 0_usize..4,
            to in 0_usize..4,
        ) {
            let parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
            let pattern = parser.clone().parse(&format!("(?:{pattern})[abA]")).unwrap();
            // What may be empty and is repeated without end has no program.
            if Program::of(&pattern).is_some() {
                let both = Both::of(&pattern);
                let from = from.min(text.len());
                let span = from..text.len() - to.min(text.len() - from);
                for anchored in [Anchored::No, Anchored::Yes] {
                    both.find(&Input::new(&text).span(span.clone()).anchored(anchored));
                }
            }
        }
    }

    #[test]
    fn what_no_program_can_do_is_left_to_the_regex() {
        let of = |pattern| Program::of(&regex_syntax::parse(pattern).unwrap()).is_some();
        assert!(!of(r"\w{3}"), "Unicode");
        assert!(!of("(?-u)(?:a?b?)*a"), "nothing, without end");
        assert!(!of("(?-u)(?:a?b?){0,9}"), "nothing at all");
        assert!(!of("(?-u)(?:(?:ab|cd){40}e){90}"), "too long");
        assert!(of("(?-u)(?:a?b?){0,9}a"));
    }
}
