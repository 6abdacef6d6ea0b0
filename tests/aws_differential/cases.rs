//! Random policies and requests, and our verdict on them.

use overstay_detectors::policy::aws::{
    Caller, CallerKind, Context, Document, Policies, Request, Truth, Value, authorize,
};
use serde_json::{Value as Json, json};
use std::{borrow::Cow, collections::BTreeMap};

/// A small generator, the same on every machine (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

const HOME: &str = "111111111111";
const AWAY: &str = "222222222222";
const NAMES: [&str; 4] = ["alpha", "beta", "ann", "a?x"];

/// Action, the pattern of its resource, and whether the resource policy must consent.
const ACTIONS: [(&str, &str, bool); 9] = [
    ("s3:GetObject", "arn:aws:s3:::bucket-{n}/data/{n}", false),
    ("s3:PutObject", "arn:aws:s3:::bucket-{n}/{n}", false),
    ("s3:ListBucket", "arn:aws:s3:::bucket-{n}", false),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:{a}:queue-{n}", false),
    ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:{a}:table/{n}", false),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:{a}:function:{n}", false),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:{a}:secret:{n}-AbCdEf",
        false,
    ),
    ("sts:AssumeRole", "arn:aws:iam::{a}:role/{n}", true),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:{a}:key/{n}", true),
];

const CONDITIONS: [(&str, &str, &[&str]); 34] = [
    ("StringEquals", "aws:PrincipalOrgID", &["o-home", "o-away"]),
    ("StringNotEquals", "aws:PrincipalOrgID", &["o-home"]),
    ("StringEqualsIfExists", "aws:PrincipalOrgID", &["o-home"]),
    ("StringNotEqualsIfExists", "aws:PrincipalOrgID", &["o-home"]),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", &["CORE"]),
    ("StringNotEqualsIgnoreCase", "aws:PrincipalTag/team", &["CORE"]),
    ("StringLike", "aws:PrincipalTag/team", &["c?re", "x*"]),
    ("StringNotLike", "aws:PrincipalTag/team", &["c*"]),
    ("StringLike", "aws:UserAgent", &["*cli*"]),
    ("StringEquals", "aws:username", &["${aws:PrincipalTag/team}", "ann"]),
    ("StringEquals", "aws:PrincipalTag/team", &["${aws:username, 'core'}"]),
    ("Bool", "aws:MultiFactorAuthPresent", &["true"]),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", &["false"]),
    ("Bool", "aws:SecureTransport", &["false"]),
    ("Null", "aws:MultiFactorAuthPresent", &["true"]),
    ("Null", "aws:PrincipalTag/team", &["false"]),
    ("IpAddress", "aws:SourceIp", &["10.0.0.0/8", "192.0.2.7/32"]),
    ("NotIpAddress", "aws:SourceIp", &["10.0.0.0/8"]),
    ("IpAddressIfExists", "aws:SourceIp", &["2001:db8::/32"]),
    ("DateGreaterThan", "aws:CurrentTime", &["2026-01-01T00:00:00Z"]),
    ("DateLessThan", "aws:CurrentTime", &["2026-01-01T00:00:00Z"]),
    ("DateLessThanEquals", "aws:TokenIssueTime", &["2026-11-22T00:00:00Z"]),
    ("NumericLessThan", "aws:MultiFactorAuthAge", &["3600"]),
    ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", &["3600"]),
    ("NumericLessThanIfExists", "aws:MultiFactorAuthAge", &["10"]),
    ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/a*"]),
    ("ArnNotLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/*"]),
    ("ArnEquals", "aws:SourceArn", &["arn:aws:s3:::bucket-alpha"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", &["team", "cost"]),
    ("ForAnyValue:StringEquals", "aws:TagKeys", &["team", "cost"]),
    ("ForAllValues:StringLike", "aws:TagKeys", &["t*"]),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-home/r-1/*"]),
    ("ForAllValues:StringNotEquals", "aws:TagKeys", &["secret"]),
    ("StringNotEquals", "aws:SourceVpce", &["vpce-1"]),
];

/// One request with everything that bears on it.
#[derive(Clone)]
pub(crate) struct Case {
    action: &'static str,
    resource: String,
    owner: &'static str,
    decides: bool,
    principal: String,
    arn: String,
    keys: BTreeMap<String, Vec<String>>,
    identity: Vec<Json>,
    boundary: Vec<Json>,
    session: Option<Json>,
    scps: Vec<Vec<Json>>,
    rcps: Vec<Vec<Json>>,
    own: Option<Json>,
}

struct Keys<'a>(&'a BTreeMap<String, Vec<String>>);

impl Context for Keys<'_> {
    fn value(&self, key: &str) -> Value<'_> {
        let found = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map_or(Value::Absent, |(_, values)| {
            Value::Known(values.iter().map(|v| Cow::Borrowed(v.as_str())).collect())
        })
    }
}

impl Case {
    pub(crate) fn random(r: &mut Random) -> Case {
        let (action, pattern, decides) = r.pick(&ACTIONS);
        let owner = if r.one_in(4) { AWAY } else { HOME };
        let resource = fill(pattern, owner, r);
        let name = r.pick(&["ann", "alpha", "beta"]);
        let (principal, arn) = if r.one_in(2) {
            let arn = format!("arn:aws:iam::{HOME}:user/{name}");
            (arn.clone(), arn)
        } else {
            let session = format!("arn:aws:sts::{HOME}:assumed-role/{name}/s1");
            (session, format!("arn:aws:iam::{HOME}:role/{name}"))
        };
        let mut case = Case {
            action,
            resource,
            owner,
            decides,
            keys: keys(r, name, &arn, principal == arn),
            principal,
            arn,
            identity: Vec::new(),
            boundary: Vec::new(),
            session: None,
            scps: Vec::new(),
            rcps: Vec::new(),
            own: None,
        };
        case.identity = (0..1 + r.below(2)).map(|_| case.policy(r, false, 4)).collect();
        if r.one_in(3) {
            case.boundary = vec![case.policy(r, false, 6)];
        }
        if r.one_in(5) && case.principal != case.arn {
            case.session = Some(case.policy(r, false, 6));
        }
        if r.one_in(3) {
            case.scps = (0..1 + r.below(2)).map(|_| vec![case.policy(r, false, 8)]).collect();
        }
        if r.one_in(6) {
            case.rcps = vec![vec![case.denial(r)]];
        }
        if decides || r.one_in(2) {
            case.own = Some(case.policy(r, true, 4));
        }
        case
    }

    /// A policy; one statement in `denials` takes.
    fn policy(&self, r: &mut Random, resource_based: bool, denials: usize) -> Json {
        let count = 1 + r.below(3);
        let statements: Vec<Json> = (0..count)
            .map(|_| {
                let deny = r.one_in(denials);
                self.statement(r, if deny { "Deny" } else { "Allow" }, resource_based)
            })
            .collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    fn denial(&self, r: &mut Random) -> Json {
        let mut statement = self.statement(r, "Deny", false);
        // A resource control policy knows neither NotAction nor `*` alone.
        let service = self.action.split(':').next().unwrap();
        let action = if r.one_in(2) { self.action.to_owned() } else { format!("{service}:*") };
        statement["Principal"] = json!("*");
        statement["Action"] = json!([action]);
        statement.as_object_mut().unwrap().remove("NotAction");
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }

    fn statement(&self, r: &mut Random, effect: &str, resource_based: bool) -> Json {
        let mut statement = json!({"Effect": effect});
        let actions: Vec<String> = (0..1 + r.below(2)).map(|_| self.action_pattern(r)).collect();
        statement[if r.one_in(8) { "NotAction" } else { "Action" }] = json!(actions);
        if resource_based {
            statement["Principal"] = self.principals(r);
        }
        // Role trust documents have no Resource.
        if !(resource_based && self.action == "sts:AssumeRole") {
            let resources: Vec<String> =
                (0..1 + r.below(2)).map(|_| self.resource_pattern(r)).collect();
            statement[if r.one_in(8) { "NotResource" } else { "Resource" }] = json!(resources);
        }
        for _ in 0..r.pick(&[0, 0, 0, 1, 1, 2]) {
            let (operator, key, values) = r.pick(&CONDITIONS);
            statement["Condition"][operator][key] = json!(values);
        }
        statement
    }

    fn action_pattern(&self, r: &mut Random) -> String {
        let (service, name) = self.action.split_once(':').unwrap();
        match r.below(9) {
            0 => "*".to_owned(),
            1 => format!("{service}:*"),
            2 => format!("{service}:{}*", &name[..3]),
            3 => self.action.to_uppercase().to_lowercase(),
            4 => format!("{service}:?{}", &name[1..]),
            5 => r.pick(&ACTIONS).0.to_owned(),
            _ => self.action.to_owned(),
        }
    }

    fn resource_pattern(&self, r: &mut Random) -> String {
        let (_, pattern, _) = ACTIONS.iter().find(|a| a.0 == self.action).copied().unwrap();
        match r.below(9) {
            0..=2 => "*".to_owned(),
            3 => pattern.replace("{n}", "*").replace("{a}", "*"),
            4 => pattern.replace("{n}", "a*").replace("{a}", self.owner),
            // The other evaluator does not find a variable in a name that stands alone after the
            // account, as queues have.
            5 if !self.resource.contains(":sqs:") => {
                pattern.replace("{n}", "${aws:username}").replace("{a}", self.owner)
            }
            6 => fill(pattern, self.owner, r),
            7 => pattern.replace("{n}", "?????").replace("{a}", self.owner),
            _ => self.resource.replace('?', "*"),
        }
    }

    fn principals(&self, r: &mut Random) -> Json {
        match r.below(7) {
            0 => json!("*"),
            1 => json!({"AWS": HOME}),
            2 => json!({"AWS": format!("arn:aws:iam::{HOME}:root")}),
            3 => json!({"AWS": [self.arn]}),
            // The other evaluator lets a session policy limit what a resource policy gives to the
            // session itself; AWS does not (IAM User Guide, "Session policies").
            4 if self.session.is_none() => json!({"AWS": self.principal}),
            5 => {
                json!({"AWS": format!("arn:aws:iam::{AWAY}:root"), "Service": "ec2.amazonaws.com"})
            }
            _ => json!({"AWS": [format!("arn:aws:iam::{HOME}:user/nobody"), self.arn]}),
        }
    }

    /// A resource policy for everybody (`Principal: "*"`) allows what the session policy does not, in
    /// the same account. AWS: a session policy limits what a resource policy gives to the *role*; it
    /// does not limit what one gives to everybody, even where `aws:PrincipalArn` then names the role
    /// (IAM User Guide, "AWS JSON policy elements: Principal", IAM role principals, and "How AWS
    /// enforcement code logic evaluates requests to allow or deny access"). The other evaluator lets
    /// it limit both. So the two must agree again once the policy names the role in place of everybody.
    pub(crate) fn everybody_meets_session_policy(&self) -> bool {
        let Some(own) = &self.own else { return false };
        let named = |principal: &Json| match principal.as_str() {
            Some("*") => json!({"AWS": self.arn}),
            _ => principal.clone(),
        };
        let mut own = own.clone();
        for statement in own["Statement"].as_array_mut().into_iter().flatten() {
            statement["Principal"] = named(&statement["Principal"]);
        }
        let to_role = Case { own: Some(own), ..self.clone() };
        self.session.is_some() && self.owner == HOME && to_role.verdict() == "denied"
    }

    /// The case as the other evaluator wants it.
    pub(crate) fn json(&self) -> Json {
        let named = |list: &[Json]| -> Vec<Json> {
            list.iter()
                .enumerate()
                .map(|(i, policy)| json!({"name": format!("p{i}"), "policy": policy}))
                .collect()
        };
        let levels = |levels: &[Vec<Json>]| -> Vec<Json> {
            levels
                .iter()
                .enumerate()
                .map(|(i, l)| json!({"orgIdentifier": format!("ou-{i}"), "policies": named(l)}))
                .collect()
        };
        let context: BTreeMap<&str, Json> = self
            .keys
            .iter()
            .map(|(key, values)| {
                let many = matches!(key.as_str(), "aws:TagKeys" | "aws:PrincipalOrgPaths");
                (key.as_str(), if many { json!(values) } else { json!(values[0]) })
            })
            .collect();
        let mut case = json!({
            "request": {"principal": self.principal, "action": self.action, "contextVariables": context,
                "resource": {"resource": self.resource, "accountId": self.owner}},
            "identityPolicies": named(&self.identity),
            "serviceControlPolicies": levels(&self.scps),
            "resourceControlPolicies": levels(&self.rcps),
        });
        if !self.boundary.is_empty() {
            case["permissionBoundaryPolicies"] = json!(named(&self.boundary));
        }
        if let Some(session) = &self.session {
            case["sessionPolicy"] = session.clone();
        }
        if let Some(own) = &self.own {
            case["resourcePolicy"] = own.clone();
        }
        case
    }

    /// Our verdict.
    pub(crate) fn verdict(&self) -> &'static str {
        let parse = |policy: &Json| Document::from_value(policy).unwrap();
        let all = |list: &[Json]| -> Vec<Document> { list.iter().map(parse).collect() };
        let (identity, boundary) = (all(&self.identity), all(&self.boundary));
        let session: Vec<Document> = self.session.iter().map(parse).collect();
        let scps: Vec<Vec<Document>> = self.scps.iter().map(|l| all(l)).collect();
        let rcps: Vec<Vec<Document>> = self.rcps.iter().map(|l| all(l)).collect();
        let own = self.own.as_ref().map(parse);
        let policies = Policies {
            identity: identity.iter().collect(),
            boundary: boundary.iter().collect(),
            session: session.iter().collect(),
            scps: scps.iter().map(|l| l.iter().collect()).collect(),
            rcps: rcps.iter().map(|l| l.iter().collect()).collect(),
            resource: own.as_ref(),
            resource_decides: self.decides,
        };
        let kind = if self.principal == self.arn {
            CallerKind::User
        } else {
            CallerKind::Session(Some(&self.principal))
        };
        let action = self.action.to_lowercase();
        let request = Request {
            action: &action,
            resource: &self.resource,
            resource_account: Some(self.owner),
            caller: Caller { arn: &self.arn, kind, account: HOME },
            context: &Keys(&self.keys),
        };
        match authorize(&policies, &request).verdict {
            Truth::Yes => "allowed",
            Truth::No => "denied",
            Truth::Unknown => "unknown",
        }
    }
}

fn fill(pattern: &str, account: &str, r: &mut Random) -> String {
    let name = r.pick(&NAMES[..3]);
    pattern.replace("{n}", name).replace("{a}", account)
}

fn keys(r: &mut Random, name: &str, arn: &str, user: bool) -> BTreeMap<String, Vec<String>> {
    let mut keys = BTreeMap::new();
    let mut set = |r: &mut Random, key: &str, values: &[&[&str]]| {
        if !r.one_in(3) {
            let values = r.pick(values).iter().map(|v| (*v).to_owned()).collect();
            keys.insert(key.to_owned(), values);
        }
    };
    set(r, "aws:PrincipalOrgID", &[&["o-home"], &["o-away"]]);
    set(r, "aws:PrincipalTag/team", &[&["core"], &["Core"], &["ann"], &["x1"]]);
    set(r, "aws:UserAgent", &[&["aws-cli/2"], &["curl"]]);
    set(r, "aws:MultiFactorAuthPresent", &[&["true"], &["false"]]);
    set(r, "aws:MultiFactorAuthAge", &[&["5"], &["3600"], &["7200"]]);
    set(r, "aws:SecureTransport", &[&["true"], &["false"]]);
    set(r, "aws:SourceIp", &[&["10.1.2.3"], &["192.0.2.7"], &["2001:db8::5"]]);
    set(r, "aws:CurrentTime", &[&["2026-11-22T00:00:00Z"], &["2025-01-01T00:00:00Z"]]);
    set(r, "aws:TokenIssueTime", &[&["2026-11-22T00:00:00Z"], &["2026-11-23T00:00:00Z"]]);
    set(r, "aws:TagKeys", &[&["team"], &["team", "cost"], &["secret", "team"], &["other"]]);
    set(r, "aws:PrincipalOrgPaths", &[&["o-home/r-1/ou-1/"], &["o-away/r-9/"]]);
    set(r, "aws:SourceArn", &[&["arn:aws:s3:::bucket-alpha"], &["arn:aws:s3:::bucket-beta"]]);
    set(r, "aws:SourceVpce", &[&["vpce-1"], &["vpce-2"]]);
    if !r.one_in(4) {
        keys.insert("aws:PrincipalArn".into(), vec![arn.to_owned()]);
    }
    if user {
        keys.insert("aws:username".into(), vec![name.to_owned()]);
    }
    keys
}
