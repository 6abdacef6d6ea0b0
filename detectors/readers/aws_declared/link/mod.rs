//! Fills the holes of what files declare, file beside file, and hands each deployment to the
//! converter of authorization details as the account that it would make.

mod account;
mod evidence;
mod modules;
mod policy;
mod scope;

use super::model::{NAMES, THING};
use crate::evidence::{Record, Resource};
use account::Account;
use modules::Modules;
use scope::{Files, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// Replaces what files declare by the evidence that it amounts to.
pub(crate) fn link(records: Vec<Record>) -> Vec<Record> {
    let is_declared = |record: &Record| matches!(record, Record::Resource(r) if r.kind == THING || r.kind == NAMES);
    if !records.iter().any(is_declared) {
        return records;
    }
    let (declared, mut records): (Vec<Record>, Vec<Record>) =
        records.into_iter().partition(is_declared);
    let mut parts: Vec<Resource> = declared
        .into_iter()
        .filter_map(|record| match record {
            Record::Resource(resource) => Some(resource),
            _ => None,
        })
        .collect();
    parts.sort_by(|a, b| a.id.cmp(&b.id).then(b.as_of.cmp(&a.as_of)));
    parts.dedup_by(|a, b| a.id == b.id);
    let files = Files::of(&parts);
    let mut deployments: BTreeMap<(&str, &str), Vec<&Resource>> = BTreeMap::new();
    for part in &parts {
        let text = |name: &str| part.attrs.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        deployments.entry((text("tenant"), text("deployment"))).or_default().push(part);
    }
    let modules = Modules::of(&parts);
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut read = BTreeSet::new();
    let mut unheld = Vec::new();
    for ((tenant, deployment), parts) in deployments {
        if parts.iter().all(|part| part.kind == NAMES) {
            continue;
        }
        let mut scope = Scope::new(tenant, deployment, &parts, &files);
        scope.join(modules.root(tenant, deployment), &mut taken);
        let account = Account::build(&scope, &parts);
        account.records(&mut records);
        read.append(&mut scope.files_read());
        unheld.push((scope, parts));
    }
    // A policy file that a deployment reads is judged there.
    for (scope, parts) in &unheld {
        let alone = parts.iter().copied().filter(|part| {
            let path = part.location.as_ref().and_then(|l| l.path.as_deref()).unwrap_or_default();
            scope::kind(part) == "file" && !read.contains(&scope.file_key(path))
        });
        Account::of_files(scope, alone).records(&mut records);
    }
    records
}
