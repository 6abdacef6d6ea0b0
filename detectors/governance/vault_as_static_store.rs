//! An old stored secret for something whose secrets the same vault could make on demand.

use crate::{
    evidence::{Estate, ExceptionClass, Resource, Src},
    finding::{Findings, Level},
    policy::governance::{approval, weigh, words},
};
use jiff::Timestamp;
use overstay_rules::Component;
use std::collections::BTreeSet;

/// Secrets engines that make credentials on demand.
const DYNAMIC: &[&str] = &[
    "ad", "alicloud", "aws", "azure", "database", "gcp", "kubernetes", "ldap", "mongodbatlas", "nomad",
    "pki", "rabbitmq", "ssh", "terraform",
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let engines: BTreeSet<(&Src, &str)> = estate
        .resources
        .iter()
        .filter(|r| r.kind == "vault-mount")
        .filter_map(|r| Some((r, words::attr(&r.attrs, "type")?)))
        .filter(|(_, engine)| DYNAMIC.contains(engine))
        .map(|(r, engine)| (&r.src, engine))
        .collect();
    let same_server = |a: &Src, b: &Src| a.system == b.system && a.tenant == b.tenant;
    let limit = estate.days_ago(estate.thresholds.rotation_days);
    for secret in estate.resources.iter().filter(|r| r.kind == "kv-secret") {
        let Some(written) = written_at(secret).filter(|at| *at < limit) else { continue };
        let Some(what) = words::attr(&secret.attrs, "secret_type") else { continue };
        let dynamic = engines.iter().any(|(src, engine)| *engine == what && same_server(src, &secret.src));
        if !dynamic || is_excepted(estate, &secret.subject) {
            continue;
        }
        let name = secret.subject.as_str();
        let message = format!(
            "'{name}' stores a {what} secret unchanged since {}, beside an engine that makes them on demand.",
            words::day(written),
        );
        let finding = findings.report(secret, name, message);
        weigh::place(finding, secret.location.as_ref(), name);
        finding.weigh(Component::Exposure, Level::exactly(2, "it is a stored static secret").citing(secret));
        finding.weigh(Component::Governance, Level::exactly(1, "it is kept, not made").citing(secret));
        finding.weigh(Component::Liveness, Level::between(1, 3, "its last use is not known"));
    }
}

/// When the present version of a stored secret was written.
fn written_at(secret: &Resource) -> Option<Timestamp> {
    words::attr(&secret.attrs, "version_created_at")?.parse().ok()
}

fn is_excepted(estate: &Estate, subject: &str) -> bool {
    estate.exceptions.iter().any(|x| {
        x.class == ExceptionClass::StaticSecret
            && (x.subject == subject
                || x.grant.as_ref().is_some_and(|g| subject.ends_with(g.resource.as_str())))
            && approval::allows(estate, x, estate.now)
    })
}
