//! A pattern as a program of few steps. The matcher runs it by backtracking, which is fast enough for
//! the few searches that most formats are met with; the build writes the programs of the built-in
//! formats, so that a scan parses no pattern.

use super::byte_set::ByteSet;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use std::borrow::Cow;

/// The most steps of a program.
const LONGEST: usize = 4 << 10;

/// The program of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What is done, from the first on.
    pub steps: Cow<'static, [Step]>,
    /// The sets of which runs are made.
    pub sets: Cow<'static, [ByteSet]>,
    /// Literals and words, one after the other.
    pub text: Cow<'static, [u8]>,
    /// The bytes with which a match begins.
    pub first: ByteSet,
}

/// One step. What does not say where to go on goes on at the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This part of the program's text stands here.
    Literal(u32, u32),
    /// The same, in whatever case.
    Word(u32, u32),
    /// As many bytes of a set stand here; as many as possible of them are taken, or as few.
    Run {
        /// Which of the program's sets.
        set: u32,
        /// How many at least.
        least: u32,
        /// How many at most; [`u32::MAX`] for no limit.
        most: u32,
        /// Whether as many as possible are taken.
        greedy: bool,
    },
    /// This is so between two bytes.
    Look(Look),
    /// A group begins or ends here.
    Save(u32),
    /// Goes on at the first place, and if that leads nowhere, at the second.
    Fork(u32, u32),
    /// Goes on at a place.
    Jump(u32),
    /// The match ends here.
    Found,
}

impl Program {
    /// The program of a pattern. `None` for one that is too long, may be empty, or asks for what no
    /// format needs.
    pub fn of(pattern: &Hir) -> Option<Program> {
        pattern.properties().minimum_len().filter(|shortest| *shortest > 0)?;
        let mut builder = Builder::default();
        builder.add(pattern)?;
        builder.steps.push(Step::Found);
        Some(Program {
            steps: builder.steps.into(),
            sets: builder.sets.into(),
            text: builder.text.into(),
            first: ByteSet::first_of(pattern),
        })
    }
}

/// A program while it is built.
#[derive(Default)]
struct Builder {
    steps: Vec<Step>,
    sets: Vec<ByteSet>,
    text: Vec<u8>,
}

impl Builder {
    /// The number of the next step.
    fn next(&self) -> u32 {
        // There are no more than `LONGEST`.
        self.steps.len() as u32
    }

    /// The part of the text that holds these bytes.
    fn part(&mut self, bytes: &[u8]) -> (u32, u32) {
        let start = self.text.len() as u32;
        self.text.extend(bytes);
        (start, self.text.len() as u32)
    }

    fn run_of(&mut self, one_byte: &Hir, least: u32, most: u32, greedy: bool) -> Step {
        let set = ByteSet::of(one_byte);
        let known = self.sets.iter().position(|known| *known == set);
        let number = known.unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        });
        Step::Run { set: number as u32, least, most, greedy }
    }

    fn set(&mut self, step: u32, to: Step) -> Option<()> {
        *self.steps.get_mut(step as usize)? = to;
        Some(())
    }

    /// Adds the steps of a pattern.
    fn add(&mut self, pattern: &Hir) -> Option<()> {
        match pattern.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                let (start, end) = self.part(&literal.0);
                self.steps.push(Step::Literal(start, end));
            }
            HirKind::Class(_) if is_one_byte(pattern) => {
                let step = self.run_of(pattern, 1, 1, true);
                self.steps.push(step);
            }
            HirKind::Class(_) => return None,
            HirKind::Look(
                look @ (Look::Start
                | Look::End
                | Look::StartLF
                | Look::EndLF
                | Look::WordAscii
                | Look::WordAsciiNegate),
            ) => self.steps.push(Step::Look(*look)),
            HirKind::Look(_) => return None,
            HirKind::Repetition(repetition) => self.add_repetition(repetition)?,
            HirKind::Capture(group) => {
                self.steps.push(Step::Save(group.index * 2));
                self.add(&group.sub)?;
                self.steps.push(Step::Save(group.index * 2 + 1));
            }
            HirKind::Concat(parts) => self.add_all(parts)?,
            HirKind::Alternation(parts) => self.add_alternation(parts)?,
        }
        (self.steps.len() <= LONGEST).then_some(())
    }

    /// Adds the steps of parts that follow each other; letters in whatever case make up words.
    fn add_all(&mut self, parts: &[Hir]) -> Option<()> {
        let letters = |one: &Hir, next: &Hir| letter_of(one).is_some() && letter_of(next).is_some();
        for same in parts.chunk_by(letters) {
            let word: Vec<u8> = same.iter().filter_map(letter_of).collect();
            if word.is_empty() {
                same.iter().try_for_each(|part| self.add(part))?;
            } else {
                let (start, end) = self.part(&word);
                self.steps.push(Step::Word(start, end));
            }
        }
        Some(())
    }

    fn add_repetition(&mut self, repetition: &Repetition) -> Option<()> {
        let Repetition { min: least, max, greedy, ref sub } = *repetition;
        if is_one_byte(sub) {
            let step = self.run_of(sub, least, max.unwrap_or(u32::MAX), greedy);
            self.steps.push(step);
            return Some(());
        }
        (0..least).try_for_each(|_| self.add(sub))?;
        let mut forks = Vec::new();
        let more = self.next();
        for _ in least..max.unwrap_or(least + 1) {
            forks.push(self.next());
            self.steps.push(Step::Jump(0));
            self.add(sub)?;
        }
        if max.is_none() {
            // What may be empty could be repeated for ever.
            sub.properties().minimum_len().filter(|shortest| *shortest > 0)?;
            self.steps.push(Step::Jump(more));
        }
        let end = self.next();
        forks.into_iter().try_for_each(|fork| {
            let (first, second) = if greedy { (fork + 1, end) } else { (end, fork + 1) };
            self.set(fork, Step::Fork(first, second))
        })
    }

    fn add_alternation(&mut self, parts: &[Hir]) -> Option<()> {
        let (last, before) = parts.split_last()?;
        let mut ends = Vec::with_capacity(before.len());
        for part in before {
            let fork = self.next();
            self.steps.push(Step::Jump(0));
            self.add(part)?;
            ends.push(self.next());
            self.steps.push(Step::Jump(0));
            self.set(fork, Step::Fork(fork + 1, self.next()))?;
        }
        self.add(last)?;
        let end = self.next();
        ends.into_iter().try_for_each(|jump| self.set(jump, Step::Jump(end)))
    }
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

fn is_one_byte(pattern: &Hir) -> bool {
    match pattern.kind() {
        HirKind::Literal(literal) => literal.0.len() == 1,
        HirKind::Class(Class::Bytes(_)) => true,
        HirKind::Class(Class::Unicode(class)) => class.is_ascii(),
        _ => false,
    }
}
