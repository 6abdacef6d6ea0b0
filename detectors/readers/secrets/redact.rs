//! Forms that show what a credential is and not its value.

use super::format::Kind;

/// What stands for a value of which nothing may be shown.
pub(super) const STARS: &str = "********";

/// A form of a secret that a person can recognise and nobody can use. Of a long token the issuer's
/// prefix and four last characters are left, of a password nothing.
pub(super) fn redact(kind: Kind, secret: &[u8], anchors: &[String]) -> String {
    match kind {
        Kind::PrivateKey => return "-----BEGIN … PRIVATE KEY-----".into(),
        Kind::Certificate | Kind::AccessKeyId => {
            return String::from_utf8_lossy(secret).into_owned();
        }
        Kind::Password | Kind::ConnectionString => return STARS.into(),
        Kind::Token | Kind::ApiKey | Kind::Webhook | Kind::ClientSecret => {}
    }
    let Ok(text) = std::str::from_utf8(secret) else { return STARS.into() };
    let prefix = anchors
        .iter()
        .find(|anchor| text.starts_with(anchor.as_str()))
        .map_or("", |anchor| anchor.get(..8).unwrap_or(anchor));
    let hidden = text.chars().count().saturating_sub(prefix.chars().count());
    let last: String = if hidden >= 20 {
        text.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect()
    } else {
        String::new()
    };
    if prefix.is_empty() && last.is_empty() { STARS.into() } else { format!("{prefix}…{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_and_passwords_show_nothing() {
        assert_eq!(redact(Kind::Password, b"correct horse battery staple", &[]), STARS);
        assert_eq!(redact(Kind::Token, b"0123456789", &[]), STARS);
        let anchors = ["ghp_".to_owned()];
        assert_eq!(redact(Kind::Token, b"ghp_0123456789abcdefghijWXYZ", &anchors), "ghp_…WXYZ");
        assert_eq!(redact(Kind::Token, b"ghp_0123456789", &anchors), "ghp_…");
    }
}
