//! A credential value stands where people and programs that should not have it can read it.

use crate::{
    evidence::{Confidence, Estate, Exposure, Location, Sighting, Verdict},
    finding::{Findings, Level},
    readers::secrets::{self, Kind},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for exposure in estate.exposures.iter().filter(|e| is_worth_a_finding(e)) {
        let Some(first) = exposure.places.first() else { continue };
        let who = owner(exposure);
        let message = message(exposure, first, &who);
        let finding = findings.report(exposure, who, message);
        finding
            .variant(exposure.format.clone())
            .key(format!("{}:{}", exposure.format, exposure.fingerprint))
            .fix(fix(exposure))
            .weigh(Component::Exposure, reach_of_outsiders().citing(exposure))
            .weigh(Component::Privilege, privilege(exposure).citing(exposure))
            .weigh(Component::Liveness, liveness(exposure, estate).citing(exposure));
        finding.at(first.location.clone());
        for sighting in exposure.places.iter().skip(1) {
            finding.related(sighting.location.clone(), format!("The same value{}", history(sighting)));
        }
    }
}

/// A guess without an issuer's format stays evidence; so does the public half of a key pair.
fn is_worth_a_finding(exposure: &Exposure) -> bool {
    let guess = exposure.provider.is_none() && exposure.confidence == Confidence::Low;
    !guess && kind(exposure) != Some(Kind::Certificate)
}

fn kind(exposure: &Exposure) -> Option<Kind> {
    secrets::describe(&exposure.format).map(|(_, kind)| kind)
}

/// Whose it is, as far as the value says; else its redacted form, else the place.
fn owner(exposure: &Exposure) -> String {
    let text = |name: &str| exposure.decoded.get(name).and_then(|v| v.as_str()).filter(|v| !v.is_empty());
    match (text("user"), text("host"), text("account"), text("key_id"), text("sub")) {
        (Some(user), Some(host), ..) => format!("{user}@{host}"),
        (_, _, Some(account), ..) => format!("{} of account {account}", exposure.redacted),
        (_, _, _, Some(key_id), _) => key_id.to_owned(),
        (Some(user), ..) => user.to_owned(),
        (.., Some(subject)) => subject.to_owned(),
        _ if exposure.redacted.chars().any(|c| c.is_ascii_alphanumeric()) => exposure.redacted.clone(),
        _ => place(exposure.places.first().map(|p| &p.location)),
    }
}

fn place(location: Option<&Location>) -> String {
    let Some(location) = location else { return "an unnamed place".into() };
    let path = location.path.as_deref().or(location.logical.as_deref()).unwrap_or("an unnamed place");
    path.to_owned()
}

fn message(exposure: &Exposure, first: &Sighting, who: &str) -> String {
    let name = secrets::describe(&exposure.format).map_or(exposure.format.as_str(), |(name, _)| name);
    let mut message = format!("'{who}' is exposed: {name} in {}{}.", place(Some(&first.location)), history(first));
    match exposure.places.len() {
        0 | 1 => {}
        2 => message.push_str(" The same value stands in one more place."),
        more => message.push_str(&format!(" The same value stands in {} more places.", more - 1)),
    }
    if exposure.verdict == Verdict::Invalid {
        message.push_str(" Its checksum or structure is wrong, so it cannot be a working credential.");
    } else if let Some(why) = &exposure.lowered {
        message.push_str(&format!(" It is probably harmless: {why}."));
    } else if exposure.verdict == Verdict::Valid {
        message.push_str(" Its checksum or structure is right.");
    }
    message
}

/// Where in time a place is, when the source says.
fn history(sighting: &Sighting) -> String {
    let commit = sighting.commit.as_deref().map(|c| c.get(..12).unwrap_or(c));
    match (commit, sighting.committed_at) {
        (Some(commit), Some(at)) if sighting.in_head == Some(false) => {
            format!(", only in history since commit {commit} of {}", at.strftime("%Y-%m-%d"))
        }
        (Some(commit), Some(at)) => format!(", since commit {commit} of {}", at.strftime("%Y-%m-%d")),
        _ => String::new(),
    }
}

fn reach_of_outsiders() -> Level {
    Level::between(3, 4, "it stands in a repository, whose readers are not known")
}

fn privilege(exposure: &Exposure) -> Level {
    match kind(exposure) {
        Some(Kind::AccessKeyId) => Level::exactly(0, "an identifier opens nothing without its secret"),
        _ if exposure.format == "password-hash" => Level::between(0, 2, "a hash must be guessed first"),
        _ if exposure.decoded.contains_key("encrypted") => {
            Level::between(0, 2, "a passphrase protects it")
        }
        Some(Kind::Webhook) => Level::between(1, 2, "it lets anybody post as the integration"),
        _ if exposure.provider.is_none() && exposure.confidence != Confidence::High => {
            Level::between(0, 3, "what it opens is not known")
        }
        _ => Level::between(1, 4, "what it opens is not known"),
    }
}

fn liveness(exposure: &Exposure, estate: &Estate) -> Level {
    if exposure.verdict == Verdict::Invalid {
        return Level::exactly(0, "its checksum or structure is wrong");
    }
    if let Some(expired) = expiry(exposure).filter(|at| *at < estate.now) {
        return Level::exactly(0, format!("it expired on {}", expired.strftime("%Y-%m-%d")));
    }
    match (&exposure.lowered, exposure.confidence) {
        (Some(_), _) if exposure.decoded.contains_key("encrypted") => Level::between(0, 3, ""),
        (Some(why), _) => Level::exactly(0, why.clone()),
        (None, Confidence::High) => Level::between(1, 3, "nothing says that it was revoked"),
        (None, Confidence::Medium) => Level::between(0, 3, "nothing says that it was revoked"),
        (None, Confidence::Low) => Level::between(0, 1, "it may be something else"),
    }
}

/// The `exp` claim of a token (seconds since 1970, RFC 7519).
fn expiry(exposure: &Exposure) -> Option<jiff::Timestamp> {
    let seconds = exposure.decoded.get("exp")?.as_f64()?;
    jiff::Timestamp::from_second(seconds as i64).ok()
}

/// How to make it worthless, then how to keep the next one out.
fn fix(exposure: &Exposure) -> String {
    let issuer = exposure.provider.as_deref();
    let revoke = match (kind(exposure), issuer) {
        (Some(Kind::PrivateKey), _) => {
            "Make a new key pair, replace the public half wherever it is authorised, and remove the old one there.".to_owned()
        }
        (Some(Kind::AccessKeyId), Some(issuer)) => {
            format!("Look the key up at {issuer}; deactivate it if its secret may have leaked as well.")
        }
        (Some(Kind::Webhook), Some(issuer)) => format!("Delete the webhook at {issuer} and make a new one."),
        (_, Some(issuer)) => format!("Revoke it at {issuer} and issue a new one with the least scope and an expiry."),
        (_, None) => "Change it where it is accepted.".to_owned(),
    };
    format!("{revoke} Removing it from the file is not enough: history, forks and clones keep it. Read the new value from a secret store at run time.")
}
