//! A role that admits more CI jobs than ask for it.

use crate::{
    evidence::{Estate, Trust},
    finding::{Findings, Level},
    policy::{
        aws::{
            trust_text::{self, target_name},
            weight,
        },
        join::workflows::{Jobs, exact_subjects, wider},
        oidc::breadth,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    // What reaches beyond one project has a rule of its own.
    for trust in trust_text::oidc(estate).filter(|trust| breadth(trust).is_none()) {
        let admitted = jobs.admitted(trust);
        let (users, others): (Vec<_>, Vec<_>) = admitted.iter().partition(|a| a.asks);
        // A job that asks for a role by a variable may be a user.
        let others: Vec<_> = others.into_iter().filter(|other| !other.may_ask).collect();
        let Some(told) = wider(trust, &users, &others) else { continue };
        let message = format!("Role '{}' {told}", target_name(trust));
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key(trust.issuer.clone().unwrap_or_default());
        finding.fix(bind(trust, &exact_subjects(&users)));
        finding.locations.extend(trust.location.clone());
        for job in users.iter().chain(&others) {
            finding.because(job.job);
            let what = if job.asks { "A job that uses the role." } else { "A job that could." };
            finding.related(job.job.location.clone(), what);
        }
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Exposure,
            Level::between(2, 3, "other jobs of the repository can assume it").citing(trust),
        );
    }
}

fn bind(trust: &Trust, subjects: &[String]) -> String {
    let issuer = trust.issuer.as_deref().unwrap_or_default();
    if subjects.is_empty() {
        return trust_text::update_trust(trust, "name the subjects of the jobs that use it; give the job an environment, so that its subject is one");
    }
    trust_text::require(trust, &[(format!("{issuer}:sub"), subjects.to_vec())])
}
