//! What an identity can do, from whichever plane of the evidence knows most: grants of the runtime,
//! AWS policies, Vault policies.

use crate::{
    evidence::{Estate, Observed, Rank, Who},
    finding::Level,
    policy::{
        aws::{Principal, Truth, weight},
        governance::{approval::is_live, words},
        vault::live::policies_of,
    },
};

/// How many policies a message names.
const NAMED: usize = 3;

/// What an identity can do.
pub(crate) struct Reach {
    /// Fits after "gives".
    pub gives: String,
    /// As the component of a vector.
    pub level: Level,
}

/// The most that an identity can do; `None` when no evidence says.
pub(crate) fn of(estate: &Estate, who: Who) -> Option<Reach> {
    let names = estate.identities_of(who).flat_map(|r| &r.aliases);
    let arns = names.filter_map(|name| name.strip_prefix("aws:"));
    let view = || estate.aws();
    let aws = arns.filter_map(|arn| view().find(arn)).map(|index| on_aws(estate, index));
    let on_vault = estate.identities_of(who).filter(|r| r.src.system == "vault");
    let vault = on_vault.filter(|r| !policies_of(&r.attrs).is_empty()).map(|record| {
        let power = estate.vault().of(&record.src, &record.attrs);
        let gives = format!("the policies {}: {}", some(&policies_of(&record.attrs)), power.why);
        Reach { gives, level: power.level().citing(record) }
    });
    let live = estate.observed_of(who).filter(|o| is_live(estate, o));
    let strongest = live.max_by_key(|o| (o.grant.effective_rank(), &o.id));
    let granted =
        strongest.map(|o| Reach { gives: words::access(&o.grant), level: rank(o).citing(o) });
    // Of equals the last counts: a judgement over all policies says more than one grant.
    granted.into_iter().chain(vault).chain(aws).max_by_key(|r| (r.level.max, r.level.min))
}

fn on_aws(estate: &Estate, index: usize) -> Reach {
    let view = estate.aws();
    let principal = &view.principals[index];
    let record = weight::identity(estate, principal);
    let account = principal.account_in_words();
    if view.is_administrator(estate, principal) == Truth::Yes {
        let level = Level::exactly(4, "it is an administrator").citing(record);
        return Reach { gives: format!("administration of {account}"), level };
    }
    if let Some(Some(route)) = view.routes(estate).get(index)
        && let Some(hop) = route.hops.first()
    {
        let least = if route.certain { 4 } else { 3 };
        let level = Level::between(least, 4, "it can make itself an administrator").citing(record);
        let way = if route.certain { "a way" } else { "perhaps a way" };
        return Reach {
            gives: format!("{way} to administration of {account}: it {}", hop.does),
            level,
        };
    }
    let level = weight::privilege(estate, principal).citing(record);
    Reach { gives: policies(principal), level }
}

fn policies(principal: &Principal) -> String {
    let name = |held: &str| held.rsplit(['/', ':']).next().unwrap_or(held).to_owned();
    let mut names: Vec<String> = principal.held.iter().map(|held| name(&held.name)).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] => "no permission".to_owned(),
        names => format!("the policies {}", some(names)),
    }
}

/// The first names of a list, and how many more there are.
fn some<S: AsRef<str>>(names: &[S]) -> String {
    let (shown, more) = names.split_at(names.len().min(NAMED));
    match more.len() {
        0 => words::list(shown),
        n => {
            let shown: Vec<&str> = shown.iter().map(AsRef::as_ref).collect();
            format!("{} and {n} more", shown.join(", "))
        }
    }
}

fn rank(observed: &Observed) -> Level {
    match observed.grant.effective_rank() {
        Some(Rank::Root | Rank::Admin) => Level::exactly(4, "it administers"),
        Some(Rank::Write) => Level::between(2, 3, "it changes things"),
        Some(Rank::Read) => Level::exactly(1, "it reads"),
        None => Level::between(1, 4, "its rank is not known"),
    }
}
