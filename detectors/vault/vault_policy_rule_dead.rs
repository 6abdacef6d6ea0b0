//! A rule that never decides anything.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{Dead, dead, written},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        let acl = policy.acl();
        let patterns = acl.patterns().filter_map(|p| Some((p, dead(&acl, p)?)));
        for (permissions, why) in patterns {
            let says = format!(
                "Vault policy '{}' has a rule for `{}` that never applies: {}.",
                policy.name(),
                permissions.pattern,
                explain(&why)
            );
            let finding = findings
                .report(policy.record, &policy.record.subject, says)
                .key(format!("{}#{}", policy.record.id, permissions.pattern))
                .weigh(
                    Component::Privilege,
                    Level::exactly(1, "the rule gives nothing").citing(policy.record),
                );
            for rule in permissions.rules.iter().filter_map(|at| policy.policy.rules.get(at.rule)) {
                finding.at(policy.place_of(rule));
            }
        }
        for rule in policy.policy.rules.iter().filter(|rule| rule.expired) {
            let Some(at) = rule.expires else { continue };
            let says = format!(
                "Vault policy '{}' has a rule for `{}` that ended on {}.",
                policy.name(),
                rule.pattern,
                at.strftime("%Y-%m-%d")
            );
            findings
                .report(policy.record, &policy.record.subject, says)
                .key(format!("{}#{}", policy.record.id, rule.pattern))
                .at(policy.place_of(rule))
                .weigh(
                    Component::Privilege,
                    Level::exactly(0, "the server ignores it").citing(policy.record),
                );
        }
    }
}

fn explain(why: &Dead) -> String {
    match why {
        Dead::StarInside => {
            "`*` is a wildcard only as the last character; elsewhere it is a letter (use `+` for one segment)".into()
        }
        Dead::PlusInside(segment) => {
            format!("`+` is a wildcard only as a whole segment; in `{segment}` it is a letter")
        }
        Dead::ApiPrefix => "paths in policies stand without `v1/`".into(),
        Dead::BadTemplate(directive) => format!("the server knows no `{{{{{directive}}}}}`"),
        Dead::Shadowed { by, lost } => format!(
            "`{}` decides about every path that it matches, and does not give {}",
            by.pattern,
            lost.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", ")
        ),
        Dead::ListShadowed { by } => format!(
            "a list request ends in `/`, where `{}` decides, because `+` also matches nothing; end the pattern in `/`",
            by.pattern
        ),
    }
}
