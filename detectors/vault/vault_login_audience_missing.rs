//! A role that accepts tokens made for somebody else.

use crate::{
    evidence::{Estate},
    finding::Findings,
    policy::vault::live::{
        is_for_browsers, roles, weigh,
        words::{namespace_flag, path, place, written_at},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in roles(estate, &["jwt", "kubernetes"]) {
        if !role.audiences.is_empty() || is_for_browsers(role) {
            continue;
        }
        let kubernetes = role.mechanism == "kubernetes";
        let (whose, setting) = match kubernetes {
            true => ("a service account token that was made for another service", "audience=vault"),
            false => ("a token that carries no audience", "role_type=jwt bound_audiences=vault"),
        };
        let message =
            format!("Role '{}' asks for no audience, so {whose} logs in too.", path(&role.target));
        let finding = findings.report(role, &role.target, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!("bao write{} {at} {setting}", namespace_flag(&role.attrs)));
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, &role.attrs);
        let exposure = (1, 2, "whoever is shown such a token can pass it on");
        let live = (1, 3, "its logins are not known");
        weigh(finding, role, &power, exposure, live, (1, 1, "its trust does not say for whom"));
    }
}
