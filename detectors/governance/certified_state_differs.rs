//! Access that is wider in the runtime than what its reviewer saw.

use crate::{
    evidence::{Containment, Decision, Estate, Observed, Review, Who},
    finding::Findings,
    policy::governance::{
        approval::{self, Basis},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        let reviews: Vec<&Review> = approval::latest_reviews(estate, who)
            .into_iter()
            .filter(|r| r.decision == Decision::Approve)
            .collect();
        if reviews.is_empty() {
            continue;
        }
        for observed in estate.observed_of(who).filter(|o| approval::is_live(estate, o)) {
            let Some(review) = certified_less(estate, who, observed, &reviews) else { continue };
            let name = estate.name_of(who);
            let message = format!(
                "'{name}' holds {}, but its review of {} saw {}.",
                words::access(&observed.grant),
                words::day(review.decided_at),
                words::access(&review.grant),
            );
            let finding = findings.report(observed, name, message);
            finding.because(review);
            weigh::place(finding, observed.location.as_ref(), name);
            weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Flawed);
        }
    }
}

/// The review that saw only a part of an approved grant. What nobody approved is reported as such;
/// what was approved after the review need not have been in it.
fn certified_less<'a>(
    estate: &Estate,
    who: Who,
    observed: &Observed,
    reviews: &[&'a Review],
) -> Option<&'a Review> {
    let approved = Basis::of(estate, who, observed).approved()?;
    if reviews.iter().any(|r| r.grant.may_contain(&observed.grant)) {
        return None;
    }
    let less = reviews.iter().filter(|r| r.grant.contains(&observed.grant) == Containment::Narrower);
    let review = less.max_by_key(|r| (r.decided_at, &r.id))?;
    let since = approval::decided_at(approved).is_some_and(|at| at > review.decided_at);
    (!since).then_some(review)
}
