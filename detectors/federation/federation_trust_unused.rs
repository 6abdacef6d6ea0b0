//! A trust that names repositories in which no job can present what it asks for any more.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::join::{
        federation::{told, trusts, weigh},
        workflows::{Jobs, repositories, unread_workflow},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    for trust in trusts(estate) {
        let named = repositories(trust);
        let all_known = !named.is_empty() && named.iter().all(|name| jobs.know(name));
        if !all_known || !jobs.admitted(trust).is_empty() {
            continue;
        }
        if let Some(why) = unread_workflow(estate) {
            let message = format!("Whether trusts are still used by workflows could not be judged: {why}.");
            findings.gap(&trust.src.system, message);
            continue;
        }
        let message = format!(
            "{} trusts {}, where no job can present what it asks for any more.",
            told(estate, trust),
            named.join(" and "),
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        finding
            .key(named.join(","))
            .fix("When nothing outside of the read workflows uses it, delete the federated credential or take the member out of roles/iam.workloadIdentityUser.");
        weigh(finding, estate, trust);
        let idle = Level::exactly(1, "nothing that was read can log in with it").citing(trust);
        finding.weigh(Component::Liveness, idle);
    }
}
