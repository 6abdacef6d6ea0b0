//! The matcher over any bytes in any kind of file: it ends, every hit stands in the text, and a part
//! of the text gives the hits of the whole that stand in that part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overstay_detectors::readers::secrets::{FingerprintKey, Hit, Matcher};
use std::sync::LazyLock;

static MATCHER: LazyLock<Matcher> =
    LazyLock::new(|| Matcher::built_in(&FingerprintKey::new(b"fuzz")));

const PATHS: &[&str] = &["a.py", "a.yaml", ".env", "a.xml", "a.sh", "a.json", "a.md", ".netrc"];

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let mut see = |hit: Hit| {
        assert!(hit.range.start < hit.range.end && hit.range.end <= text.len());
    };
    MATCHER.scan(path, text, &mut see);
    let middle = text.len() / 3..text.len() / 2;
    if !middle.is_empty() {
        MATCHER.scan_ranges(path, text, std::slice::from_ref(&middle), &mut |hit| {
            assert!(hit.range.start < middle.end && middle.start < hit.range.end);
        });
    }
});
