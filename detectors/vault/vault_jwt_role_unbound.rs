//! A JWT role that any token of the issuer may use.

use crate::{
    evidence::{Estate, Trust},
    finding::Findings,
    policy::vault::live::{
        Breadth, bind, breadth, is_for_browsers, roles, weigh,
        words::{namespace_flag, path, place, written_at},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in roles(estate, &["jwt", "oidc"]).filter(|role| binds_nothing(role)) {
        let issuer = role.issuer.as_deref().unwrap_or("its issuer");
        let audience = if role.audiences.is_empty() { "" } else { " with the right audience" };
        let message = format!(
            "JWT role '{}' has no bound claim: every token of {issuer}{audience} logs in.",
            path(&role.target)
        );
        let finding = findings.report(role, &role.target, message);
        finding.key("").fix(if is_for_browsers(role) {
            format!(
                "Bind a group of the identity provider: read the role (bao read{0} {1}) and write it back with \"bound_claims\": {{\"groups\": [\"platform\"]}}.",
                namespace_flag(&role.attrs),
                written_at(&role.src),
            )
        } else {
            bind(role, example(role))
        });
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, &role.attrs);
        let exposure = match breadth(role) {
            Some(_) => (4, 4, "anybody can get a token of that issuer"),
            None if is_for_browsers(role) => (2, 3, "every account of the identity provider logs in"),
            None => (2, 3, "every workload of that issuer logs in"),
        };
        let live = (1, 3, "its logins are not known");
        weigh(finding, role, &power, exposure, live, (1, 3, "its trust names nobody"));
    }
}

/// True for a role without a condition on the token itself. A group mapping does not keep anybody out.
fn binds_nothing(role: &Trust) -> bool {
    !role.conditions.iter().any(|c| !matches!(c.claim.as_str(), "address" | "secret_id_address"))
}

fn example(role: &Trust) -> &'static str {
    breadth(role).map_or("SUBJECT", |Breadth { example, .. }| example)
}
