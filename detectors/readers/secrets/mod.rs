//! The secret matcher: bytes of any kind in, credentials at places out, never a value.
//!
//! One pass finds every literal that some credential needs ([`screen`]); a regex is tried only
//! around such a literal ([`matcher`]); an offline check and a look at the surroundings then say
//! what the match is worth ([`validators`], [`lower`]).

mod codec;
mod confirm;
mod decode;
mod engine;
mod fingerprint;
mod format;
mod generic;
mod hit;
mod lower;
mod matcher;
mod redact;
mod screen;
mod settle;
mod validators;
mod window;

pub use fingerprint::FingerprintKey;
pub use format::{Format, FormatError, Kind, built_in, load};
pub use hit::{Hit, exposures};
pub use matcher::Matcher;

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
