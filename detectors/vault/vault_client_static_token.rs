//! A client that uses a stored token where it could log in.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    readers::vault_client::CLIENT,
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for client in estate.resources.iter().filter(|r| r.kind == CLIENT) {
        let stored = client.attrs.get("static_token").and_then(serde_json::Value::as_str);
        let Some(secret) = stored else { continue };
        let name = client.subject.trim_start_matches("vault-client:");
        let finding = findings
            .report(
                client,
                &client.subject,
                format!(
                    "Vault client '{name}' uses a token stored in the Kubernetes secret `{secret}` and never logs in as itself."
                ),
            )
            .fix("Use `auth.kubernetes` with a role that is bound to this namespace and service account, and revoke the token.")
            .weigh(
                Component::Exposure,
                Level::exactly(2, "a static secret in a store").citing(client),
            )
            .weigh(
                Component::Privilege,
                Level::between(1, 3, "what the token may do").citing(client),
            );
        if let Some(place) = &client.location {
            finding.at(place.clone());
        }
    }
}
