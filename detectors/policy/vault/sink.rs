//! The shape of a sink: what it gives, the requests it takes, and how the table writes it down.

use super::Capability;

/// What a sink gives, and so which rule reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Rewrites policies.
    Policies,
    /// Mints tokens that may do more than their parent.
    Tokens,
    /// Decides who may log in as what.
    Logins,
    /// Decides which policies an identity has.
    Identity,
    /// Changes the server itself.
    Server,
    /// Decides what an engine hands out, and takes it.
    Engines,
}

/// One request of a sink. `{mount}` and names in braces stand for anything; the same word stands
/// for the same thing in all steps.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The path.
    pub path: &'static str,
    /// One of these is needed.
    pub any: &'static [Capability],
    /// True when the server asks for root privileges.
    pub sudo: bool,
    /// One of these parameters must be free; empty: the request needs none.
    pub parameters: &'static [&'static str],
}

/// Requests that together give more than the policy says.
#[derive(Clone, Copy, Debug)]
pub struct Sink {
    /// A stable name.
    pub id: &'static str,
    /// What it gives.
    pub family: Family,
    /// What must be possible, in this order.
    pub steps: &'static [Step],
    /// What it does, in words that follow "it can".
    pub can: &'static str,
    /// What its holder may do then, 1 to 4.
    pub privilege: u8,
    /// The types of mounts that have these paths.
    pub mounts: &'static [&'static str],
    /// True when one named object is an ordinary right, and only any of them is too much.
    pub any_name_only: bool,
    /// True when the path alone does not tell the type of the mount: without a server's list of
    /// mounts, only mounts with the usual name count.
    pub usual_name_only: bool,
    /// True when the holder's own name in a template makes it harmless: one's own password.
    pub own_is_fine: bool,
}

pub(crate) const fn step(path: &'static str, any: &'static [Capability]) -> Step {
    Step { path, any, sudo: false, parameters: &[] }
}

impl Step {
    pub(super) const fn sudo(self) -> Step {
        Step { sudo: true, ..self }
    }

    pub(crate) const fn setting(self, parameters: &'static [&'static str]) -> Step {
        Step { parameters, ..self }
    }
}

pub(super) const fn sink(
    id: &'static str,
    family: Family,
    can: &'static str,
    steps: &'static [Step],
) -> Sink {
    Sink {
        id,
        family,
        steps,
        can,
        privilege: 4,
        mounts: &[],
        any_name_only: false,
        usual_name_only: false,
        own_is_fine: false,
    }
}

impl Sink {
    /// True when its paths begin with a word that is the same in every namespace.
    pub(super) fn is_fixed(&self) -> bool {
        let first = self.steps.first().and_then(|step| step.path.split('/').next());
        matches!(first, Some("sys" | "auth" | "identity"))
    }

    /// True for a sink of an auth method.
    pub(super) fn is_auth(&self) -> bool {
        self.steps.first().is_some_and(|step| step.path.starts_with("auth/"))
    }

    pub(super) const fn on(self, mounts: &'static [&'static str]) -> Sink {
        Sink { mounts, ..self }
    }

    pub(super) const fn gives(self, privilege: u8) -> Sink {
        Sink { privilege, ..self }
    }

    pub(super) const fn any_name_only(self) -> Sink {
        Sink { any_name_only: true, ..self }
    }

    pub(super) const fn usual_name_only(self) -> Sink {
        Sink { usual_name_only: true, ..self }
    }

    pub(super) const fn own_is_fine(self) -> Sink {
        Sink { own_is_fine: true, ..self }
    }
}
