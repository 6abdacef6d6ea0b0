//! Which decision covers which finding.

use super::{
    Place, Suppression, Triaged,
    exceptions::{FINGERPRINT, IDENTITY, KIND, matcher},
};
use globset::GlobMatcher;
use jiff::Timestamp;
use overstay_detectors::{
    evidence::{Attrs, Estate, Exception, ExceptionClass, Location},
    readers::suppression::{LINE, PROBLEM, UNTIL},
};

/// What an exception covers.
enum Scope {
    /// One finding.
    Finding(String),
    /// Findings of a rule on identities.
    Identities(GlobMatcher),
    /// Findings at a comment: its path, the line it stands for, its own line.
    Comment { path: String, lines: [u32; 2] },
}

/// A decision and how many findings it covers.
pub(super) struct Decision<'a> {
    pub(super) exception: &'a Exception,
    scope: Scope,
    in_force: bool,
    /// True for a comment beside several credentials: it does not say which one it means.
    is_vague: bool,
    pub(super) matched: u64,
}

/// The decisions of an estate that are complete, in force or not, sorted by id.
pub(super) fn decisions(estate: &Estate) -> Vec<Decision<'_>> {
    let suppressions = estate.exceptions.iter().filter(|exception| {
        exception.class == ExceptionClass::Suppression && !exception.attrs.contains_key(PROBLEM)
    });
    let decision = |exception| {
        let in_force = in_force(exception, estate.now);
        Some(Decision {
            exception,
            scope: scope(exception)?,
            in_force,
            is_vague: false,
            matched: 0,
        })
    };
    suppressions.filter_map(decision).collect()
}

/// Nothing that lacks an owner, a reason or an end is ever in force, wherever it comes from.
fn in_force(exception: &Exception, now: Timestamp) -> bool {
    let begun = exception.not_before.is_none_or(|start| start <= now);
    let ended = exception.not_after.at().is_none_or(|end| end <= now);
    begun && !ended && exception.owner.is_some() && exception.reason.is_some()
}

fn scope(exception: &Exception) -> Option<Scope> {
    let text = |key: &str| text(&exception.attrs, key);
    if let Some(fingerprint) = text(FINGERPRINT) {
        return Some(Scope::Finding(fingerprint.to_owned()));
    }
    if let Some(pattern) = text(IDENTITY) {
        return Some(Scope::Identities(matcher(pattern)?));
    }
    let location = exception.location.as_ref()?;
    let line = exception.attrs.get(LINE)?.as_u64().and_then(|line| u32::try_from(line).ok())?;
    let lines = [line, location.region?.start_line];
    Some(Scope::Comment { path: location.path.clone()?, lines })
}

fn text<'a>(attrs: &'a Attrs, key: &str) -> Option<&'a str> {
    attrs.get(key)?.as_str()
}

/// Marks a finding that a decision in force covers, and counts the match, also for decisions whose
/// time is over.
pub(super) fn apply(triaged: &mut Triaged, decisions: &mut [Decision]) {
    if triaged.finding.rule.slug().starts_with("suppression-") {
        return;
    }
    let mut at_comments: Vec<usize> = Vec::new();
    for (i, decision) in decisions.iter_mut().enumerate() {
        let exception = decision.exception;
        let covers = match &decision.scope {
            Scope::Finding(fingerprint) => *fingerprint == triaged.fingerprint,
            Scope::Identities(pattern) => {
                names_rule(exception, triaged) && pattern.is_match(&triaged.finding.identity)
            }
            Scope::Comment { .. } => {
                if is_beside(triaged, decision) {
                    at_comments.push(i);
                }
                false
            }
        };
        if covers {
            decision.matched += 1;
            if decision.in_force && triaged.suppression.is_none() {
                triaged.suppression = Some(suppression(exception, Place::External));
            }
        }
    }
    for i in &at_comments {
        decisions[*i].matched += 1;
    }
    let is_exposure = is_exposure(triaged);
    at_comments.retain(|i| decisions[*i].in_force && !(is_exposure && decisions[*i].is_vague));
    if triaged.suppression.is_none() && covered_by_comments(triaged, &at_comments, decisions) {
        triaged.suppression =
            at_comments.first().map(|i| suppression(decisions[*i].exception, Place::InSource));
    }
}

/// Marks the comments beside several credentials. A new one on the line of a known one is never
/// hidden: which one is meant, only a fingerprint in the exceptions file says.
pub(super) fn mark_vague(all: &[Triaged], decisions: &mut [Decision]) {
    for decision in decisions {
        let mut beside: Vec<(&str, &str)> = all
            .iter()
            .filter(|triaged| is_exposure(triaged) && is_beside(triaged, decision))
            .map(|triaged| (triaged.finding.rule.slug(), triaged.fingerprint.as_str()))
            .collect();
        beside.sort_unstable();
        beside.dedup();
        decision.is_vague = beside.windows(2).any(|pair| pair[0].0 == pair[1].0);
    }
}

fn is_exposure(triaged: &Triaged) -> bool {
    triaged.finding.rule.rule().plane == "exposure"
}

/// True for a comment at one of the places of a finding whose rule it names.
fn is_beside(triaged: &Triaged, decision: &Decision) -> bool {
    let (exception, finding) = (decision.exception, &triaged.finding);
    matches!(decision.scope, Scope::Comment { .. })
        && exception.src.system == finding.src.system
        && exception.src.tenant == finding.src.tenant
        && finding.locations.iter().any(|place| decision.scope.holds(place))
        && names_rule(exception, triaged)
}

/// A leaked value that stands at several places is covered only when each place is; elsewhere the
/// first place is the finding's own and the others are additions.
fn covered_by_comments(triaged: &Triaged, comments: &[usize], decisions: &[Decision]) -> bool {
    let covered = |place: &Location| comments.iter().any(|i| decisions[*i].scope.holds(place));
    let places = &triaged.finding.locations;
    if is_exposure(triaged) {
        !places.is_empty() && places.iter().all(covered)
    } else {
        places.first().is_some_and(covered)
    }
}

impl Scope {
    /// True for a place that the comment stands beside, or that contains it.
    fn holds(&self, place: &Location) -> bool {
        let Scope::Comment { path, lines } = self else { return false };
        place.path.as_deref() == Some(path)
            && place
                .region
                .is_none_or(|r| lines.iter().any(|line| (r.start_line..=r.end_line).contains(line)))
    }
}

/// True when an exception names the finding's rule by slug, alias, or slug and variant.
fn names_rule(exception: &Exception, triaged: &Triaged) -> bool {
    let rule = triaged.finding.rule.rule();
    let path = triaged.finding.rule_path();
    exception.rules.iter().any(|name| {
        *name == rule.slug
            || *name == path
            || rule.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

fn suppression(exception: &Exception, place: Place) -> Suppression {
    Suppression {
        place,
        kind: text(&exception.attrs, KIND).unwrap_or("inline").to_owned(),
        owner: exception.owner.clone().unwrap_or_default(),
        approver: exception.approved_by.clone(),
        reason: exception.reason.clone().unwrap_or_default(),
        ticket: exception.ticket.clone(),
        until: text(&exception.attrs, UNTIL).unwrap_or_default().to_owned(),
        location: exception.location.clone(),
        evidence: exception.id.clone(),
    }
}
