//! What was read, as questions: was this kind of evidence read completely over this window?

use super::{estate::Estate, record::Coverage};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Why a question about absence cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncovered {
    /// The system whose evidence is missing; `None` when no system was read at all.
    pub system: Option<String>,
    /// The kind of evidence.
    pub kind: String,
    /// What is missing, fit after "because".
    pub why: String,
}

/// The windows that one system covers for one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Window {
    /// Completely read spans, merged, in order.
    spans: Vec<(Timestamp, Timestamp)>,
    /// Why something in it was not read.
    partial: Option<String>,
}

/// The coverage of each kind, by system.
#[derive(Debug, Default)]
pub struct Covered {
    kinds: BTreeMap<String, BTreeMap<String, Window>>,
}

/// The kinds that a ledger of this conventional name can vouch for. A PAM that says it read
/// "entitlements" has read its own, not what somebody approved elsewhere.
fn vouches(system: &str, kind: &str) -> bool {
    match system {
        "hr" => kind == "identity",
        "runtime" => matches!(kind, "observed" | "use" | "identity" | "credential"),
        "pam" => !matches!(kind, "entitlement" | "review" | "identity"),
        _ => true,
    }
}

/// Ledgers whose approvals and reviews bear on one system only, and which: an elevation service or an
/// audit log knows its own requests, not what somebody approved elsewhere.
const OWN: &[(&str, &str)] = &[
    ("aws-team", "aws"),
    ("beyondtrust", "beyondtrust"),
    ("entra-entitlement", "entra"),
    ("entra-pim", "entra"),
    ("gcp-pam", "gcp"),
    ("github-audit", "github"),
    ("teleport", "teleport"),
];

/// True when a ledger's records of a kind bear on access to a system; `None`: to any system.
fn bears_on(ledger: &str, kind: &str, access: Option<&str>) -> bool {
    let own =
        OWN.iter().find(|(name, _)| *name == ledger && matches!(kind, "entitlement" | "review"));
    own.is_none_or(|(_, system)| access.is_some_and(|access| access.eq_ignore_ascii_case(system)))
}

impl Covered {
    /// Merges the coverage records.
    pub(super) fn build(records: &[Coverage]) -> Covered {
        let mut kinds: BTreeMap<String, BTreeMap<String, Window>> = BTreeMap::new();
        for record in records.iter().filter(|r| !r.by_design) {
            for kind in record.kinds.iter().filter(|k| vouches(&record.system, k)) {
                let window = kinds
                    .entry(kind.clone())
                    .or_default()
                    .entry(record.system.clone())
                    .or_default();
                if record.complete {
                    window.spans.push((record.from, record.to));
                } else if window.partial.is_none() {
                    let part = record.part.as_deref().map_or(String::new(), |p| format!(" ({p})"));
                    let why = record.why.as_deref().unwrap_or("the export is incomplete");
                    window.partial = Some(format!("{why}{part}"));
                }
            }
        }
        for window in kinds.values_mut().flat_map(BTreeMap::values_mut) {
            window.spans.sort_unstable();
            let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
            for (from, to) in std::mem::take(&mut window.spans) {
                match merged.last_mut() {
                    Some(last) if from <= last.1 => last.1 = last.1.max(to),
                    _ => merged.push((from, to)),
                }
            }
            window.spans = merged;
        }
        Covered { kinds }
    }
}

impl Estate {
    /// True when some system says that it looked for a kind of evidence.
    pub fn looked_for(&self, kind: &str) -> bool {
        self.covered.kinds.contains_key(kind)
    }

    /// Whether evidence of a kind was read completely from `from` (the present alone, when `None`)
    /// to now, give or take the age that coverage may have. Every system that can hold such
    /// evidence must have been read: the missing record may be in any of them.
    pub fn covers(&self, kind: &str, from: Option<Timestamp>) -> Result<(), Uncovered> {
        self.covers_access(kind, None, from)
    }

    /// The same question about access to one system: ledgers of other systems need not be whole.
    pub fn covers_access(
        &self,
        kind: &str,
        access: Option<&str>,
        from: Option<Timestamp>,
    ) -> Result<(), Uncovered> {
        let systems = self.covered.kinds.get(kind).into_iter().flatten();
        let mut bearing = systems.filter(|(ledger, _)| bears_on(ledger, kind, access)).peekable();
        if bearing.peek().is_none() {
            let why = format!("no source of {kind} records was read");
            return Err(Uncovered { system: None, kind: kind.to_owned(), why });
        }
        bearing.try_for_each(|(system, window)| self.whole(system, kind, window, from))
    }

    /// The same question to one system.
    pub fn system_covers(
        &self,
        system: &str,
        kind: &str,
        from: Option<Timestamp>,
    ) -> Result<(), Uncovered> {
        match self.covered.kinds.get(kind).and_then(|systems| systems.get(system)) {
            Some(window) => self.whole(system, kind, window, from),
            None => Err(Uncovered {
                system: Some(system.to_owned()),
                kind: kind.to_owned(),
                why: format!("{system} does not say that its {kind} records were read"),
            }),
        }
    }

    /// Every system that holds one of these kinds and was not read completely or not lately.
    pub fn uncovered(&self, kinds: &[&str]) -> Vec<Uncovered> {
        let mut found = Vec::new();
        for kind in kinds {
            let Some(systems) = self.covered.kinds.get(*kind) else { continue };
            for (system, window) in systems {
                found.extend(self.whole(system, kind, window, None).err());
            }
        }
        found
    }

    fn whole(
        &self,
        system: &str,
        kind: &str,
        window: &Window,
        from: Option<Timestamp>,
    ) -> Result<(), Uncovered> {
        let missing = |why: String| {
            Err(Uncovered { system: Some(system.to_owned()), kind: kind.to_owned(), why })
        };
        if let Some(why) = &window.partial {
            return missing(why.clone());
        }
        let Some((start, end)) = window.spans.last() else {
            return missing("the export is incomplete".to_owned());
        };
        if *end < self.hours_ago(self.thresholds.coverage_max_age_hours) {
            return missing(format!("the export ends on {}", end.strftime("%Y-%m-%d")));
        }
        let skew = SignedDuration::from_mins(self.thresholds.clock_skew_minutes);
        match from {
            Some(from) if from.saturating_add(skew).unwrap_or(from) < *start => {
                missing(format!("the export begins on {}", start.strftime("%Y-%m-%d")))
            }
            _ => Ok(()),
        }
    }
}
