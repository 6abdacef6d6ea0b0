//! The frameworks that rules refer to, as SARIF taxonomies.

use crate::report::nhi::{crosswalk, number, page};
use overstay_rules::Rule;
use serde_sarif::sarif;
use std::collections::BTreeSet;

/// A framework: its name, its own id for SARIF, and where it is published.
struct Framework {
    name: &'static str,
    guid: &'static str,
    organization: &'static str,
    version: &'static str,
    page: &'static str,
    about: &'static str,
}

const FRAMEWORKS: [Framework; 3] = [
    Framework {
        name: "OWASP-NHI-Top10",
        guid: "c5bc76d5-05ce-5aec-be61-6876c430b319",
        organization: "OWASP",
        version: "2025",
        page: "https://owasp.org/www-project-non-human-identities-top-10/",
        about: "The OWASP Top 10 risks of non-human identities.",
    },
    Framework {
        name: "CWE",
        guid: "588ae273-9b13-574f-a20d-01806c7226e2",
        organization: "MITRE",
        version: "4.20",
        page: "https://cwe.mitre.org/",
        about: "The MITRE Common Weakness Enumeration.",
    },
    Framework {
        name: "NIST-CSF",
        guid: "67888276-372f-5fa5-a70c-3d08bd6da6c2",
        organization: "NIST",
        version: "2.0",
        page: "https://www.nist.gov/cyberframework",
        about: "The NIST Cybersecurity Framework.",
    },
];

/// The entries of the three frameworks that one run refers to.
#[derive(Clone, Debug)]
pub(super) struct Taxonomies {
    ids: [Vec<&'static str>; 3],
}

impl Taxonomies {
    /// All of OWASP's ten; of CWE and CSF what the rules use.
    pub(super) fn new<'a>(rules: impl Iterator<Item = &'a Rule>) -> Taxonomies {
        let mut cwe = BTreeSet::new();
        let mut csf = BTreeSet::new();
        for rule in rules {
            cwe.extend(rule.cwe.iter().copied());
            csf.extend(controls(rule));
        }
        let mut nhi: Vec<&str> = crosswalk().nhi.keys().map(String::as_str).collect();
        nhi.sort_by_key(|code| number(code));
        Taxonomies { ids: [nhi, cwe.into_iter().collect(), csf.into_iter().collect()] }
    }

    /// SARIF's `run.taxonomies`.
    pub(super) fn components(&self) -> Vec<sarif::ToolComponent> {
        let described = FRAMEWORKS.iter().zip(&self.ids).enumerate();
        described.map(|(i, (framework, ids))| component(i, framework, ids)).collect()
    }

    /// SARIF's `driver.supportedTaxonomies`.
    pub(super) fn references() -> Vec<sarif::ToolComponentReference> {
        (0..FRAMEWORKS.len()).map(reference).collect()
    }

    /// What a rule has to do with each framework.
    pub(super) fn relationships(&self, rule: &Rule) -> Vec<sarif::ReportingDescriptorRelationship> {
        let csf: BTreeSet<&str> = controls(rule).collect();
        let wanted = [rule.nhi.to_vec(), rule.cwe.to_vec(), csf.into_iter().collect()];
        let of_framework = |(i, ids): (usize, Vec<&'static str>)| {
            ids.into_iter().filter_map(move |id| self.relationship(i, id)).collect::<Vec<_>>()
        };
        wanted.into_iter().enumerate().flat_map(of_framework).collect()
    }

    fn relationship(
        &self,
        framework: usize,
        id: &str,
    ) -> Option<sarif::ReportingDescriptorRelationship> {
        let index = self.ids[framework].iter().position(|known| *known == id)?;
        let target = sarif::ReportingDescriptorReference {
            id: Some(id.to_owned()),
            index: i64::try_from(index).ok(),
            tool_component: Some(reference(framework)),
            ..sarif::ReportingDescriptorReference::default()
        };
        Some(
            sarif::ReportingDescriptorRelationship::builder()
                .target(target)
                .kinds(vec!["relevant".to_owned()])
                .build(),
        )
    }
}

/// The NIST CSF subcategories that a rule's NHI codes lead to.
fn controls(rule: &Rule) -> impl Iterator<Item = &'static str> {
    let entries = rule.nhi.iter().filter_map(|code| crosswalk().nhi.get(*code));
    entries.flat_map(|nhi| nhi.csf.iter().map(String::as_str))
}

fn reference(framework: usize) -> sarif::ToolComponentReference {
    sarif::ToolComponentReference {
        name: Some(FRAMEWORKS[framework].name.to_owned()),
        guid: Some(FRAMEWORKS[framework].guid.to_owned()),
        index: i64::try_from(framework).ok(),
        ..sarif::ToolComponentReference::default()
    }
}

fn component(i: usize, framework: &Framework, ids: &[&'static str]) -> sarif::ToolComponent {
    let taxa = ids.iter().map(|id| taxon(i, id)).collect::<Vec<_>>();
    sarif::ToolComponent::builder()
        .name(framework.name)
        .guid(framework.guid)
        .organization(framework.organization)
        .version(framework.version)
        .information_uri(framework.page)
        .short_description(text(framework.about))
        .is_comprehensive(i == 0)
        .contents(vec!["localizedData".into(), "nonLocalizedData".into()])
        .taxa(taxa)
        .build()
}

fn taxon(framework: usize, id: &str) -> sarif::ReportingDescriptor {
    let crosswalk = crosswalk();
    let descriptor = sarif::ReportingDescriptor::builder().id(id).build();
    match framework {
        0 => {
            let (title, summary) = crosswalk
                .nhi
                .get(id)
                .map_or((id, id), |nhi| (nhi.title.as_str(), nhi.summary.as_str()));
            sarif::ReportingDescriptor {
                name: Some(title.to_owned()),
                short_description: Some(text(&format!("{id} {title}."))),
                full_description: Some(text(summary)),
                help_uri: Some(page(id)),
                ..descriptor
            }
        }
        1 => {
            let title = crosswalk.cwe.get(id).map_or(id, String::as_str);
            let number = id.trim_start_matches("CWE-");
            sarif::ReportingDescriptor {
                short_description: Some(text(&format!("{title}."))),
                help_uri: Some(format!("https://cwe.mitre.org/data/definitions/{number}.html")),
                ..descriptor
            }
        }
        _ => {
            let title = crosswalk.csf.get(id).map_or(id, String::as_str);
            sarif::ReportingDescriptor {
                short_description: Some(text(&format!("{title}."))),
                ..descriptor
            }
        }
    }
}

/// Plain text in SARIF's wrapper.
pub(super) fn text(text: &str) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(text).build()
}
