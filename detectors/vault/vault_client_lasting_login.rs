//! A client inside Kubernetes that logs in with a lasting secret.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::vault::live::words::text,
    readers::vault_client::CLIENT,
};
use overstay_rules::Component;

/// Login methods in which the cluster says who the client is, unless a secret is named with them.
const BY_CLUSTER: &[&str] = &["kubernetes", "jwt"];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let clients: Vec<&Resource> = estate.resources.iter().filter(|r| r.kind == CLIENT).collect();
    for client in &clients {
        let Some(secret) = text(&client.attrs, "login_secret") else { continue };
        let name = client.subject.trim_start_matches("vault-client:");
        let method = text(&client.attrs, "method").unwrap_or("an unnamed method");
        // The key of a certificate, which has an end and is commonly renewed by the cluster.
        if method == "cert" {
            continue;
        }
        let neighbour = clients.iter().find(|other| logs_in_by_cluster(other, client));
        let proof = neighbour.map_or(String::new(), |other| {
            let other = other.subject.trim_start_matches("vault-client:");
            format!(" '{other}' logs in to the same server without one.")
        });
        let finding = findings
            .report(
                *client,
                &client.subject,
                format!(
                    "Vault client '{name}' logs in by {method} with a lasting secret from the Kubernetes secret `{secret}`.{proof}"
                ),
            )
            .fix("Log in by `kubernetes` with a service account that the cluster vouches for, bind the role to it, and revoke the lasting secret.")
            .weigh(
                Component::Exposure,
                Level::exactly(2, "a static secret in a store").citing(*client),
            )
            .weigh(
                Component::Privilege,
                Level::between(1, 3, "what the login may do").citing(*client),
            );
        if let Some(other) = neighbour {
            finding.because(*other);
        }
        if let Some(place) = &client.location {
            finding.at(place.clone());
        }
    }
}

/// True for another client of the same server that needs no secret of its own.
fn logs_in_by_cluster(other: &Resource, client: &Resource) -> bool {
    let address = text(&client.attrs, "address");
    let by_cluster = text(&other.attrs, "method").is_some_and(|m| BY_CLUSTER.contains(&m));
    by_cluster
        && text(&other.attrs, "login_secret").is_none()
        && address.is_some()
        && text(&other.attrs, "address") == address
}
