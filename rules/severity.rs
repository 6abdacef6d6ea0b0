//! The decision table from vector to band (`severity.toml`).

use crate::Band;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// The five components of a vector, in the order in which they are written.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Component {
    /// 0 none; 1 federated, exactly scoped; 2 static secret in a store; 3 internal git or logs, or
    /// assumable by a fork or any branch, or held by a third party; 4 public or open trust.
    Exposure,
    /// 0 none; 1 read; 2 bounded write; 3 production write, secret read, impersonation; 4 admin.
    Privilege,
    /// 0 one app; 1 several apps; 2 crosses environments; 3 crosses accounts or tenants.
    Reach,
    /// 0 disabled or expired; 1 active, unused; 2 active; 3 active and used recently.
    Liveness,
    /// 0 approved, owned, in date; 1 owner only; 2 no approval; 3 lapsed, owner gone, no review.
    Governance,
}

impl Component {
    /// All components, in order.
    pub const ALL: [Component; 5] = [
        Component::Exposure,
        Component::Privilege,
        Component::Reach,
        Component::Liveness,
        Component::Governance,
    ];

    /// The largest value of the component.
    pub const fn max(self) -> u8 {
        match self {
            Component::Exposure | Component::Privilege => 4,
            Component::Reach | Component::Liveness | Component::Governance => 3,
        }
    }

    /// The lower-case word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Component::Exposure => "exposure",
            Component::Privilege => "privilege",
            Component::Reach => "reach",
            Component::Liveness => "liveness",
            Component::Governance => "governance",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    band: Band,
    at_least: BTreeMap<Component, u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dead {
    band: Band,
    liveness_at_most: u8,
}

/// The table that turns a vector into a band.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityTable {
    policy_version: String,
    otherwise: Band,
    dead: Dead,
    #[serde(rename = "row")]
    rows: Vec<Row>,
}

static BUILT_IN: LazyLock<SeverityTable> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "embedded at build time and covered by a test")]
    SeverityTable::parse(include_str!("severity.toml")).expect("severity.toml")
});

impl SeverityTable {
    /// The table that ships with Overstay.
    pub fn built_in() -> &'static SeverityTable {
        &BUILT_IN
    }

    /// Reads a table; the error names the line and the key.
    pub fn parse(text: &str) -> Result<SeverityTable, toml::de::Error> {
        toml::from_str(text)
    }

    /// The version of the policy that every finding carries.
    pub fn policy_version(&self) -> &str {
        &self.policy_version
    }

    /// The band of an exact vector, components in the order of [`Component::ALL`].
    pub fn band(&self, vector: [u8; 5]) -> Band {
        if vector[Component::Liveness as usize] <= self.dead.liveness_at_most {
            return self.dead.band;
        }
        let holds = |row: &Row| row.at_least.iter().all(|(c, least)| vector[*c as usize] >= *least);
        self.rows.iter().find(|row| holds(row)).map_or(self.otherwise, |row| row.band)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_vector() -> impl Iterator<Item = [u8; 5]> {
        let range = |c: Component| 0..=c.max();
        range(Component::Exposure).flat_map(move |e| {
            range(Component::Privilege).flat_map(move |p| {
                range(Component::Reach).flat_map(move |r| {
                    range(Component::Liveness).flat_map(move |l| {
                        range(Component::Governance).map(move |g| [e, p, r, l, g])
                    })
                })
            })
        })
    }

    #[test]
    fn raising_a_component_never_lowers_the_band() {
        let table = SeverityTable::built_in();
        assert_eq!(every_vector().count(), 1600);
        for vector in every_vector() {
            for component in Component::ALL {
                let mut raised = vector;
                raised[component as usize] += 1;
                if raised[component as usize] <= component.max() {
                    assert!(table.band(raised) >= table.band(vector), "{vector:?} {raised:?}");
                }
            }
        }
    }

    #[test]
    fn every_band_can_be_reached() {
        for band in Band::ALL {
            assert!(every_vector().any(|v| SeverityTable::built_in().band(v) == band), "{band}");
        }
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line() {
        let text = include_str!("severity.toml").replace("otherwise", "otherwize");
        let error = SeverityTable::parse(&text).unwrap_err().to_string();
        assert!(error.contains("otherwize") && error.contains("line"), "{error}");
    }
}
