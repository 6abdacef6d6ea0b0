//! What would lower the band of a finding, in words.

use overstay_detectors::finding::Finding;
use overstay_rules::{Component, SeverityTable};

/// The smallest change of one component that lowers the band: `privilege at most 2 (bounded write)
/// → medium`. `None` when no single change does.
pub(super) fn counterfactual(finding: &Finding, table: &SeverityTable) -> Option<String> {
    let (component, value, band) = finding.counterfactual(table)?;
    let now = finding.vector.level(component);
    let target = format!("{value} ({})", meaning(component, value));
    let component = component.as_str();
    Some(if now.min == now.max {
        let because =
            if now.because.is_empty() { String::new() } else { format!(" ({})", now.because) };
        format!("{component} at {target} instead of {}{because} → {band}", now.max)
    } else {
        format!("{component}, now known only as {} to {}, at {target} → {band}", now.min, now.max)
    })
}

/// What a value of a component stands for.
fn meaning(component: Component, value: u8) -> &'static str {
    let scale: &[&str] = match component {
        Component::Exposure => &[
            "not exposed",
            "federated, exactly scoped",
            "a static secret in a store",
            "internal git or logs, or a third party",
            "public or open trust",
        ],
        Component::Privilege => &[
            "no permission",
            "read",
            "bounded write",
            "production write, secret read or impersonation",
            "admin",
        ],
        Component::Reach => &[
            "one application",
            "several applications",
            "crosses environments",
            "crosses accounts or tenants",
        ],
        Component::Liveness => {
            &["disabled or expired", "active, unused", "active", "active and used recently"]
        }
        Component::Governance => {
            &["approved, owned, in date", "owned", "not approved", "lapsed, or the owner is gone"]
        }
    };
    scale.get(usize::from(value)).or(scale.last()).copied().unwrap_or_default()
}
