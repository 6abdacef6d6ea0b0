//! Access whose next review is overdue.

use crate::{
    evidence::{Applied, Decision, Estate, Review, Who},
    finding::Findings,
    policy::governance::{
        approval,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        for review in approval::latest_reviews(estate, who) {
            let Some(due) = review.next_due.filter(|due| *due < estate.now) else { continue };
            if is_running(review) || !is_needed(estate, who, review) {
                continue;
            }
            let name = estate.name_of(who);
            let message = format!(
                "'{name}' holds {} whose review was due on {} and did not take place.",
                words::access(&review.grant),
                words::day(due),
            );
            let finding = findings.report(review, name, message);
            weigh::place(finding, None, name);
            weigh::grant(finding, estate, who, &review.grant, review, Debt::Flawed);
        }
    }
}

/// True while the campaign that follows is under way.
fn is_running(review: &Review) -> bool {
    let open = review.decision == Decision::NotReviewed && review.applied == Some(Applied::Pending);
    open || words::attr(&review.attrs, "campaign_state").is_some_and(|s| s.eq_ignore_ascii_case("running"))
}

/// True while there is something to review: a live grant, or an approval that holds.
fn is_needed(estate: &Estate, who: Who, review: &Review) -> bool {
    let live = estate.observed_of(who).any(|o| {
        approval::is_live(estate, o)
            && (review.grant.may_contain(&o.grant) || o.grant.may_contain(&review.grant))
    });
    let approved = estate
        .entitlements_of(who)
        .any(|e| approval::is_in_force(estate, e) && e.grant.may_contain(&review.grant));
    live || approved
}
