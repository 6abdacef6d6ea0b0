//! A role that nobody assumed for longer than counts as in use.

use crate::{
    evidence::{Estate, When},
    finding::{Findings, Level},
    policy::aws::{
        Kind,
        weight::{date, identity, is_ours_to_judge, privilege, weigh},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let idle = estate.days_ago(estate.thresholds.unused_days);
    for principal in &estate.aws().principals {
        if principal.kind != Kind::Role || !is_ours_to_judge(estate, principal) {
            continue;
        }
        let role = identity(estate, principal);
        // A role younger than the period has had no time to be used.
        let Some(made) = role.created_at.filter(|made| *made < idle) else { continue };
        let state = match role.last_used {
            When::At(at) if at < idle => format!("was last used on {}", date(at)),
            // AWS tells of the last 400 days.
            When::Never if made < estate.days_ago(400) => {
                format!("was made on {} and not used in the last 400 days", date(made))
            }
            When::Never => format!("was made on {} and never used", date(made)),
            When::At(_) => continue,
            When::Unknown => {
                findings.gap(
                    "aws",
                    format!("When roles of account {} were last used is not in the evidence.", principal.account),
                );
                continue;
            }
        };
        let message = format!("Role '{}' of account {} {state}.", principal.name(), principal.account);
        let finding = findings.report(role, principal.subject(), message);
        finding.key("unused").fix(format!(
            "Shut it first, delete it a week later:\n\
             aws iam put-role-policy --role-name {0} --policy-name shut --policy-document '{1}'\n\
             aws iam delete-role --role-name {0}   # after its policies are detached",
            principal.name(),
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
        ));
        finding.locations.extend(role.location.clone());
        weigh(finding, estate, principal);
        finding
            .weigh(Component::Privilege, privilege(estate, principal).citing(role))
            .weigh(Component::Liveness, Level::exactly(1, format!("it {state}")).citing(role));
    }
}
