//! A pattern as a program of few steps that is run by backtracking: built in next to no time, and fast
//! enough for the few searches that most formats are met with. It finds what a regex finds, leftmost
//! and preferred alternatives first, and gives up where that takes too many steps.

use super::byte_set::ByteSet;
use regex_automata::{Input, util::primitives::NonMaxUsize};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use std::cell::RefCell;

/// The most steps of a program.
const LONGEST: usize = 4 << 10;

/// The program of one pattern.
#[derive(Debug)]
pub(super) struct Program {
    steps: Box<[Step]>,
    /// The bytes with which a match begins.
    first: ByteSet,
}

/// One step. What does not say where to go on goes on at the next step.
#[derive(Debug)]
enum Step {
    /// These bytes stand here.
    Literal(Box<[u8]>),
    /// This word stands here, in whatever case.
    Word(Box<[u8]>),
    /// As many bytes of a set stand here; as many as possible of them are taken, or as few.
    Run {
        set: ByteSet,
        least: usize,
        most: usize,
        greedy: bool,
    },
    /// This is so between two bytes.
    Look(Look),
    /// A group begins or ends here.
    Save(usize),
    /// Goes on at the first place, and if that leads nowhere, at the second.
    Fork(usize, usize),
    Jump(usize),
    Found,
}

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

impl Program {
    /// The program of a pattern. `None` for one that is too long, may be empty, or asks for what no
    /// format needs.
    pub(super) fn of(pattern: &Hir) -> Option<Program> {
        pattern.properties().minimum_len().filter(|shortest| *shortest > 0)?;
        let mut steps = Vec::new();
        add(&mut steps, pattern)?;
        steps.push(Step::Found);
        Some(Program { steps: steps.into(), first: ByteSet::first_of(pattern) })
    }

    /// Fills in where the groups of the first match are, which were empty before. Takes the steps that
    /// it needs off those that are allowed: one for each step, and one for each byte that is looked at.
    pub(super) fn search(
        &self,
        input: &Input,
        slots: Slots,
        allowed: &mut usize,
    ) -> Result<Option<()>, TooManySteps> {
        let bytes = input.haystack();
        let text = bytes.get(..input.end()).unwrap_or_default();
        let mut start = input.start();
        RETRIES.with_borrow_mut(|retries| {
            loop {
                if !input.get_anchored().is_anchored() {
                    let rest = text.get(start..).unwrap_or_default();
                    let Some(skipped) = rest.iter().position(|byte| self.first.has(*byte)) else {
                        return Ok(None);
                    };
                    start += skipped;
                }
                let mut run = Run { bytes, text, slots: &mut *slots, retries, allowed };
                if let Some(end) = run.from(&self.steps, start)? {
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
}

/// A program while it runs.
struct Run<'a> {
    /// What assertions look at.
    bytes: &'a [u8],
    /// The part of it up to which a match may reach.
    text: &'a [u8],
    slots: Slots<'a>,
    retries: &'a mut Vec<Retry>,
    allowed: &'a mut usize,
}

impl Run<'_> {
    /// Where the match ends that begins at a place.
    fn from(&mut self, steps: &[Step], start: usize) -> Result<Option<usize>, TooManySteps> {
        self.retries.clear();
        let (mut step, mut at) = (0, start);
        loop {
            self.spend(1)?;
            let next = match steps.get(step) {
                Some(Step::Found) => return Ok(Some(at)),
                Some(one) => self.take(one, step, at)?,
                None => None,
            };
            match next.or_else(|| self.retry(steps)) {
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
        one: &Step,
        step: usize,
        at: usize,
    ) -> Result<Option<(usize, usize)>, TooManySteps> {
        let here = self.text.get(at..).unwrap_or_default();
        Ok(match one {
            Step::Literal(literal) => {
                here.starts_with(literal).then_some((step + 1, at + literal.len()))
            }
            Step::Word(word) => {
                let same =
                    here.get(..word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word));
                same.then_some((step + 1, at + word.len()))
            }
            Step::Run { set, least, most, greedy } => {
                let here = here.get(..if *greedy { *most } else { *least }).unwrap_or(here);
                let run = here.iter().position(|byte| !set.has(*byte)).unwrap_or(here.len());
                self.spend(run)?;
                let retry = match greedy {
                    true => Retry::Shorter { step: step + 1, at: at + run, least: at + least },
                    false => Retry::Longer { step, at: at + run, most: at.saturating_add(*most) },
                };
                if run < *least {
                    None
                } else {
                    if least != most {
                        self.retries.push(retry);
                    }
                    Some((step + 1, at + run))
                }
            }
            Step::Look(look) => holds(*look, self.bytes, at).then_some((step + 1, at)),
            Step::Save(slot) => {
                if let Some(slot_now) = self.slots.get_mut(*slot) {
                    self.retries.push(Retry::Restore(*slot, *slot_now));
                    *slot_now = NonMaxUsize::new(at);
                }
                Some((step + 1, at))
            }
            Step::Fork(first, second) => {
                self.retries.push(Retry::At(*second, at));
                Some((*first, at))
            }
            Step::Jump(to) => Some((*to, at)),
            Step::Found => None,
        })
    }

    /// What was put off last and can be tried.
    fn retry(&mut self, steps: &[Step]) -> Option<(usize, usize)> {
        loop {
            match self.retries.pop()? {
                Retry::At(step, at) => return Some((step, at)),
                Retry::Shorter { step, at, least } if at > least => {
                    self.retries.push(Retry::Shorter { step, at: at - 1, least });
                    return Some((step, at - 1));
                }
                Retry::Longer { step, at, most } if at < most => {
                    let Some(Step::Run { set, .. }) = steps.get(step) else { continue };
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

/// True if an assertion holds between two bytes. Only those of [`add`] are asked about.
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

/// Adds the steps of a pattern.
fn add(steps: &mut Vec<Step>, pattern: &Hir) -> Option<()> {
    match pattern.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => steps.push(Step::Literal(literal.0.clone())),
        HirKind::Class(_) if is_one_byte(pattern) => steps.push(run_of(pattern, 1, 1, true)),
        HirKind::Class(_) => return None,
        HirKind::Look(
            look @ (Look::Start
            | Look::End
            | Look::StartLF
            | Look::EndLF
            | Look::WordAscii
            | Look::WordAsciiNegate),
        ) => steps.push(Step::Look(*look)),
        HirKind::Look(_) => return None,
        HirKind::Repetition(repetition) => add_repetition(steps, repetition)?,
        HirKind::Capture(group) => {
            let slot = usize::try_from(group.index).ok()? * 2;
            steps.push(Step::Save(slot));
            add(steps, &group.sub)?;
            steps.push(Step::Save(slot + 1));
        }
        HirKind::Concat(parts) => add_all(steps, parts)?,
        HirKind::Alternation(parts) => add_alternation(steps, parts)?,
    }
    (steps.len() <= LONGEST).then_some(())
}

/// Adds the steps of parts that follow each other; letters in whatever case make up words.
fn add_all(steps: &mut Vec<Step>, parts: &[Hir]) -> Option<()> {
    for same in parts.chunk_by(|one, next| letter_of(one).is_some() && letter_of(next).is_some()) {
        let word: Box<[u8]> = same.iter().filter_map(letter_of).collect();
        if word.is_empty() {
            same.iter().try_for_each(|part| add(steps, part))?;
        } else {
            steps.push(Step::Word(word));
        }
    }
    Some(())
}

/// The letter of which a class holds both cases and nothing else, in lower case.
fn letter_of(class: &Hir) -> Option<u8> {
    let HirKind::Class(Class::Bytes(class)) = class.kind() else { return None };
    let [upper, lower] = class.ranges() else { return None };
    let letter = lower.start();
    let both =
        [upper.start(), upper.end()] == [letter.to_ascii_uppercase(); 2] && lower.end() == letter;
    (letter.is_ascii_lowercase() && both).then_some(letter)
}

fn run_of(one_byte: &Hir, least: usize, most: usize, greedy: bool) -> Step {
    Step::Run { set: ByteSet::of(one_byte), least, most, greedy }
}

fn add_repetition(steps: &mut Vec<Step>, repetition: &Repetition) -> Option<()> {
    let Repetition { min, max, greedy, ref sub } = *repetition;
    let least = usize::try_from(min).ok()?;
    let most = max.map_or(Some(usize::MAX), |max| usize::try_from(max).ok())?;
    let shortest = sub.properties().minimum_len();
    if is_one_byte(sub) {
        steps.push(run_of(sub, least, most, greedy));
        return Some(());
    }
    (0..least).try_for_each(|_| add(steps, sub))?;
    let mut forks = Vec::new();
    let more = steps.len();
    for _ in least..if max.is_some() { most } else { least + 1 } {
        forks.push(steps.len());
        steps.push(Step::Jump(0));
        add(steps, sub)?;
    }
    if max.is_none() {
        // What may be empty could be repeated for ever.
        shortest.filter(|shortest| *shortest > 0)?;
        steps.push(Step::Jump(more));
    }
    let end = steps.len();
    for fork in forks {
        let step = if greedy { Step::Fork(fork + 1, end) } else { Step::Fork(end, fork + 1) };
        *steps.get_mut(fork)? = step;
    }
    Some(())
}

fn is_one_byte(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Literal(literal) => literal.0.len() == 1,
        HirKind::Class(Class::Bytes(_)) => true,
        HirKind::Class(Class::Unicode(class)) => class.is_ascii(),
        _ => false,
    }
}

fn add_alternation(steps: &mut Vec<Step>, parts: &[Hir]) -> Option<()> {
    let (last, before) = parts.split_last()?;
    let mut ends = Vec::with_capacity(before.len());
    for part in before {
        let fork = steps.len();
        steps.push(Step::Jump(0));
        add(steps, part)?;
        ends.push(steps.len());
        steps.push(Step::Jump(0));
        let next = steps.len();
        *steps.get_mut(fork)? = Step::Fork(fork + 1, next);
    }
    add(steps, last)?;
    let end = steps.len();
    for jump in ends {
        *steps.get_mut(jump)? = Step::Jump(end);
    }
    Some(())
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
            let found = self.program.search(input, &mut here, &mut 1_000_000).ok()?;
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
