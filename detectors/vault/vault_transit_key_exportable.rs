//! An encryption key that can leave the server.

use crate::{
    evidence::{Estate},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{is_on, path, place, text, written_at},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for key in resources(estate, "vault-transit-key") {
        let export = is_on(&key.attrs, "exportable");
        let backup = is_on(&key.attrs, "allow_plaintext_backup");
        let how = match (export, backup) {
            (true, true) => "exportable and allow_plaintext_backup are on",
            (true, false) => "exportable is on",
            (false, true) => "allow_plaintext_backup is on",
            (false, false) => continue,
        };
        let message = format!(
            "Transit key '{}' can leave the server in clear: {how}, and neither can be switched off again.",
            path(&key.subject)
        );
        let finding = findings.report(key, &key.subject, message);
        let at = written_at(&key.src);
        let mount = text(&key.attrs, "mount").unwrap_or("transit/");
        finding.key("").fix(format!(
            "Make a new key without these settings, rewrap what the old one encrypted with {mount}rewrap, then delete it. Until then deny {mount}export/* and {mount}backup/* in every policy. The key: {at}"
        ));
        finding.at(place(&key.src, &key.attrs));
        finding
            .weigh(Component::Privilege, Level::between(2, 3, "the key opens what it encrypted").citing(key))
            .weigh(Component::Exposure, Level::between(0, 2, "a token that may export it is needed").citing(key))
            .weigh(Component::Liveness, Level::between(1, 3, "its use is not known").citing(key))
            .weigh(Component::Governance, Level::between(1, 2, "nobody can tell where copies are").citing(key))
            .weigh(Component::Reach, Level::between(0, 1, "one key").citing(key));
    }
}
