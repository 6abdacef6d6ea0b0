//! `rules/tables/ci-actions.toml`: which inputs decide about identity, which actions log in.

use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keep: BTreeMap<String, Vec<String>>,
    login: Vec<Login>,
    settings: Settings,
    hosted: Hosted,
}

/// An action that turns the job into a role of another system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    actions: Vec<String>,
    /// `aws`, `azure`, `gcp`, `vault`, …
    pub provider: String,
    /// The inputs that name the role; the first that is there counts.
    pub role: Vec<String>,
    /// The input that sets the length of the session.
    #[serde(default)]
    pub duration: Option<String>,
    /// The input that sets the audience.
    #[serde(default)]
    pub audience: Option<String>,
    /// Inputs whose presence shows that a stored credential is used.
    #[serde(default)]
    pub static_when: Vec<String>,
    /// The variable of the job that the action reads by itself when it is given neither a role nor a
    /// stored credential.
    #[serde(default)]
    pub implied: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    names: Vec<String>,
    prefixes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hosted {
    prefixes: Vec<String>,
}

struct Tables {
    keep: HashMap<String, Vec<String>>,
    logins: HashMap<String, Vec<Login>>,
    settings: HashSet<String>,
    prefixes: Vec<String>,
    hosted: Vec<String>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let text = overstay_rules::table("ci-actions").unwrap_or_default();
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    let file: File = toml::from_str(text).expect("rules/tables/ci-actions.toml");
    let mut logins: HashMap<String, Vec<Login>> = HashMap::new();
    for mut login in file.login {
        for action in std::mem::take(&mut login.actions) {
            let copy = Login {
                actions: Vec::new(),
                provider: login.provider.clone(),
                role: login.role.clone(),
                duration: login.duration.clone(),
                audience: login.audience.clone(),
                static_when: login.static_when.clone(),
                implied: login.implied.clone(),
            };
            logins.entry(action.to_ascii_lowercase()).or_default().push(copy);
        }
    }
    Tables {
        keep: file
            .keep
            .into_iter()
            .map(|(name, inputs)| (name.to_ascii_lowercase(), inputs))
            .collect(),
        logins,
        settings: file.settings.names.into_iter().collect(),
        prefixes: file.settings.prefixes,
        hosted: file.hosted.prefixes,
    }
});

/// The inputs of an action that decide about identity. A trailing `*` stands for any rest.
pub(crate) fn kept_inputs(action: &str) -> &'static [String] {
    TABLES.keep.get(&action.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
}

/// What is known of a login action.
pub(crate) fn logins(action: &str) -> &'static [Login] {
    TABLES.logins.get(&action.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
}

/// True for an environment variable that changes what the job's identity means.
pub(crate) fn is_setting(name: &str) -> bool {
    TABLES.settings.contains(name) || TABLES.prefixes.iter().any(|p| name.starts_with(p.as_str()))
}

/// True for a label of a machine that GitHub runs.
pub(crate) fn is_hosted_label(label: &str) -> bool {
    TABLES.hosted.iter().any(|prefix| label.starts_with(prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_looked_up_without_case() {
        assert!(!kept_inputs("Actions/Checkout").is_empty());
        assert_eq!(logins("aws-actions/configure-aws-credentials")[0].provider, "aws");
        assert!(is_setting("AWS_ENDPOINT_URL_S3") && !is_setting("PATH"));
        assert!(is_hosted_label("ubuntu-latest") && !is_hosted_label("gpu"));
    }
}
