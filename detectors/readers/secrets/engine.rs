//! The formats, and what finds the places at which each of them is worth trying; built once per process.

use super::{
    decode,
    format::{Format, built_in},
    generic::{self, Clue},
    roots,
    screen::{Literal, Screen},
    sieve::{STARTS, Sieve},
};
use overstay_rules::{Habitat, alphabet::NAME_WORDS, habitat};
use std::sync::LazyLock;

#[derive(Debug)]
pub(super) struct Engine {
    pub(super) formats: &'static [Format],
    /// Looks at every byte.
    pub(super) sieve: Sieve,
    /// What the sieve's roots belong to.
    pub(super) anywhere: Screen<Trigger>,
    /// What begins at the start of a run of token bytes.
    pub(super) starts: Screen<Trigger>,
    /// What stands near a word of names.
    pub(super) named: Screen<Trigger>,
    /// What stands near a long run.
    pub(super) long: Screen<Trigger>,
}

/// What a literal starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trigger {
    /// A literal with which every match of the format begins.
    Start(u32),
    /// A literal that is part of every match of the format.
    Anchor(u32),
    /// A word that must stand near a match of the format.
    Keyword(u32),
    /// Part of the name of a credential.
    Name,
    /// Something that a credential without a format of its own stands by.
    Generic(Clue),
}

static BUILT_IN: LazyLock<Engine> = LazyLock::new(|| Engine::new(built_in()));

impl Engine {
    /// The engine of the built-in formats; built when the first text is searched.
    pub(super) fn built_in() -> &'static LazyLock<Engine> {
        &BUILT_IN
    }

    fn new(formats: &'static [Format]) -> Engine {
        let (mut starts, mut named, mut long) = (Vec::new(), Vec::new(), Vec::new());
        let mut anywhere: Vec<Literal<Trigger>> =
            NAME_WORDS.iter().map(|word| Literal::new(word, true, Trigger::Name)).collect();
        let clue = |(text, fold, clue)| Literal::new(text, fold, Trigger::Generic(clue));
        anywhere.extend(generic::clues().map(clue));
        for (index, format) in (0_u32..).zip(formats) {
            let near = match habitat(&format.id) {
                Habitat::RunStart(literals) => {
                    let start = |text: &&str| (Literal::new(text, false, Trigger::Start(index)), 0);
                    starts.extend(literals.iter().map(start));
                    continue;
                }
                Habitat::Named => &mut named,
                Habitat::LongRun => &mut long,
                Habitat::Anywhere => &mut anywhere,
            };
            let anchor = |text: &String| Literal::new(text, false, Trigger::Anchor(index));
            near.extend(format.anchors.iter().map(anchor));
            let keyword = |text: &String| Literal::new(text, true, Trigger::Keyword(index));
            near.extend(format.keywords.iter().map(keyword));
        }
        let (anywhere, buckets) = roots::choose(anywhere, &decode::escape_roots());
        Engine {
            formats,
            sieve: Sieve::new(&buckets, &roots::beginnings(&starts, STARTS)),
            anywhere: Screen::at_windows(anywhere),
            starts: Screen::at_windows(starts),
            named: Screen::new(named),
            long: Screen::new(long),
        }
    }
}
