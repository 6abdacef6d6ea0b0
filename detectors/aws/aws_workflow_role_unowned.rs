//! A role that a workflow uses and nobody answers for.

use crate::{
    evidence::{Estate, Pipeline},
    finding::{Findings, Level},
    policy::{
        aws::{Principal, weight},
        governance::people,
        join::{aws_role, workflows::job_name},
    },
};
use overstay_rules::Component;
use std::collections::BTreeMap;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut users: BTreeMap<&str, (&Principal, Vec<&Pipeline>)> = BTreeMap::new();
    for job in &estate.pipelines {
        for role in aws_role::roles_of(estate, job) {
            users.entry(&role.arn).or_insert_with(|| (role, Vec::new())).1.push(job);
        }
    }
    for (role, jobs) in users.into_values() {
        // Tags that a provider adds to everything are not in the code of a role.
        if role.is_declared() || is_owned(estate, role) {
            continue;
        }
        let record = weight::identity(estate, role);
        let more = match jobs.len() {
            1 => String::new(),
            n => format!(" and {} more jobs", n - 1),
        };
        let message = format!(
            "Role '{}' of account {} is assumed by {}{more} and has no owner.",
            role.name(),
            role.account,
            job_name(jobs[0]),
        );
        let finding = findings.report(record, role.subject(), message);
        finding.key("owner").fix(format!(
            "Ask the owners of the workflow, and write the answer down:\n\
             aws iam tag-role --role-name {} --tags Key=owner,Value=TEAM-OR-EMAIL\n\
             Terraform: tags = {{ owner = \"TEAM-OR-EMAIL\" }} on the role.",
            role.name()
        ));
        finding.locations.extend(record.location.clone());
        for job in jobs {
            finding.because(job);
            finding.related(job.location.clone(), "A job that uses the role.");
        }
        weight::weigh(finding, estate, role);
        finding
            .weigh(Component::Privilege, weight::privilege(estate, role).citing(record))
            .weigh(Component::Governance, Level::exactly(3, "nobody answers for it").citing(record));
    }
}

fn is_owned(estate: &Estate, role: &Principal) -> bool {
    weight::identity(estate, role).owner.is_some()
        || estate.who(&role.subject()).is_some_and(|who| !people::owners(estate, who).is_empty())
}
