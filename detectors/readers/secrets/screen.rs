//! The prefilter: one pass that finds every literal that a credential needs.
//!
//! Each literal is represented by its rarest four bytes. The pass looks at three bytes at every
//! second position (a four-byte window covers one of its two three-byte ends whatever its parity),
//! asks a 16 KiB bitmap, and only on a hit looks up the four bytes and compares the literal. So it
//! costs half a table look-up per byte, however many literals there are.

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

/// Where a literal's four-byte window is, in the literal.
#[derive(Debug)]
struct Entry<T> {
    text: Box<[u8]>,
    fold: bool,
    window: usize,
    meaning: T,
}

/// Finds many literals in one pass.
#[derive(Debug)]
pub(super) struct Screen<T> {
    bits: Vec<u8>,
    slots: Vec<Slot>,
    entries: Vec<Entry<T>>,
}

/// The entries that share a four-byte window: a range of `entries`.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u32,
    first: u32,
    end: u32,
}

const BITS: u32 = 17;
const PRIME: u32 = 0x9E37_79B1;

fn trigram_hash(window: u32) -> usize {
    ((window & 0x00FF_FFFF).wrapping_mul(PRIME) >> (32 - BITS)) as usize
}

/// Bytes that may follow a literal of only three bytes.
fn may_follow(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) || matches!(byte, b'\t' | b'\r' | b'\n')
}

impl<T: Copy> Screen<T> {
    /// Builds the tables. Literals shorter than three bytes are not found.
    pub(super) fn new(literals: Vec<Literal<T>>) -> Screen<T> {
        let mut windows: Vec<(u32, usize)> = Vec::new();
        let mut entries = Vec::with_capacity(literals.len());
        for literal in literals.into_iter().filter(|l| l.text.len() >= 3) {
            let window = rarest_window(&literal.text);
            for key in keys(&literal.text, window, literal.fold) {
                windows.push((key, entries.len()));
            }
            entries.push(Entry {
                text: literal.text.into_boxed_slice(),
                fold: literal.fold,
                window,
                meaning: literal.meaning,
            });
        }
        windows.sort_unstable();
        windows.dedup();
        Screen::index(windows, entries)
    }

    fn index(windows: Vec<(u32, usize)>, entries: Vec<Entry<T>>) -> Screen<T> {
        let mut screen =
            Screen { bits: vec![0; 1 << (BITS - 3)], slots: Vec::new(), entries: Vec::new() };
        screen.slots = vec![Slot::default(); (windows.len() * 4).next_power_of_two().max(16)];
        let mut order: Vec<Entry<T>> = Vec::with_capacity(windows.len());
        for group in windows.chunk_by(|a, b| a.0 == b.0) {
            let Some((key, _)) = group.first().copied() else { continue };
            let first = order.len() as u32;
            order.extend(group.iter().filter_map(|(_, i)| entries.get(*i)).map(|e| Entry {
                text: e.text.clone(),
                fold: e.fold,
                window: e.window,
                meaning: e.meaning,
            }));
            screen.insert(Slot { key, first, end: order.len() as u32 });
            for trigram in [key, key >> 8] {
                let hash = trigram_hash(trigram);
                if let Some(byte) = screen.bits.get_mut(hash >> 3) {
                    *byte |= 1 << (hash & 7);
                }
            }
        }
        screen.entries = order;
        screen
    }

    fn insert(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = slot.key.wrapping_mul(PRIME) as usize >> 7 & mask;
        while let Some(place) = self.slots.get_mut(at) {
            if place.key == 0 {
                *place = slot;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    fn may_hold(&self, window: u32) -> bool {
        let hash = trigram_hash(window);
        self.bits.get(hash >> 3).is_some_and(|byte| byte >> (hash & 7) & 1 != 0)
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
            let word = u64::from_le_bytes(*chunk);
            let (w0, w2, w4) = (word as u32, (word >> 16) as u32, (word >> 32) as u32);
            if self.may_hold(w0) | self.may_hold(w2) | self.may_hold(w4) {
                for (step, window) in [(0, w0), (2, w2), (4, w4)] {
                    if self.may_hold(window) {
                        self.confirm(text, at + step, range.start, &mut found);
                    }
                }
            }
            at += 6;
        }
        while at + 2 < text.len() {
            self.confirm(text, at, range.start, &mut found);
            at += 2;
        }
    }

    /// Three bytes of a window may stand at `at`: the window begins there or one byte before.
    #[inline(never)]
    fn confirm(
        &self,
        text: &[u8],
        at: usize,
        least: usize,
        found: &mut impl FnMut(usize, usize, T),
    ) {
        for start in [at.wrapping_sub(1), at] {
            let Some(head) = text.get(start..).and_then(<[u8]>::first_chunk::<4>) else { continue };
            let Some(slot) = self.slot(u32::from_le_bytes(*head)) else { continue };
            let entries = self.entries.get(slot.first as usize..slot.end as usize);
            for entry in entries.unwrap_or_default() {
                let Some(begin) = start.checked_sub(entry.window) else { continue };
                let Some(here) = text.get(begin..begin + entry.text.len()) else { continue };
                let same = if entry.fold {
                    here.eq_ignore_ascii_case(&entry.text)
                } else {
                    *here == *entry.text
                };
                if same && begin >= least {
                    found(begin, entry.text.len(), entry.meaning);
                }
            }
        }
    }

    #[inline]
    fn slot(&self, key: u32) -> Option<Slot> {
        let mask = self.slots.len() - 1;
        let mut at = key.wrapping_mul(PRIME) as usize >> 7 & mask;
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

/// The keys under which a literal's window is found: the four bytes as they are; if case does not
/// matter, also in upper case and with one capital; after a literal of three bytes, any fourth.
fn keys(text: &[u8], window: usize, fold: bool) -> Vec<u32> {
    let Some(head) = text.get(window..).and_then(<[u8]>::first_chunk::<4>) else {
        let Some(head) = text.first_chunk::<3>() else { return Vec::new() };
        return cased(head, fold)
            .into_iter()
            .flat_map(|h| (0..=u8::MAX).filter(|b| may_follow(*b)).map(move |b| (h, b)))
            .map(|(h, b)| u32::from_le_bytes([h[0], h[1], h[2], b]))
            .collect();
    };
    cased(head, fold).into_iter().map(u32::from_le_bytes).collect()
}

fn cased<const N: usize>(head: &[u8; N], fold: bool) -> Vec<[u8; N]> {
    let mut forms = vec![*head];
    if fold {
        forms.push(head.map(|b| b.to_ascii_lowercase()));
        forms.push(head.map(|b| b.to_ascii_uppercase()));
        for capital in 0..N {
            let mut form = head.map(|b| b.to_ascii_lowercase());
            form[capital].make_ascii_uppercase();
            forms.push(form);
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Where the rarest four bytes of a literal begin.
fn rarest_window(text: &[u8]) -> usize {
    (0..text.len().saturating_sub(3))
        .min_by_key(|at| {
            let window = text.get(*at..*at + 4).unwrap_or_default();
            window.windows(3).map(commonness).sum::<u32>()
        })
        .unwrap_or(0)
}

/// How common three bytes are in source code and prose, roughly: by the kind of each byte.
fn commonness(trigram: &[u8]) -> u32 {
    trigram
        .iter()
        .map(|byte| match byte {
            b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 9,
            b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b' ' => 7,
            b'a'..=b'z' | b'.' | b'-' => 4,
            b'A'..=b'Z' | b'0' | b'1' | b'_' | b'=' | b'"' | b':' => 2,
            _ => 1,
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
            .map(|(meaning, (text, fold))| Literal {
                text: text.as_bytes().to_vec(),
                fold: *fold,
                meaning,
            })
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
    fn case_matters_only_where_it_should() {
        let literals = [("AKIA", false), ("datadog", true)];
        assert_eq!(all(&literals, "akia AKIA"), [(5, 4, 0)]);
        assert_eq!(all(&literals, "DATADOG DataDog datadog").len(), 3);
    }
}
