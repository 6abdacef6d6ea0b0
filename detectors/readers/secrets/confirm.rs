//! From a place where a format may match to a hit: regex, entropy, offline check, placeholders.

use super::{
    companions::NEAR,
    fingerprint::FingerprintKey,
    format::Format,
    hit::Hit,
    lower,
    redact::redact,
    validators::{Captured, Check},
};
use crate::evidence::{Attrs, Confidence, Verdict};
use regex_automata::{Input, util::primitives::NonMaxUsize};
use std::ops::Range;

/// Groups of a pattern that there is room for: the whole match and fifteen more.
const SLOTS: usize = 32;

/// A match of a format's pattern.
pub(super) struct Confirmed {
    /// Where the match ends.
    pub(super) end: usize,
    /// The hit, unless the secret has too little entropy.
    pub(super) hit: Option<Hit>,
}

/// The first match in the input.
pub(super) fn confirm(
    format: &'static Format,
    input: &Input,
    key: &FingerprintKey,
) -> Option<Confirmed> {
    let mut slots = [None; SLOTS];
    let groups = format.search(input, &mut slots)?;
    let whole = group(&slots, 0)?;
    let (context, end) = (whole.start, whole.end);
    let range = group(&slots, groups.secret).unwrap_or(whole);
    let bytes = input.haystack();
    let secret = bytes.get(range.clone())?;
    if format.entropy > 0.0 && entropy(secret) < format.entropy {
        return Some(Confirmed { end, hit: None });
    }
    let check = format.validator.map_or_else(Check::default, |check| check(&Captured { secret }));
    let lowered = check.lowered.or_else(|| lower::reason(secret));
    let credential = check.inner.as_ref().map_or(secret, |inner| inner.0.as_slice());
    let mut hit = Hit {
        format: &format.id,
        name: &format.name,
        provider: Some(&format.provider),
        kind: format.kind,
        redacted: redact(format.kind, secret, &format.anchors),
        fingerprint: key.fingerprint(credential),
        range,
        context,
        named: names(bytes.get(context..end).unwrap_or_default(), &format.provider),
        verdict: check.verdict,
        confidence: confidence(format.confidence, check.verdict, lowered),
        lowered,
        decoded: check.decoded,
        through: Vec::new(),
    };
    for (name, index) in [("key_id", groups.id), ("user", groups.user), ("host", groups.host)] {
        if let Some(text) = index.and_then(|i| group(&slots, i)).and_then(|r| bytes.get(r)) {
            let text = String::from_utf8_lossy(text).into_owned();
            hit.decoded.entry(name.to_owned()).or_insert_with(|| text.into());
        }
    }
    look_beside(format, bytes, &hit.range, key, &mut hit.decoded);
    Some(Confirmed { end, hit: Some(hit) })
}

/// What may stand beside a secret and is half of a login: told by its keyed fingerprint only.
const HALVES: &[&str] = &["role_id"];

/// Reads off the surroundings what the format says may stand there.
fn look_beside(
    format: &Format,
    bytes: &[u8],
    secret: &Range<usize>,
    key: &FingerprintKey,
    decoded: &mut Attrs,
) {
    for (name, regex) in format.surroundings() {
        let start = secret.start.saturating_sub(NEAR);
        let end = secret.end.saturating_add(NEAR).min(bytes.len());
        let mut caps = regex.create_captures();
        regex.search_captures(&Input::new(bytes).span(start..end), &mut caps);
        if let Some(value) = caps.get_group(1).and_then(|span| bytes.get(span.range())) {
            let value = match HALVES.contains(&name.as_str()) {
                true => key.fingerprint(&value.to_ascii_lowercase()),
                false => String::from_utf8_lossy(value).into_owned(),
            };
            decoded.entry(name.clone()).or_insert_with(|| value.into());
        }
    }
}

/// True when a text holds the first word of the issuer's name.
fn names(text: &[u8], provider: &str) -> bool {
    let word = provider.split_whitespace().next().unwrap_or(provider).as_bytes();
    !word.is_empty() && text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

/// The bytes of one group of a match.
fn group(slots: &[Option<NonMaxUsize>; SLOTS], index: usize) -> Option<Range<usize>> {
    let slot = |at: usize| slots.get(at).copied().flatten().map(NonMaxUsize::get);
    Some(slot(index * 2)?..slot(index * 2 + 1)?)
}

fn confidence(form: Confidence, verdict: Verdict, lowered: Option<&str>) -> Confidence {
    match (verdict, lowered) {
        (_, Some(_)) | (Verdict::Invalid, None) => Confidence::Low,
        (Verdict::Valid, None) => Confidence::High,
        (Verdict::Unchecked, None) => form,
    }
}

/// Shannon entropy, bits per byte.
pub(super) fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let len = value.len() as f64;
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / len).map(|p| -p * p.log2()).sum()
}
