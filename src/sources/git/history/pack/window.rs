//! The bytes of a pack, read at once or part by part, and the heads of its entries.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
};

/// How much of a pack is read at once.
const WINDOW: usize = 64 << 10;
/// Up to this many bytes after the start of the last part, reading goes on in order.
const NEAR: u64 = 2 * WINDOW as u64;

/// A pack file. Not a memory map: a pack that is cut short while it is read is an error here, and
/// would be a signal there.
pub(super) enum Data {
    /// Its bytes.
    Whole(Vec<u8>),
    /// The file, to be read part by part.
    File(File),
}

impl Data {
    /// Reads the file if it has at most so many bytes.
    pub(super) fn read(mut file: File, length: u64, most: u64) -> io::Result<Data> {
        if length > most {
            return Ok(Data::File(file));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.by_ref().take(length).read_to_end(&mut bytes)?;
        Ok(Data::Whole(bytes))
    }

    /// The bytes at a place.
    pub(super) fn get<'a>(
        &'a self,
        window: &'a mut Window,
        range: Range<u64>,
    ) -> io::Result<&'a [u8]> {
        match self {
            Data::File(file) => window.get(file, range),
            Data::Whole(bytes) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
                let part = bytes.get(place(range.start)..place(range.end));
                part.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }

    /// The bytes at a place, to be read one after the other.
    pub(super) fn section(&self, range: Range<u64>) -> Section<'_> {
        Section { data: self, range }
    }
}

/// Bytes of a pack that are still to be read.
pub(super) struct Section<'a> {
    data: &'a Data,
    range: Range<u64>,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.range.end.saturating_sub(self.range.start);
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let read = match self.data {
            Data::File(file) => read_at(file, buffer, self.range.start)?,
            Data::Whole(bytes) => {
                let start = usize::try_from(self.range.start).unwrap_or(usize::MAX);
                bytes.get(start..).unwrap_or_default().read(buffer)?
            }
        };
        self.range.start += read as u64;
        Ok(read)
    }
}

/// A part of a file that was read.
#[derive(Default)]
pub(super) struct Window {
    start: u64,
    bytes: Vec<u8>,
    filled: usize,
}

impl Window {
    fn get(&mut self, file: &File, range: Range<u64>) -> io::Result<&[u8]> {
        let len = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let inside = range.start >= self.start && range.end <= self.start + self.filled as u64;
        if !inside {
            // Entries that follow each other are read together; one that stands alone, alone.
            let onward = range.start >= self.start && range.start - self.start <= NEAR;
            let wanted = if onward { len.max(WINDOW) } else { len };
            if self.bytes.len() < wanted {
                self.bytes.resize(wanted, 0);
            }
            self.start = range.start;
            self.filled = 0;
            while self.filled < len {
                let rest = self.bytes.get_mut(self.filled..wanted).unwrap_or_default();
                match read_at(file, rest, range.start + self.filled as u64) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(n) => self.filled += n,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let at = usize::try_from(range.start - self.start).unwrap_or(usize::MAX);
        self.bytes.get(at..at.saturating_add(len)).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The head of an entry.
pub(super) struct Head<'a>(&'a [u8]);

impl<'a> Head<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Head<'a> {
        Head(bytes)
    }

    /// The bytes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    /// The next bytes.
    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        self.0.split_off(..len)
    }

    fn next(&mut self) -> Option<u8> {
        self.0.split_off_first().copied()
    }

    /// The type number and the size of the data.
    pub(super) fn kind_and_size(&mut self) -> Option<(u8, usize)> {
        let first = self.next()?;
        let mut size = u64::from(first & 15);
        let mut shift = 4;
        let mut byte = first;
        while byte & 0x80 != 0 {
            byte = self.next()?;
            size |= u64::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
        }
        Some((first >> 4 & 7, usize::try_from(size).ok()?))
    }

    /// How far before the entry its base starts.
    pub(super) fn distance(&mut self) -> Option<u64> {
        let mut byte = self.next()?;
        let mut distance = u64::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.next()?;
            distance = distance.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
        }
        Some(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// The same bytes, read at once and part by part.
    fn both(length: usize) -> [Data; 2] {
        let bytes: Vec<u8> = (0..length).map(|at| ((at * at) >> 3) as u8).collect();
        [0, u64::MAX].map(|most| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            Data::read(file, length as u64, most).unwrap()
        })
    }

    #[test]
    fn a_pack_that_is_read_part_by_part_has_the_same_bytes() {
        const LENGTH: usize = 5 * WINDOW;
        let [parts, whole] = both(LENGTH);
        assert!(matches!((&parts, &whole), (Data::File(_), Data::Whole(_))));
        let (mut window, mut none, mut state) = (Window::default(), Window::default(), 1_usize);
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let mut start = 0;
        for step in 0..3000 {
            // Mostly onward, as a pack is read; now and then anywhere, a long part, and over the end.
            start = if step % 5 == 0 { random(LENGTH) } else { (start + random(500)) % LENGTH };
            let length = if step % 7 == 0 { random(2 * WINDOW) } else { random(300) };
            let range = start as u64..(start + length) as u64;
            let (part, same) = (parts.get(&mut window, range.clone()), whole.get(&mut none, range));
            assert_eq!(part.is_ok(), start + length <= LENGTH, "{start} {length}");
            assert_eq!(part.ok(), same.ok(), "{start} {length}");
        }
    }

    #[test]
    fn a_section_ends_where_it_should_or_where_the_file_does() {
        for data in both(1000) {
            for (range, length) in [(10..990, 980), (900..2000, 100), (1000..1001, 0), (5..5, 0)] {
                let mut bytes = Vec::new();
                data.section(range.clone()).read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes.len(), length, "{range:?}");
            }
        }
    }
}
