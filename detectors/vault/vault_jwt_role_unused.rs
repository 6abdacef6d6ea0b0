//! A JWT role that no job can use any more.

use crate::{
    evidence::{Estate},
    finding::Findings,
    policy::{join::workflows::{Jobs, repositories, unread_workflow}, vault::live::{
        INTERNAL, roles, weigh,
        words::{namespace_flag, path, place, written_at},
    }},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    for role in roles(estate, &["jwt"]) {
        let named = repositories(role);
        let all_known = !named.is_empty() && named.iter().all(|name| jobs.know(name));
        if !all_known || !jobs.admitted(role).is_empty() {
            continue;
        }
        if let Some(why) = unread_workflow(estate) {
            findings.gap("vault", format!("Whether JWT roles are still used could not be judged: {why}."));
            continue;
        }
        let message = format!(
            "JWT role '{}' trusts {}, where no job can present what it asks for any more.",
            path(&role.target),
            named.join(" and "),
        );
        let finding = findings.report(role, &role.target, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "When nothing outside of the read workflows logs in: bao delete{} {at}",
            namespace_flag(&role.attrs)
        ));
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, &role.attrs);
        let live = (1, 1, "nothing that was read can log in");
        weigh(finding, role, &power, INTERNAL, live, (2, 3, "its users are gone"));
    }
}
