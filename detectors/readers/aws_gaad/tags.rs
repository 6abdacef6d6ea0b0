//! What resource tags say about owner, application and environment.

use std::collections::BTreeMap;

/// The tags of one AWS object.
pub(crate) struct Tags<'a>(pub(crate) &'a BTreeMap<String, String>);

impl Tags<'_> {
    /// The owner, as `email:…` or `team:…`.
    pub(crate) fn owner(&self) -> Option<String> {
        let value =
            self.first(&["owner", "owners", "owner-email", "owneremail", "contact", "team"])?;
        Some(if value.contains('@') {
            format!("email:{}", value.to_lowercase())
        } else {
            format!("team:{value}")
        })
    }

    /// The applications.
    pub(crate) fn apps(&self) -> Vec<String> {
        self.first(&["app", "application", "app-id", "service", "workload", "project"])
            .map(str::to_owned)
            .into_iter()
            .collect()
    }

    /// The environment, in the short form.
    pub(crate) fn env(&self) -> Option<String> {
        let value = self.first(&["env", "environment", "stage"])?.to_lowercase();
        Some(match value.as_str() {
            "production" | "prd" => "prod".to_owned(),
            "development" | "devel" => "dev".to_owned(),
            "staging" | "stg" => "stage".to_owned(),
            _ => value,
        })
    }

    fn first(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|wanted| {
            self.0
                .iter()
                .find(|(key, value)| {
                    !value.trim().is_empty()
                        && key.replace(['_', ':'], "-").eq_ignore_ascii_case(wanted)
                })
                .map(|(_, value)| value.trim())
        })
    }
}
