//! An emergency secret that was used and not changed afterwards.

use crate::{
    evidence::{Credential, Estate, Status, TargetKind, Use, When, Who},
    finding::Findings,
    policy::governance::{
        approval::plus_hours,
        breakglass,
        weigh::{self, Debt},
        words::{self, says},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (who, exception) in breakglass::exceptions(estate) {
        let Some(used) = breakglass::last_use(estate, who, exception) else { continue };
        if plus_hours(used.last, estate.thresholds.revocation_sla_hours) >= estate.now {
            continue;
        }
        let Some(secret) = unrotated(estate, who, used) else { continue };
        let name = estate.name_of(who);
        let rotated = match secret.rotated_at {
            When::At(at) => format!("was last changed on {}", words::day(at)),
            _ => "was never changed".to_owned(),
        };
        let message = format!(
            "'{name}' used its emergency {} on {} and that secret {rotated}.",
            secret.kind,
            words::minute(used.last),
        );
        let finding = findings.report(secret, name, message);
        finding.because(used).because(exception);
        weigh::place(finding, secret.location.as_ref(), name);
        weigh::grant(finding, estate, who, &used.grant, secret, Debt::Lapsed);
    }
}

/// The secret of the use that still has the value that was used. Hardware does not rotate.
fn unrotated<'a>(estate: &'a Estate, who: Who, used: &Use) -> Option<&'a Credential> {
    let reference = used.cred_ref.as_deref().unwrap_or_default();
    let stale = |c: &&Credential| {
        let unchanged = match c.rotated_at {
            When::At(at) => at < used.last,
            When::Never => true,
            When::Unknown => false,
        };
        let hardware = says(Some(&c.kind), &["hardware", "fido", "fido2", "yubikey", "smartcard"]);
        c.status != Status::Removed && unchanged && !hardware && !is_revoked(estate, who, c, used)
    };
    let named = estate.credentials_with(reference).find(stale);
    named.or_else(|| {
        let known = estate.credentials_with(reference).next().is_some();
        estate.credentials_of(who).find(stale).filter(|_| !known)
    })
}

fn is_revoked(estate: &Estate, who: Who, secret: &Credential, used: &Use) -> bool {
    estate.revocations_of(who).any(|r| {
        r.target.kind == TargetKind::Credential
            && (r.target.reference == secret.id
                || secret.key_id.as_deref() == Some(&r.target.reference))
            && r.ordered_at >= used.last
    })
}
