//! The secret matcher: bytes of any kind in, credentials at places out, never a value.
//!
//! Every byte is looked at once, 64 at a time ([`sieve`]): that leaves the places where a literal may
//! stand that some credential needs, or where a run of token bytes begins. There the literals are
//! looked up ([`screen`]); a regex is tried only around such a literal ([`matcher`]); an offline check
//! and a look at the surroundings then say what the match is worth ([`validators`], [`lower`], [`weigh`]).

mod buckets;
mod codec;
mod companions;
mod compiled;
mod confirm;
mod decode;
mod engine;
mod fingerprint;
mod format;
mod generic;
mod hidden;
mod hit;
mod lower;
mod matcher;
mod program;
mod redact;
mod roots;
mod scratch;
mod screen;
mod settle;
mod sieve;
mod validators;
mod weigh;
mod window;

use crate::{
    evidence::{Exposure, LineIndex, Location, Sighting, Verdict},
    readers::Document,
};

pub use fingerprint::FingerprintKey;
pub use format::{Format, FormatError, Kind, built_in, load};
pub use hit::{Hit, exposures};
pub use matcher::Matcher;
pub use validators::certificate_key;
pub(in crate::readers) use validators::ssh_fingerprint;

/// Every credential in a document, each with all its places.
pub fn read(document: &Document, matcher: &Matcher) -> Vec<Exposure> {
    let mut hits = Vec::new();
    matcher.scan(document.path, document.bytes, &mut |hit| hits.push(hit));
    if hits.is_empty() {
        return Vec::new();
    }
    let lines = LineIndex::new(document.bytes);
    let sighted = hits.into_iter().map(|hit| {
        let location = Location::in_file(document.path, lines.region(hit.range.clone()));
        (hit, Sighting { location, in_head: Some(true), ..Sighting::default() })
    });
    exposures(document.src, document.as_of, sighted.collect())
}

/// True for the path of a test, a fixture or an example.
pub(crate) fn is_test(path: &str) -> bool {
    generic::kind_of(path).test
}

/// True for the path of a file that was copied from another project together with its dependencies.
pub(crate) fn is_vendored(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "vendor",
        "node_modules",
        "bower_components",
        "third_party",
        "third-party",
        "thirdparty",
        "3rdparty",
        "site-packages",
    ];
    path.split('/').any(|folder| FOLDERS.contains(&folder))
}

/// What every offline check says of a value, under the check's name; for tests of the checks.
pub fn verdicts(secret: &[u8]) -> Vec<(&'static str, Verdict)> {
    let captured = validators::Captured { secret };
    validators::CHECKS.iter().map(|(name, check)| (*name, check(&captured).verdict)).collect()
}

/// The name and kind of the format with an id, built in or generic.
pub fn describe(format: &str) -> Option<(&'static str, Kind)> {
    generic::describe(format)
        .or_else(|| built_in().iter().find(|f| f.id == format).map(|f| (f.name.as_str(), f.kind)))
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
