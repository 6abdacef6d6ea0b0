//! A JWT role that admits more than the jobs that ask for it.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::{join::workflows::{Admitted, Jobs, exact_subjects, wider}, vault::live::{
        bind, breadth, roles, weigh,
        words::{path, place},
    }},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    // What reaches beyond one project has a rule of its own.
    for role in roles(estate, &["jwt"]).filter(|role| breadth(role).is_none()) {
        let admitted = jobs.admitted(role);
        let (users, others): (Vec<_>, Vec<_>) = admitted.iter().partition(|a| a.asks);
        let Some(told) = wider(role, &users, &others) else { continue };
        let message = format!("JWT role '{}' {told}", path(&role.target));
        let finding = findings.report(role, &role.target, message);
        finding.key("").fix(bind(role, exact_subjects(&users)));
        finding.at(place(&role.src, &role.attrs));
        for Admitted { job, asks, .. } in &admitted {
            finding.because(*job);
            let what = if *asks { "A job that uses the role." } else { "A job that could." };
            finding.related(job.location.clone(), what);
        }
        let power = estate.vault().of(&role.src, &role.attrs);
        let live = (1, 3, "its users are configured");
        let exposure = (2, 3, "other jobs of the repository can log in");
        weigh(finding, role, &power, exposure, live, (1, 2, "its trust names more than its users"));
    }
}
