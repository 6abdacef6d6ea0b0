//! The endpoint below all policies is on.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    readers::vault_config::SERVER,
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for server in estate.resources.iter().filter(|r| r.kind == SERVER) {
        let raw = server.attrs.get("raw_storage_endpoint").and_then(serde_json::Value::as_bool);
        if raw != Some(true) {
            continue;
        }
        let finding = findings
            .report(
                server,
                &server.subject,
                format!(
                    "Vault server '{}' has raw_storage_endpoint on, so sudo on `sys/raw` reads and writes everything below its policies.",
                    server.src.reference.as_deref().or(server.src.tenant.as_deref()).unwrap_or(&server.subject)
                ),
            )
            .fix("Set raw_storage_endpoint = false; switch it on for a repair and off again.")
            .weigh(
                Component::Privilege,
                Level::exactly(4, "raw storage holds every secret and every token").citing(server),
            )
            .weigh(
                Component::Exposure,
                Level::between(1, 2, "a token with sudo on sys/raw is needed").citing(server),
            );
        if let Some(place) = &server.location {
            finding.at(place.clone());
        }
    }
}
