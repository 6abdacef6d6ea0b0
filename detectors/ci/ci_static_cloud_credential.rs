//! A job signs in to a cloud with a stored key.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci::{self, Class},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let groups = ci::by_secret(pipeline, |kind| kind.class == Class::Cloud);
        for ((_, secret), (kind, uses)) in groups {
            let message = format!(
                "{} '{}' signs in to {} with the stored secret '{secret}'. The {} works for \
                 whoever copies it until somebody rotates it.",
                ci::noun(pipeline),
                ci::name(pipeline),
                kind.provider,
                kind.name,
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(format!("{}/{secret}", kind.slug));
            ci::place(finding, &uses);
            finding.fix(match &kind.federation {
                Some(instead) => format!("Use {instead}, then revoke the key: {}", kind.docs),
                None => format!(
                    "Narrow the key to this job, give it an expiry and a rotation date: {}",
                    kind.docs
                ),
            });
            finding.weigh(
                Component::Exposure,
                Level::exactly(2, "the key lies in the platform's secret store").citing(pipeline),
            );
            finding.weigh(
                Component::Privilege,
                Level::between(1, 4, "a deployment key; the file does not show its rights"),
            );
            finding.weigh(Component::Liveness, Level::between(1, 3, "the job is configured to use it"));
        }
    }
}
