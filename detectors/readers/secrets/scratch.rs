//! What the matcher keeps in mind while it searches, reused from text to text.

use super::hit::Hit;

/// How many encodings may be wrapped around each other.
pub(super) const DEPTH: usize = 2;

/// What is reused from file to file.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) levels: [Progress; DEPTH + 1],
    pub(super) hits: Vec<Hit>,
}

/// How far one text has been searched, and room for what is decoded from it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Up to where each format has been searched.
    done: Vec<usize>,
    /// The formats whose `done` is not zero.
    touched: Vec<u32>,
    /// Up to where words near names have been looked for.
    pub(super) named: usize,
    /// Up to where words near long runs have been looked for.
    pub(super) long: usize,
    /// Up to where escapes have been decoded.
    pub(super) unescaped: usize,
    decoded: Vec<u8>,
}

impl Progress {
    /// Forgets the last text.
    pub(super) fn start(&mut self, formats: usize) {
        self.done.resize(formats, 0);
        for index in self.touched.drain(..) {
            if let Some(done) = self.done.get_mut(index as usize) {
                *done = 0;
            }
        }
        (self.named, self.long, self.unescaped) = (0, 0, 0);
    }
}

impl Scratch {
    pub(super) fn done_at(&self, depth: usize, index: u32) -> usize {
        let level = self.levels.get(depth);
        level.and_then(|level| level.done.get(index as usize)).copied().unwrap_or_default()
    }

    pub(super) fn searched(&mut self, depth: usize, index: u32, to: usize) {
        if let Some(level) = self.levels.get_mut(depth)
            && let Some(done) = level.done.get_mut(index as usize)
        {
            if *done == 0 {
                level.touched.push(index);
            }
            *done = to;
        }
    }

    /// The buffer of a level, to fill and give back.
    pub(super) fn room(&mut self, depth: usize) -> Vec<u8> {
        self.levels
            .get_mut(depth)
            .map(|level| std::mem::take(&mut level.decoded))
            .unwrap_or_default()
    }

    pub(super) fn give_back(&mut self, depth: usize, buffer: Vec<u8>) {
        if let Some(level) = self.levels.get_mut(depth) {
            level.decoded = buffer;
        }
    }
}
