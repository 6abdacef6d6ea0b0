//! The credentials in one file, whatever kind of file it is.

use super::archive::{self, Limits};
use overstay_detectors::{
    evidence::Confidence,
    readers::secrets::{Hit, Matcher},
};

/// Where a credential stands in a file: in its bytes, or inside an archive that it is. The steps lead
/// to the entry, outermost first.
pub(super) type Steps<'a> = &'a [String];

/// Reads a git bundle in a file, or says why not.
type ReadBundle<'a> = &'a mut dyn FnMut(Steps, &[u8]) -> Result<(), archive::LeftOut>;

/// What mends a part of an archive that was not read.
pub(super) const UNPACK: &str = "unpack it and scan what it holds";

/// How much of a long file says what it is.
pub(super) const HEAD: u64 = 64 << 10;

/// Reports the credentials in a file. Gives the parts that could not be read, and why.
pub(super) fn credentials(
    matcher: &Matcher,
    path: &str,
    bytes: &[u8],
    max_entry: u64,
    found: &mut dyn FnMut(Hit, Steps),
) -> Vec<(String, archive::LeftOut)> {
    let unread = &mut |_: Steps, _: &[u8]| Err(archive::LeftOut::Bundle);
    credentials_and_bundles(matcher, path, bytes, max_entry, found, unread)
}

/// The same, with somebody who reads the git bundles in the file.
pub(super) fn credentials_and_bundles(
    matcher: &Matcher,
    path: &str,
    bytes: &[u8],
    max_entry: u64,
    found: &mut dyn FnMut(Hit, Steps),
    bundle: ReadBundle,
) -> Vec<(String, archive::LeftOut)> {
    let limits = Limits { entry_bytes: max_entry, ..Limits::default() };
    let mut inside = Inside { matcher, path, limits, found, bundle, left_out: Vec::new() };
    match archive::sniff(bytes) {
        Some(format) => archive::unpack(format, path, bytes, limits, &mut inside),
        None => archive::Visitor::file(&mut inside, &[], path, bytes),
    }
    inside.left_out
}

/// True for a git bundle, version 2 or 3 (gitformat-bundle(5)).
pub(super) fn is_bundle(bytes: &[u8]) -> bool {
    bytes.starts_with(b"# v2 git bundle\n") || bytes.starts_with(b"# v3 git bundle\n")
}

/// True for content that is no text: a zero byte near the start, and not UTF-16.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..8192).unwrap_or(bytes);
    let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    !utf16 && memchr::memchr(0, head).is_some()
}

struct Inside<'a> {
    matcher: &'a Matcher,
    path: &'a str,
    limits: Limits,
    found: &'a mut dyn FnMut(Hit, Steps),
    bundle: ReadBundle<'a>,
    left_out: Vec<(String, archive::LeftOut)>,
}

impl Inside<'_> {
    fn scan(&mut self, steps: Steps, name: &str, bytes: &[u8]) {
        let binary = is_binary(bytes);
        let found = &mut *self.found;
        self.matcher.scan(name, bytes, &mut |hit| {
            // In a binary file only a form that cannot be chance is a credential.
            if !binary || hit.confidence >= Confidence::High {
                found(hit, steps);
            }
        });
    }
}

impl archive::Visitor for Inside<'_> {
    fn file(&mut self, steps: &[String], name: &str, bytes: &[u8]) {
        if !is_bundle(bytes) {
            if steps.is_empty() {
                return self.scan(steps, name, bytes);
            }
            // What the archive is for says what a file in it is for.
            return self.scan(steps, &format!("{}!{name}", self.path), bytes);
        }
        let read = match steps.len() < self.limits.depth {
            true => (self.bundle)(steps, bytes),
            false => Err(archive::LeftOut::Limit("archives inside archives")),
        };
        if let Err(why) = read {
            self.left_out(steps, why);
        }
    }

    fn left_out(&mut self, steps: &[String], reason: archive::LeftOut) {
        let part = std::iter::once(self.path).chain(steps.iter().map(String::as_str));
        self.left_out.push((part.collect::<Vec<_>>().join(" > "), reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_is_judged_by_content() {
        assert!(!is_binary(b"plain text"));
        assert!(is_binary(b"\x7fELF\0\0"));
        assert!(!is_binary(b"\xff\xfea\0b\0"));
        assert!(!is_binary(b""));
    }
}
