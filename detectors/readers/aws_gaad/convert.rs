//! Authorization details to evidence. Shared by the reader and the live collector.

use super::{
    shape::{AttachedPolicy, Details, Group, InlinePolicy, ManagedPolicy, Role, User},
    tags::Tags,
    trust::trusts,
};
use crate::{
    evidence::{
        Attrs, Coverage, Grant, Identity, IdentityType, Location, Observed, Origin, Policy, Rank,
        Record, Src, Status, When,
    },
    policy::aws::{Document, account_of},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where authorization details come from.
pub struct Provenance<'a> {
    /// The file, or the API call.
    pub reference: String,
    /// When they were true.
    pub as_of: Timestamp,
    /// Where an ARN is shown to people.
    pub place: &'a dyn Fn(&str) -> Location,
}

/// Turns authorization details into identities, policies, trusts, grants and coverage.
pub fn convert(details: Details, provenance: &Provenance, out: &mut Vec<Record>) {
    let mut converter = Converter {
        provenance,
        attached: HashMap::new(),
        bounded: HashMap::new(),
        accounts: BTreeSet::new(),
        out,
    };
    let truncated = details.is_truncated;
    let mut absent = Vec::new();
    let mut lists = |name, here: bool| {
        if !here {
            absent.push(name);
        }
    };
    lists("users", details.user_detail_list.is_some());
    lists("groups", details.group_detail_list.is_some());
    lists("roles", details.role_detail_list.is_some());
    lists("policies", details.policies.is_some());
    for group in details.group_detail_list.unwrap_or_default() {
        converter.group(&group);
    }
    for user in details.user_detail_list.unwrap_or_default() {
        converter.user(&user);
    }
    for role in details.role_detail_list.unwrap_or_default() {
        converter.role(&role);
    }
    for policy in details.policies.unwrap_or_default() {
        converter.managed(&policy);
    }
    converter.coverage(truncated, &absent);
}

struct Converter<'a> {
    provenance: &'a Provenance<'a>,
    /// Managed policy to the principals that hold it.
    attached: HashMap<String, Vec<String>>,
    /// Managed policy to the principals that it bounds.
    bounded: HashMap<String, Vec<String>>,
    accounts: BTreeSet<String>,
    out: &'a mut Vec<Record>,
}

/// What users, groups and roles have in common.
struct Holder<'a> {
    arn: &'a str,
    unique_id: &'a str,
    name: &'a str,
    path: &'a str,
    what: &'static str,
    created: Option<Timestamp>,
    tags: Option<&'a BTreeMap<String, String>>,
    attached: &'a [AttachedPolicy],
    inline: &'a [InlinePolicy],
    boundary: Option<&'a str>,
}

impl Converter<'_> {
    fn src(&self, arn: &str) -> Src {
        let tenant = account_of(arn).unwrap_or("aws");
        Src::of("aws", tenant).at(&self.provenance.reference)
    }

    fn user(&mut self, user: &User) {
        let holder = Holder {
            arn: &user.arn,
            unique_id: &user.user_id,
            name: &user.user_name,
            path: &user.path,
            what: "user",
            created: user.create_date,
            tags: Some(&user.tags),
            attached: &user.attached_managed_policies,
            inline: &user.user_policy_list,
            boundary: user.permissions_boundary.as_ref().map(|b| &*b.permissions_boundary_arn),
        };
        let mut identity = self.holder(&holder);
        let account = account_of(&user.arn).unwrap_or_default();
        let groups: Vec<String> =
            user.group_list.iter().map(|name| format!("aws-group:{account}/{name}")).collect();
        identity.attrs.insert("groups".into(), json!(groups));
        self.out.push(identity.into());
    }

    fn group(&mut self, group: &Group) {
        let holder = Holder {
            arn: &group.arn,
            unique_id: &group.group_id,
            name: &group.group_name,
            path: &group.path,
            what: "group",
            created: group.create_date,
            tags: None,
            attached: &group.attached_managed_policies,
            inline: &group.group_policy_list,
            boundary: None,
        };
        let mut identity = self.holder(&holder);
        identity.kind = IdentityType::Group;
        let account = account_of(&group.arn).unwrap_or_default();
        identity.aliases.push(format!("aws-group:{account}/{}", group.group_name));
        self.out.push(identity.into());
    }

    fn role(&mut self, role: &Role) {
        let holder = Holder {
            arn: &role.arn,
            unique_id: &role.role_id,
            name: &role.role_name,
            path: &role.path,
            what: "role",
            created: role.create_date,
            tags: Some(&role.tags),
            attached: &role.attached_managed_policies,
            inline: &role.role_policy_list,
            boundary: role.permissions_boundary.as_ref().map(|b| &*b.permissions_boundary_arn),
        };
        let mut identity = self.holder(&holder);
        identity.kind = role_type(&role.path);
        if let Some(used) = &role.role_last_used {
            identity.last_used = used.last_used_date.map_or(When::Never, When::At);
            if let Some(region) = &used.region {
                identity.attrs.insert("last_used_region".into(), json!(region));
            }
        }
        let profiles: Vec<&str> =
            role.instance_profile_list.iter().map(|p| p.instance_profile_name.as_str()).collect();
        if !profiles.is_empty() {
            identity.attrs.insert("instance_profiles".into(), json!(profiles));
        }
        self.trust(role);
        self.out.push(identity.into());
    }

    fn trust(&mut self, role: &Role) {
        let text = document_text(&role.assume_role_policy_document);
        let (src, place) = (self.src(&role.arn), (self.provenance.place)(&role.arn));
        if let Ok(document) = Document::parse(&text) {
            let records = trusts(&role.arn, &document, &place, &src, self.provenance.as_of);
            self.out.extend(records.into_iter().map(Record::from));
        }
        let subject = format!("aws:{}#trust", role.arn);
        self.policy("aws-trust", subject, text, vec![format!("aws:{}", role.arn)], &role.arn);
    }

    fn holder(&mut self, holder: &Holder) -> Identity {
        let subject = format!("aws:{}", holder.arn);
        let account = account_of(holder.arn).unwrap_or_default().to_owned();
        self.accounts.insert(account.clone());
        for policy in holder.inline {
            let name = format!("{subject}#inline/{}", policy.policy_name);
            let text = document_text(&policy.policy_document);
            self.grant(holder, &name, &policy.policy_name, everything(&text));
            self.policy("aws-iam", name, text, vec![subject.clone()], holder.arn);
        }
        for policy in holder.attached {
            let rank = policy.policy_arn.ends_with(":policy/AdministratorAccess");
            self.grant(holder, &policy.policy_arn, &policy.policy_name, rank);
            self.attached.entry(policy.policy_arn.clone()).or_default().push(subject.clone());
        }
        let mut attrs = Attrs::new();
        let policies: Vec<&str> = holder.attached.iter().map(|p| &*p.policy_arn).collect();
        attrs.insert("aws".into(), json!(holder.what));
        attrs.insert("account".into(), json!(account));
        attrs.insert("path".into(), json!(holder.path));
        attrs.insert("policies".into(), json!(policies));
        if let Some(boundary) = holder.boundary {
            attrs.insert("boundary".into(), json!(boundary));
            self.bounded.entry(boundary.to_owned()).or_default().push(subject.clone());
        }
        if let Some(tags) = holder.tags {
            attrs.insert("tags".into(), json!(tags));
        }
        let empty = BTreeMap::new();
        let tags = Tags(holder.tags.unwrap_or(&empty));
        let mut aliases = vec![subject];
        if is_unique_id(holder.unique_id) {
            aliases.push(format!("aws-id:{}", holder.unique_id));
        }
        Identity {
            id: format!("identity:aws:{}", holder.arn),
            src: self.src(holder.arn),
            as_of: self.provenance.as_of,
            status: Status::Active,
            aliases,
            name: Some(holder.name.to_owned()),
            owner: tags.owner(),
            apps: tags.apps(),
            env: tags.env(),
            created_at: holder.created,
            location: Some((self.provenance.place)(holder.arn)),
            attrs,
            ..Identity::default()
        }
    }

    fn grant(&mut self, holder: &Holder, policy: &str, name: &str, root: bool) {
        let account = account_of(holder.arn).unwrap_or_default();
        self.out.push(
            Observed {
                id: format!("observed:aws:{}:{policy}", holder.arn),
                src: self.src(holder.arn),
                as_of: self.provenance.as_of,
                subject: format!("aws:{}", holder.arn),
                grant: Grant {
                    system: "aws".into(),
                    resource: account.to_owned(),
                    privilege: name.to_owned(),
                    rank: root.then_some(Rank::Root),
                    scope: None,
                },
                standing: Some(true),
                origin: Origin::Direct,
                location: Some((self.provenance.place)(holder.arn)),
                ..Observed::default()
            }
            .into(),
        );
    }

    fn managed(&mut self, policy: &ManagedPolicy) {
        let mut holders = self.attached.remove(&policy.arn).unwrap_or_default();
        holders.sort();
        let default = policy.policy_version_list.iter().find(|v| v.is_default_version);
        let Some(default) = default.or_else(|| policy.policy_version_list.first()) else { return };
        let others: Vec<Value> = policy
            .policy_version_list
            .iter()
            .filter(|v| v.version_id != default.version_id)
            .map(|v| json!({"id": v.version_id, "document": document_text(&v.document)}))
            .collect();
        let bounds = self.bounded.remove(&policy.arn).unwrap_or_default();
        let attrs: Attrs = [
            ("attachment_count".to_owned(), json!(policy.attachment_count)),
            ("boundary_count".to_owned(), json!(policy.permissions_boundary_usage_count)),
            ("bounds".to_owned(), json!(bounds)),
            ("other_versions".to_owned(), json!(others)),
            ("created".to_owned(), json!(policy.create_date)),
        ]
        .into_iter()
        .filter(|(_, v)| !v.is_null() && v.as_array().is_none_or(|list| !list.is_empty()))
        .collect();
        let text = document_text(&default.document);
        let subject = format!("aws:{}", policy.arn);
        self.policy("aws-iam", subject, text, holders, &policy.arn);
        if let Some(Record::Policy(record)) = self.out.last_mut() {
            record.attrs = attrs;
        }
    }

    fn policy(
        &mut self,
        language: &str,
        subject: String,
        document: String,
        attached_to: Vec<String>,
        arn: &str,
    ) {
        self.out.push(
            Policy {
                id: format!("policy:{subject}"),
                src: self.src(arn),
                as_of: self.provenance.as_of,
                language: language.to_owned(),
                subject,
                document,
                attached_to,
                location: Some((self.provenance.place)(arn)),
                ..Policy::default()
            }
            .into(),
        );
    }

    fn coverage(&mut self, truncated: bool, absent: &[&str]) {
        for account in std::mem::take(&mut self.accounts) {
            let complete = !truncated && absent.is_empty();
            let why = if truncated {
                Some("the file holds only the first page".to_owned())
            } else {
                (!absent.is_empty()).then(|| format!("the file has no {}", absent.join(", ")))
            };
            self.out.push(
                Coverage {
                    id: format!("coverage:aws:{account}:authorization-details"),
                    src: Src::of("aws", &account).at(&self.provenance.reference),
                    as_of: self.provenance.as_of,
                    system: "aws".into(),
                    kinds: ["identity", "observed", "policy", "trust"].map(String::from).into(),
                    from: self.provenance.as_of,
                    to: self.provenance.as_of,
                    complete,
                    remedy: why.as_ref().map(|_| {
                        "collect all pages and all lists: `aws iam get-account-authorization-details` without --filter"
                            .to_owned()
                    }),
                    part: why.as_ref().map(|_| format!("account {account}")),
                    why,
                    ..Coverage::default()
                }
                .into(),
            );
        }
    }
}

/// A document is JSON in the output of tools and percent-encoded text in that of the API.
fn document_text(document: &Value) -> String {
    match document {
        Value::String(text) => crate::policy::aws::decode(text).into_owned(),
        other => other.to_string(),
    }
}

fn everything(document: &str) -> bool {
    Document::parse(document).is_ok_and(|d| d.gives_everything())
}

/// Service-linked roles belong to AWS services, SSO-reserved ones to the people of IAM Identity
/// Center; every other role to a workload.
fn role_type(path: &str) -> IdentityType {
    if path.starts_with("/aws-service-role/") {
        IdentityType::Service
    } else if path.starts_with("/aws-reserved/sso.amazonaws.com/") {
        IdentityType::Human
    } else {
        IdentityType::Workload
    }
}

/// IAM's unique ids are upper-case letters and digits after a four-letter prefix.
fn is_unique_id(id: &str) -> bool {
    ["AIDA", "AROA", "AGPA"].iter().any(|prefix| id.starts_with(prefix))
        && id.len() >= 16
        && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
