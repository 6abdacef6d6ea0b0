//! A trust in a repository's name, which somebody else can have after us.

use crate::{
    evidence::{Estate, Trust},
    finding::{Findings, Level},
    policy::aws::{
        trust_text::{self, target_name, update_trust},
        weight,
    },
};
use overstay_rules::Component;

const GITHUB: &str = "token.actions.githubusercontent.com";

/// Claims that hold a number which is never given again.
const LASTING: [&str; 2] = ["repository_id", "repository_owner_id"];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for trust in trust_text::oidc(estate).filter(|t| t.issuer.as_deref() == Some(GITHUB)) {
        if trust.conditions.iter().any(|c| LASTING.contains(&c.claim.as_str())) {
            continue;
        }
        let Some(named) = named_only(trust) else { continue };
        let message = format!(
            "Role '{}' trusts {named} by name, and whoever gets that name next.",
            target_name(trust)
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key(named).fix(update_trust(
            trust,
            &format!(
                "name the repository by its numbers, which are never given again: {{\"StringEquals\": {{\"{GITHUB}:repository_owner_id\": \"OWNER-ID\"}}}}\n\
                 gh api repos/{named} --jq '.owner.id, .id'"
            ),
        ));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Exposure,
            Level::exactly(1, "the owner's name would have to be given up first").citing(trust),
        );
    }
}

/// A repository that a subject names without numbers.
fn named_only(trust: &Trust) -> Option<&str> {
    let subjects = trust.conditions.iter().filter(|c| c.claim == "sub").flat_map(|c| &c.patterns);
    subjects.filter_map(|s| s.strip_prefix("repo:")).find_map(|rest| {
        let name = rest.split(':').next()?;
        let plain = name.contains('/') && !name.contains(['@', '*', '?', '$', '<']);
        plain.then_some(name)
    })
}
