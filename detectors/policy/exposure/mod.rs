//! What the rules about exposed credentials share: whose a credential is and what it may open.

mod crowds;
pub(crate) mod environment;

use crate::{
    evidence::{Confidence, Estate, Exposure, Location, Verdict},
    finding::Level,
    readers::secrets::{self, Kind},
};

pub(crate) use crowds::Crowds;

/// A working secret, as far as the value says: no guess, no identifier, no picture of one.
pub(crate) fn is_believed(exposure: &Exposure, estate: &Estate) -> bool {
    let known = exposure.provider.is_some() || exposure.confidence == Confidence::High;
    let secret = !matches!(kind(exposure), Some(Kind::Certificate | Kind::AccessKeyId));
    known
        && secret
        && exposure.confidence != Confidence::Low
        && exposure.verdict != Verdict::Invalid
        && exposure.lowered.is_none()
        && exposure.format != "password-hash"
        && expiry(exposure).is_none_or(|at| at >= estate.now)
}

pub(crate) fn kind(exposure: &Exposure) -> Option<Kind> {
    secrets::describe(&exposure.format).map(|(_, kind)| kind)
}

/// Whose it is, as far as the value says; else its redacted form, else the place.
pub(crate) fn owner(exposure: &Exposure) -> String {
    let text =
        |name: &str| exposure.decoded.get(name).and_then(|v| v.as_str()).filter(|v| !v.is_empty());
    match (text("user"), text("host"), text("account"), text("key_id"), text("sub")) {
        (Some(user), Some(host), ..) => format!("{user}@{host}"),
        (_, _, Some(account), ..) => format!("{} of account {account}", exposure.redacted),
        (_, _, _, Some(key_id), _) => key_id.to_owned(),
        (Some(user), ..) => user.to_owned(),
        (.., Some(subject)) => subject.to_owned(),
        _ if exposure.redacted.chars().any(|c| c.is_ascii_alphanumeric()) => {
            exposure.redacted.clone()
        }
        _ => place(exposure.places.first().map(|p| &p.location)),
    }
}

pub(crate) fn place(location: Option<&Location>) -> String {
    let Some(location) = location else { return "an unnamed place".into() };
    let path =
        location.path.as_deref().or(location.logical.as_deref()).unwrap_or("an unnamed place");
    path.to_owned()
}

pub(crate) fn reach_of_outsiders() -> Level {
    Level::between(3, 4, "it stands in a repository, whose readers are not known")
}

pub(crate) fn privilege(exposure: &Exposure) -> Level {
    match kind(exposure) {
        Some(Kind::AccessKeyId) => {
            Level::exactly(0, "an identifier opens nothing without its secret")
        }
        _ if exposure.format == "password-hash" => {
            Level::between(0, 2, "a hash must be guessed first")
        }
        _ if exposure.decoded.contains_key("encrypted") => {
            Level::between(0, 2, "a passphrase protects it")
        }
        Some(Kind::PrivateKey) if is_among_tests(exposure) => {
            Level::between(0, 3, "it stands only among tests and examples")
        }
        Some(Kind::Webhook) => Level::between(1, 2, "it lets anybody post as the integration"),
        _ if exposure.provider.is_none() && exposure.confidence != Confidence::High => {
            Level::between(0, 3, "what it opens is not known")
        }
        _ => Level::between(1, 4, "what it opens is not known"),
    }
}

pub(crate) fn liveness(exposure: &Exposure, estate: &Estate) -> Level {
    if exposure.verdict == Verdict::Invalid {
        return Level::exactly(0, "its checksum or structure is wrong");
    }
    if let Some(expired) = expiry(exposure).filter(|at| *at < estate.now) {
        return Level::exactly(0, format!("it expired on {}", expired.strftime("%Y-%m-%d")));
    }
    if let Some(made_up) = made_up(exposure, estate) {
        return made_up.liveness();
    }
    match (&exposure.lowered, exposure.confidence) {
        (Some(_), _) if exposure.decoded.contains_key("encrypted") => Level::between(0, 3, ""),
        (Some(why), _) => Level::exactly(0, why.clone()),
        (None, _) if kind(exposure) == Some(Kind::PrivateKey) && is_among_tests(exposure) => {
            Level::between(0, 3, "nothing says that it was revoked")
        }
        (None, Confidence::High) => Level::between(1, 3, "nothing says that it was revoked"),
        (None, Confidence::Medium) => Level::between(0, 3, "nothing says that it was revoked"),
        (None, Confidence::Low) => Level::between(0, 1, "it may be something else"),
    }
}

/// Why a guess is probably nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MadeUp {
    /// A test is full of such values.
    Data,
    /// A password among tests and examples. Somebody may use it all the same.
    Tested,
    /// A value in a copy of others' code, which is theirs to mend.
    Others,
}

impl MadeUp {
    pub(crate) fn why(self) -> &'static str {
        match self {
            MadeUp::Data => "it stands in a file of test data, among very many like it",
            MadeUp::Tested => "a password that stands only among tests and examples",
            MadeUp::Others => {
                "it stands only in copies of others' code, and nothing tells an issuer"
            }
        }
    }

    fn liveness(self) -> Level {
        match self {
            MadeUp::Tested => Level::between(0, 3, self.why()),
            MadeUp::Data | MadeUp::Others => Level::exactly(0, self.why()),
        }
    }
}

/// Why a guess is probably nobody's, if it is: a password among tests is mostly invented there, and what
/// stands in a copy of others' code is theirs. A token without an issuer's form may be real in a test too:
/// some system made it.
pub(crate) fn made_up(exposure: &Exposure, estate: &Estate) -> Option<MadeUp> {
    if exposure.provider.is_some() || exposure.lowered.is_some() || exposure.places.is_empty() {
        return None;
    }
    if estate.crowds().hold(exposure) {
        return Some(MadeUp::Data);
    }
    let password = matches!(kind(exposure), Some(Kind::Password | Kind::ConnectionString));
    if password && is_among_tests(exposure) {
        return Some(MadeUp::Tested);
    }
    let vendored = exposure
        .places
        .iter()
        .all(|place| place.location.path.as_deref().is_some_and(secrets::is_vendored));
    vendored.then_some(MadeUp::Others)
}

/// True when every place is a test, a fixture or an example by its path. Which issuer's token stands
/// there does not matter to who uses it; a key pair, though, is mostly made for the test.
fn is_among_tests(exposure: &Exposure) -> bool {
    let mut paths = exposure.places.iter().map(|place| place.location.path.as_deref());
    !exposure.places.is_empty() && paths.all(|path| path.is_some_and(secrets::is_test))
}

/// The `exp` claim of a token (seconds since 1970, RFC 7519).
pub(crate) fn expiry(exposure: &Exposure) -> Option<jiff::Timestamp> {
    let seconds = exposure.decoded.get("exp")?.as_f64()?;
    jiff::Timestamp::from_second(seconds as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Sighting;

    fn key_at(paths: &[&str]) -> Exposure {
        let sighting =
            |path: &&str| Sighting { location: Location::file(*path), ..Sighting::default() };
        Exposure {
            format: "rsa-private-key".into(),
            provider: Some("Private keys".into()),
            confidence: Confidence::High,
            verdict: Verdict::Valid,
            places: paths.iter().map(sighting).collect(),
            ..Exposure::default()
        }
    }

    #[test]
    fn a_key_counts_as_made_for_tests_only_when_it_stands_nowhere_else() {
        assert!(is_among_tests(&key_at(&["tests/fixtures/server.pem", "examples/tls/key.pem"])));
        assert!(!is_among_tests(&key_at(&["tests/fixtures/server.pem", "deploy/server.pem"])));
        assert!(!is_among_tests(&key_at(&[])));
    }

    fn guess_at(format: &str, paths: &[&str]) -> Option<MadeUp> {
        let guess = Exposure { format: format.into(), provider: None, ..key_at(paths) };
        made_up(&guess, &Estate::default())
    }

    #[test]
    fn a_password_of_a_test_is_nobodys_and_a_token_may_be_somebodys() {
        let password = |paths: &[&str]| guess_at("generic-password", paths);
        assert!(password(&["tests/login.rs", "examples/app.yml"]).is_some());
        assert!(password(&["tests/login.rs", "deploy/app.yml"]).is_none());
        assert!(guess_at("generic-secret", &["tests/login.rs"]).is_none());
        assert!(guess_at("generic-secret", &["vendor/acme/client/README.md"]).is_some());
        assert!(made_up(&key_at(&["tests/server.pem"]), &Estate::default()).is_none());
    }
}
