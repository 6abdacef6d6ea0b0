//! One hit per place: where several formats claim the same bytes, the best founded one stays.

use super::hit::Hit;
use crate::evidence::Verdict;
use std::cmp::Reverse;

/// Keeps the better of two hits that overlap; sorts by place.
pub(super) fn settle(hits: &mut Vec<Hit>) {
    if hits.len() < 2 {
        return;
    }
    hits.sort_by(|a, b| {
        (a.range.start.cmp(&b.range.start))
            .then_with(|| worth(b).cmp(&worth(a)))
            .then(a.format.cmp(b.format))
    });
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits.drain(..) {
        match kept.last_mut() {
            Some(last) if hit.range.start < last.range.end => {
                // Several credentials inside one encoded text are all kept.
                if hit.range == last.range && !hit.through.is_empty() && !last.through.is_empty() {
                    if hit.fingerprint != last.fingerprint && hit.provider.is_some() {
                        kept.push(hit);
                    }
                } else {
                    choose(last, hit);
                }
            }
            _ => kept.push(hit),
        }
    }
    *hits = kept;
}

/// Leaves the better claim, enriched by what the other found out about the same value.
fn choose(kept: &mut Hit, other: Hit) {
    let (winner, loser) = if worth(&other) > worth(kept) {
        let loser = std::mem::replace(kept, other);
        (kept, loser)
    } else {
        (kept, other)
    };
    if winner.range == loser.range && winner.fingerprint == loser.fingerprint {
        if winner.verdict == Verdict::Unchecked {
            winner.verdict = loser.verdict;
        }
        for (name, value) in loser.decoded {
            winner.decoded.entry(name).or_insert(value);
        }
    }
}

/// What decides between two claims: a named format before a guess, no wrong checksum, no doubt, the
/// one that sees more of the surroundings, an issuer that is named there, a longer secret.
fn worth(hit: &Hit) -> impl Ord {
    (
        hit.provider.is_some(),
        hit.verdict != Verdict::Invalid,
        hit.lowered.is_none(),
        hit.confidence,
        Reverse(hit.context),
        hit.named,
        hit.range.len(),
    )
}
