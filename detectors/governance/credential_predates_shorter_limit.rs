//! A credential from before the limit was tightened, which lives on under the old one.

use crate::{
    evidence::{Attrs, Credential, Estate, ExceptionClass, Status, When, Who},
    finding::Findings,
    policy::governance::{
        approval,
        weigh::{self, Debt},
        words,
    },
};
use jiff::SignedDuration;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        for credential in estate.credentials_of(who).filter(|c| c.status != Status::Removed) {
            let Some(limit) = present_limit(estate, who, credential) else { continue };
            if !outlives(credential, limit, estate) || is_planned(estate, who) {
                continue;
            }
            let name = estate.name_of(who);
            let made = credential
                .created_at
                .map_or(String::new(), |at| format!(" It was made on {}.", words::day(at)));
            let message = format!(
                "'{}' holds one {} that {}, while its role now allows {} minutes.{made}",
                words::shown(name, &credential.subject),
                credential.kind,
                words::ends(credential.expires_at),
                limit.as_mins(),
            );
            let finding = findings.report(credential, name, message);
            if let (Some(fix), "vault") = (vault_fix(credential), credential.src.system.as_str()) {
                finding.fix(fix);
            }
            weigh::place(finding, credential.location.as_ref(), name);
            weigh::whole(finding, estate, who, credential, Debt::Flawed);
        }
    }
}

/// How long a credential of this identity may live when it is made today.
fn present_limit(estate: &Estate, who: Who, credential: &Credential) -> Option<SignedDuration> {
    let of = |attrs: &Attrs| {
        let seconds = attrs.get("role_max_ttl_seconds").and_then(serde_json::Value::as_i64)?;
        (seconds > 0).then(|| SignedDuration::from_secs(seconds))
    };
    of(&credential.attrs).or_else(|| estate.identities_of(who).find_map(|r| of(&r.attrs)))
}

/// True for an end beyond the limit, give or take the clock skew: systems round the time of creation.
fn outlives(credential: &Credential, limit: SignedDuration, estate: &Estate) -> bool {
    let limit = limit + SignedDuration::from_mins(estate.thresholds.clock_skew_minutes);
    match (credential.expires_at, credential.created_at) {
        (When::Never, _) => true,
        (When::At(end), Some(made)) => end > estate.now && end.duration_since(made) > limit,
        (When::At(end), None) => end.duration_since(estate.now) > limit,
        (When::Unknown, _) => false,
    }
}

/// True when a recorded exception covers the migration.
fn is_planned(estate: &Estate, who: Who) -> bool {
    estate.exceptions_of(who).any(|x| {
        matches!(x.class, ExceptionClass::StaticSecret | ExceptionClass::Policy)
            && approval::allows(estate, x, estate.now)
    })
}

/// How a credential of a Vault server is ended: a tightened role does not reach what is out.
fn vault_fix(credential: &Credential) -> Option<String> {
    let accessor = credential.key_id.as_deref()?;
    let lookup = credential.src.reference.as_deref().unwrap_or_default();
    let namespace = words::attr(&credential.attrs, "vault_namespace");
    let flag = namespace.map_or(String::new(), |n| format!(" -namespace={}", n.trim_end_matches('/')));
    Some(match lookup.strip_suffix("/lookup").filter(|path| path.ends_with("secret-id-accessor")) {
        Some(path) => format!("bao write{flag} {path}/destroy secret_id_accessor={accessor}"),
        None => format!("bao token revoke{flag} -accessor {accessor}"),
    })
}
