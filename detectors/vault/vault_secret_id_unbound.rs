//! An AppRole whose secret ids work any number of times from anywhere.

use crate::{
    evidence::{Estate, Trust},
    finding::Findings,
    policy::vault::live::{
        INTERNAL, policies_of, roles, weigh,
        words::{is_on, list, namespace_flag, number, path, place, written_at},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in roles(estate, &["approle"]).filter(|role| is_unbound(role)) {
        let message = format!(
            "AppRole '{}' accepts one secret id any number of times from any address.",
            path(&role.target)
        );
        let finding = findings.report(role, &role.target, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "bao write{0} {at} secret_id_num_uses=1 for jobs that fetch a secret id each time, or bao write{0} {at} secret_id_bound_cidrs=10.0.0.0/8 token_bound_cidrs=10.0.0.0/8 for servers.",
            namespace_flag(&role.attrs),
        ));
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, &role.attrs);
        let live = (1, 3, "its logins are not known");
        weigh(finding, role, &power, INTERNAL, live, (1, 2, "a copy of it is as good as the original"));
    }
}

fn is_unbound(role: &Trust) -> bool {
    let attrs = &role.attrs;
    let everywhere = |name| !list(attrs, name).iter().any(|cidr| !is_everywhere(cidr));
    is_on(attrs, "bind_secret_id")
        && number(attrs, "secret_id_num_uses") == 0
        && everywhere("secret_id_bound_cidrs")
        && everywhere("token_bound_cidrs")
        && !policies_of(attrs).is_empty()
}

fn is_everywhere(cidr: &str) -> bool {
    cidr.ends_with("/0")
}
