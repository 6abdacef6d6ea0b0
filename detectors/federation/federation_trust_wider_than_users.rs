//! A trust that admits more CI jobs than ask for it.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::{
        join::{
            federation::{bind, told, trusts, unread, weigh},
            workflows::{Jobs, exact_subjects, wider},
        },
        oidc::breadth,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    // What reaches beyond one project has a rule of its own.
    for trust in trusts(estate).filter(|trust| breadth(trust).is_none() && unread(trust).is_none()) {
        let admitted = jobs.admitted(trust);
        let (users, others): (Vec<_>, Vec<_>) = admitted.iter().partition(|a| a.asks);
        // A job that asks by a variable may be a user.
        let others: Vec<_> = others.into_iter().filter(|other| !other.may_ask).collect();
        let Some(wider) = wider(trust, &users, &others) else { continue };
        let message = format!("{} {wider}", told(estate, trust));
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key(trust.id.clone()).fix(bind(trust, &exact_subjects(&users)));
        for job in users.iter().chain(&others) {
            finding.because(job.job);
            let what = if job.asks { "A job that uses it." } else { "A job that could." };
            finding.related(job.job.location.clone(), what);
        }
        weigh(finding, estate, trust);
        let others = Level::between(2, 3, "other jobs of the repository can log in").citing(trust);
        finding.weigh(Component::Exposure, others);
    }
}
