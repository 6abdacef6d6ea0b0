//! An application or service account that accepts tokens of a shared issuer beyond one project.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::{
        join::federation::{bind, told, trusts, unread, weigh},
        oidc::breadth,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for trust in trusts(estate) {
        let (Some(issuer), Some(found)) = (&trust.issuer, breadth(trust)) else { continue };
        let target = told(estate, trust);
        if let Some(part) = unread(trust) {
            let why = format!("The width of the trust of {target} could not be judged: `{part}` was not understood.");
            findings.gap(&trust.src.system, why);
            continue;
        }
        let message = format!("{target} accepts {} of {issuer}.", found.accepts);
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key(issuer.clone()).fix(bind(trust, &[found.example.to_owned()]));
        weigh(finding, estate, trust);
        let accepts = format!("its trust accepts {}", found.accepts);
        finding.weigh(Component::Exposure, Level::exactly(found.exposure, accepts).citing(trust));
    }
}
