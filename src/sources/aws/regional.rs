//! What lives in a region: secrets, parameters, Roles Anywhere, Access Analyzer. Names, dates and
//! settings, never a value.

use super::{
    ask::{Ask, Asker, Page},
    shape,
};
use aws_sdk_accessanalyzer::types::Criterion;
use aws_sdk_ssm::types::ParameterStringFilter;
use serde_json::json;

/// The most that Secrets Manager and Access Analyzer give in one page.
const PAGE: i32 = 100;
/// The most that Parameter Store gives in one page.
const PAGE_OF_PARAMETERS: i32 = 50;

/// Everything of one region.
pub(super) async fn all(asker: &Asker, region: &str) {
    tokio::join!(
        secrets(asker, region),
        parameters(asker, region),
        anywhere(asker, region),
        analyzers(asker, region),
    );
}

async fn secrets(asker: &Asker, region: &str) {
    let client = asker.session.secretsmanager(Some(region));
    asker
        .list(Ask::region("secretsmanager:ListSecrets", region), |marker| {
            let request = client.list_secrets().max_results(PAGE);
            async move {
                let page = request.set_next_token(marker).send().await?;
                let body = json!({ "SecretList": shape::list(page.secret_list(), shape::secret) });
                Ok(Page { body, next: page.next_token })
            }
        })
        .await;
}

/// Only what Parameter Store encrypts: the others are settings.
async fn parameters(asker: &Asker, region: &str) {
    let client = asker.session.ssm(Some(region));
    let ask = Ask::region("ssm:DescribeParameters", region);
    let filter = ParameterStringFilter::builder().key("Type").option("Equals");
    let Ok(filter) = filter.values("SecureString").build() else { return };
    asker
        .list(ask, |marker| {
            let request = client.describe_parameters().max_results(PAGE_OF_PARAMETERS);
            let request = request.parameter_filters(filter.clone());
            async move {
                let page = request.set_next_token(marker).send().await?;
                let parameters = shape::list(page.parameters(), shape::parameter);
                Ok(Page { body: json!({ "Parameters": parameters }), next: page.next_token })
            }
        })
        .await;
}

async fn anywhere(asker: &Asker, region: &str) {
    let client = asker.session.rolesanywhere(Some(region));
    asker
        .list(Ask::region("rolesanywhere:ListTrustAnchors", region), |marker| {
            let request = client.list_trust_anchors();
            async move {
                let page = request.set_next_token(marker).send().await?;
                let anchors = shape::list(page.trust_anchors(), shape::trust_anchor);
                Ok(Page { body: json!({ "trustAnchors": anchors }), next: page.next_token })
            }
        })
        .await;
    asker
        .list(Ask::region("rolesanywhere:ListProfiles", region), |marker| {
            let request = client.list_profiles();
            async move {
                let page = request.set_next_token(marker).send().await?;
                let profiles = shape::list(page.profiles(), shape::profile);
                Ok(Page { body: json!({ "profiles": profiles }), next: page.next_token })
            }
        })
        .await;
}

/// Analyzers, and what they found that nobody archived or mended.
async fn analyzers(asker: &Asker, region: &str) {
    let client = asker.session.accessanalyzer(Some(region));
    asker
        .list(Ask::region("access-analyzer:ListAnalyzers", region), |marker| {
            let request = client.list_analyzers().max_results(PAGE);
            async move {
                let page = request.set_next_token(marker).send().await?;
                let analyzers = shape::list(page.analyzers(), shape::analyzer);
                Ok(Page { body: json!({ "analyzers": analyzers }), next: page.next_token })
            }
        })
        .await;
    let arns = asker.book.look(|answers| {
        let list = answers.items("access-analyzer:ListAnalyzers", "analyzers");
        let here = list.filter(|(answer, _)| answer.region == region);
        here.filter_map(|(_, analyzer)| analyzer["arn"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    });
    let active = Criterion::builder().eq("ACTIVE").build();
    for arn in arns {
        let ask = Ask { operation: "access-analyzer:ListFindingsV2", about: &arn, region };
        asker
            .list(ask, |marker| {
                let request = client.list_findings_v2().analyzer_arn(&arn).max_results(PAGE);
                let request = request.filter("status", active.clone());
                async move {
                    let page = request.set_next_token(marker).send().await?;
                    let findings = shape::list(page.findings(), shape::finding);
                    Ok(Page { body: json!({ "findings": findings }), next: page.next_token })
                }
            })
            .await;
    }
}
