//! Everything of a run but its results.

use super::{
    catalogue::Catalogue,
    notification,
    place::{ROOT, uri},
    taxonomy::{Taxonomies, text},
};
use crate::report::{Options, Provenance, Report, SourceRun};
use jiff::Timestamp;
use serde_sarif::sarif;
use std::collections::BTreeMap;

/// Where the tool is described.
const INFORMATION: &str = "https://owasp.org/www-project-non-human-identities-top-10/";

pub(super) fn head(
    report: &Report,
    options: &Options,
    run: &SourceRun,
    catalogue: &Catalogue,
    left_out: usize,
) -> sarif::Run {
    let notifications = notification::notifications(report, options.sarif_profile, run, left_out);
    let mut head = sarif::Run::builder()
        .tool(tool(catalogue, !notifications.is_empty()))
        .automation_details(sarif::RunAutomationDetails {
            id: Some(automation_id(options, run)),
            ..sarif::RunAutomationDetails::default()
        })
        .invocations(vec![invocation(report, run, notifications)])
        .column_kind("unicodeCodePoints")
        .taxonomies(catalogue.taxonomies.components())
        .build();
    head.original_uri_base_ids = Some(BTreeMap::from([(
        ROOT.to_owned(),
        sarif::ArtifactLocation {
            description: Some(sarif::Message {
                text: Some("The root of the scanned repository.".to_owned()),
                ..sarif::Message::default()
            }),
            ..sarif::ArtifactLocation::default()
        },
    )]));
    head.version_control_provenance =
        run.provenance.as_ref().and_then(version_control).map(|details| vec![details]);
    head
}

fn tool(catalogue: &Catalogue, with_notifications: bool) -> sarif::Tool {
    let mut driver = sarif::ToolComponent::builder()
        .name("Overstay")
        .full_name(format!("Overstay {}", env!("CARGO_PKG_VERSION")))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .version(env!("CARGO_PKG_VERSION"))
        .information_uri(INFORMATION)
        .organization("Overstay")
        .short_description(text("Finds machine access that has overstayed its approval."))
        .rules(catalogue.descriptors())
        .supported_taxonomies(Taxonomies::references())
        .build();
    if with_notifications {
        driver.notifications = Some(notification::descriptors());
    }
    sarif::Tool::builder().driver(driver).build()
}

/// `<category>/<system>/<tenant>/`: GitHub takes everything up to the last `/` as the category.
fn automation_id(options: &Options, run: &SourceRun) -> String {
    let category = options.category.as_deref().unwrap_or("overstay").trim_end_matches('/');
    format!("{category}/{}/", run.name().trim_end_matches('/'))
}

fn invocation(
    report: &Report,
    run: &SourceRun,
    notifications: Vec<sarif::Notification>,
) -> sarif::Invocation {
    let mut invocation = sarif::Invocation::builder()
        .execution_successful(!run.failed)
        .start_time_utc(time(report.started))
        .end_time_utc(time(report.ended))
        .build();
    if !notifications.is_empty() {
        invocation.tool_execution_notifications = Some(notifications);
    }
    invocation
}

/// RFC 3339 with milliseconds, which every consumer reads.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn version_control(provenance: &Provenance) -> Option<sarif::VersionControlDetails> {
    let mut details = sarif::VersionControlDetails::builder()
        .repository_uri(repository_uri(&provenance.remote)?)
        .mapped_to(sarif::ArtifactLocation {
            uri_base_id: Some(ROOT.to_owned()),
            ..sarif::ArtifactLocation::default()
        })
        .build();
    details.revision_id.clone_from(&provenance.commit);
    details.branch.clone_from(&provenance.branch);
    Some(details)
}

/// The address of a remote as a URI, without user name, password or token. `None` for a path on
/// this machine.
fn repository_uri(remote: &str) -> Option<String> {
    let (scheme, rest) = match remote.split_once("://") {
        Some((scheme @ ("https" | "http" | "ssh" | "git"), rest)) => (scheme, rest.to_owned()),
        Some(_) => return None,
        None => {
            let (host, path) = remote.split_once(':')?;
            if host.contains('/') || host.len() < 2 || path.starts_with('\\') {
                return None;
            }
            ("https", format!("{host}/{}", path.trim_start_matches('/')))
        }
    };
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next()?;
    let path = path.split(['?', '#']).next()?.trim_end_matches(".git");
    let known = host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c));
    (known && !host.is_empty()).then(|| format!("{scheme}://{host}/{}", uri(path)))
}

#[cfg(test)]
mod tests {
    use super::repository_uri;

    #[test]
    fn a_remote_loses_its_credentials_and_a_local_path_is_not_told() {
        let uri = |remote: &str| repository_uri(remote);
        let expected = Some("https://github.com/o/r".to_owned());
        assert_eq!(uri("https://user:token@github.com/o/r.git"), expected);
        assert_eq!(uri("git@github.com:o/r.git"), expected);
        assert_eq!(uri("ssh://git@host.example:22/o/r"), Some("ssh://host.example:22/o/r".into()));
        for local in ["/home/me/r", "file:///home/me/r", "../r", "C:\\r", "./a:b"] {
            assert_eq!(uri(local), None, "{local}");
        }
    }
}
