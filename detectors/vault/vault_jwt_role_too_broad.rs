//! A JWT role whose pattern admits more than one project.

use crate::{
    evidence::{Estate, Trust},
    finding::Findings,
    policy::vault::live::{
        bind, breadth, roles, weigh,
        words::{path, place},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in roles(estate, &["jwt", "oidc"]).filter(|role| binds_something(role)) {
        let (Some(found), Some(issuer)) = (breadth(role), role.issuer.as_deref()) else { continue };
        let shown: Vec<String> = role
            .conditions
            .iter()
            .filter(|c| c.claim != "address")
            .map(|c| format!("{} = {}", c.claim, c.patterns.join(" or ")))
            .collect();
        let message = format!(
            "JWT role '{}' admits {} of {issuer}, because it asks for {}.",
            path(&role.target),
            found.accepts,
            shown.join(" and "),
        );
        let finding = findings.report(role, &role.target, message);
        finding.key("").fix(bind(role, found.example));
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, &role.attrs);
        let exposure = (found.exposure, found.exposure, "its trust reaches beyond one project");
        let live = (1, 3, "its logins are not known");
        weigh(finding, role, &power, exposure, live, (1, 3, "its trust names more than its users"));
    }
}

fn binds_something(role: &Trust) -> bool {
    role.conditions.iter().any(|c| c.claim != "address")
}
