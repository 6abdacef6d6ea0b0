//! AWS managed policies whose text has not changed for years, for accounts whose dump leaves the
//! text out (`rules/tables/aws-managed-policies.toml`).

use super::document::Document;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

#[derive(Deserialize)]
struct Table {
    policy: BTreeMap<String, String>,
}

static TABLE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let text = overstay_rules::table("aws-managed-policies").unwrap_or_default();
    toml::from_str::<Table>(text).map(|table| table.policy).unwrap_or_default()
});

static EVERYTHING: LazyLock<Document> = LazyLock::new(|| {
    let text = document("arn:aws:iam::aws:policy/AdministratorAccess").unwrap_or_default();
    Document::parse(text).unwrap_or_default()
});

/// The text of a built-in AWS managed policy, by ARN in any partition.
pub(super) fn document(arn: &str) -> Option<&'static str> {
    let (_, name) = arn.split_once(":iam::aws:policy/")?;
    TABLE.get(name).map(String::as_str)
}

/// True when the text of an AWS managed policy is built in.
pub(crate) fn is_built_in(arn: &str) -> bool {
    document(arn).is_some()
}

/// AdministratorAccess.
pub(super) fn everything() -> &'static Document {
    &EVERYTHING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_policy_parses() {
        assert!(everything().gives_everything());
        for (name, text) in TABLE.iter() {
            assert!(Document::parse(text).is_ok(), "{name}");
        }
    }
}
