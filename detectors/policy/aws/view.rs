//! Every AWS principal of an estate with all policies that bear on it. Built once per estate.

use super::{
    admits::Admits,
    class::{Class, classify},
    document::{Document, DocumentError},
    escalation::{Route, routes},
    evaluate::Policies,
    managed,
    organisation::Organisation,
    power::Powers,
    principal::account_of,
    principal::{Caller, CallerKind},
};
use crate::evidence::{Estate, Identity, Policy, Trust};
use std::{
    collections::{BTreeSet, HashMap},
    sync::OnceLock,
};

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An IAM user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
    /// Whoever will hold a policy that nothing in the code holds.
    Holder,
}

/// A policy that a principal holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// The parsed document.
    pub document: usize,
    /// The record in `estate.policies`; `None` for a built-in AWS managed policy.
    pub record: Option<usize>,
    /// Its name, `aws:ARN` or `aws:ARN#inline/NAME`.
    pub name: String,
    /// The group that it comes through.
    pub group: Option<usize>,
}

/// One user, group or role.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Its ARN.
    pub arn: String,
    /// Its account.
    pub account: String,
    /// What it is.
    pub kind: Kind,
    /// Its record in `estate.identities`.
    pub identity: usize,
    /// Groups of a user.
    pub groups: Vec<usize>,
    /// Policies, through groups too.
    pub held: Vec<Held>,
    /// The permissions boundary's document; `Some(None)` when it is set and not known.
    pub boundary: Option<Option<usize>>,
    /// The trust document of a role.
    pub trust: Option<usize>,
    /// Managed policies that it holds and whose text nobody collected.
    pub missing: Vec<String>,
    /// Its class: principals that no policy tells apart.
    pub class: usize,
    /// What its account is called when no number is known: code is applied to some account.
    pub applied_to: Option<String>,
}

/// The AWS side of an estate.
#[derive(Debug, Default)]
pub struct View {
    /// Every principal, sorted by ARN.
    pub principals: Vec<Principal>,
    /// Every distinct document.
    pub documents: Vec<Document>,
    /// Policies that could not be parsed: the record and why.
    pub broken: Vec<(usize, DocumentError)>,
    /// Principals that no policy tells apart.
    pub classes: Vec<Class>,
    pub(super) admits: Admits,
    pub(super) powers: OnceLock<Powers>,
    routes: OnceLock<Vec<Option<Route>>>,
    by_arn: HashMap<String, usize>,
    trusts: HashMap<String, Vec<usize>>,
    own_accounts: BTreeSet<String>,
    organisation: Organisation,
}

/// Parses each distinct text once.
#[derive(Default)]
struct Texts<'a> {
    seen: HashMap<&'a str, Result<usize, DocumentError>>,
    documents: Vec<Document>,
}

impl<'a> Texts<'a> {
    fn parse(&mut self, text: &'a str) -> Result<usize, DocumentError> {
        if let Some(known) = self.seen.get(text) {
            return known.clone();
        }
        let parsed = Document::parse(text).map(|mut document| {
            document.index();
            self.documents.push(document);
            self.documents.len() - 1
        });
        self.seen.insert(text, parsed.clone());
        parsed
    }
}

impl View {
    /// Gathers what the evidence says of AWS.
    pub fn build(estate: &Estate) -> View {
        let mut texts = Texts::default();
        let mut broken = Vec::new();
        let mut parsed: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut inline: HashMap<&str, Vec<usize>> = HashMap::new();
        for (record, policy) in estate.policies.iter().enumerate() {
            if !policy.language.starts_with("aws-") {
                continue;
            }
            match texts.parse(&policy.document) {
                Ok(document) => {
                    parsed.entry(&policy.subject).or_insert((record, document));
                }
                Err(error) => broken.push((record, error)),
            }
            if policy.language == "aws-iam" {
                for holder in &policy.attached_to {
                    inline.entry(holder).or_default().push(record);
                }
            }
        }
        let organisation = Organisation::build(estate, |record: &Policy| {
            parsed.get(record.subject.as_str()).map(|(_, document)| *document)
        });
        let mut view = View { broken, organisation, ..View::default() };
        for (index, identity) in estate.identities.iter().enumerate() {
            view.add(index, identity, &parsed, &inline, estate, &mut texts);
        }
        // A credential report names a user too, and knows neither its groups nor its policies.
        let is_named_only =
            |p: &Principal| !estate.identities[p.identity].attrs.contains_key("groups");
        view.principals.sort_by(|a, b| (&a.arn, is_named_only(a)).cmp(&(&b.arn, is_named_only(b))));
        view.principals.dedup_by(|a, b| a.arn == b.arn);
        view.by_arn = view.principals.iter().enumerate().map(|(i, p)| (p.arn.clone(), i)).collect();
        view.own_accounts = view.principals.iter().map(|p| p.account.clone()).collect();
        let linked = |name: &&String| name.contains(":role/aws-service-role/");
        let from = estate.trusts.iter().flat_map(|t| &t.principals).filter(linked);
        view.own_accounts
            .extend(from.filter_map(|p| account_of(p.strip_prefix("aws:")?)).map(str::to_owned));
        view.join_groups(estate);
        view.documents = texts.documents;
        for (index, trust) in estate.trusts.iter().enumerate() {
            if trust.target.starts_with("aws:") {
                view.trusts.entry(trust.target.clone()).or_default().push(index);
            }
        }
        let organisation = &view.organisation;
        let bound = |account: &str| {
            let above = organisation.levels(account).chain(organisation.resource_levels(account));
            above.flatten().copied().collect()
        };
        let (classes, class_of) = classify(&view.principals, &view.documents, bound);
        view.classes = classes;
        for (principal, class) in view.principals.iter_mut().zip(class_of) {
            principal.class = class;
        }
        view.admits = Admits::build(&view.principals, &view.documents);
        view
    }

    /// The trust records of a role.
    pub fn trusts_of<'e>(
        &self,
        estate: &'e Estate,
        subject: &str,
    ) -> impl Iterator<Item = &'e Trust> {
        self.trusts.get(subject).into_iter().flatten().filter_map(|index| estate.trusts.get(*index))
    }

    /// The way of every principal to administration, by index; searched for once.
    pub fn routes(&self, estate: &Estate) -> &[Option<Route>] {
        self.routes.get_or_init(|| routes(estate, self))
    }

    fn add<'a>(
        &mut self,
        index: usize,
        identity: &'a Identity,
        parsed: &HashMap<&str, (usize, usize)>,
        inline: &HashMap<&str, Vec<usize>>,
        estate: &'a Estate,
        texts: &mut Texts<'a>,
    ) {
        let kind = match attr(identity, "aws") {
            Some("user") => Kind::User,
            Some("group") => Kind::Group,
            Some("role") => Kind::Role,
            Some("holder") => Kind::Holder,
            _ => return,
        };
        let Some(subject) = identity.aliases.first() else { return };
        let Some(arn) = subject.strip_prefix("aws:") else { return };
        let mut principal = Principal {
            arn: arn.to_owned(),
            account: attr(identity, "account").unwrap_or_default().to_owned(),
            kind,
            identity: index,
            groups: Vec::new(),
            held: Vec::new(),
            boundary: None,
            trust: parsed.get(format!("{subject}#trust").as_str()).map(|(_, d)| *d),
            missing: Vec::new(),
            class: 0,
            applied_to: attr(identity, "applied_to").map(str::to_owned),
        };
        for record in inline.get(subject.as_str()).into_iter().flatten() {
            let name = &estate.policies[*record].subject;
            if let Some((record, document)) = parsed.get(name.as_str()).copied() {
                let held = Held { document, record: Some(record), name: name.clone(), group: None };
                principal.held.push(held);
            }
        }
        let attached = identity.attrs.get("policies").and_then(|v| v.as_array());
        for policy in attached.into_iter().flatten().filter_map(|v| v.as_str()) {
            let name = format!("aws:{policy}");
            if principal.held.iter().any(|held| held.name == name) {
                continue;
            }
            let known =
                parsed.get(name.as_str()).map(|(record, document)| (Some(*record), *document));
            let built_in = || Some((None, texts.parse(managed::document(policy)?).ok()?));
            match known.or_else(built_in) {
                Some((record, document)) => {
                    principal.held.push(Held { document, record, name, group: None });
                }
                None => principal.missing.push(policy.to_owned()),
            }
        }
        principal.boundary = attr(identity, "boundary").map(|policy| {
            let known = parsed.get(format!("aws:{policy}").as_str()).map(|(_, document)| *document);
            known.or_else(|| texts.parse(managed::document(policy)?).ok())
        });
        self.principals.push(principal);
    }

    fn join_groups(&mut self, estate: &Estate) {
        let mut groups: HashMap<&str, usize> = HashMap::new();
        for (index, principal) in self.principals.iter().enumerate() {
            for alias in &estate.identities[principal.identity].aliases {
                if alias.starts_with("aws-group:") {
                    groups.insert(alias, index);
                }
            }
        }
        for user in 0..self.principals.len() {
            let identity = &estate.identities[self.principals[user].identity];
            let names = identity.attrs.get("groups").and_then(|v| v.as_array());
            for group in names.into_iter().flatten().filter_map(|v| v.as_str()) {
                let Some(group) = groups.get(group).copied() else { continue };
                let (held, missing) =
                    (self.principals[group].held.clone(), self.principals[group].missing.clone());
                let user = &mut self.principals[user];
                user.groups.push(group);
                user.missing.extend(missing);
                user.held.extend(held.into_iter().map(|h| Held { group: Some(group), ..h }));
            }
        }
    }

    /// The principal of an ARN.
    pub fn find(&self, arn: &str) -> Option<usize> {
        self.by_arn.get(arn).copied()
    }

    /// True when an account is known to be one of ours: it was read, the organisation lists it, or
    /// AWS itself acts from it in ours (service-linked roles act only inside one organisation).
    pub fn is_own_account(&self, account: &str) -> bool {
        self.own_accounts.contains(account) || self.organisation.has(account)
    }

    /// The organisation's tree, as far as it was collected.
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// The resource control policies of an account, one list per level.
    pub(super) fn resource_controls(&self, account: &str) -> Vec<Vec<&Document>> {
        let levels = self.organisation.resource_levels(account);
        levels.map(|level| level.iter().map(|index| &self.documents[*index]).collect()).collect()
    }

    /// The layers of a principal.
    pub fn policies(&self, principal: &Principal) -> Policies<'_> {
        let document = |index: &usize| &self.documents[*index];
        Policies {
            identity: principal.held.iter().map(|h| document(&h.document)).collect(),
            boundary: principal.boundary.flatten().iter().map(document).collect(),
            scps: if principal.is_service_linked() {
                Vec::new()
            } else {
                self.organisation
                    .levels(&principal.account)
                    .map(|level| level.iter().map(document).collect())
                    .collect()
            },
            ..Policies::default()
        }
    }
}

/// A resource that no policy names: only what reaches everything reaches it.
pub const ANYTHING: &str = "\u{e000}\u{e000}\u{e000}";

impl Principal {
    /// The principal as a caller.
    pub fn caller(&self) -> Caller<'_> {
        let kind = match self.kind {
            Kind::Role => CallerKind::Session(None),
            Kind::User | Kind::Group | Kind::Holder => CallerKind::User,
        };
        Caller { arn: &self.arn, kind, account: &self.account }
    }

    /// The canonical name in evidence.
    pub fn subject(&self) -> String {
        format!("aws:{}", self.arn)
    }

    /// The name as people know it.
    pub fn name(&self) -> &str {
        super::principal::name_of(&self.arn)
    }

    /// Its account, in words.
    pub fn account_in_words(&self) -> String {
        self.applied_to.clone().unwrap_or_else(|| format!("account {}", self.account))
    }

    /// Its account in a command or an ARN that a person completes.
    pub fn account_to_write(&self) -> &str {
        if self.applied_to.is_some() { "ACCOUNT" } else { &self.account }
    }

    /// True when only code says that there will be such a principal.
    pub fn is_declared(&self) -> bool {
        self.applied_to.is_some()
    }

    /// True for roles that belong to an AWS service and that nobody can change.
    pub fn is_service_linked(&self) -> bool {
        self.arn.contains(":role/aws-service-role/")
    }

    /// True for roles that IAM Identity Center makes for people.
    pub fn is_sso_reserved(&self) -> bool {
        self.arn.contains(":role/aws-reserved/sso.amazonaws.com/")
    }
}

fn attr<'a>(identity: &'a Identity, name: &str) -> Option<&'a str> {
    identity.attrs.get(name).and_then(|v| v.as_str())
}
