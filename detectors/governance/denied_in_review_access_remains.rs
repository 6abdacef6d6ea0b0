//! Access that a reviewer said no to and that is still there.

use crate::{
    evidence::{Applied, Decision, Estate, Observed, Review, Who},
    finding::Findings,
    policy::governance::{
        approval::{self, plus_hours},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        for review in approval::latest_reviews(estate, who) {
            let due = plus_hours(review.decided_at, estate.thresholds.revocation_sla_hours);
            if review.decision != Decision::Deny || due >= estate.now || is_rehearsal(review) {
                continue;
            }
            let Some(remains) = remains(estate, who, review) else { continue };
            let name = estate.name_of(who);
            let outcome = match review.applied {
                Some(Applied::Failed) => "removing it failed",
                Some(Applied::Unsupported) => "the system cannot remove it by itself",
                Some(Applied::Pending) => "removing it is still pending",
                Some(Applied::Applied) => "it was reported as removed",
                None => "nobody reported its removal",
            };
            let message = format!(
                "'{name}' still holds {}, which its review denied on {}; {outcome}.",
                words::access(&remains.grant),
                words::day(review.decided_at),
            );
            let finding = findings.report(review, name, message);
            finding.because(remains);
            weigh::place(finding, remains.location.as_ref(), name);
            weigh::grant(finding, estate, who, &remains.grant, review, Debt::Lapsed);
        }
    }
}

/// The reviewed grant, seen live after the decision and not approved again since.
fn remains<'a>(estate: &'a Estate, who: Who, review: &Review) -> Option<&'a Observed> {
    let again = estate.entitlements_of(who).any(|e| {
        approval::is_in_force(estate, e)
            && e.grant.may_contain(&review.grant)
            && approval::decided_at(e).is_some_and(|at| at > review.decided_at)
    });
    estate.observed_of(who).find(|o| {
        approval::is_live(estate, o)
            && o.as_of > review.decided_at
            && (review.grant.may_contain(&o.grant) || o.grant.may_contain(&review.grant))
            && !again
    })
}

/// True for a campaign that was only tried out.
fn is_rehearsal(review: &Review) -> bool {
    words::flag(&review.attrs, "dry_run")
        || words::says(words::attr(&review.attrs, "campaign"), &["dry", "pilot", "rehearsal"])
}
