//! Secrets in a store that keeps neither age nor owner.

use crate::{
    evidence::{Estate, Location, Resource},
    finding::{Findings, Level},
    policy::vault::live::{
        namespace, resources,
        words::{list, namespace_flag, path, server, text},
    },
};
use overstay_rules::Component;
use std::collections::BTreeMap;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    type Mount<'e> = (Option<&'e str>, &'e str, &'e str);
    let mut folders: BTreeMap<Mount, Vec<&Resource>> = BTreeMap::new();
    for folder in resources(estate, "vault-kv1-folder") {
        let mount = text(&folder.attrs, "mount").unwrap_or_default();
        let key = (folder.src.tenant.as_deref(), namespace(&folder.attrs), mount);
        folders.entry(key).or_default().push(folder);
    }
    for ((_, namespace, mount), folders) in folders {
        let Some(first) = folders.first().copied() else { continue };
        let names = folders.iter().flat_map(|f| list(&f.attrs, "keys"));
        let count = names.filter(|name| !name.ends_with('/')).count();
        if count == 0 {
            continue;
        }
        let identity = format!("vault:{namespace}{mount}");
        let message = format!(
            "KV mount '{}' on {} is version 1 and holds {count} secret{}: nobody can say how old they are or whose.",
            path(&identity),
            server(&first.src),
            if count == 1 { "" } else { "s" },
        );
        let finding = findings.report(first, identity, message);
        finding.key("").fix(format!(
            "bao kv enable-versioning{} {mount} keeps the secrets and moves their paths to {mount}data/…: change the policies first. Then record owners: bao kv metadata put -custom-metadata=owner=TEAM {mount}NAME",
            namespace_flag(&first.attrs)
        ));
        finding.at(Location::logical(mount));
        finding
            .weigh(Component::Privilege, Level::between(1, 3, "what the secrets open is not known").citing(first))
            .weigh(Component::Exposure, Level::exactly(2, "they are static secrets in a store").citing(first))
            .weigh(Component::Liveness, Level::between(1, 3, "whether they work is not known").citing(first))
            .weigh(Component::Governance, Level::between(1, 3, "they carry neither age nor owner").citing(first))
            .weigh(Component::Reach, Level::between(0, 2, "whose they are is not known").citing(first));
    }
}
