//! From a leaked value to the credential it is, without using it: only facts that can be read off
//! the value offline are compared with what inventories say.

use crate::{
    evidence::{
        ClaimCondition, Credential, Estate, Exposure, LinkClass, MatchKind, Recorded, Status,
        Trust, When,
    },
    policy::aws::glob,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// What can be read off a value and names one credential and no other.
const EXACT: &[&str] = &[
    "accessor",
    "hashed_token",
    "key_id",
    "private_key_id",
    "public_key",
    "thumbprint",
    "token_id",
];

/// What a leaked value turned out to be.
#[derive(Clone, Copy)]
pub(crate) enum Proof<'a> {
    /// A credential of an inventory.
    Credential(&'a Credential),
    /// A token that a trust accepts.
    Trust(&'a Trust),
}

/// A leaked value and whose it is.
pub(crate) struct Join<'a> {
    /// What says so.
    pub proof: Proof<'a>,
    /// How surely it is the same.
    pub class: LinkClass,
    /// The field that was compared.
    pub field: &'static str,
}

impl<'a> Join<'a> {
    fn of(proof: Proof<'a>, class: LinkClass, field: &'static str) -> Join<'a> {
        Join { proof, class, field }
    }

    /// Whose it is.
    pub(crate) fn holder(&self) -> &'a str {
        match self.proof {
            Proof::Credential(credential) => &credential.subject,
            Proof::Trust(trust) => &trust.target,
        }
    }

    /// The id of the record that says so.
    pub(crate) fn id(&self) -> &'a str {
        match self.proof {
            Proof::Credential(credential) => credential.id(),
            Proof::Trust(trust) => trust.id(),
        }
    }
}

/// What the leaks of an estate are compared with beyond the index: built once.
pub(crate) struct Leaks<'e> {
    estate: &'e Estate,
    /// Credentials whose inventory shows the last characters: `sk-…3f9a`.
    tails: HashMap<&'e str, Vec<&'e Credential>>,
}

impl<'e> Leaks<'e> {
    pub(crate) fn of(estate: &'e Estate) -> Leaks<'e> {
        let mut tails: HashMap<&str, Vec<&Credential>> = HashMap::new();
        for credential in &estate.credentials {
            if let Some(tail) = credential.hint.as_deref().and_then(tail) {
                tails.entry(tail).or_default().push(credential);
            }
        }
        Leaks { estate, tails }
    }

    /// What a leaked value is, each once, by the surest field. Weak likenesses, such as the account
    /// alone, join nothing.
    pub(crate) fn joins(&self, leak: &'e Exposure) -> Vec<Join<'e>> {
        let mut joins: BTreeMap<&str, Join> = BTreeMap::new();
        let exact = EXACT.iter().filter_map(|field| Some((*field, text(leak, field)?)));
        let by_value = std::iter::once(("fingerprint", leak.fingerprint.as_str()));
        for (field, value) in by_value.chain(exact) {
            for credential in self.estate.credentials_with(value) {
                let join = Join::of(Proof::Credential(credential), LinkClass::Exact, field);
                joins.entry(&credential.id).or_insert(join);
            }
        }
        let guesses = [self.by_role_id(leak), self.by_hint(leak), self.by_tail(leak)];
        for join in guesses.into_iter().flatten().chain(self.by_claims(leak)) {
            joins.entry(join.id()).or_insert(join);
        }
        joins.into_values().collect()
    }

    /// The secret id beside a role id is one of the role's; which, only the server could tell. The
    /// one that lives longest stands for it, or the login alone where none is known.
    fn by_role_id(&self, leak: &'e Exposure) -> Option<Join<'e>> {
        let login = self.estate.credentials_with(text(leak, "role_id")?).next()?;
        let who = self.estate.who(&login.subject)?;
        let of_role = self.estate.credentials_of(who).filter(|c| c.kind == "approle-secret-id");
        let best = of_role.max_by_key(|c| (c.status == Status::Active, lasts(c), &c.id));
        let proof = Proof::Credential(best.unwrap_or(login));
        Some(Join::of(proof, LinkClass::Exact, "role id beside it"))
    }

    /// The secret of the application that stands beside the leak, whose public hint begins the
    /// value. The hint alone would fit thousands.
    fn by_hint(&self, leak: &'e Exposure) -> Option<Join<'e>> {
        let (client, begins) = (text(leak, "client_id")?, text(leak, "hint")?);
        let who = ["entra-app", "entra"]
            .iter()
            .find_map(|ns| self.estate.who(&format!("{ns}:{}", client.to_ascii_lowercase())))?;
        let fits = |c: &&Credential| {
            c.hint.as_deref().is_some_and(|hint| hint.len() >= 3 && hint == begins)
        };
        let found =
            self.estate.credentials_of(who).filter(fits).max_by_key(|c| (lasts(c), &c.id))?;
        Some(Join::of(Proof::Credential(found), LinkClass::Strong, "client id beside it and hint"))
    }

    /// The only key of the same issuer whose last characters are those of the value.
    fn by_tail(&self, leak: &'e Exposure) -> Option<Join<'e>> {
        let provider = leak.provider.as_deref()?.to_ascii_lowercase();
        let shown = tail(&leak.redacted)?;
        let lengths = 3..=shown.len();
        let fits = lengths.rev().find_map(|length| {
            let end = shown.get(shown.len() - length..)?;
            let found = self.tails.get(end)?.iter().filter(|c| provider.starts_with(&c.src.system));
            let found: Vec<_> = found.collect();
            (!found.is_empty()).then_some(found)
        })?;
        let [only] = fits.as_slice() else { return None };
        Some(Join::of(Proof::Credential(only), LinkClass::Strong, "last characters"))
    }

    /// The trusts that accept a leaked token: its issuer, and every claim that they ask for.
    fn by_claims(&self, leak: &'e Exposure) -> Vec<Join<'e>> {
        let (Some(issuer), Some(_)) = (text(leak, "iss"), text(leak, "sub")) else {
            return Vec::new();
        };
        let issuer = issuer.split_once("://").map_or(issuer, |(_, host)| host);
        let issuer = issuer.trim_end_matches('/');
        let accepts = |trust: &&Trust| {
            trust.issuer.as_deref() == Some(issuer)
                && trust.conditions.iter().any(|c| c.claim == "sub")
                && trust.conditions.iter().all(|c| presents(leak, c))
                && (trust.audiences.is_empty()
                    || audiences(leak).any(|a| trust.audiences.iter().any(|t| t == a)))
        };
        let trusts = self.estate.trusts.iter().filter(accepts);
        trusts
            .map(|trust| Join::of(Proof::Trust(trust), LinkClass::Exact, "issuer and subject"))
            .collect()
    }
}

fn text<'e>(leak: &'e Exposure, field: &str) -> Option<&'e str> {
    leak.decoded.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// How long a credential lasts, for comparison.
fn lasts(credential: &Credential) -> (bool, Option<jiff::Timestamp>) {
    (!matches!(credential.expires_at, When::At(_)), credential.expires_at.at())
}

/// What follows the dots that stand for the hidden part of a value.
fn tail(shown: &str) -> Option<&str> {
    let (_, tail) = shown
        .rsplit_once("...")
        .or_else(|| shown.rsplit_once('…'))
        .or_else(|| shown.rsplit_once('*'))?;
    (tail.len() >= 3 && tail.is_ascii()).then_some(tail)
}

/// True when a token has a claim that meets a condition.
fn presents(leak: &Exposure, condition: &ClaimCondition) -> bool {
    let Some(value) = text(leak, &condition.claim) else { return false };
    condition.patterns.iter().any(|pattern| match condition.how {
        MatchKind::Equals => pattern == value,
        MatchKind::Glob => glob(pattern, value),
        MatchKind::Expression => false,
    })
}

fn audiences(leak: &Exposure) -> impl Iterator<Item = &str> {
    let claim = leak.decoded.get("aud");
    let one = claim.and_then(Value::as_str);
    one.into_iter()
        .chain(claim.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str))
}
