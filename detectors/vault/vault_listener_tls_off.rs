//! A listener that talks in clear to other machines.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    readers::vault_config::LISTENER,
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for listener in estate.resources.iter().filter(|r| r.kind == LISTENER && is_open(r)) {
        let address = text(listener, "address");
        let finding = findings
            .report(
                listener,
                &listener.subject,
                format!(
                    "Vault server '{}' listens on {address} without TLS, so tokens and secrets cross the network in clear.",
                    listener.src.reference.as_deref().unwrap_or(&listener.subject)
                ),
            )
            .fix("Remove tls_disable and set tls_cert_file and tls_key_file, or listen on 127.0.0.1 behind a proxy on the same host.")
            .weigh(
                Component::Exposure,
                Level::between(2, 3, "whoever sees the network sees every token").citing(listener),
            )
            .weigh(
                Component::Privilege,
                Level::exactly(3, "every token and secret of the server passes there").citing(listener),
            );
        if let Some(place) = &listener.location {
            finding.at(place.clone());
        }
    }
}

fn text<'r>(listener: &'r Resource, name: &str) -> &'r str {
    listener.attrs.get(name).and_then(serde_json::Value::as_str).unwrap_or_default()
}

fn is_open(listener: &Resource) -> bool {
    let off = listener.attrs.get("tls_disable").and_then(serde_json::Value::as_bool);
    let address = text(listener, "address").to_ascii_lowercase();
    let local = ["127.", "localhost", "[::1]", "::1", "unix"].iter().any(|start| address.starts_with(start));
    off == Some(true) && !local && text(listener, "listener_type") != "unix"
}
