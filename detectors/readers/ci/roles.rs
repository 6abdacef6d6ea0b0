//! Roles that a script becomes with an identity token.

use super::seconds;

/// A role named in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScriptRole<'a> {
    /// `aws`, `gcp`, `vault`, `azure`.
    pub provider: &'static str,
    /// As written.
    pub role: &'a str,
    /// Where it stands, in bytes.
    pub offset: usize,
    /// How long the session may last.
    pub duration: Option<u64>,
}

/// A command that exchanges an identity token, the option that names the role, and the provider.
const EXCHANGES: &[(&str, &str, &str)] = &[
    // <https://docs.aws.amazon.com/cli/latest/reference/sts/assume-role-with-web-identity.html>
    ("assume-role-with-web-identity", "--role-arn", "aws"),
    // <https://cloud.google.com/sdk/gcloud/reference/iam/workload-identity-pools/create-cred-config>
    ("create-cred-config", "--service-account", "gcp"),
    // <https://developer.hashicorp.com/vault/docs/auth/jwt#jwt-authentication>
    ("auth/jwt/login", "role", "vault"),
];

/// The roles that a script takes with an identity token of its platform.
pub(crate) fn roles_in(script: &str) -> Vec<ScriptRole<'_>> {
    let mut found = Vec::new();
    for (command, option, provider) in EXCHANGES {
        for (place, _) in script.match_indices(command) {
            let end = script[place..].find("\n\n").map_or(script.len(), |end| place + end);
            let Some((offset, role)) = value_of(script, place, end, option) else { continue };
            let duration = value_of(script, place, end, "--duration-seconds")
                .and_then(|(_, value)| seconds(value));
            found.push(ScriptRole { provider, role, offset, duration });
        }
    }
    found
}

/// The value of an option between two places: behind `=` or a blank, without quotes.
fn value_of<'a>(
    script: &'a str,
    start: usize,
    end: usize,
    option: &str,
) -> Option<(usize, &'a str)> {
    let part = script.get(start..end)?;
    let (at, _) = part.match_indices(option).find(|(at, _)| {
        part[..*at].ends_with([' ', '\t', '\n'])
            && part[at + option.len()..].starts_with([' ', '='])
    })?;
    let value_at = at + option.len() + 1;
    let rest = &part[value_at..];
    let rest_at = start + value_at + (rest.len() - rest.trim_start_matches([' ', '"', '\'']).len());
    let value = script.get(rest_at..end)?;
    let value = value.split([' ', '\t', '\n', '"', '\'', '\\']).next()?;
    (!value.is_empty()).then_some((rest_at, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_exchanges_name_their_role() {
        let script = "aws sts assume-role-with-web-identity --role-arn \"arn:aws:iam::1:role/x\" \\\n --duration-seconds 7200";
        let roles = roles_in(script);
        assert_eq!(roles.len(), 1);
        assert_eq!((roles[0].role, roles[0].duration), ("arn:aws:iam::1:role/x", Some(7200)));
        assert_eq!(&script[roles[0].offset..][..3], "arn");
        assert_eq!(roles_in("vault write auth/jwt/login role=ci jwt=$T")[0].role, "ci");
        assert!(roles_in("aws sts get-caller-identity --role-arn x").is_empty());
        assert!(roles_in("aws sts assume-role-with-web-identity --role-arn").is_empty());
    }
}
