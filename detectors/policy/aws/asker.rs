//! One principal's permissions, prepared for many questions.

use super::{
    condition::{Truth, Value},
    context::PrincipalContext,
    document::{Document, Effect},
    evaluate::{Decision, Policies, Request, authorize},
    interest,
    perimeter::binds_resources_of,
    principal::account_of,
    view::{ANYTHING, Held, Principal, View},
};
use crate::evidence::Estate;

/// Asks what a principal may do. Keys are condition keys in lower case that the question settles.
pub struct Asker<'a> {
    estate: &'a Estate,
    view: &'a View,
    /// Who is asked about.
    pub principal: &'a Principal,
    policies: Policies<'a>,
}

impl<'a> Asker<'a> {
    /// Prepares the layers of a principal.
    pub fn new(estate: &'a Estate, view: &'a View, principal: &'a Principal) -> Asker<'a> {
        Asker { estate, view, principal, policies: view.policies(principal) }
    }

    /// The same principal, had it full identity policies: what its boundary and its organisation
    /// would still forbid.
    pub fn with_everything(mut self) -> Asker<'a> {
        self.policies.identity = vec![super::managed::everything()];
        self
    }

    /// The same, as a member of one more group.
    pub fn joining(mut self, group: &Principal) -> Asker<'a> {
        let documents = group.held.iter().map(|held| &self.view.documents[held.document]);
        self.policies.identity.extend(documents);
        self
    }

    /// The same, without the policies that it does not keep.
    pub fn holding_only(mut self, keeps: impl Fn(&Held) -> bool) -> Asker<'a> {
        let kept = self.principal.held.iter().filter(|held| keeps(held));
        self.policies.identity = kept.map(|held| &self.view.documents[held.document]).collect();
        self
    }

    /// The same, without its boundary.
    pub fn unbounded(mut self) -> Asker<'a> {
        self.policies.boundary.clear();
        self
    }

    /// Whether it may do something to one resource.
    pub fn ask(&self, action: &str, resource: &str, keys: &[(&str, Value)]) -> Decision {
        self.decide(&self.policies, action, resource, keys)
    }

    /// Whether it may assume a role with this trust document.
    pub fn assume(&self, role: &str, trust: &'a Document) -> Truth {
        let policies =
            Policies { resource: Some(trust), resource_decides: true, ..self.policies.clone() };
        self.decide(&policies, "sts:assumerole", role, &[("sts:externalid", Value::Unknown)])
            .verdict
    }

    fn decide(
        &self,
        policies: &Policies,
        action: &str,
        resource: &str,
        keys: &[(&str, Value)],
    ) -> Decision {
        let principal = self.principal;
        let identity = &self.estate.identities[principal.identity];
        let context =
            PrincipalContext { principal, identity, keys, view: self.view, now: self.estate.now };
        let owned = action.starts_with("iam:") || action.starts_with("sts:");
        let request = Request {
            action,
            resource,
            resource_account: account_of(resource).filter(|_| owned),
            caller: principal.caller(),
            context: &context,
        };
        let owner = request.resource_account.unwrap_or(&principal.account);
        let bound = binds_resources_of(action) && !principal.is_service_linked();
        let rcps = if bound { self.view.resource_controls(owner) } else { Vec::new() };
        let mut decision = if rcps.is_empty() {
            authorize(policies, &request)
        } else {
            authorize(&Policies { rcps, ..policies.clone() }, &request)
        };
        // A boundary that nobody collected may forbid anything.
        if principal.boundary == Some(None) && !policies.boundary.is_empty() {
            decision.verdict = decision.verdict.and(Truth::Unknown);
        }
        decision
    }

    /// Whether some statement that it holds allows the action at all, whatever the resource.
    pub fn mentions(&self, action: &str) -> bool {
        self.policies.identity.iter().any(|document| document.mentions(action))
    }

    /// True when the answer to this action is the same for every resource.
    pub fn is_same_everywhere(&self, action: &str) -> bool {
        let number = interest::number(action);
        self.layers()
            .flat_map(|d| &d.statements)
            .all(|s| s.is_of_every_resource() || !s.selects(action, number))
    }

    fn layers(&self) -> impl Iterator<Item = &&'a Document> {
        let scps = self.policies.scps.iter().flatten();
        self.policies.identity.iter().chain(&self.policies.boundary).chain(scps)
    }

    /// Whether there is a resource on which the action is allowed. Looks at one member of every
    /// region into which the policies cut the resources.
    pub fn somewhere(&self, action: &str, keys: &[(&str, Value)]) -> Truth {
        let mut best = self.ask(action, ANYTHING, keys).verdict;
        if best == Truth::Yes || !self.mentions(action) {
            return best;
        }
        for resource in self.regions(action) {
            best = best.or(self.ask(action, &resource, keys).verdict);
            if best == Truth::Yes {
                break;
            }
        }
        best
    }

    /// Resources that stand for all that the policies tell apart: a witness of every pattern of an
    /// Allow, and of its overlap with what other statements leave or take.
    fn regions(&self, action: &str) -> Vec<String> {
        const MOST: usize = 256;
        let number = interest::number(action);
        let statements: Vec<_> = self
            .layers()
            .flat_map(|d| &d.statements)
            .filter(|s| s.selects(action, number))
            .filter_map(|s| Some((s.effect, s.resources.as_ref()?)))
            .collect();
        let allowed = |effect: Effect, negated: bool| (effect == Effect::Allow) != negated;
        let patterns: Vec<_> = statements
            .iter()
            .filter(|(effect, selector)| allowed(*effect, selector.negated))
            .flat_map(|(_, selector)| &selector.patterns)
            .collect();
        let mut regions: Vec<String> = Vec::new();
        for (i, left) in patterns.iter().enumerate() {
            regions.push(left.witness().into_owned());
            for right in &patterns[..i] {
                regions.extend(left.meet(right));
                if regions.len() > MOST {
                    return regions;
                }
            }
        }
        regions
    }
}
