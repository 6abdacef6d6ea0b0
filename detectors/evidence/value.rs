//! The small values that records are made of.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::BTreeMap;

/// Facts that only one plane reads, by name.
pub type Attrs = BTreeMap<String, serde_json::Value>;

/// The version of the evidence format. Reads `overstay-evidence/1` and its alias
/// `nhi-evidence/1`; writes the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(transparent)]
pub struct Version(#[schemars(with = "String")] ());

impl Version {
    /// What is written.
    pub const NAME: &'static str = "overstay-evidence/1";
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Version::NAME)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match &*std::borrow::Cow::<str>::deserialize(deserializer)? {
            Version::NAME | "nhi-evidence/1" => Ok(Version(())),
            other => Err(D::Error::custom(format!(
                "evidence version `{}` is not `{}`",
                other.chars().take(40).collect::<String>(),
                Version::NAME
            ))),
        }
    }
}

/// A moment that may be unknown (absent), asserted never (`null`), or a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "Option<String>")]
pub enum When {
    /// Nobody said.
    #[default]
    Unknown,
    /// Asserted: at that time, UTC.
    At(Timestamp),
    /// Asserted: never.
    Never,
}

impl When {
    /// True when nobody said.
    pub fn is_unknown(&self) -> bool {
        *self == When::Unknown
    }

    /// The time, if there is one.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            When::At(at) => Some(at),
            When::Unknown | When::Never => None,
        }
    }

    /// True when it is certain that the moment has passed at `now`.
    pub fn is_past(self, now: Timestamp) -> bool {
        self.at().is_some_and(|at| at < now)
    }
}

impl From<Timestamp> for When {
    fn from(at: Timestamp) -> When {
        When::At(at)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.at().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Timestamp>::deserialize(deserializer)?.map_or(When::Never, When::At))
    }
}

/// Where a record comes from.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Src {
    /// The system: `git`, `aws`, `vault`, `iga`, `pam`, …
    pub system: String,
    /// The account, tenant, organisation, repository or server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The object inside the system: a file, an API path, a row.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The digest of the source object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Src {
    /// A source without tenant.
    pub fn new(system: &str) -> Src {
        Src { system: system.into(), ..Src::default() }
    }

    /// A source with its tenant.
    pub fn of(system: &str, tenant: &str) -> Src {
        Src { system: system.into(), tenant: Some(tenant.into()), ..Src::default() }
    }

    /// The same source, naming the object inside it.
    #[must_use]
    pub fn at(&self, reference: &str) -> Src {
        Src { reference: Some(reference.into()), ..self.clone() }
    }
}

/// How much a grant allows. Ordered.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Look.
    Read,
    /// Change.
    Write,
    /// Change who may change.
    Admin,
    /// Everything.
    Root,
}

/// A permission: what on which resource of which system.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Grant {
    /// The system that enforces it.
    pub system: String,
    /// The resource, in the system's own words.
    pub resource: String,
    /// The permission, in the system's own words.
    pub privilege: String,
    /// How much that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Rank>,
    /// A narrowing of the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}
