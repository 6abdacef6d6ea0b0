//! `rules/tables/azure-pipelines.toml`: the tasks of the platform and the inputs that name a service
//! connection.

use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    builtin: Vec<String>,
    connections: BTreeMap<String, Vec<String>>,
}

struct Tables {
    builtin: HashSet<String>,
    connections: HashMap<String, String>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let text = overstay_rules::table("azure-pipelines").unwrap_or_default();
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    let file: File = toml::from_str(text).expect("rules/tables/azure-pipelines.toml");
    let connections = file.connections.into_iter().flat_map(|(provider, inputs)| {
        inputs.into_iter().map(move |input| (input.to_ascii_lowercase(), provider.clone()))
    });
    Tables {
        builtin: file.builtin.iter().map(|name| name.to_ascii_lowercase()).collect(),
        connections: connections.collect(),
    }
});

/// True for a task that Azure Pipelines itself brings.
pub(super) fn is_builtin(task: &str) -> bool {
    let name = task.strip_prefix("ms.").unwrap_or(task);
    TABLES.builtin.contains(&name.to_ascii_lowercase())
}

/// The provider of the service connection that an input names.
pub(super) fn connection(input: &str) -> Option<&'static str> {
    TABLES.connections.get(&input.to_ascii_lowercase()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_and_connections_are_known_without_case() {
        assert!(is_builtin("azurecli") && !is_builtin("AWSShellScript"));
        assert_eq!(connection("AzureSubscription"), Some("azure"));
        assert_eq!(connection("awsCredentials"), Some("aws"));
        assert_eq!(connection("script"), None);
    }
}
