//! What a principal's permissions amount to.

use super::{
    asker::Asker,
    condition::Truth,
    document::Effect,
    view::{ANYTHING, Held, Principal, View},
};
use crate::evidence::Estate;

/// Actions that an administrator has and that nobody short of one has together. The first is of no
/// service at all: only `*` allows it.
const ADMINISTRATOR: [&str; 4] =
    ["overstay:anything", "iam:attachrolepolicy", "iam:putuserpolicy", "sts:assumerole"];

/// Whether the principal may do all of [`ADMINISTRATOR`], everywhere.
pub(super) fn administers(asker: &Asker) -> Truth {
    ADMINISTRATOR.iter().fold(Truth::Yes, |all, action| match all {
        Truth::No => Truth::No,
        _ => all.and(asker.ask(action, ANYTHING, &[]).verdict),
    })
}

impl View {
    /// Whether a principal may do everything everywhere in its account.
    pub fn is_administrator(&self, estate: &Estate, principal: &Principal) -> Truth {
        if !principal.held.iter().any(|held| self.reaches_everything(held)) {
            return Truth::No;
        }
        administers(&Asker::new(estate, self, principal))
    }

    /// Whether a principal would be an administrator if its own policies allowed everything:
    /// nothing above it (boundary, organisation) stands in the way.
    pub fn may_become_administrator(&self, estate: &Estate, principal: &Principal) -> Truth {
        administers(&Asker::new(estate, self, principal).with_everything())
    }

    /// The policies that make a principal an administrator.
    pub fn administrator_policies<'a>(&self, principal: &'a Principal) -> Vec<&'a Held> {
        principal.held.iter().filter(|held| self.reaches_everything(held)).collect()
    }

    fn reaches_everything(&self, held: &Held) -> bool {
        self.documents[held.document].statements.iter().any(|statement| {
            statement.effect == Effect::Allow
                && statement.actions.selects(ADMINISTRATOR[0])
                && statement.resources.as_ref().is_some_and(|r| r.selects(ANYTHING))
        })
    }
}
