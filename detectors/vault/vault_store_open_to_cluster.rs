//! A store of secrets that every namespace of a cluster may read through.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::live::words::{is_on, text},
    readers::vault_client::CLIENT,
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let stores = estate.resources.iter().filter(|r| r.kind == CLIENT);
    for store in stores.filter(|r| is_on(&r.attrs, "cluster_wide")) {
        let name = store.subject.trim_start_matches("vault-client:");
        let role = text(&store.attrs, "role");
        let what = role.map_or("its login".to_owned(), |role| format!("the role `{role}`"));
        let finding = findings
            .report(
                store,
                &store.subject,
                format!(
                    "Vault store '{name}' has no conditions: whoever may write an ExternalSecret in any namespace reads what {what} reads."
                ),
            )
            .fix("Name the namespaces in `spec.conditions`, or give each team a SecretStore with a role of its own.")
            .weigh(
                Component::Privilege,
                Level::between(1, 3, "what the store's login may read").citing(store),
            )
            .weigh(
                Component::Reach,
                Level::between(2, 3, "every namespace of the cluster").citing(store),
            )
            .weigh(
                Component::Exposure,
                Level::between(1, 2, "whoever may create an ExternalSecret").citing(store),
            );
        if let Some(place) = &store.location {
            finding.at(place.clone());
        }
    }
}
