//! What AWS's services answer, in the shapes of their protocols.

use super::{ACCOUNT, Request, Say, key_id};
use serde_json::{Value, json};

/// The answer of an IAM or STS operation.
pub(crate) fn xml(operation: &str, body: &str) -> Say {
    Say(
        200,
        format!(
            "<{operation}Response><{operation}Result>{body}</{operation}Result>\
             <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

/// An error as IAM says it.
pub(crate) fn xml_error(status: u16, code: &str) -> Say {
    Say(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>said by the \
             test</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        ),
    )
}

/// An error as the JSON services say it.
pub(crate) fn json_error(status: u16, code: &str) -> Say {
    Say(status, json!({"__type": code, "message": "said by the test"}).to_string())
}

/// The error of whichever protocol the request speaks.
pub(crate) fn error(request: &Request, status: u16, code: &str) -> Say {
    if request.head.contains("x-www-form-urlencoded") {
        xml_error(status, code)
    } else {
        json_error(status, code)
    }
}

/// An answer in JSON.
pub(crate) fn answer(body: &Value) -> Say {
    Say(200, body.to_string())
}

/// A small account in order: one user with a key, one person, one role, nothing else.
pub(crate) fn good(request: &Request) -> Say {
    let operation = request.operation.as_str();
    match operation {
        "GetCallerIdentity" => {
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/scanner");
            xml(
                operation,
                &format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>{ACCOUNT}</Account>"),
            )
        }
        "GetAccountAuthorizationDetails" => {
            let lists = format!(
                "<UserDetailList>{}{}</UserDetailList><GroupDetailList/><Policies/>\
                 <RoleDetailList>{}</RoleDetailList>",
                user("ci"),
                user("ann"),
                role("deploy", TRUST)
            );
            xml(operation, &format!("{lists}<IsTruncated>false</IsTruncated>"))
        }
        "GenerateCredentialReport" => xml(operation, "<State>COMPLETE</State>"),
        "GetCredentialReport" => {
            let content = base64(&report(&[
                "ci,false,N/A,false,true,2024-01-01T00:00:00+00:00,2026-11-20T00:00:00+00:00",
                "ann,true,2026-11-21T00:00:00+00:00,true,false,N/A,N/A",
            ]));
            let made = "<GeneratedTime>2026-11-21T22:00:00Z</GeneratedTime>";
            xml(
                operation,
                &format!("<Content>{content}</Content><ReportFormat>text/csv</ReportFormat>{made}"),
            )
        }
        "ListAccessKeys" if request.field("UserName") == "ci" => xml(
            operation,
            &format!(
                "<AccessKeyMetadata>{}</AccessKeyMetadata><IsTruncated>false</IsTruncated>",
                key("ci", "CI", "2024-01-01T00:00:00Z")
            ),
        ),
        "GetAccountPasswordPolicy" => xml_error(404, "NoSuchEntity"),
        "GetAccountSummary" => xml(
            operation,
            "<SummaryMap><entry><key>Users</key><value>2</value></entry></SummaryMap>",
        ),
        "DescribeOrganization" => json_error(400, "AWSOrganizationsNotInUseException"),
        "ListOpenIDConnectProviders" => xml(operation, "<OpenIDConnectProviderList/>"),
        "ListSAMLProviders" => xml(operation, "<SAMLProviderList/>"),
        "ListSecrets" => answer(&json!({"SecretList": []})),
        "DescribeParameters" => answer(&json!({"Parameters": []})),
        "GET /trustanchors" => answer(&json!({"trustAnchors": []})),
        "GET /profiles" => answer(&json!({"profiles": []})),
        "GET /analyzer" => answer(&json!({"analyzers": []})),
        name if name.starts_with("List") && request.head.contains("form-urlencoded") => {
            xml(name, "<IsTruncated>false</IsTruncated>")
        }
        _ => Say(501, "not made".to_owned()),
    }
}

/// A trust policy, percent-encoded as IAM sends it.
pub(crate) const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22*%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

pub(crate) fn user(name: &str) -> String {
    format!(
        "<member><Path>/</Path><UserName>{name}</UserName><UserId>AIDAEXAMPLE{name:0>9}</UserId>\
         <Arn>arn:aws:iam::{ACCOUNT}:user/{name}</Arn><CreateDate>2019-03-09T10:41:45Z</CreateDate>\
         <GroupList/><AttachedManagedPolicies/><UserPolicyList/></member>"
    )
}

pub(crate) fn role(name: &str, trust: &str) -> String {
    format!(
        "<member><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROAEXAMPLE{name:0>9}</RoleId>\
         <Arn>arn:aws:iam::{ACCOUNT}:role/{name}</Arn><CreateDate>2019-03-09T10:41:45Z</CreateDate>\
         <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument><RoleLastUsed>\
         <LastUsedDate>2026-11-20T00:00:00Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed>\
         <AttachedManagedPolicies><member><PolicyName>AdministratorAccess</PolicyName>\
         <PolicyArn>arn:aws:iam::aws:policy/AdministratorAccess</PolicyArn></member>\
         </AttachedManagedPolicies><InstanceProfileList/><RolePolicyList/></member>"
    )
}

pub(crate) fn key(user: &str, name: &str, made: &str) -> String {
    format!(
        "<member><UserName>{user}</UserName><AccessKeyId>{}</AccessKeyId><Status>Active</Status>\
         <CreateDate>{made}</CreateDate></member>",
        key_id(name)
    )
}

/// A credential report: name, password, its last use, MFA, first key active, made, used.
pub(crate) fn report(rows: &[&str]) -> String {
    let mut text = String::from(
        "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,\
         access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date\n",
    );
    for row in rows {
        let (name, rest) = row.split_once(',').unwrap();
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/{name}");
        text.push_str(&format!("{name},{arn},2019-03-09T10:41:45+00:00,{rest}\n"));
    }
    text
}

/// Base64 without a crate.
pub(crate) fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let index = (bits >> (18 - 6 * position)) & 63;
            let letter = char::from(LETTERS[index as usize]);
            encoded.push(if position > chunk.len() { '=' } else { letter });
        }
    }
    encoded
}

/// Jobs that the server does at once, so that no test waits for them.
pub(crate) fn jobs(request: &Request) -> Option<Say> {
    match request.operation.as_str() {
        "GenerateServiceLastAccessedDetails" => Some(xml(&request.operation, "<JobId>1</JobId>")),
        "GetServiceLastAccessedDetails" => Some(job("COMPLETED")),
        _ => None,
    }
}

pub(crate) fn job(status: &str) -> Say {
    let services = "<member><ServiceName>S3</ServiceName><ServiceNamespace>s3</ServiceNamespace>\
        <LastAuthenticated>2026-11-01T00:00:00Z</LastAuthenticated><TrackedActionsLastAccessed>\
        <member><ActionName>GetObject</ActionName><LastAccessedTime>2026-11-01T00:00:00Z\
        </LastAccessedTime></member></TrackedActionsLastAccessed></member><member><ServiceName>EC2\
        </ServiceName><ServiceNamespace>ec2</ServiceNamespace></member>";
    let moment = "2026-11-22T00:00:00Z";
    xml(
        "GetServiceLastAccessedDetails",
        &format!(
            "<JobStatus>{status}</JobStatus><JobCreationDate>{moment}</JobCreationDate>\
             <JobCompletionDate>{moment}</JobCompletionDate>\
             <ServicesLastAccessed>{services}</ServicesLastAccessed><IsTruncated>false</IsTruncated>"
        ),
    )
}

pub(crate) fn page(body: &str, marker: Option<&str>) -> Say {
    let more = marker.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |marker| {
        format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>")
    });
    xml("GetAccountAuthorizationDetails", &format!("{body}{more}"))
}

/// Two pages of details and of secrets.
pub(crate) fn two_pages(request: &Request) -> Option<Say> {
    match (request.operation.as_str(), request.field("Marker"), request.field("NextToken")) {
        ("GetAccountAuthorizationDetails", "", _) => {
            Some(page(&format!("<UserDetailList>{}</UserDetailList>", user("ci")), Some("two")))
        }
        ("GetAccountAuthorizationDetails", "two", _) => {
            Some(page(&format!("<RoleDetailList>{}</RoleDetailList>", role("deploy", TRUST)), None))
        }
        ("ListSecrets", _, "") => {
            Some(answer(&json!({"SecretList": [secret("one")], "NextToken": "two"})))
        }
        ("ListSecrets", _, "two") => Some(answer(&json!({"SecretList": [secret("two")]}))),
        _ => jobs(request),
    }
}

pub(crate) fn secret(name: &str) -> Value {
    json!({
        "ARN": format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{name}"), "Name": name,
        "CreatedDate": 1_300_000_000.5, "LastChangedDate": 1_300_000_000.5,
    })
}
