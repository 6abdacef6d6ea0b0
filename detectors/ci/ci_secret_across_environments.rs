//! One stored secret serves jobs inside and outside of a deployment environment.

use crate::{
    evidence::{Estate, Pipeline, pipeline::SecretUse},
    finding::{Findings, Level},
    policy::ci::{self, Class},
};
use overstay_rules::Component;
use std::collections::BTreeMap;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut secrets: BTreeMap<_, Vec<(&Pipeline, &SecretUse)>> = BTreeMap::new();
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        for secret in ci::stored(pipeline).filter(|secret| secret.name != "*") {
            let cloud = ci::kind_of(pipeline, secret)
                .is_some_and(|kind| matches!(kind.class, Class::Cloud | Class::Vault));
            if cloud {
                let root = ci::root(&pipeline.workflow);
                let key = (&pipeline.src.system, &pipeline.src.tenant, root, secret.name.as_str());
                secrets.entry(key).or_default().push((pipeline, secret));
            }
        }
    }
    for ((_, _, root, name), uses) in secrets {
        let inside = uses.iter().find(|(p, _)| p.environment.is_some());
        let outside = uses.iter().find(|(p, _)| p.environment.is_none());
        let (Some((inside, guarded)), Some((outside, open))) = (inside, outside) else { continue };
        let environment = inside.environment.as_deref().unwrap_or_default();
        let message = format!(
            "Job '{}' takes the stored secret '{name}' without an environment, '{}' takes it in '{environment}'. \
             The repository-wide value opens without the gate of that environment.",
            ci::name(outside),
            ci::name(inside),
        );
        let finding = findings.report(*outside, &outside.subject, message);
        finding.key(format!("{root}/{name}")).because(*inside).at(open.location.clone());
        finding.related(guarded.location.clone(), format!("taken in the environment '{environment}' here"));
        finding.fix("Give each environment a secret of its own and delete the repository-wide one.");
        ci::weigh(
            finding,
            Level::exactly(2, "the secret lies in the platform's store").citing(*outside),
            Level::between(1, 3, "what the secret opens is not in the file"),
        );
        finding.weigh(Component::Reach, Level::between(0, 2, "the values may differ by environment"));
    }
}
