//! A client that does not check whom it gives its token to.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    readers::vault_client::CLIENT,
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for client in estate.resources.iter().filter(|r| r.kind == CLIENT) {
        let skips = client.attrs.get("tls_skip_verify").and_then(serde_json::Value::as_bool);
        if skips != Some(true) {
            continue;
        }
        let name = client.subject.trim_start_matches("vault-client:");
        let finding = findings
            .report(
                client,
                &client.subject,
                format!(
                    "Vault client '{name}' does not verify the server's certificate, so whoever answers in its place gets its login."
                ),
            )
            .fix("Give the client the certificate authority of the server and remove the setting.")
            .weigh(
                Component::Exposure,
                Level::between(2, 3, "whoever sits on the network can answer").citing(client),
            )
            .weigh(
                Component::Privilege,
                Level::between(1, 3, "what its role may do").citing(client),
            );
        if let Some(place) = &client.location {
            finding.at(place.clone());
        }
    }
}
