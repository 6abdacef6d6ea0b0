//! What a principal's permissions amount to. Judged once for every class of principals.

use super::{
    asker::Asker,
    condition::Truth,
    document::Effect,
    view::{ANYTHING, Held, Principal, View},
};
use crate::evidence::Estate;

/// Actions that an administrator has and that nobody short of one has together. The first is of no
/// service at all: only `*` allows it.
pub(super) const ADMINISTRATOR: [&str; 4] =
    ["overstay:anything", "iam:attachrolepolicy", "iam:putuserpolicy", "sts:assumerole"];

/// What each class is, and what it would be if its own policies allowed everything.
#[derive(Debug, Default)]
pub(super) struct Powers {
    administers: Vec<Truth>,
    may_administer: Vec<Truth>,
}

impl Powers {
    fn build(estate: &Estate, view: &View) -> Powers {
        // Not in parallel: this runs inside a `OnceLock`, where a stolen task could wait for itself.
        let (administers, may_administer) = view
            .classes
            .iter()
            .map(|class| {
                let Some(first) = class.members.first().and_then(|m| view.principals.get(*m))
                else {
                    return (Truth::No, Truth::No);
                };
                let holds = first.held.iter().any(|held| view.reaches_everything(held));
                let asker = Asker::new(estate, view, first);
                let now = if holds { administers(&asker) } else { Truth::No };
                (now, self::administers(&asker.with_everything()))
            })
            .unzip();
        Powers { administers, may_administer }
    }
}

/// Whether the principal may do all of [`ADMINISTRATOR`], everywhere.
pub(super) fn administers(asker: &Asker) -> Truth {
    ADMINISTRATOR.iter().fold(Truth::Yes, |all, action| match all {
        Truth::No => Truth::No,
        _ => all.and(asker.ask(action, ANYTHING, &[]).verdict),
    })
}

impl View {
    fn powers(&self, estate: &Estate) -> &Powers {
        self.powers.get_or_init(|| Powers::build(estate, self))
    }

    /// Whether a principal may do everything everywhere in its account.
    pub fn is_administrator(&self, estate: &Estate, principal: &Principal) -> Truth {
        self.powers(estate).administers.get(principal.class).copied().unwrap_or(Truth::Unknown)
    }

    /// Whether a principal would be an administrator if its own policies allowed everything:
    /// nothing above it (boundary, organisation) stands in the way.
    pub fn may_become_administrator(&self, estate: &Estate, principal: &Principal) -> Truth {
        self.powers(estate).may_administer.get(principal.class).copied().unwrap_or(Truth::Unknown)
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
