//! What a rule allows.

use serde::{Serialize, Serializer};
use std::fmt;

/// One capability of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Make something that is not there yet.
    Create,
    /// Remove.
    Delete,
    /// Nothing, whatever else the rule says.
    Deny,
    /// See the names under a path.
    List,
    /// Change parts.
    Patch,
    /// Look.
    Read,
    /// See the names under a path and below (OpenBao).
    Scan,
    /// Pass where the server asks for root privileges.
    Sudo,
    /// Change.
    Update,
}

impl Capability {
    /// All capabilities, in alphabetical order, as the server lists them.
    pub const ALL: [Capability; 9] = [
        Capability::Create,
        Capability::Delete,
        Capability::Deny,
        Capability::List,
        Capability::Patch,
        Capability::Read,
        Capability::Scan,
        Capability::Sudo,
        Capability::Update,
    ];

    /// The word in a policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Capability::Create => "create",
            Capability::Delete => "delete",
            Capability::Deny => "deny",
            Capability::List => "list",
            Capability::Patch => "patch",
            Capability::Read => "read",
            Capability::Scan => "scan",
            Capability::Sudo => "sudo",
            Capability::Update => "update",
        }
    }
}

impl std::str::FromStr for Capability {
    type Err = String;

    /// Case matters, as it does to the server.
    fn from_str(word: &str) -> Result<Capability, String> {
        Capability::ALL.into_iter().find(|c| c.as_str() == word).ok_or_else(|| {
            format!("`{word}` is not a capability (create, read, update, patch, delete, list, scan, sudo, deny)")
        })
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(u16);

impl Capabilities {
    /// No capability at all, which the server calls `deny`.
    pub const NONE: Capabilities = Capabilities(0);

    /// Exactly `deny`.
    pub const DENY: Capabilities = Capabilities(1 << Capability::Deny as u16);

    /// True when the capability is in the set.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u16) != 0
    }

    /// True when one of the capabilities is in the set.
    pub fn has_any(self, capabilities: &[Capability]) -> bool {
        capabilities.iter().any(|c| self.has(*c))
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 | other.0)
    }

    /// Adds one capability.
    pub fn insert(&mut self, capability: Capability) {
        self.0 |= 1 << capability as u16;
    }

    /// True when nothing is allowed: `deny`, or no capability at all.
    pub fn is_denied(self) -> bool {
        self.has(Capability::Deny) || self == Capabilities::NONE
    }

    /// The members, in alphabetical order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |c| self.has(*c))
    }

    /// The words that the server answers: sorted, `deny` alone when nothing is allowed.
    pub fn as_server_says(self) -> Vec<&'static str> {
        if self.is_denied() {
            return vec![Capability::Deny.as_str()];
        }
        self.iter().map(Capability::as_str).collect()
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Capabilities {
        let mut set = Capabilities::NONE;
        capabilities.into_iter().for_each(|c| set.insert(c));
        set
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_server_says().join(", "))
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_server_says().serialize(serializer)
    }
}
