//! A role whose trust names repositories in which no job can assume it any more.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::{
        aws::{
            trust_text::{self, target_name},
            weight,
        },
        join::workflows::{Jobs, repositories, unread_workflow},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    for trust in trust_text::oidc(estate) {
        let named = repositories(trust);
        let all_known = !named.is_empty() && named.iter().all(|name| jobs.know(name));
        if !all_known || !jobs.admitted(trust).is_empty() {
            continue;
        }
        if let Some(why) = unread_workflow(estate) {
            findings.gap("aws", format!("Whether roles are still used by workflows could not be judged: {why}."));
            continue;
        }
        let role = target_name(trust);
        let message = format!(
            "Role '{role}' trusts {}, where no job can present what it asks for any more.",
            named.join(" and "),
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key(named.join(",")).fix(format!(
            "When nothing outside of the read workflows uses it, take the statement out of its trust, or delete the role:\n\
             aws iam get-role --role-name {role} --query Role.RoleLastUsed\n\
             aws iam delete-role --role-name {role}   # after its policies are detached"
        ));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Liveness,
            Level::exactly(1, "nothing that was read can assume it").citing(trust),
        );
    }
}
