//! A JWT role that admits more than the jobs that ask for it.

use crate::{
    evidence::{Estate, MatchKind, Trust},
    finding::Findings,
    policy::vault::live::{
        bind, breadth, roles, weigh,
        words::{path, place},
        workflows::{Admitted, Jobs, job_name},
    },
};

/// How many jobs a message names.
const NAMED: usize = 3;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    // What reaches beyond one project has a rule of its own.
    for role in roles(estate, &["jwt"]).filter(|role| breadth(role).is_none()) {
        let admitted = jobs.admitted(role);
        let (users, others): (Vec<_>, Vec<_>) = admitted.iter().partition(|a| a.asks);
        let Some(message) = told(role, &users, &others) else { continue };
        let finding = findings.report(role, &role.target, message);
        let mut subjects: Vec<String> =
            users.iter().flat_map(|user| &user.subjects).filter(|s| !s.contains('*')).cloned().collect();
        subjects.sort_unstable();
        subjects.dedup();
        finding.key("").fix(bind(role, subjects));
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

/// Who uses the role and who else could; `None` when that is the same.
fn told(role: &Trust, users: &[&Admitted], others: &[&Admitted]) -> Option<String> {
    let first = users.first()?;
    let name = path(&role.target);
    let used = match users.len() {
        1 => job_name(first.job),
        n => format!("{} and {} more", job_name(first.job), n - 1),
    };
    let exact = users.iter().all(|user| user.subjects.iter().any(|s| !s.contains('*')));
    if !others.is_empty() {
        let names: Vec<String> = others.iter().take(NAMED).map(|other| job_name(other.job)).collect();
        let more = match others.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        return Some(format!(
            "JWT role '{name}' is used by {used} and also admits {}{more}.",
            names.join(", ")
        ));
    }
    let pattern = role
        .conditions
        .iter()
        .filter(|c| c.claim == "sub" && c.how == MatchKind::Glob)
        .flat_map(|c| &c.patterns)
        .find(|p| p.contains('*'))?;
    exact.then(|| {
        format!(
            "JWT role '{name}' is used by {used} alone and admits all of {pattern}: any branch or pull request that gets a job of its own."
        )
    })
}
