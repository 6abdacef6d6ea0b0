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
