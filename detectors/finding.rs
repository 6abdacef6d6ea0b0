//! Findings: facts that a rule reports, with their weight and their evidence.

use crate::{
    clocks::Clocks,
    evidence::{Location, Recorded, Src},
};
use overstay_rules::{Band, Component, RuleId, SeverityTable};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One component of a vector: an interval, because an unknown is never a zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The least it can be.
    pub min: u8,
    /// The most it can be.
    pub max: u8,
    /// Why, in words that fit after "because".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// The records that say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl Level {
    /// A known value.
    pub fn exactly(value: u8, because: impl Into<String>) -> Level {
        Level { min: value, max: value, because: because.into(), evidence: Vec::new() }
    }

    /// A value known to lie between two.
    pub fn between(min: u8, max: u8, because: impl Into<String>) -> Level {
        Level { min, max: max.max(min), because: because.into(), evidence: Vec::new() }
    }

    /// The same level, citing a record.
    #[must_use]
    pub fn citing(mut self, record: &impl Recorded) -> Level {
        self.evidence.push(record.id().to_owned());
        self
    }

    fn unknown(component: Component) -> Level {
        Level::between(0, component.max(), "")
    }

    fn middle(&self) -> u8 {
        self.min + (self.max - self.min) / 2
    }
}

/// What makes a finding matter: five components, each an interval with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vector {
    /// How far outsiders are from it, 0 to 4.
    pub exposure: Level,
    /// What it may do, 0 to 4.
    pub privilege: Level,
    /// How many apps, environments, accounts it spans, 0 to 3.
    pub reach: Level,
    /// Whether it works and is used, 0 to 3.
    pub liveness: Level,
    /// How well somebody answers for it, 0 to 3, 3 the worst.
    pub governance: Level,
}

impl Default for Vector {
    fn default() -> Vector {
        Vector {
            exposure: Level::unknown(Component::Exposure),
            privilege: Level::unknown(Component::Privilege),
            reach: Level::unknown(Component::Reach),
            liveness: Level::unknown(Component::Liveness),
            governance: Level::unknown(Component::Governance),
        }
    }
}

impl Vector {
    /// One component.
    pub fn level(&self, component: Component) -> &Level {
        match component {
            Component::Exposure => &self.exposure,
            Component::Privilege => &self.privilege,
            Component::Reach => &self.reach,
            Component::Liveness => &self.liveness,
            Component::Governance => &self.governance,
        }
    }

    /// One component, to change it.
    pub fn level_mut(&mut self, component: Component) -> &mut Level {
        match component {
            Component::Exposure => &mut self.exposure,
            Component::Privilege => &mut self.privilege,
            Component::Reach => &mut self.reach,
            Component::Liveness => &mut self.liveness,
            Component::Governance => &mut self.governance,
        }
    }

    /// The vector with every component reduced to one number.
    fn reduce(&self, pick: impl Fn(&Level) -> u8) -> [u8; 5] {
        Component::ALL.map(|c| pick(self.level(c)).min(c.max()))
    }

    /// The lowest, the likely and the highest band that the vector allows. The likely one takes the
    /// middle of every unknown.
    pub fn bands(&self, table: &SeverityTable) -> (Band, Band, Band) {
        (
            table.band(self.reduce(|l| l.min)),
            table.band(self.reduce(Level::middle)),
            table.band(self.reduce(|l| l.max)),
        )
    }

    /// The components whose value is not known.
    pub fn unknowns(&self) -> Vec<Component> {
        Component::ALL.into_iter().filter(|c| self.level(*c).min != self.level(*c).max).collect()
    }

    /// The cheapest change of one component that lowers the likely band: the component, the value it
    /// must fall to, and the band it gives.
    pub fn counterfactual(&self, table: &SeverityTable) -> Option<(Component, u8, Band)> {
        self.counterfactual_below(table, table.band(self.reduce(Level::middle)))
    }

    /// The same, for a band that a cap has already lowered.
    fn counterfactual_below(
        &self,
        table: &SeverityTable,
        band: Band,
    ) -> Option<(Component, u8, Band)> {
        let likely = self.reduce(Level::middle);
        let mut best: Option<(u8, Component, u8, Band)> = None;
        for component in Component::ALL {
            let now = likely[component as usize];
            for value in (0..now).rev() {
                let mut changed = likely;
                changed[component as usize] = value;
                let lower = table.band(changed);
                if lower < band {
                    if best.is_none_or(|(steps, ..)| now - value < steps) {
                        best = Some((now - value, component, value, lower));
                    }
                    break;
                }
            }
        }
        best.map(|(_, component, value, lower)| (component, value, lower))
    }
}

/// A place beside the main one, or a step on a path, with what happens there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Where.
    pub location: Location,
    /// What.
    pub text: String,
}

/// One fact that a rule reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// A narrower name under the rule: the credential format of `leaked-credential`.
    pub variant: Option<String>,
    /// The source that the finding belongs to.
    pub src: Src,
    /// The canonical name of the identity concerned.
    pub identity: String,
    /// The first sentence names the identity; absolute dates; ends with a full stop.
    pub message: String,
    /// Where to look; the first is the main one.
    pub locations: Vec<Location>,
    /// Other places worth a look.
    pub related: Vec<Note>,
    /// The hops of a path, in order.
    pub steps: Vec<Note>,
    /// When approval, credential and directory stop, for a finding about the access of an identity.
    pub clocks: Option<Clocks>,
    /// What to do here, exactly: a command, a patch, a setting.
    pub fix: Option<String>,
    /// Why it matters as much as it does.
    pub vector: Vector,
    /// The records that prove it, sorted.
    pub evidence: Vec<String>,
    /// What distinguishes it from other findings of the rule on the same identity. Never a line, a
    /// time, a message, an order or a secret.
    pub key: String,
}

impl Finding {
    /// Adds a place; the first one added is the main one.
    pub fn at(&mut self, location: Location) -> &mut Finding {
        self.locations.push(location);
        self
    }

    /// Adds a place beside the main one.
    pub fn related(&mut self, location: Location, text: impl Into<String>) -> &mut Finding {
        self.related.push(Note { location, text: text.into() });
        self
    }

    /// Adds the next hop of a path.
    pub fn step(&mut self, location: Location, text: impl Into<String>) -> &mut Finding {
        self.steps.push(Note { location, text: text.into() });
        self
    }

    /// Cites a record.
    pub fn because(&mut self, record: &impl Recorded) -> &mut Finding {
        self.evidence.push(record.id().to_owned());
        self
    }

    /// Sets the evidence key of the fingerprint.
    pub fn key(&mut self, key: impl Into<String>) -> &mut Finding {
        self.key = key.into();
        self
    }

    /// Names a variant of the rule.
    pub fn variant(&mut self, variant: impl Into<String>) -> &mut Finding {
        self.variant = Some(variant.into());
        self
    }

    /// Says exactly what to do here.
    pub fn fix(&mut self, fix: impl Into<String>) -> &mut Finding {
        self.fix = Some(fix.into());
        self
    }

    /// Sets one component of the vector.
    pub fn weigh(&mut self, component: Component, level: Level) -> &mut Finding {
        *self.vector.level_mut(component) = level;
        self
    }

    /// Sets the whole vector.
    pub fn vector(&mut self, vector: Vector) -> &mut Finding {
        self.vector = vector;
        self
    }

    /// The rule's slug, with the variant below it.
    pub fn rule_path(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{}/{variant}", self.rule.slug()),
            None => self.rule.slug().to_owned(),
        }
    }

    /// 32 hexadecimal digits that stay the same as long as it is the same finding.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for part in ["overstay-finding/1", self.rule.slug(), &self.identity, &self.key] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The band: the likely one, not above the rule's cap.
    pub fn band(&self, table: &SeverityTable) -> Band {
        self.bands(table).1
    }

    /// The lowest, the likely and the highest band, none above the rule's cap.
    pub fn bands(&self, table: &SeverityTable) -> (Band, Band, Band) {
        let (low, likely, high) = self.vector.bands(table);
        let capped = |band: Band| self.rule.rule().cap.map_or(band, |cap| band.min(cap));
        (capped(low), capped(likely), capped(high))
    }

    /// The cheapest change of one component that lowers the band of this finding: the component,
    /// the value it must fall to, and the band it gives.
    pub fn counterfactual(&self, table: &SeverityTable) -> Option<(Component, u8, Band)> {
        self.vector.counterfactual_below(table, self.band(table))
    }
}

/// Something that a rule needed and that no source could read. Reported apart from findings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EvidenceGap {
    /// The slug of the rule that could not decide.
    pub rule: String,
    /// The system whose evidence is missing.
    pub system: String,
    /// What is missing, as a sentence.
    pub message: String,
}

/// Where one rule's findings go. A detector cannot report under another rule's name.
#[derive(Debug)]
pub struct Findings {
    rule: RuleId,
    findings: Vec<Finding>,
    gaps: Vec<EvidenceGap>,
}

impl Findings {
    /// An empty list for one rule.
    pub fn new(rule: RuleId) -> Findings {
        Findings { rule, findings: Vec::new(), gaps: Vec::new() }
    }

    /// Reports a fact about an identity, proven by a record. The source, the first evidence id and
    /// the fingerprint key come from the record.
    pub fn report(
        &mut self,
        record: &impl Recorded,
        identity: impl Into<String>,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule,
            variant: None,
            src: record.src().clone(),
            identity: identity.into(),
            message: message.into(),
            locations: Vec::new(),
            related: Vec::new(),
            steps: Vec::new(),
            clocks: None,
            fix: None,
            vector: Vector::default(),
            evidence: vec![record.id().to_owned()],
            key: record.id().to_owned(),
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// Says that the rule could not decide for want of evidence.
    pub fn gap(&mut self, system: &str, message: impl Into<String>) {
        self.gaps.push(EvidenceGap {
            rule: self.rule.slug().to_owned(),
            system: system.to_owned(),
            message: message.into(),
        });
    }

    /// The findings, sorted, evidence lists tidied; the gaps, sorted, each once.
    pub fn finish(mut self) -> (Vec<Finding>, Vec<EvidenceGap>) {
        for finding in &mut self.findings {
            finding.evidence.sort();
            finding.evidence.dedup();
        }
        self.findings.sort_by(|a, b| {
            (&a.identity, &a.key, &a.message).cmp(&(&b.identity, &b.key, &b.message))
        });
        self.gaps.sort();
        self.gaps.dedup();
        (self.findings, self.gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_widens_the_band_and_never_passes() {
        let vector = Vector { exposure: Level::exactly(3, "in git"), ..Vector::default() };
        let (low, likely, high) = vector.bands(SeverityTable::built_in());
        assert_eq!((low, likely, high), (Band::Note, Band::High, Band::Critical));
        assert_eq!(vector.unknowns().len(), 4);
    }

    #[test]
    fn the_counterfactual_is_the_smallest_change() {
        let mut vector = Vector::default();
        for (component, value) in Component::ALL.into_iter().zip([4, 3, 0, 2, 0]) {
            *vector.level_mut(component) = Level::exactly(value, "test");
        }
        let table = SeverityTable::built_in();
        assert_eq!(vector.bands(table).1, Band::Critical);
        assert_eq!(vector.counterfactual(table), Some((Component::Exposure, 3, Band::High)));
    }
}
