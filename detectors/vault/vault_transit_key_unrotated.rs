//! An encryption key that was not rotated for a year.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{day, namespace_flag, number, path, place, text, written_at},
    },
};
use jiff::Timestamp;
use overstay_rules::Component;
use serde_json::Value;

/// A year: the least of the cryptoperiods that NIST SP 800-57 part 1, table 1, gives for keys that
/// encrypt or sign data.
const DAYS: i64 = 365;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let limit = estate.days_ago(DAYS);
    for key in resources(estate, "vault-transit-key") {
        let Some(last) = newest_version(key).filter(|at| *at < limit) else { continue };
        let automatic = number(&key.attrs, "auto_rotate_period") > 0;
        let message = format!(
            "Transit key '{}' has the same newest version since {}{}.",
            path(&key.subject),
            day(last),
            if automatic { ", though it should rotate by itself" } else { " and does not rotate by itself" },
        );
        let finding = findings.report(key, &key.subject, message);
        let at = written_at(&key.src);
        let flag = namespace_flag(&key.attrs);
        finding.key("").fix(format!(
            "bao write{flag} -f {at}/rotate; bao write{flag} {at}/config auto_rotate_period=2160h; then rewrap, and raise min_decryption_version."
        ));
        finding.at(place(&key.src, &key.attrs));
        finding
            .weigh(Component::Privilege, Level::between(2, 3, "the key opens what it encrypted").citing(key))
            .weigh(Component::Exposure, Level::between(0, 1, "it never left the server, as far as known").citing(key))
            .weigh(Component::Liveness, Level::between(1, 3, "its use is not known").citing(key))
            .weigh(Component::Governance, Level::exactly(1, "it is kept, not rotated").citing(key))
            .weigh(Component::Reach, Level::between(0, 1, "one key").citing(key));
    }
}

/// When the newest version was made. A symmetric key lists a time per version, an asymmetric one an
/// object with `creation_time`.
fn newest_version(key: &Resource) -> Option<Timestamp> {
    if text(&key.attrs, "type") == Some("managed_key") {
        return None;
    }
    let versions = key.attrs.get("keys")?.as_object()?;
    let made = versions.values().filter_map(|version| match version {
        Value::Number(seconds) => Timestamp::from_second(seconds.as_i64()?).ok(),
        version => version.get("creation_time")?.as_str()?.parse().ok(),
    });
    made.max()
}
