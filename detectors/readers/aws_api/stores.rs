//! Secrets Manager and Parameter Store: what is kept there, how old it is, who rotates it. Never a
//! value.

use super::{
    Answers,
    account::resource,
    shape::{at, date_or_null, known, tags, text},
};
use crate::evidence::Record;
use serde_json::{Value, json};

/// `aws-secret` and `aws-parameter` resources. `rotated`, `accessed` and `next_rotation` are null
/// where AWS asserts never.
pub(super) fn records(answers: &Answers, out: &mut Vec<Record>) {
    for (answer, secret) in answers.items("secretsmanager:ListSecrets", "SecretList") {
        let Some(arn) = text(secret, "ARN") else { continue };
        let rules = &secret["RotationRules"];
        let mut attrs = known([
            ("name", json!(text(secret, "Name"))),
            ("rotation_days", rules["AutomaticallyAfterDays"].clone()),
            ("rotation_schedule", json!(text(rules, "ScheduleExpression"))),
            ("rotation_function", json!(text(secret, "RotationLambdaARN"))),
            ("created", json!(at(secret, "CreatedDate"))),
            ("changed", json!(at(secret, "LastChangedDate"))),
            ("deleted", json!(at(secret, "DeletedDate"))),
            ("kms_key", json!(text(secret, "KmsKeyId"))),
            ("owning_service", json!(text(secret, "OwningService"))),
            ("primary_region", json!(text(secret, "PrimaryRegion"))),
            ("tags", tags(secret)),
        ]);
        let rotates = secret.get("RotationEnabled").and_then(Value::as_bool).unwrap_or(false);
        attrs.insert("rotation".to_owned(), json!(rotates));
        // Days only: LastAccessedDate is the day of the last read (API reference, SecretListEntry).
        for (fact, key) in [
            ("rotated", "LastRotatedDate"),
            ("accessed", "LastAccessedDate"),
            ("next_rotation", "NextRotationDate"),
        ] {
            attrs.insert(fact.to_owned(), date_or_null(secret, key));
        }
        out.push(resource(answers, answer, "aws-secret", arn, attrs));
    }
    for (answer, parameter) in answers.items("ssm:DescribeParameters", "Parameters") {
        let Some(name) = text(parameter, "Name") else { continue };
        let arn = text(parameter, "ARN").map_or_else(
            || {
                let (region, account) = (&answer.region, &answers.account);
                format!("arn:aws:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/'))
            },
            str::to_owned,
        );
        let attrs = known([
            ("name", json!(name)),
            ("type", json!(text(parameter, "Type"))),
            ("kms_key", json!(text(parameter, "KeyId"))),
            ("changed", json!(at(parameter, "LastModifiedDate"))),
            ("changed_by", json!(text(parameter, "LastModifiedUser"))),
            ("version", parameter["Version"].clone()),
            ("policies", parameter["Policies"].clone()),
        ]);
        out.push(resource(answers, answer, "aws-parameter", &arn, attrs));
    }
}
