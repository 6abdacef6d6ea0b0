//! Values that are base64 because their place demands it.

use super::{super::codec, file::FileKind, style::Style};
use std::ops::Range;

/// True where a value is base64: in a Kubernetes Secret, as `_password` of npm, in an element that
/// says so.
pub(super) fn is_encoded(bytes: &[u8], name: &Range<usize>, file: FileKind) -> bool {
    if !matches!(file.style, Style::Config | Style::Store) {
        return false;
    }
    let tag = bytes.get(name.end..name.end.saturating_add(24).min(bytes.len()));
    bytes.get(name.clone()) == Some(b"_password")
        || tag.is_some_and(|tag| tag.starts_with(b" encoding=\"base64\""))
        || is_manifest(bytes)
}

fn is_manifest(bytes: &[u8]) -> bool {
    [&b"kind: Secret"[..], b"\"kind\": \"Secret\""]
        .iter()
        .any(|kind| memchr::memmem::find(bytes.get(..65536).unwrap_or(bytes), kind).is_some())
}

/// The text that a value stands for.
pub(super) fn encoded_value(written: &[u8]) -> Option<Vec<u8>> {
    let decoded = codec::base64(written)?;
    let text = decoded.trim_ascii_end();
    (written.len().is_multiple_of(4)
        && text.len() >= 4
        && text.iter().all(|b| (b' '..=b'~').contains(b)))
    .then(|| text.to_vec())
}
