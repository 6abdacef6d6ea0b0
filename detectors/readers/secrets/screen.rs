//! Finds which of many literals stand in a text.
//!
//! Each literal is represented by four of its bytes, in lower case. Four bytes of the text are hashed,
//! a bitmap of 32 KiB is asked, and only if it says yes the four bytes are looked up and the literal
//! compared, eight bytes at once. So a look costs one small table look-up, however many literals there
//! are: the tables of an automaton over the same literals leave the cache.

/// A literal to search for.
#[derive(Debug)]
pub(super) struct Literal<T> {
    /// The text; lower-case if `fold`.
    pub(super) text: Vec<u8>,
    /// Whether case does not matter.
    pub(super) fold: bool,
    /// What it stands for.
    pub(super) meaning: T,
}

impl<T> Literal<T> {
    /// A literal of which case matters, or does not if `fold`.
    pub(super) fn new(text: &str, fold: bool, meaning: T) -> Literal<T> {
        let text = if fold { text.to_ascii_lowercase() } else { text.to_owned() };
        Literal { text: text.into_bytes(), fold, meaning }
    }
}

/// Finds many literals in one pass, or at one place.
#[derive(Debug)]
pub(super) struct Screen<T> {
    bits: Box<[u8; 1 << (BITS - 3)]>,
    slots: Vec<Slot>,
    /// The numbers of the literals of each slot.
    numbers: Vec<u32>,
    entries: Vec<Entry<T>>,
}

/// A literal, and where in it its window begins.
#[derive(Debug)]
struct Entry<T> {
    head: Head,
    /// What follows the head.
    rest: Box<[u8]>,
    fold: bool,
    window: usize,
    meaning: T,
}

/// The first eight bytes of a literal, or all of a shorter one.
#[derive(Clone, Copy, Debug)]
struct Head {
    bytes: u64,
    /// All bits of each byte that it has.
    mask: u64,
    /// The bit that makes a letter lower-case, for each letter of which case does not matter.
    fold: u64,
}

/// How many bytes a head has.
const HEAD: usize = size_of::<u64>();

/// The literals that share a window: a range of `numbers`.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u32,
    first: u32,
    end: u32,
}

const BITS: u32 = 18;
const PRIME: u32 = 0x9E37_79B1;
/// Turns four ASCII letters into lower case; what it does to other bytes is harmless, because a hit
/// is compared with the literal itself.
const FOLD: u32 = 0x2020_2020;

fn hash(window: u32) -> usize {
    (window.wrapping_mul(PRIME) >> (32 - BITS)) as usize
}

/// Bytes that may follow a literal of only three bytes.
fn may_follow(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) || matches!(byte, b'\t' | b'\r' | b'\n')
}

impl<T: Copy> Screen<T> {
    /// Finds literals by their rarest bytes. Those shorter than three bytes are not found.
    pub(super) fn new(literals: Vec<Literal<T>>) -> Screen<T> {
        let windows =
            literals.iter().map(|literal| rarest_window(&literal.text)).collect::<Vec<_>>();
        Screen::at_windows(literals.into_iter().zip(windows).collect())
    }

    /// Finds each literal by the bytes at the given place of it.
    pub(super) fn at_windows(literals: Vec<(Literal<T>, usize)>) -> Screen<T> {
        let mut windows: Vec<(u32, u32)> = Vec::new();
        let mut entries = Vec::with_capacity(literals.len());
        for (literal, window) in literals.into_iter().filter(|(l, _)| l.text.len() >= 3) {
            let number = entries.len() as u32;
            windows.extend(keys(&literal.text, window).map(|key| (key, number)));
            entries.push(Entry::of(&literal, window));
        }
        windows.sort_unstable();
        windows.dedup();
        Screen::index(&windows, entries)
    }

    fn index(windows: &[(u32, u32)], entries: Vec<Entry<T>>) -> Screen<T> {
        let mut screen = Screen {
            bits: Box::new([0; 1 << (BITS - 3)]),
            slots: vec![Slot::default(); (windows.len() * 2).next_power_of_two().max(16)],
            numbers: windows.iter().map(|(_, number)| *number).collect(),
            entries,
        };
        let mut first = 0;
        for group in windows.chunk_by(|a, b| a.0 == b.0) {
            let Some((key, _)) = group.first().copied() else { continue };
            let end = first + group.len() as u32;
            screen.insert(Slot { key, first, end });
            let hash = hash(key);
            screen.bits[hash >> 3] |= 1 << (hash & 7);
            first = end;
        }
        screen
    }

    fn insert(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = hash(slot.key) & mask;
        while let Some(place) = self.slots.get_mut(at) {
            if place.key == 0 {
                *place = slot;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(always)]
    fn may_hold(&self, window: u32) -> bool {
        let hash = hash(window);
        self.bits[hash >> 3] >> (hash & 7) & 1 != 0
    }

    /// Calls `found(start, length, meaning)` for every literal whose window stands at a place and that
    /// begins at `least` or after it.
    #[inline]
    pub(super) fn find_at(
        &self,
        text: &[u8],
        at: usize,
        least: usize,
        mut found: impl FnMut(usize, usize, T),
    ) {
        if let Some(head) = text.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            let window = u32::from_le_bytes(*head) | FOLD;
            if self.may_hold(window) {
                self.confirm(text, at, window, least, &mut found);
            }
        }
    }

    /// Calls `found(start, length, meaning)` for every literal that begins in `range`, in the order
    /// of its window.
    pub(super) fn find(
        &self,
        text: &[u8],
        range: std::ops::Range<usize>,
        mut found: impl FnMut(usize, usize, T),
    ) {
        let text = text.get(..range.end.min(text.len())).unwrap_or_default();
        let mut at = range.start;
        while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*chunk) | u64::from(FOLD) << 32 | u64::from(FOLD);
            let windows = [word, word >> 8, word >> 16, word >> 24, word >> 32].map(|w| w as u32);
            let hit = windows.map(|window| self.may_hold(window));
            if hit[0] | hit[1] | hit[2] | hit[3] | hit[4] {
                for (step, window) in windows.into_iter().enumerate() {
                    if hit[step] {
                        self.confirm(text, at + step, window, range.start, &mut found);
                    }
                }
            }
            at += 5;
        }
        while let Some(head) = text.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            self.confirm(text, at, u32::from_le_bytes(*head) | FOLD, range.start, &mut found);
            at += 1;
        }
    }

    /// The window at `start` may be that of a literal.
    #[inline(never)]
    fn confirm(
        &self,
        text: &[u8],
        start: usize,
        window: u32,
        least: usize,
        found: &mut impl FnMut(usize, usize, T),
    ) {
        let Some(slot) = self.slot(window) else { return };
        let numbers = self.numbers.get(slot.first as usize..slot.end as usize).unwrap_or_default();
        for entry in numbers.iter().filter_map(|number| self.entries.get(*number as usize)) {
            let Some(begin) = start.checked_sub(entry.window).filter(|begin| *begin >= least)
            else {
                continue;
            };
            if text.get(begin..).is_some_and(|here| entry.begins(here)) {
                found(begin, entry.length(), entry.meaning);
            }
        }
    }

    #[inline]
    fn slot(&self, key: u32) -> Option<Slot> {
        let mask = self.slots.len() - 1;
        let mut at = hash(key) & mask;
        loop {
            let slot = *self.slots.get(at)?;
            if slot.key == key {
                return Some(slot);
            }
            if slot.key == 0 {
                return None;
            }
            at = (at + 1) & mask;
        }
    }
}

impl<T: Copy> Entry<T> {
    fn of(literal: &Literal<T>, window: usize) -> Entry<T> {
        let (head, rest) = literal.text.split_at(literal.text.len().min(HEAD));
        let word = |of: &dyn Fn(u8) -> u8| {
            let mut bytes = [0; HEAD];
            bytes.iter_mut().zip(head).for_each(|(to, from)| *to = of(*from));
            u64::from_le_bytes(bytes)
        };
        let folds = |byte: u8| literal.fold && byte.is_ascii_lowercase();
        Entry {
            head: Head {
                bytes: word(&|byte| byte),
                mask: word(&|_| u8::MAX),
                fold: word(&|byte| u8::from(folds(byte)) << 5),
            },
            rest: rest.into(),
            fold: literal.fold,
            window,
            meaning: literal.meaning,
        }
    }

    fn length(&self) -> usize {
        HEAD - self.head.mask.leading_zeros() as usize / 8 + self.rest.len()
    }

    /// True for a text that begins with the literal.
    fn begins(&self, text: &[u8]) -> bool {
        let word =
            text.first_chunk().map_or_else(|| padded(text), |head| u64::from_le_bytes(*head));
        if (word | self.head.fold) & self.head.mask != self.head.bytes {
            return false;
        }
        self.rest.is_empty() || {
            let here = text.get(HEAD..HEAD + self.rest.len());
            here.is_some_and(|here| match self.fold {
                true => here.eq_ignore_ascii_case(&self.rest),
                false => *here == *self.rest,
            })
        }
    }
}

/// A text shorter than a word, zeros after it.
fn padded(text: &[u8]) -> u64 {
    text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The keys under which a literal's window is found: its four bytes, folded; after a literal of three
/// bytes, any fourth.
fn keys(text: &[u8], window: usize) -> impl Iterator<Item = u32> {
    let window = text.get(window..).unwrap_or_default();
    let byte = |i: usize| window.get(i).copied().unwrap_or(0);
    let head = [byte(0), byte(1), byte(2)];
    let last = match window.get(3) {
        Some(last) => *last..=*last,
        None => b'\t'..=b'~',
    };
    last.filter(move |last| window.len() > 3 || may_follow(*last))
        .map(move |last| u32::from_le_bytes([head[0], head[1], head[2], last]) | FOLD)
}

/// Where the rarest four bytes of a literal begin.
fn rarest_window(text: &[u8]) -> usize {
    (0..text.len().saturating_sub(3))
        .min_by_key(|at| text.get(*at..*at + 4).map_or(u32::MAX, commonness))
        .unwrap_or(0)
}

/// How common bytes are in source code and prose, roughly: by the kind of each byte.
fn commonness(window: &[u8]) -> u32 {
    window
        .iter()
        .map(|byte| match byte {
            b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 9,
            b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b' ' => 7,
            b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => 5,
            b'0' | b'1' | b'=' | b'"' | b':' => 3,
            _ => 2,
        })
        .product()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(literals: &[(&str, bool)], text: &str) -> Vec<(usize, usize, usize)> {
        let literals = literals
            .iter()
            .enumerate()
            .map(|(meaning, (text, fold))| Literal::new(text, *fold, meaning))
            .collect();
        let mut found = Vec::new();
        Screen::new(literals).find(text.as_bytes(), 0..text.len(), |at, len, meaning| {
            found.push((at, len, meaning));
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn literals_are_found_at_every_alignment_and_at_the_ends() {
        for before in 0..20 {
            for after in 0..12 {
                let text = format!("{}ghp_{}", "x".repeat(before), "y".repeat(after));
                assert_eq!(all(&[("ghp_", false)], &text), [(before, 4, 0)], "{text}");
                let text = format!("{}Password{}", "x".repeat(before), "y".repeat(after));
                assert_eq!(all(&[("password", true)], &text), [(before, 8, 0)], "{text}");
                let text = format!("{}SG.{}", "x".repeat(before), "y".repeat(after + 1));
                assert_eq!(all(&[("SG.", false)], &text), [(before, 3, 0)], "{text}");
            }
        }
    }

    #[test]
    fn a_long_literal_is_compared_to_its_end() {
        let literals = [("personal_token", true), ("AccountKey=", false)];
        assert_eq!(all(&literals, "Personal_Token AccountKey="), [(0, 14, 0), (15, 11, 1)]);
        assert_eq!(all(&literals, "personal_tokem AccountKey accountkey="), []);
        assert_eq!(all(&literals, "personal_toke"), []);
    }

    #[test]
    fn only_letters_are_folded() {
        assert_eq!(all(&[("a[b]", true)], "A[B] a{b}"), [(0, 4, 0)]);
        assert_eq!(all(&[("key@", true)], "key` KEY@"), [(5, 4, 0)]);
    }

    #[test]
    fn case_matters_only_where_it_should() {
        let literals = [("AKIA", false), ("datadog", true)];
        assert_eq!(all(&literals, "akia AKIA"), [(5, 4, 0)]);
        assert_eq!(all(&literals, "DATADOG DataDog datadog").len(), 3);
    }
}
