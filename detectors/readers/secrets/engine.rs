//! The formats and the prefilter over their literals, built once per process.

use super::{
    format::{Format, built_in},
    generic::{self, Clue},
    screen::{Literal, Screen},
};
use std::sync::LazyLock;

#[derive(Debug)]
pub(super) struct Engine {
    pub(super) formats: &'static [Format],
    pub(super) screen: Screen<Trigger>,
}

/// What a literal of the prefilter starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trigger {
    /// A literal that is part of every match of the format.
    Anchor(u32),
    /// A word that must stand near a match of the format.
    Keyword(u32),
    /// Something that a credential without a format of its own stands by.
    Generic(Clue),
    /// The start of an escape in a text.
    Escape,
}

static BUILT_IN: LazyLock<Engine> = LazyLock::new(|| Engine::new(built_in()));

impl Engine {
    pub(super) fn built_in() -> &'static Engine {
        &BUILT_IN
    }

    fn new(formats: &'static [Format]) -> Engine {
        let mut literals = Vec::new();
        let mut add = |text: &str, fold: bool, meaning: Trigger| {
            let text = if fold { text.to_ascii_lowercase() } else { text.to_owned() };
            literals.push(Literal { text: text.into_bytes(), fold, meaning });
        };
        for (index, format) in (0_u32..).zip(formats) {
            for anchor in &format.anchors {
                add(anchor, false, Trigger::Anchor(index));
            }
            for word in &format.keywords {
                add(word, true, Trigger::Keyword(index));
            }
        }
        for (word, fold, clue) in generic::clues() {
            add(word, fold, Trigger::Generic(clue));
        }
        for escape in escapes() {
            add(&escape, false, Trigger::Escape);
        }
        Engine { formats, screen: Screen::new(literals) }
    }
}

/// How escapes of printable ASCII begin.
fn escapes() -> Vec<String> {
    let mut escapes: Vec<String> =
        ["&#x", "&#1", "&#4", "&#5", "&#6", "&#7", "&#8", "&#9"].map(str::to_owned).into();
    for high in 3..8 {
        escapes.push(format!("\\u00{high}"));
        escapes.push(format!("\\u{{{high}"));
        for low in 0..16 {
            // One escape alone is common; a hidden text has several in a row.
            escapes.extend([format!("%{high}{low:x}%"), format!("\\x{high}{low:x}\\")]);
            if low >= 10 {
                escapes.extend([format!("%{high}{low:X}%"), format!("\\x{high}{low:X}\\")]);
            }
        }
    }
    escapes
}
