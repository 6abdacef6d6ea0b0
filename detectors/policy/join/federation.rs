//! Trusts of Entra applications and of Google Cloud service accounts in CI platforms, from exports.

use crate::{
    evidence::{Estate, MatchKind, Pipeline, Trust, pipeline::Method},
    finding::{Finding, Level},
    policy::{aws::Truth, governance::people, join::reach},
};
use overstay_rules::Component;

/// True for a trust of an application or a service account in a token issuer.
pub(crate) fn is_federated(trust: &Trust) -> bool {
    trust.mechanism == "oidc"
        && ["entra-app:", "gcp:"].iter().any(|namespace| trust.target.starts_with(namespace))
}

/// Every such trust.
pub(crate) fn trusts(estate: &Estate) -> impl Iterator<Item = &Trust> {
    estate.trusts.iter().filter(|trust| is_federated(trust))
}

/// Whether a job asks for an application or service account: no, yes, or for one that is computed.
pub(super) fn asks(job: &Pipeline, target: &str) -> Truth {
    let (provider, name) = match target.split_once(':') {
        Some(("entra-app", id)) => ("azure", id),
        Some((_, address)) => ("gcp", address),
        None => return Truth::No,
    };
    let wanted = job.roles.iter().filter(|r| r.provider == provider && r.method == Method::Oidc);
    let answers = wanted.map(|wanted| {
        let computed = wanted.role.contains(['$', '{', '<']) || wanted.role.contains("/providers/");
        if computed { Truth::Unknown } else { Truth::from(wanted.role.eq_ignore_ascii_case(name)) }
    });
    answers.max().unwrap_or(Truth::No)
}

/// `Application 'deploy'` or `Service account 'ci@…'`: how a message begins.
pub(crate) fn told(estate: &Estate, trust: &Trust) -> String {
    let (namespace, id) = trust.target.split_once(':').unwrap_or_default();
    if namespace == "gcp" {
        return format!("Service account '{id}'");
    }
    let who = estate.who(&trust.target);
    let name = who.and_then(|who| estate.identities_of(who).find_map(|r| r.name.as_deref()));
    format!("Application '{}'", name.unwrap_or(id))
}

/// The part of a trust's conditions that could not be read; a message about its width would be a guess.
pub(crate) fn unread(trust: &Trust) -> Option<&str> {
    let opaque = trust.conditions.iter().find(|c| c.how == MatchKind::Expression)?;
    opaque.patterns.first().map(String::as_str)
}

/// How to bind a trust to exact subjects.
pub(crate) fn bind(trust: &Trust, subjects: &[String]) -> String {
    let subject = subjects.first().map_or("THE-SUBJECT-OF-THE-JOB", String::as_str);
    let issuer = trust.issuer.as_deref().unwrap_or_default();
    match trust.target.split_once(':') {
        Some(("entra-app", id)) => {
            let name = trust.attrs.get("name").and_then(|n| n.as_str()).unwrap_or("NAME");
            format!(
                "az ad app federated-credential update --id {id} --federated-credential-id {name} --parameters '{{\"name\": \"{name}\", \"issuer\": \"https://{issuer}\", \"subject\": \"{subject}\", \"audiences\": [\"api://AzureADTokenExchange\"]}}'"
            )
        }
        Some((_, address)) => {
            let pool = trust.principals.first().map_or("", String::as_str);
            let pool = pool.split_once("://iam.googleapis.com/").map_or("", |(_, path)| path);
            let pool = pool.split('/').take(6).collect::<Vec<_>>().join("/");
            format!(
                "gcloud iam service-accounts add-iam-policy-binding {address} --role roles/iam.workloadIdentityUser --member 'principal://iam.googleapis.com/{pool}/subject/{subject}'\nand take the wider member out of that role."
            )
        }
        None => String::new(),
    }
}

/// Weighs a finding about a trust by what its target can do and who answers for it.
pub(crate) fn weigh(finding: &mut Finding, estate: &Estate, trust: &Trust) {
    let Some(who) = estate.who(&trust.target) else { return };
    if let Some(found) = reach::of(estate, who) {
        finding.weigh(Component::Privilege, found.level);
    }
    let governance = match people::owners(estate, who).first() {
        Some((owner, record)) => Level::exactly(1, format!("{owner} owns it")).citing(*record),
        None => Level::between(2, 3, "no owner is recorded"),
    };
    finding.weigh(Component::Governance, governance);
}
