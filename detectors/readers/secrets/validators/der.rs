//! As much of DER (X.690) as keys and certificates need. Never reads past its bytes; never recurses.

/// What is left to read.
#[derive(Clone, Copy)]
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Der<'a> {
        Der(bytes)
    }

    /// The next element, whatever it is: tag and content.
    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = if *first < 0x80 {
            (usize::from(*first), rest)
        } else {
            let digits = usize::from(first & 0x7F);
            let (head, rest) = rest.split_at_checked(digits)?;
            if digits > 4 {
                return None;
            }
            (head.iter().fold(0_usize, |n, byte| n << 8 | usize::from(*byte)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The next element if it has this tag; else nothing is read.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, content) = ahead.any()?;
        (found == tag).then(|| {
            *self = ahead;
            content
        })
    }

    pub(super) fn sequence(&mut self) -> Option<Der<'a>> {
        self.expect(0x30).map(Der)
    }

    /// An integer's bytes, big-endian, as encoded (two's complement).
    pub(super) fn integer(&mut self) -> Option<&'a [u8]> {
        self.expect(0x02).filter(|bytes| !bytes.is_empty())
    }

    pub(super) fn octets(&mut self) -> Option<&'a [u8]> {
        self.expect(0x04)
    }

    pub(super) fn oid(&mut self) -> Option<&'a [u8]> {
        self.expect(0x06)
    }

    /// A bit string of whole bytes.
    pub(super) fn bits(&mut self) -> Option<&'a [u8]> {
        self.expect(0x03)?.strip_prefix(&[0])
    }

    /// The content of a context-specific, constructed element.
    pub(super) fn tagged(&mut self, tag: u8) -> Option<Der<'a>> {
        self.expect(tag).map(Der)
    }
}
