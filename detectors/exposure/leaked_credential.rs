//! A credential value stands where people and programs that should not have it can read it.

use crate::{
    evidence::{Confidence, Estate, Exposure, Sighting, Verdict},
    finding::Findings,
    policy::exposure::{MadeUp, kind, liveness, made_up, owner, place, privilege, reach_of_outsiders},
    readers::secrets::{self, Kind},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for exposure in estate.exposures.iter().filter(|e| is_worth_a_finding(e)) {
        let Some(first) = exposure.places.first() else { continue };
        let who = owner(exposure);
        let message = message(exposure, first, &who, made_up(exposure, estate));
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

/// What is kept encrypted on purpose.
const SEALED: &[&str] = &["ansible-vault"];

/// A guess without an issuer's format stays evidence; so do the picture of a credential (a placeholder,
/// what documentation shows), the public half of a key pair, and what is kept encrypted on purpose.
fn is_worth_a_finding(exposure: &Exposure) -> bool {
    let guess = exposure.provider.is_none() && exposure.confidence == Confidence::Low;
    let encrypted = exposure.decoded.contains_key("encrypted");
    let picture =
        exposure.lowered.is_some() && exposure.verdict != Verdict::Invalid && !encrypted;
    let sealed = SEALED.contains(&exposure.format.as_str());
    !guess && !picture && !sealed && kind(exposure) != Some(Kind::Certificate)
}

fn message(exposure: &Exposure, first: &Sighting, who: &str, made_up: Option<MadeUp>) -> String {
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
    } else if let Some(made_up) = made_up {
        message.push_str(&format!(" It is probably nobody's: {}.", made_up.why()));
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
