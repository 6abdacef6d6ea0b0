use super::*;
use crate::evidence::{IdentityType, Src, When};

const DETAILS: &str = r#"{
  "UserDetailList": [{"Path": "/", "UserName": "ci", "UserId": "AIDAEXAMPLEEXAMPLE01", "Arn": "arn:aws:iam::111122223333:user/ci",
    "CreateDate": "2023-03-09 10:41:45+00:00", "GroupList": ["ops"], "AttachedManagedPolicies": [], "Tags": [{"Key": "Owner", "Value": "Ann@example.com"}]}],
  "GroupDetailList": [{"Path": "/", "GroupName": "ops", "GroupId": "AGPAEXAMPLEEXAMPLE01", "Arn": "arn:aws:iam::111122223333:group/ops",
    "GroupPolicyList": [], "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:aws:iam::111122223333:policy/p"}]}],
  "RoleDetailList": [{"Path": "/", "RoleName": "deploy", "RoleId": "AROAEXAMPLEEXAMPLE01", "Arn": "arn:aws:iam::111122223333:role/deploy",
    "CreateDate": 1678358505, "RoleLastUsed": {},
    "AssumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Federated%22%3A%22arn%3Aaws%3Aiam%3A%3A111122223333%3Aoidc-provider%2Ftoken.actions.githubusercontent.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRoleWithWebIdentity%22%2C%22Condition%22%3A%7B%22StringEquals%22%3A%7B%22token.actions.githubusercontent.com%3Aaud%22%3A%22sts.amazonaws.com%22%7D%2C%22StringLike%22%3A%7B%22token.actions.githubusercontent.com%3Asub%22%3A%22repo%3Aacme%2Fapp%3A%2A%22%7D%7D%7D%5D%7D",
    "InstanceProfileList": [], "RolePolicyList": [], "AttachedManagedPolicies": []}],
  "Policies": [{"PolicyName": "p", "Arn": "arn:aws:iam::111122223333:policy/p", "DefaultVersionId": "v2", "PolicyVersionList": [
    {"VersionId": "v1", "IsDefaultVersion": false, "Document": {"Version": "2012-10-17", "Statement": []}},
    {"VersionId": "v2", "IsDefaultVersion": true, "Document": {"Version": "2012-10-17", "Statement": []}}]}]
}"#;

fn records(text: &str) -> Vec<Record> {
    let src = Src::new("git");
    let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
    let document =
        Document { path: "iam.json", bytes: text.as_bytes(), src: &src, repository: None, as_of };
    let mut out = Vec::new();
    if accepts(&document) {
        read(&document, &mut out);
    }
    out
}

#[test]
fn users_groups_roles_policies_and_trusts_become_evidence() {
    let records = records(DETAILS);
    let identity = |name: &str| {
        records
            .iter()
            .find_map(|r| match r {
                Record::Identity(i) if i.name.as_deref() == Some(name) => Some(i),
                _ => None,
            })
            .unwrap()
    };
    let user = identity("ci");
    assert_eq!(user.owner.as_deref(), Some("email:ann@example.com"));
    assert_eq!(user.aliases[1], "aws-id:AIDAEXAMPLEEXAMPLE01");
    assert_eq!(user.location.as_ref().unwrap().region.unwrap().start_line, 2);
    let role = identity("deploy");
    assert_eq!((role.kind, role.last_used), (IdentityType::Workload, When::Never));
    assert_eq!(role.created_at.unwrap().to_string(), "2023-03-09T10:41:45Z");
    let trust = records.iter().find_map(|r| match r {
        Record::Trust(t) => Some(t),
        _ => None,
    });
    let trust = trust.unwrap();
    assert_eq!(trust.issuer.as_deref(), Some("token.actions.githubusercontent.com"));
    assert_eq!(trust.audiences, ["sts.amazonaws.com"]);
    assert_eq!(trust.conditions[0].patterns, ["repo:acme/app:*"]);
    let held = records.iter().find_map(|r| match r {
        Record::Policy(p) if p.subject.ends_with("policy/p") => Some(&p.attached_to),
        _ => None,
    });
    assert_eq!(held.unwrap(), &["aws:arn:aws:iam::111122223333:group/ops"]);
    let complete = records.iter().any(|r| matches!(r, Record::Coverage(c) if c.complete));
    assert!(complete);
}

#[test]
fn a_page_or_a_filtered_answer_is_not_complete() {
    for text in [
        DETAILS.replacen('{', "{\"IsTruncated\": true,", 1),
        DETAILS.replace("GroupDetailList", "Nothing"),
    ] {
        let records = records(&text);
        let incomplete =
            |r: &Record| matches!(r, Record::Coverage(c) if !c.complete && c.why.is_some());
        assert!(records.iter().any(incomplete));
    }
}

#[test]
fn a_broken_file_is_said_and_not_passed() {
    let records = records(&DETAILS[..DETAILS.len() / 2]);
    assert!(matches!(&records[..], [Record::Coverage(c)] if !c.complete));
}

/// A credential report is another file that names the same users.
#[test]
fn a_credential_report_beside_the_details_takes_no_policy_away() {
    use crate::{
        evidence::{Estate, Thresholds},
        readers::read_document,
    };
    let report = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
        ci,arn:aws:iam::111122223333:user/ci,2023-03-09T10:41:45+00:00,false,N/A,N/A,N/A,false,true,2024-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n";
    let src = Src::new("git");
    let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
    for files in
        [["a/credential-report.csv", "b/iam.json"], ["a/iam.json", "b/credential-report.csv"]]
    {
        let mut records = Vec::new();
        for path in files {
            let text = if path.ends_with("csv") { report } else { DETAILS };
            let document =
                Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of };
            read_document(&document, &mut records);
        }
        let estate = Estate::build(records, as_of, Thresholds::default());
        assert_eq!(estate.identities.iter().filter(|i| i.name.as_deref() == Some("ci")).count(), 2);
        let view = estate.aws();
        let user = &view.principals[view.find("arn:aws:iam::111122223333:user/ci").unwrap()];
        assert_eq!(user.groups.len(), 1, "{files:?}");
        assert_eq!(user.held.len(), 1, "{files:?}");
    }
}
