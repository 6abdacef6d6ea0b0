//! What another tool reports and a rule of ours found too is one finding: ours, which says more.

use super::Triaged;
use overstay_detectors::{
    evidence::Location,
    policy::imported::{Audit, Same, tool},
};
use std::collections::HashMap;

/// Takes imported results away that a finding of the same meaning stands for, and counts them there.
/// Gives their number.
pub(super) fn merge_imported(findings: &mut Vec<Triaged>) -> u64 {
    let (mut imported, mut own): (Vec<Triaged>, Vec<Triaged>) =
        std::mem::take(findings).into_iter().partition(|triaged| audit_of(triaged).is_some());
    let by_file = by_file(&own);
    let mut merged = 0;
    for triaged in &mut imported {
        let Some(audit) = audit_of(triaged) else { continue };
        let mut places = std::mem::take(&mut triaged.finding.locations);
        places.retain(|place| {
            let beside = place.path.as_deref().and_then(|path| by_file.get(path));
            let mut beside = beside.into_iter().flatten().copied();
            let Some(found) = beside.find(|at| is_same(&own[*at], triaged, place, audit)) else {
                return true;
            };
            let finding = &mut own[found];
            finding.occurrences = finding.occurrences.saturating_add(1);
            finding.finding.evidence.extend(triaged.finding.evidence.first().cloned());
            merged += 1;
            false
        });
        triaged.finding.locations = places;
    }
    for triaged in &mut own {
        triaged.finding.evidence.sort();
        triaged.finding.evidence.dedup();
    }
    imported.retain(|triaged| !triaged.finding.locations.is_empty());
    own.append(&mut imported);
    own.sort_by(|a, b| super::order(a).cmp(&super::order(b)));
    *findings = own;
    merged
}

/// The check of another tool that a finding passes on.
fn audit_of(triaged: &Triaged) -> Option<&'static Audit> {
    let (name, audit) = triaged.finding.key.split_once('/')?;
    let is_imported = triaged.finding.rule.slug().starts_with("imported-");
    is_imported.then(|| tool(name)?.audits.get(audit))?
}

/// The findings that have a place in each file.
fn by_file(findings: &[Triaged]) -> HashMap<String, Vec<usize>> {
    let mut files: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, triaged) in findings.iter().enumerate() {
        for path in places(triaged).filter_map(|place| place.path.as_deref()) {
            let list = files.entry(path.to_owned()).or_default();
            if list.last() != Some(&at) {
                list.push(at);
            }
        }
    }
    files
}

fn places(triaged: &Triaged) -> impl Iterator<Item = &Location> {
    let finding = &triaged.finding;
    finding.locations.iter().chain(finding.related.iter().map(|note| &note.location))
}

fn is_same(own: &Triaged, imported: &Triaged, place: &Location, audit: &Audit) -> bool {
    let (a, b) = (&own.finding, &imported.finding);
    audit.ours.iter().any(|slug| slug == a.rule.slug())
        && (&a.src.system, &a.src.tenant) == (&b.src.system, &b.src.tenant)
        && match audit.same {
            Same::Job => is_same_job(&a.identity, &b.identity),
            Same::Line => places(own).any(|other| overlap(other, place)),
        }
}

/// True for one job, and for a job and the file that it stands in.
fn is_same_job(a: &str, b: &str) -> bool {
    let within =
        |file: &str, job: &str| job.strip_prefix(file).is_some_and(|rest| rest.starts_with('#'));
    a == b || within(a, b) || within(b, a)
}

fn overlap(a: &Location, b: &Location) -> bool {
    match (a.region, b.region) {
        (Some(x), Some(y)) => {
            a.path == b.path && x.start_line <= y.end_line && y.start_line <= x.end_line
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_in_its_file_and_not_in_one_of_a_like_name() {
        assert!(is_same_job("github-actions:a.yml#x", "github-actions:a.yml#x"));
        assert!(is_same_job("github-actions:a.yml", "github-actions:a.yml#x"));
        assert!(!is_same_job("github-actions:a.yml#x", "github-actions:a.yml#xy"));
        assert!(!is_same_job("github-actions:a.yml", "github-actions:a.yml2#x"));
    }
}
