//! From the members of a service account's policy that are workload identities to the tokens that
//! their pool's providers accept.
//! <https://cloud.google.com/iam/docs/workload-identity-federation#access_management>

use super::cel;
use crate::evidence::{ClaimCondition, MatchKind, Record, Resource, Trust};
use serde_json::Value;

const MECHANISM: &str = "gcp-identity-pool";
const PROVIDER: &str = "gcp-identity-pool-provider";

/// Puts in the place of each raw trust one for each provider of its pool. A trust whose pool was not
/// exported stays as it is: who is behind it is not known.
pub(super) fn resolve_pools(records: &mut Vec<Record>) {
    let providers: Vec<Resource> = records
        .iter()
        .filter_map(|record| match record {
            Record::Resource(resource) if resource.kind == PROVIDER => Some(resource.clone()),
            _ => None,
        })
        .collect();
    if providers.is_empty() {
        return;
    }
    let mut resolved: Vec<Record> = Vec::new();
    records.retain(|record| match record {
        Record::Trust(trust) if trust.mechanism == MECHANISM => {
            let found: Vec<Record> =
                providers.iter().filter_map(|p| accepts(trust, p)).map(Record::from).collect();
            let whole = found.is_empty();
            resolved.extend(found);
            whole
        }
        _ => true,
    });
    records.extend(resolved);
}

/// What a provider lets in as a member of the trust; `None` for a provider of another pool.
fn accepts(trust: &Trust, provider: &Resource) -> Option<Trust> {
    let member = trust.principals.first()?;
    let (_, path) = member.split_once("://iam.googleapis.com/")?;
    let name = provider.subject.strip_prefix(PROVIDER)?.strip_prefix(':')?;
    let (pool, provider_name) = name.split_once("/providers/")?;
    let chosen = path.strip_prefix(pool)?.strip_prefix('/')?;
    let attr = |key: &str| provider.attrs.get(key);
    if attr("disabled").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let mapping = attr("mapping");
    let claim_of = |attribute: &str| {
        let written = mapping?.get(attribute)?.as_str()?;
        cel::claim(written.trim(), &|_| None)
    };
    let mut conditions = match attr("condition").and_then(Value::as_str) {
        Some(text) => cel::conditions(text, &claim_of),
        None => Vec::new(),
    };
    conditions.extend(choice(chosen, &claim_of));
    let audiences = attr("audiences").and_then(Value::as_array).into_iter().flatten();
    Some(Trust {
        id: format!("{}@{provider_name}", trust.id),
        mechanism: "oidc".to_owned(),
        issuer: attr("issuer").and_then(Value::as_str).map(str::to_owned),
        audiences: audiences.filter_map(|a| a.as_str().map(str::to_owned)).collect(),
        conditions,
        attrs: [("provider".to_owned(), name.into())]
            .into_iter()
            .chain(trust.attrs.clone())
            .collect(),
        ..trust.clone()
    })
}

/// What the end of a member's name asks for: `subject/…`, `attribute.repository/acme/web`, `*`.
fn choice(chosen: &str, claim_of: &dyn Fn(&str) -> Option<String>) -> Option<ClaimCondition> {
    if chosen == "*" {
        return None;
    }
    let (kind, value) = chosen.split_once('/')?;
    let attribute = match kind {
        "subject" => "google.subject",
        "group" => "google.groups",
        other => other,
    };
    Some(match claim_of(attribute) {
        Some(claim) => {
            ClaimCondition { claim, how: MatchKind::Equals, patterns: vec![value.to_owned()] }
        }
        None => cel::opaque(chosen),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const POOL: &str = "projects/42/locations/global/workloadIdentityPools/ci";

    fn provider(condition: &str) -> Record {
        Resource {
            id: "resource:1".into(),
            kind: PROVIDER.into(),
            subject: format!("{PROVIDER}:{POOL}/providers/github"),
            attrs: [
                ("issuer".to_owned(), json!("token.actions.githubusercontent.com")),
                ("mapping".to_owned(), json!({"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"})),
                ("condition".to_owned(), json!(condition)),
            ]
            .into(),
            ..Resource::default()
        }
        .into()
    }

    fn resolved(member: &str) -> Vec<Trust> {
        let trust = Trust {
            id: "trust:1".into(),
            target: "gcp:ci@p1.iam.gserviceaccount.com".into(),
            mechanism: MECHANISM.into(),
            principals: vec![member.into()],
            ..Trust::default()
        };
        let mut records = vec![provider("assertion.repository_owner == 'acme'"), trust.into()];
        resolve_pools(&mut records);
        let trusts = records.into_iter().filter_map(|record| match record {
            Record::Trust(trust) => Some(trust),
            _ => None,
        });
        trusts.collect()
    }

    #[test]
    fn a_member_becomes_issuer_and_claims() {
        let found = resolved(&format!(
            "principalSet://iam.googleapis.com/{POOL}/attribute.repository/acme/web"
        ));
        let [trust] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(trust.mechanism, "oidc");
        assert_eq!(trust.issuer.as_deref(), Some("token.actions.githubusercontent.com"));
        let claims: Vec<_> =
            trust.conditions.iter().map(|c| (c.claim.as_str(), c.patterns.concat())).collect();
        assert_eq!(
            claims,
            [("repository_owner", "acme".to_owned()), ("repository", "acme/web".to_owned())]
        );
    }

    #[test]
    fn everybody_of_a_pool_is_asked_for_the_providers_condition_only() {
        let found = resolved(&format!("principalSet://iam.googleapis.com/{POOL}/*"));
        assert_eq!(found[0].conditions.len(), 1);
    }

    #[test]
    fn a_member_of_a_pool_that_was_not_exported_stays() {
        let found = resolved(
            "principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/x/*",
        );
        assert_eq!(found[0].mechanism, MECHANISM);
    }
}
