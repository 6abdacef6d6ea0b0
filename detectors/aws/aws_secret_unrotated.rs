//! A secret in Secrets Manager that is older than secrets may grow, and that nothing rotates.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::aws::{account_of, weight::date},
};
use jiff::Timestamp;
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let old = estate.days_ago(estate.thresholds.rotation_days);
    for secret in estate.resources.iter().filter(|r| r.kind == "aws-secret") {
        let is = |name: &str| secret.attrs.get(name).is_some_and(|v| !v.is_null());
        // A service's own secret is rotated by the service; a deleted one waits for its end; a copy
        // follows its original.
        let copied = secret.attrs.get("primary_region").and_then(|v| v.as_str()).is_some_and(|primary| {
            secret.attrs.get("region").and_then(|v| v.as_str()) != Some(primary)
        });
        if is("owning_service") || is("deleted") || copied {
            continue;
        }
        let changed = [moment(secret, "rotated"), moment(secret, "changed"), moment(secret, "created")];
        let Some(changed) = changed.into_iter().flatten().max().filter(|at| *at < old) else { continue };
        let rotates = secret.attrs.get("rotation").and_then(serde_json::Value::as_bool);
        let state = match rotates {
            Some(true) => "though its rotation is on",
            Some(false) => "and nothing rotates it",
            None => continue,
        };
        let arn = secret.subject.trim_start_matches("aws:");
        let name = secret.attrs.get("name").and_then(|v| v.as_str()).unwrap_or(arn);
        let message = format!(
            "Secret '{name}' of account {} was last changed on {}, {state}.",
            account_of(arn).unwrap_or_default(),
            date(changed),
        );
        let finding = findings.report(secret, secret.subject.clone(), message);
        finding.key("unrotated").fix(fix(arn, rotates == Some(true)));
        finding.locations.extend(secret.location.clone());
        let read = moment(secret, "accessed");
        let liveness = match (read, secret.attrs.get("accessed")) {
            (Some(at), _) if at >= old => Level::exactly(3, format!("it was read on {}", date(at))),
            (Some(at), _) => Level::exactly(1, format!("it was last read on {}", date(at))),
            (None, Some(_)) => Level::exactly(1, "it was never read"),
            (None, None) => Level::between(1, 3, "nobody collected when it was read"),
        };
        finding
            .weigh(Component::Exposure, Level::exactly(1, "whoever read it once has it still").citing(secret))
            .weigh(Component::Liveness, liveness.citing(secret))
            .weigh(Component::Governance, Level::exactly(2, "nothing limits its age").citing(secret));
    }
}

fn fix(arn: &str, broken: bool) -> String {
    let look = if broken { "aws secretsmanager describe-secret --secret-id ARN   # LastRotatedDate, and the log of the rotation function\n" } else { "" };
    format!(
        "{look}aws secretsmanager rotate-secret --secret-id {arn} --rotation-lambda-arn FUNCTION-ARN --rotation-rules AutomaticallyAfterDays=30\n\
         Terraform: resource \"aws_secretsmanager_secret_rotation\" \"this\" {{\n  secret_id           = \"{arn}\"\n  rotation_lambda_arn = aws_lambda_function.rotate.arn\n  rotation_rules {{ automatically_after_days = 30 }}\n}}\n\
         Once nothing reads it: aws secretsmanager delete-secret --secret-id {arn} --recovery-window-in-days 30"
    )
    .replacen("ARN ", &format!("{arn} "), usize::from(broken))
}

fn moment(secret: &Resource, name: &str) -> Option<Timestamp> {
    secret.attrs.get(name)?.as_str()?.parse().ok()
}
