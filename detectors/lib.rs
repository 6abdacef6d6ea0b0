//! The pure core of Overstay: evidence in, findings out. No I/O, no clock, no async; the same
//! evidence and the same `now` give the same findings in the same order.

pub mod evidence;
pub mod examples;
pub mod finding;
pub mod policy;
pub mod readers;

use evidence::Estate;
use finding::{EvidenceGap, Finding, Findings};
use overstay_rules::RuleId;
use rayon::prelude::*;

/// A detector: looks at the estate, reports into the list of its rule. It cannot fail.
pub type Detect = fn(&Estate, &mut Findings);

/// Declares the detectors: one line per rule, sorted. A card without a line here does not compile;
/// neither does a line without a card.
macro_rules! detectors {
    ($($plane:ident { $($module:ident => $rule:ident,)* })*) => {
        $(mod $plane { $(pub(crate) mod $module;)* })*

        /// The detector of a rule.
        pub fn detector(rule: RuleId) -> Detect {
            match rule { $($(RuleId::$rule => $plane::$module::detect,)*)* }
        }
    };
}

detectors! {
    aws {
        aws_escalation_to_admin => AwsEscalationToAdmin,
        aws_standing_admin => AwsStandingAdmin,
    }
    ci {
        ci_static_cloud_credential => CiStaticCloudCredential,
    }
    exposure {
        leaked_credential => LeakedCredential,
    }
    governance {
        suppression_expired => SuppressionExpired,
        suppression_invalid => SuppressionInvalid,
        suppression_unused => SuppressionUnused,
    }
    vault {
        vault_policy_root_equivalent => VaultPolicyRootEquivalent,
    }
}

/// Runs the named rules in parallel. The order of the result depends only on the evidence.
pub fn detect(estate: &Estate, rules: &[RuleId]) -> (Vec<Finding>, Vec<EvidenceGap>) {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| rule.slug());
    rules.dedup();
    let results: Vec<_> = rules
        .par_iter()
        .map(|rule| {
            let mut findings = Findings::new(*rule);
            detector(*rule)(estate, &mut findings);
            findings.finish()
        })
        .collect();
    let (findings, gaps): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    (findings.into_iter().flatten().collect(), gaps.into_iter().flatten().collect())
}

/// Every rule, sorted by slug.
pub fn all_rules() -> Vec<RuleId> {
    overstay_rules::CATALOGUE.iter().map(|rule| rule.id).collect()
}
