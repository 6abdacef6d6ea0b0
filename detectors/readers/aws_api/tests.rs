use super::*;
use crate::evidence::{Credential, Status, When};
use serde_json::json;

const USER: &str = "arn:aws:iam::111122223333:user/ci";

fn answer(operation: &str, about: &str, body: Value) -> Answer {
    Answer {
        operation: operation.to_owned(),
        about: about.to_owned(),
        at: "2026-11-22T00:00:00Z".parse().unwrap(),
        body,
        ..Answer::default()
    }
}

fn answers(list: Vec<Answer>) -> Answers {
    Answers { account: "111122223333".to_owned(), answers: list, ..Answers::default() }
}

fn details() -> Answer {
    let user = json!({"Path": "/", "UserName": "ci", "UserId": "AIDAEXAMPLEEXAMPLE01", "Arn": USER,
        "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
            "PolicyName": "AdministratorAccess"}]});
    answer("iam:GetAccountAuthorizationDetails", "", json!({"UserDetailList": [user]}))
}

/// A report with two keys of `ci`: active, made, used; and of the second one.
fn report(first: &str, second: &str) -> Answer {
    let text = format!(
        "user,arn,user_creation_time,password_enabled,access_key_1_active,access_key_1_last_rotated,\
         access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
         access_key_2_last_used_date\nci,{USER},2024-01-01T00:00:00+00:00,false,{first},{second}\n"
    );
    let content = STANDARD.encode(text);
    let body = json!({"Content": content, "GeneratedTime": "2026-11-21T22:00:00Z"});
    answer("iam:GetCredentialReport", "", body)
}

fn keys(list: &[(&str, &str, &str)]) -> Answer {
    let list: Vec<Value> = list
        .iter()
        .map(|(id, status, made)| json!({"AccessKeyId": id, "Status": status, "CreateDate": made}))
        .collect();
    answer("iam:ListAccessKeys", "ci", json!({ "AccessKeyMetadata": list }))
}

fn read(answers: &Answers) -> Vec<Credential> {
    let key = |record| match record {
        Record::Credential(key) => Some(key),
        _ => None,
    };
    answers.records().into_iter().filter_map(key).collect()
}

const ONE: &str = "true,2024-01-01T00:00:00+00:00,2026-11-20T00:00:00+00:00";
const TWO: &str = "true,2025-01-01T00:00:00+00:00,N/A";
const NONE: &str = "false,N/A,N/A";

#[test]
fn a_key_gets_its_id_by_the_second_it_was_made() {
    let list =
        [("KEY2", "Active", "2025-01-01T00:00:00Z"), ("KEY1", "Active", "2024-01-01T00:00:00Z")];
    let found = read(&answers(vec![details(), report(ONE, TWO), keys(&list)]));
    let ids: Vec<_> = found.iter().map(|k| (k.key_id.as_deref(), k.last_used)).collect();
    let used = When::At("2026-11-20T00:00:00Z".parse().unwrap());
    assert_eq!(ids, [(Some("KEY1"), used), (Some("KEY2"), When::Never)]);
}

#[test]
fn a_key_that_was_deleted_after_the_report_is_gone_and_a_new_one_is_there() {
    let list =
        [("KEY2", "Inactive", "2026-11-21T23:00:00Z"), ("KEY1", "Active", "2024-01-01T00:00:00Z")];
    let all = answers(vec![details(), report(ONE, TWO), keys(&list)]);
    let found = read(&all);
    let ids: Vec<_> = found.iter().map(|k| (k.key_id.as_deref(), k.status)).collect();
    assert_eq!(ids, [(Some("KEY1"), Status::Active), (Some("KEY2"), Status::Disabled)]);
    assert_eq!(all.unpaired_keys(), ["KEY2"], "only the key itself knows its use");
    assert_eq!(found[1].last_used, When::Unknown);
}

#[test]
fn a_key_that_was_switched_off_after_the_report_is_off() {
    let found = read(&answers(vec![
        details(),
        report(ONE, NONE),
        keys(&[("KEY1", "Inactive", "2024-01-01T00:00:00Z")]),
    ]));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].status, found[0].key_id.as_deref()), (Status::Disabled, Some("KEY1")));
}

#[test]
fn keys_of_the_same_second_are_not_guessed() {
    let twin = "true,2024-01-01T00:00:00+00:00,N/A";
    let list =
        [("KEY1", "Active", "2024-01-01T00:00:00Z"), ("KEY2", "Active", "2024-01-01T00:00:00Z")];
    let used =
        |id: &str, body| answer("iam:GetAccessKeyLastUsed", id, json!({"AccessKeyLastUsed": body}));
    let all = answers(vec![
        details(),
        report(ONE, twin),
        keys(&list),
        used("KEY1", json!({"Region": "N/A", "ServiceName": "N/A"})),
        used("KEY2", json!({"LastUsedDate": "2026-11-20T00:00:00Z"})),
    ]);
    assert_eq!(all.unpaired_keys(), ["KEY1", "KEY2"]);
    let found = read(&all);
    let ids: Vec<_> = found.iter().map(|k| (k.key_id.as_deref(), k.last_used)).collect();
    let at = When::At("2026-11-20T00:00:00Z".parse().unwrap());
    assert_eq!(ids, [(Some("KEY1"), When::Never), (Some("KEY2"), at)]);
}

#[test]
fn a_user_is_one_identity_with_policies_and_habits() {
    let all = answers(vec![details(), report(ONE, NONE)]);
    let users: Vec<Identity> = all
        .records()
        .into_iter()
        .filter_map(|record| match record {
            Record::Identity(identity) => Some(identity),
            _ => None,
        })
        .collect();
    assert_eq!(users.len(), 1, "{users:#?}");
    assert_eq!(users[0].attrs["password"], false);
    assert_eq!(users[0].attrs["policies"].as_array().unwrap().len(), 1);
    assert_eq!(all.users_to_ask().keys, ["ci"]);
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    assert_eq!(all.mighty(now, &Default::default()), [USER]);
}

#[test]
fn an_area_is_complete_only_when_every_list_ended() {
    let complete = |all: &Answers, part: &str| {
        all.records().iter().any(|record| {
            matches!(record, Record::Coverage(c) if c.complete && c.part.as_deref() == Some(part))
        })
    };
    let secrets = |next: Option<&str>| Answer {
        region: "eu-west-1".to_owned(),
        next: next.map(str::to_owned),
        ..answer("secretsmanager:ListSecrets", "", json!({"SecretList": []}))
    };
    let part = "secretsmanager:ListSecrets in eu-west-1";
    assert!(complete(&answers(vec![secrets(Some("two")), secrets(None)]), part));
    assert!(!complete(&answers(vec![secrets(Some("two"))]), part));
    let mut refused = answers(vec![secrets(None)]);
    refused.refused.push(Refused {
        operation: "secretsmanager:ListSecrets".to_owned(),
        region: "eu-west-1".to_owned(),
        ..Refused::default()
    });
    assert!(!complete(&refused, part));
}

#[test]
fn an_empty_account_is_covered_and_one_that_refused_is_not() {
    let covers = |all: &Answers| {
        let estate = crate::evidence::Estate::build(
            all.records(),
            "2026-11-22T00:00:00Z".parse().unwrap(),
            crate::evidence::Thresholds::default(),
        );
        estate.system_covers("aws", "policy", None).is_ok()
    };
    let empty = answer("iam:GetAccountAuthorizationDetails", "", json!({}));
    assert!(covers(&answers(vec![empty])));
    let mut refused = answers(Vec::new());
    refused.refused.push(Refused {
        operation: "iam:GetAccountAuthorizationDetails".to_owned(),
        why: "AccessDenied".to_owned(),
        ..Refused::default()
    });
    assert!(!covers(&refused));
}

#[test]
fn answers_of_the_wrong_shape_are_no_evidence_and_no_panic() {
    for body in [json!(null), json!([]), json!("x"), json!({"UserDetailList": 7})] {
        for (operation, _) in AREAS {
            let all = answers(vec![answer(operation, "x", body.clone())]);
            let _ = (all.records(), all.users_to_ask(), all.unpaired_keys());
        }
    }
}

#[test]
fn a_file_and_a_live_answer_give_the_same_evidence() {
    let body = json!({
        "UserDetailList": [{"UserName": "ci", "UserId": "AIDAEXAMPLEEXAMPLE01", "Arn": USER,
            "CreateDate": "2024-01-01T00:00:00Z", "GroupList": ["ops"], "UserPolicyList": []}],
        "GroupDetailList": [{"GroupName": "ops", "GroupId": "AGPAEXAMPLEEXAMPLE01",
            "Arn": "arn:aws:iam::111122223333:group/ops"}],
        "RoleDetailList": [{"RoleName": "deploy", "RoleId": "AROAEXAMPLEEXAMPLE01", "Path": "/",
            "Arn": "arn:aws:iam::111122223333:role/deploy", "RoleLastUsed": {},
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}}],
        "Policies": [],
    });
    let all = answers(vec![answer("iam:GetAccountAuthorizationDetails", "", body.clone())]);
    let bytes = body.to_string();
    let src = Src::new("git");
    let document = crate::readers::Document {
        path: "iam.json",
        bytes: bytes.as_bytes(),
        src: &src,
        repository: None,
        as_of: "2026-11-22T00:00:00Z".parse().unwrap(),
    };
    let mut from_file = Vec::new();
    crate::readers::read_document(&document, &mut from_file);
    let bare = |records: &[Record]| {
        let mut bare: Vec<Value> = records
            .iter()
            .map(|record| {
                let mut value = serde_json::to_value(record).unwrap();
                value["src"]["ref"] = Value::Null;
                value["location"] = Value::Null;
                value
            })
            .collect();
        bare.sort_by_key(|value| value["id"].to_string());
        bare
    };
    assert_eq!(bare(&all.records()), bare(&from_file));
}
