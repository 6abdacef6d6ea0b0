//! Fills the holes of what files declare, file beside file, and hands each deployment to the
//! converter of authorization details as the account that it would make.

mod account;
mod calls;
mod credentials;
mod each;
mod evidence;
mod held;
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
    let (parts, mut records) = declared(records);
    if parts.is_empty() {
        return records;
    }
    let files = Files::of(&parts);
    let mut deployments: BTreeMap<(&str, &str), Vec<&Resource>> = BTreeMap::new();
    for part in &parts {
        let text = |name: &str| part.attrs.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        deployments.entry((text("tenant"), text("deployment"))).or_default().push(part);
    }
    let modules = Modules::of(&parts);
    let deployments: Vec<Deployment> = deployments.into_iter().collect();
    let whole = named(&deployments, &files, &modules);
    let loops: Vec<Loops> =
        whole.iter().zip(&deployments).map(|(s, (_, p))| Loops::of(s, p)).collect();
    let deployments = deployments.iter().zip(&loops).map(|((place, parts), loops)| {
        let plain = parts.iter().copied().filter(|part| !loops.unrolled.contains(part.id.as_str()));
        (*place, plain.chain(&loops.made).collect())
    });
    let deployments: Vec<Deployment> = deployments.collect();
    let scopes = if loops.iter().all(|loops| loops.unrolled.is_empty()) {
        whole
    } else {
        named(&deployments, &files, &modules)
    };
    let mut read = BTreeSet::new();
    let unheld = scopes
        .iter()
        .zip(&deployments)
        .filter(|(_, (_, parts))| parts.iter().any(|part| part.kind == THING));
    let unheld: Vec<(&Scope, &[&Resource])> =
        unheld.map(|(scope, (_, parts))| (scope, parts.as_slice())).collect();
    for (scope, parts) in &unheld {
        Account::build(scope, parts).records(&mut records);
        read.append(&mut scope.files_read());
    }
    // A policy file that a deployment reads is judged there.
    for (scope, parts) in unheld {
        let alone = parts.iter().copied().filter(|part| {
            let path = part.location.as_ref().and_then(|l| l.path.as_deref()).unwrap_or_default();
            scope::kind(part) == "file" && !read.contains(&scope.file_key(path))
        });
        Account::of_files(scope, alone).records(&mut records);
    }
    records
}

/// Tenant and folder, and what stands there.
type Deployment<'a> = ((&'a str, &'a str), Vec<&'a Resource>);

/// What files declare, in order and each once, and the records that are something else.
fn declared(records: Vec<Record>) -> (Vec<Resource>, Vec<Record>) {
    let (mut parts, mut rest) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::Resource(part) if part.kind == THING || part.kind == NAMES => parts.push(part),
            other => rest.push(other),
        }
    }
    parts.sort_by(|a, b| a.id.cmp(&b.id).then(b.as_of.cmp(&a.as_of)));
    parts.dedup_by(|a, b| a.id == b.id);
    (parts, rest)
}

/// The names of every folder, with what the folders tell each other.
fn named<'a>(
    deployments: &[Deployment<'a>],
    files: &'a Files<'a>,
    modules: &Modules,
) -> Vec<Scope<'a>> {
    let mut taken = BTreeSet::new();
    let scope = |((tenant, deployment), parts): &Deployment<'a>| {
        let mut scope = Scope::new(tenant, deployment, parts, files);
        scope.join(modules.root(tenant, deployment), &mut taken);
        scope
    };
    let mut scopes: Vec<Scope> = deployments.iter().map(scope).collect();
    calls::exchange(&mut scopes);
    scopes
}

/// The resources of a folder that loops make.
struct Loops<'a> {
    /// Ids of the resources that stand for several.
    unrolled: BTreeSet<&'a str>,
    /// What they stand for.
    made: Vec<Resource>,
}

impl<'a> Loops<'a> {
    fn of(scope: &Scope, parts: &[&'a Resource]) -> Loops<'a> {
        let mut loops = Loops { unrolled: BTreeSet::new(), made: Vec::new() };
        for part in parts {
            if let Some(made) = each::expand(scope, part) {
                loops.unrolled.insert(&part.id);
                loops.made.extend(made);
            }
        }
        loops
    }
}
