//! Settings of an engine that one runs oneself (Jenkins, Argo CD), as its readers record them.

use crate::{
    evidence::{Estate, Resource},
    finding::{Finding, Level},
};
use overstay_rules::Component as Axis;

/// One setting.
pub(crate) struct EngineSetting<'e> {
    pub record: &'e Resource,
    /// `jenkins`, `argo-cd`, …
    pub platform: &'e str,
    pub name: &'e str,
    pub value: &'e str,
}

impl EngineSetting<'_> {
    /// What messages call the engine: its product and the file that configures it.
    pub(crate) fn engine(&self) -> String {
        let product = match self.platform {
            "jenkins" => "Jenkins",
            "argo-cd" => "Argo CD",
            other => other,
        };
        format!("{product} '{}'", self.path())
    }

    /// The file that says so.
    pub(crate) fn path(&self) -> &str {
        self.record.location.as_ref().and_then(|at| at.path.as_deref()).unwrap_or_default()
    }

    /// Its canonical name, without the setting.
    pub(crate) fn identity(&self) -> String {
        format!("{}:{}", self.platform, self.path())
    }

    /// Gives a finding its place and weight.
    pub(crate) fn place(&self, finding: &mut Finding, exposure: Level, privilege: Level) {
        finding.key(self.record.subject.clone());
        finding.at(self.record.location.clone().unwrap_or_default());
        finding.weigh(Axis::Exposure, exposure.citing(self.record));
        finding.weigh(Axis::Privilege, privilege);
        finding.weigh(Axis::Liveness, Level::between(1, 3, "the engine is configured so"));
    }
}

/// Every setting of every engine.
pub(crate) fn engine_settings(estate: &Estate) -> impl Iterator<Item = EngineSetting<'_>> {
    let resources = estate.resources.iter().filter(|r| r.kind == "ci-setting");
    resources.map(|record| {
        let attr = |name: &str| record.attrs.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        EngineSetting {
            record,
            platform: attr("platform"),
            name: attr("name"),
            value: attr("value"),
        }
    })
}
