//! A review that its own subject made, or that took no time at all.

use crate::{
    evidence::{Decision, Estate, Recorded, Review, Who},
    finding::Findings,
    policy::governance::{
        weigh::{self, Debt},
        words,
    },
};
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// So many decisions within [`BURST_SECONDS`] are a rubber stamp.
const BURST: usize = 5;
/// The time in which nobody reads five grants.
const BURST_SECONDS: i64 = 10;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut by_reviewer: BTreeMap<&str, Vec<&Review>> = BTreeMap::new();
    for review in estate.reviews.iter().filter(|r| r.decision == Decision::Approve) {
        let Some(reviewer) = review.reviewer.as_deref() else { continue };
        let Some(who) = estate.who_at(&review.subject, review.decided_at) else { continue };
        if estate.canonical.same(reviewer, &review.subject) {
            report_own(estate, findings, who, review);
        } else if words::attr(&review.attrs, "bulk_policy").is_none() {
            by_reviewer.entry(estate.canonical.name(reviewer)).or_default().push(review);
        }
    }
    for (reviewer, mut reviews) in by_reviewer {
        reviews.sort_by_key(|r| (r.decided_at, &r.id));
        if let Some(burst) = burst(&reviews) {
            report_burst(estate, findings, reviewer, burst);
        }
    }
}

fn report_own(estate: &Estate, findings: &mut Findings, who: Who, review: &Review) {
    let name = estate.name_of(who);
    let message = format!(
        "'{name}' reviewed its own {} on {}.",
        words::access(&review.grant),
        words::day(review.decided_at),
    );
    let finding = findings.report(review, name, message);
    weigh::place(finding, None, name);
    weigh::grant(finding, estate, who, &review.grant, review, Debt::Flawed);
}

/// The longest run of decisions that came faster than anybody reads.
fn burst<'a, 'b>(reviews: &'b [&'a Review]) -> Option<&'b [&'a Review]> {
    let limit = SignedDuration::from_secs(BURST_SECONDS);
    let mut start = 0;
    let mut best: &[&Review] = &[];
    for end in 0..reviews.len() {
        while reviews[end].decided_at.duration_since(reviews[start].decided_at) > limit {
            start += 1;
        }
        if end + 1 - start > best.len() {
            best = &reviews[start..=end];
        }
    }
    (best.len() >= BURST).then_some(best)
}

fn report_burst(estate: &Estate, findings: &mut Findings, reviewer: &str, burst: &[&Review]) {
    let [first, ..] = burst else { return };
    let message = format!(
        "'{reviewer}' approved {} reviews within {BURST_SECONDS} seconds on {}.",
        burst.len(),
        words::minute(first.decided_at),
    );
    let finding = findings.report(*first, reviewer, message);
    finding.key("burst");
    for review in burst.iter().take(100) {
        finding.evidence.push(review.id().to_owned());
    }
    weigh::place(finding, None, reviewer);
    if let Some(who) = estate.who(&first.subject) {
        weigh::grant(finding, estate, who, &first.grant, *first, Debt::Flawed);
    }
}
