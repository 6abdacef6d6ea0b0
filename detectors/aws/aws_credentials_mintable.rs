//! A principal short of administration that may make, or fetch, credentials of anybody.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        ANYTHING, Truth,
        weight::{identity, noun, short_of_administrators, weigh},
    },
};
use overstay_rules::Component;
use serde::Deserialize;
use std::sync::LazyLock;

/// An action that returns a credential.
#[derive(Deserialize)]
struct Action {
    name: String,
    gives: String,
}

#[derive(Deserialize)]
struct Table {
    action: Vec<Action>,
}

static ACTIONS: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let text = overstay_rules::table("aws-credential-actions").unwrap_or_default();
    toml::from_str::<Table>(text).map(|table| table.action).unwrap_or_default()
});

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (asker, members) in short_of_administrators(estate) {
        let held: Vec<&Action> = ACTIONS
            .iter()
            .filter(|action| {
                let name = action.name.to_ascii_lowercase();
                asker.mentions(&name) && asker.ask(&name, ANYTHING, &[]).verdict == Truth::Yes
            })
            .collect();
        let Some(worst) = held.first() else { continue };
        for principal in members {
            let more = match held.len() - 1 {
                0 => String::new(),
                n => format!(", and {n} more kinds of credentials"),
            };
            let message = format!(
                "{} '{}' may get {}{more}, with {} on every resource of {}.",
                noun(principal),
                principal.name(),
                worst.gives,
                worst.name,
                principal.account_in_words(),
            );
            let record = identity(estate, principal);
            let names: Vec<&str> = held.iter().map(|action| action.name.as_str()).collect();
            let finding = findings.report(record, principal.subject(), message);
            finding.key("credentials").fix(format!(
                "Name the resources in the statement that allows it, or take the action out:\n{}",
                serde_json::json!({"Effect": "Allow", "Action": names, "Resource": ["arn:aws:SERVICE:REGION:ACCOUNT:THE-ONE-RESOURCE"]}),
            ));
            finding.locations.extend(record.location.clone());
            weigh(finding, estate, principal);
            finding.weigh(
                Component::Privilege,
                Level::between(2, 4, "it becomes whoever the credentials belong to").citing(record),
            );
        }
    }
}
