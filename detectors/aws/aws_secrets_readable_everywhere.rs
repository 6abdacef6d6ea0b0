//! A principal short of administration that may read every secret of the account.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        ANYTHING, Principal, Truth,
        weight::{identity, noun, short_of_administrators, weigh},
    },
};
use overstay_rules::Component;

/// Actions that return a secret, and the store they read.
const READS: [(&str, &str, &str); 3] = [
    ("secretsmanager:getsecretvalue", "secretsmanager:GetSecretValue", "Secrets Manager"),
    ("ssm:getparameter", "ssm:GetParameter", "Parameter Store"),
    ("ssm:getparametersbypath", "ssm:GetParametersByPath", "Parameter Store"),
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (asker, members) in short_of_administrators(estate) {
        let reads: Vec<_> = READS
            .iter()
            .filter(|(action, ..)| {
                asker.mentions(action) && asker.ask(action, ANYTHING, &[]).verdict == Truth::Yes
            })
            .collect();
        let Some((_, _, store)) = reads.first() else { continue };
        let mut stores = vec![*store];
        stores.extend(reads.iter().map(|(_, _, store)| *store).filter(|s| s != store));
        stores.dedup();
        let actions: Vec<&str> = reads.iter().map(|(_, action, _)| *action).collect();
        for principal in members {
            report(estate, principal, &stores, &actions, findings);
        }
    }
}

fn report(
    estate: &Estate,
    principal: &Principal,
    stores: &[&str],
    actions: &[&str],
    findings: &mut Findings,
) {
    let message = format!(
        "{} '{}' may read every secret of {} in {}.",
        noun(principal),
        principal.name(),
        principal.account_in_words(),
        stores.join(" and "),
    );
    let record = identity(estate, principal);
    let finding = findings.report(record, principal.subject(), message);
    finding.key("secrets").fix(narrow(principal, actions));
    finding.locations.extend(record.location.clone());
    weigh(finding, estate, principal);
    finding.weigh(
        Component::Privilege,
        Level::exactly(3, "it reads every secret of the account").citing(record),
    );
}

fn narrow(principal: &Principal, actions: &[&str]) -> String {
    let account = principal.account_to_write();
    let mut resources: Vec<String> = actions
        .iter()
        .map(|action| match action.split(':').next() {
            Some("secretsmanager") => format!("arn:aws:secretsmanager:*:{account}:secret:APP/*"),
            _ => format!("arn:aws:ssm:*:{account}:parameter/APP/*"),
        })
        .collect();
    resources.dedup();
    let statement =
        serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": resources});
    format!("Name the secrets of the application in the statement that allows them:\n{statement}")
}
