//! Dumps of AWS Organizations: the output of `aws organizations list-accounts` as it is, or one file
//! with the tree and its policies, as `docs/aws.md` shows how to write it:
//!
//! `{"Organization": {…}, "Roots": […], "OrganizationalUnits": [{"Id", "ParentId", …}],
//!   "Accounts": [{"Id", "ParentId", …}], "Policies": [{"PolicySummary", "Content", "Targets"}]}`
//!
//! Facts: Organizations API reference; the ARN of an account names organisation and management account.

use super::{Document, Reader};
use crate::evidence::{Attrs, Location, Policy, Record, Resource, Src};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Reads dumps of an organisation.
pub(crate) const READER: Reader = Reader { name: "aws organization", accepts, read };

fn accepts(document: &Document) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(document.bytes, needle).is_some();
    document.path.ends_with(".json")
        && has(b"\"Accounts\"")
        && has(b"arn:aws")
        && has(b":organizations::")
}

fn read(document: &Document, out: &mut Vec<Record>) {
    let value: Value = match serde_json::from_slice(document.bytes) {
        Ok(value) => value,
        Err(error) => {
            let why = format!("is not JSON (line {}, column {})", error.line(), error.column());
            let mut coverage =
                document.unreadable(why, "write it with `aws organizations … --output json`");
            coverage.kinds = vec!["resource".into(), "policy".into()];
            coverage.line = u64::try_from(error.line()).ok();
            out.push(coverage.into());
            return;
        }
    };
    let dump = Dump { document, value: &value };
    dump.accounts(out);
    dump.policies(out);
}

struct Dump<'a> {
    document: &'a Document<'a>,
    value: &'a Value,
}

impl Dump<'_> {
    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.value.get(name).and_then(Value::as_array).into_iter().flatten()
    }

    fn src(&self) -> Src {
        let id =
            self.value.get("Organization").and_then(|o| text(o, "Id")).unwrap_or("organization");
        Src::of("aws", id).at(self.document.path)
    }

    fn place(&self, logical: Option<&str>) -> Option<Location> {
        let logical = logical.map(str::to_owned);
        Some(Location { path: Some(self.document.path.to_owned()), logical, ..Location::default() })
    }

    fn accounts(&self, out: &mut Vec<Record>) {
        let organisation = self.value.get("Organization");
        let parents: BTreeMap<&str, &str> = ["OrganizationalUnits", "Accounts"]
            .into_iter()
            .flat_map(|list| self.list(list))
            .filter_map(|child| Some((text(child, "Id")?, text(child, "ParentId")?)))
            .collect();
        for account in self.list("Accounts") {
            let Some(number) = text(account, "Id") else { continue };
            let of_arn = text(account, "Arn").and_then(named_by_arn);
            let id = organisation.and_then(|o| text(o, "Id")).or(of_arn.map(|(_, id)| id));
            let management = organisation
                .and_then(|o| text(o, "MasterAccountId").or_else(|| text(o, "ManagementAccountId")))
                .or(of_arn.map(|(management, _)| management));
            let attrs: Attrs = [
                ("organisation", json!(id)),
                ("parents", json!(path(&parents, number))),
                ("name", json!(text(account, "Name"))),
                ("state", json!(text(account, "State").or_else(|| text(account, "Status")))),
                ("management", json!(management == Some(number))),
            ]
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
            let resource = Resource {
                id: format!("resource:aws-account:{number}"),
                src: self.src(),
                as_of: self.document.as_of,
                kind: "aws-account".to_owned(),
                subject: format!("aws-account:{number}"),
                location: self.place(text(account, "Arn")),
                attrs,
                ..Resource::default()
            };
            out.push(resource.into());
        }
    }

    fn policies(&self, out: &mut Vec<Record>) {
        for policy in self.list("Policies") {
            let summary = policy.get("PolicySummary").unwrap_or(policy);
            let language = match text(summary, "Type") {
                Some("SERVICE_CONTROL_POLICY") => "aws-scp",
                Some("RESOURCE_CONTROL_POLICY") => "aws-rcp",
                _ => continue,
            };
            let (Some(id), Some(content)) = (text(summary, "Id"), policy.get("Content")) else {
                continue;
            };
            let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
            let targets = policy.get("Targets").and_then(Value::as_array).into_iter().flatten();
            let mut attached_to: Vec<String> = targets
                .filter_map(|target| target.as_str().or_else(|| text(target, "TargetId")))
                .map(node)
                .collect();
            attached_to.sort();
            let record = Policy {
                id: format!("policy:{language}:{id}"),
                src: self.src(),
                as_of: self.document.as_of,
                language: language.to_owned(),
                subject: format!("{language}:{id}"),
                document: content,
                attached_to,
                location: self.place(text(summary, "Arn")),
                ..Policy::default()
            };
            out.push(record.into());
        }
    }
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Management account and organisation of `arn:aws:organizations::1:account/o-x/2`.
fn named_by_arn(arn: &str) -> Option<(&str, &str)> {
    let (head, rest) = arn.split_once(":account/")?;
    Some((head.rsplit(':').next()?, rest.split('/').next()?))
}

/// The canonical name of a root, a unit or an account.
fn node(id: &str) -> String {
    match id.split_once('-').map(|(kind, _)| kind) {
        Some("r") => format!("aws-root:{id}"),
        Some("ou") => format!("aws-ou:{id}"),
        _ => format!("aws-account:{id}"),
    }
}

/// The nodes above an account, the root first.
fn path(parents: &BTreeMap<&str, &str>, account: &str) -> Vec<String> {
    /// Units nest five deep (Organizations quotas); a cycle ends here.
    const DEEPEST: usize = 16;
    let mut path = Vec::new();
    let mut at = account;
    while let Some(parent) = parents.get(at).filter(|_| path.len() < DEEPEST) {
        path.push(node(parent));
        at = parent;
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use crate::{
        evidence::{Estate, Record, Src, Thresholds},
        policy::aws::Truth,
        readers::{Document, read_document},
    };

    const ADMIN: &str = r#"{"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{"RoleName": "r", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/r", "RolePolicyList": [], "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}, "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]}]}"#;

    fn estate(files: &[(&str, String)]) -> Estate {
        let src = Src::new("git");
        let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
        let mut records: Vec<Record> = Vec::new();
        for (path, text) in files {
            let bytes = text.as_bytes();
            read_document(
                &Document { path, bytes, src: &src, repository: None, as_of },
                &mut records,
            );
        }
        Estate::build(records, as_of, Thresholds::default())
    }

    fn tree(unit_policy: &str, management: &str) -> String {
        let policy = |id: &str, content: &str, target: &str| serde_json::json!({"PolicySummary": {"Id": id, "Type": "SERVICE_CONTROL_POLICY"}, "Content": content, "Targets": [{"TargetId": target}]});
        let full = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        serde_json::json!({
            "Organization": {"Id": "o-abc", "MasterAccountId": management},
            "Roots": [{"Id": "r-abcd"}],
            "OrganizationalUnits": [{"Id": "ou-abcd-1", "ParentId": "r-abcd"}],
            "Accounts": [{"Id": "111122223333", "ParentId": "ou-abcd-1", "Arn": format!("arn:aws:organizations::{management}:account/o-abc/111122223333")}],
            "Policies": [policy("p-FullAWSAccess", full, "r-abcd"), policy("p-unit", unit_policy, "ou-abcd-1"), policy("p-account", full, "111122223333")],
        })
        .to_string()
    }

    fn administers(unit_policy: &str, management: &str) -> Truth {
        let estate =
            estate(&[("iam.json", ADMIN.to_owned()), ("org.json", tree(unit_policy, management))]);
        let view = estate.aws();
        view.is_administrator(&estate, &view.principals[0])
    }

    #[test]
    fn every_level_of_the_tree_must_allow() {
        let only = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
        let deny = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "iam:Attach*", "Resource": "*"}]}"#;
        let full = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        assert_eq!(administers(full, "999988887777"), Truth::Yes);
        assert_eq!(administers(only, "999988887777"), Truth::No);
        assert_eq!(administers(deny, "999988887777"), Truth::No);
        // No service control policy binds the management account.
        assert_eq!(administers(deny, "111122223333"), Truth::Yes);
    }

    #[test]
    fn a_plain_list_of_accounts_says_which_are_ours() {
        let list = r#"{"Accounts": [{"Id": "444455556666", "Arn": "arn:aws:organizations::111122223333:account/o-abc/444455556666", "Status": "ACTIVE"}]}"#;
        let estate = estate(&[("accounts.json", list.to_owned())]);
        let view = estate.aws();
        assert!(view.is_own_account("444455556666") && !view.is_own_account("999988887777"));
        assert_eq!(view.organisation().id("444455556666"), Some("o-abc"));
    }

    #[test]
    fn a_broken_dump_is_said() {
        let estate =
            estate(&[("org.json", r#"{"Accounts": [ "arn:aws:organizations::"#.to_owned())]);
        assert!(estate.coverage.iter().any(|c| !c.complete));
    }
}
