//! An audit device that does not hash what it writes.

use crate::{
    evidence::{Estate, Location, Resource},
    finding::{Findings, Level},
};
use overstay_rules::Component;
use serde_json::Value;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let devices = estate.resources.iter().filter(|r| {
        matches!(r.kind.as_str(), "vault-audit-log" | "vault-audit-device")
            && r.attrs.get("log_raw").and_then(Value::as_bool) == Some(true)
    });
    for device in devices {
        let defined = device.kind == "vault-audit-device";
        let message = if defined {
            let name = device.subject.trim_start_matches("vault:");
            format!(
                "Vault audit device '{name}' writes tokens and secret values in clear: log_raw is on."
            )
        } else {
            format!(
                "Vault audit log '{}' holds tokens and secret values in clear: its device has log_raw on.",
                files(device)
            )
        };
        let finding = findings.report(device, &device.subject, message);
        finding
            .key(if defined { "" } else { "log" })
            .fix("Take log_raw off the device, delete the raw files, revoke the tokens that they hold.")
            .at(device.location.clone().unwrap_or_else(|| Location::logical("sys/audit")))
            .weigh(
                Component::Privilege,
                Level::between(3, 4, "every token and secret that passes").citing(device),
            )
            .weigh(
                Component::Exposure,
                Level::between(2, 3, "whoever reads the log has them").citing(device),
            )
            .weigh(
                Component::Liveness,
                Level::between(1, 3, "tokens in a log may still work").citing(device),
            )
            .weigh(
                Component::Governance,
                Level::between(1, 3, "nobody counts the readers of a log").citing(device),
            )
            .weigh(Component::Reach, Level::between(1, 3, "the whole server").citing(device));
    }
}

/// The first file, and how many more.
fn files(log: &Resource) -> String {
    let files = log.attrs.get("files").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = files.first().and_then(Value::as_str).unwrap_or("audit.log");
    match files.len() {
        0 | 1 => first.to_owned(),
        all => format!("{first} and {} more", all - 1),
    }
}
