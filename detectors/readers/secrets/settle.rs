//! One hit per place: where several formats claim the same bytes, the best founded one stays.

use super::hit::Hit;
use crate::evidence::Verdict;

/// Keeps the better of two hits that overlap; sorts by place.
pub(super) fn settle(hits: &mut Vec<Hit>) {
    if hits.len() < 2 {
        return;
    }
    hits.sort_by(|a, b| {
        a.range
            .start
            .cmp(&b.range.start)
            .then_with(|| worth(b).cmp(&worth(a)))
            .then(a.format.cmp(b.format))
    });
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits.drain(..) {
        match kept.last_mut() {
            Some(last) if hit.range.start < last.range.end => {
                // Several credentials inside one encoded text are all kept.
                let both_inside = hit.range == last.range
                    && !hit.through.is_empty()
                    && hit.fingerprint != last.fingerprint;
                if both_inside && !is_generic(&hit) {
                    kept.push(hit);
                } else if worth(&hit) > worth(last) {
                    *last = hit;
                }
            }
            _ => kept.push(hit),
        }
    }
    *hits = kept;
}

fn is_generic(hit: &Hit) -> bool {
    hit.provider.is_none()
}

/// What decides between two claims: a checksum that fits, a named format before a generic one, no
/// doubt, a longer secret.
fn worth(hit: &Hit) -> impl Ord {
    (
        hit.verdict == Verdict::Valid,
        !is_generic(hit),
        hit.lowered.is_none(),
        hit.confidence,
        hit.range.len(),
    )
}
