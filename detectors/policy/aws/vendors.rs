//! Whose an AWS account is that is not ours: `rules/tables/aws-vendors.toml`.

use serde::Deserialize;
use std::{collections::HashMap, sync::LazyLock};

#[derive(Deserialize)]
struct Table {
    accounts: HashMap<String, String>,
}

static VENDORS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let text = overstay_rules::table("aws-vendors").unwrap_or_default();
    toml::from_str::<Table>(text).map(|table| table.accounts).unwrap_or_default()
});

/// Who says in public that an account is theirs.
pub(crate) fn vendor(account: &str) -> Option<&'static str> {
    VENDORS.get(account).map(String::as_str)
}

/// An account with its owner, as far as that is known: `464622532012 (Datadog)`.
pub(crate) fn named(account: &str) -> String {
    vendor(account).map_or_else(|| account.to_owned(), |name| format!("{account} ({name})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_a_number_and_has_a_name() {
        assert!(VENDORS.len() > 250, "{}", VENDORS.len());
        for (account, name) in VENDORS.iter() {
            assert!(super::super::principal::is_account_id(account), "{account}");
            assert!(!name.trim().is_empty(), "{account}");
        }
        assert_eq!(named("464622532012"), "464622532012 (Datadog)");
        assert_eq!(named("111122223333"), "111122223333");
    }
}
