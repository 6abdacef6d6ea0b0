//! Evidence that is missing or stale: what could not be judged, said as such and never as a breach.

use crate::{
    evidence::{Coverage, Estate, Uncovered},
    finding::{Findings, Level},
    policy::governance::{absence, words},
};
use overstay_rules::Component;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds that the reconciliation of ledgers rests on.
const LEDGER_KINDS: &[&str] =
    &["entitlement", "exception", "identity", "issuance", "observed", "review", "revocation", "use"];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut missing: BTreeMap<Option<String>, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    let mut note = |gap: Uncovered| {
        let (kinds, reasons) = missing.entry(gap.system).or_default();
        kinds.insert(gap.kind);
        reasons.insert(gap.why);
    };
    // A ledger that was read in part or not lately leaves every answer open, also those that
    // nobody has asked yet.
    if !is_reconciled(estate) {
        return;
    }
    estate.uncovered(LEDGER_KINDS).into_iter().for_each(&mut note);
    open_questions(estate).into_iter().for_each(&mut note);
    for (system, (kinds, reasons)) in missing {
        let kinds: Vec<String> = kinds.into_iter().collect();
        let reasons: Vec<String> = reasons.into_iter().collect();
        report(estate, findings, system.as_deref(), &kinds, &reasons);
    }
}

/// True when ledgers are compared at all: somebody approves, reviews, issues, uses or excepts. A scan
/// of systems alone was not asked for a reconciliation; its rules still say what they cannot decide.
fn is_reconciled(estate: &Estate) -> bool {
    let kinds = ["entitlement", "review", "issuance", "exception"];
    kinds.iter().any(|kind| estate.looked_for(kind))
        || !estate.entitlements.is_empty()
        || !estate.reviews.is_empty()
        || !estate.issuances.is_empty()
        || !estate.uses.is_empty()
        || estate.identities.iter().any(|identity| is_ledger(&identity.src.system))
        || estate.exceptions.iter().any(|exception| exception.src.system != "overstay")
}

/// True for a system that keeps a register of identities, not one whose live state Overstay reads.
fn is_ledger(system: &str) -> bool {
    !["git", "aws", "vault", "overstay"].contains(&system)
}

/// What the rules about absence could not answer, each missing coverage once.
fn open_questions(estate: &Estate) -> BTreeSet<Uncovered> {
    let mut open = BTreeSet::new();
    open.extend(absence::unapproved_grants(estate).filter_map(|(.., answer)| answer.err()));
    open.extend(absence::uses_outside_pam(estate).filter_map(|(.., answer)| answer.err()));
    open.extend(absence::unapproved_elevations(estate).filter_map(|(.., answer)| answer.err()));
    open.extend(absence::unreviewed_emergencies(estate).filter_map(|(.., answer)| answer.err()));
    open.extend(absence::silent_emergencies(estate).filter_map(|(.., answer)| answer.err()));
    open.extend(absence::idle_privileges(estate).filter_map(|(.., answer)| answer.err()));
    open
}

fn report(
    estate: &Estate,
    findings: &mut Findings,
    system: Option<&str>,
    kinds: &[String],
    reasons: &[String],
) {
    let names = words::list(kinds);
    let why = words::list(reasons);
    let (identity, message) = match system {
        Some(system) => (
            format!("ledger:{system}"),
            format!("'{system}' leaves questions about {names} records open: {why}."),
        ),
        None => ("ledger:none".to_owned(), format!("'ledgers' leave questions open: {why}.")),
    };
    let record = estate
        .coverage
        .iter()
        .filter(|c| Some(c.system.as_str()) == system)
        .min_by_key(|c| (c.complete, &c.id));
    let nothing = Coverage { id: "coverage:none".to_owned(), ..Coverage::default() };
    let finding = findings.report(record.unwrap_or(&nothing), identity.clone(), message);
    finding.key("");
    if record.is_none() {
        finding.evidence.clear();
        finding.src.system = "ledgers".to_owned();
    }
    finding.at(crate::evidence::Location::logical(identity));
    // A gap is no breach: nothing is known to be wrong.
    finding.weigh(Component::Liveness, Level::exactly(0, "nothing is known to be wrong"));
}
