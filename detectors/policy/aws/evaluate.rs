//! Whether a request is allowed: every layer of AWS policy evaluation, three-valued.
//!
//! AWS IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".

use super::{
    condition::{Context, Resolved, Truth, resolve},
    document::{Document, Effect, Selector, Statement},
    interest,
    pattern::{Pattern, glob},
    principal::{Caller, Naming, names},
    view::ANYTHING,
};

/// A request, as far as it is known.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The action, lower case: `s3:getobject`.
    pub action: &'a str,
    /// The resource's ARN, or `*` for actions without resource.
    pub resource: &'a str,
    /// The account that owns the resource; absent: the caller's.
    pub resource_account: Option<&'a str>,
    /// Who asks.
    pub caller: Caller<'a>,
    /// The condition keys.
    pub context: &'a dyn Context,
}

/// The policies that bear on a request.
#[derive(Clone, Debug, Default)]
pub struct Policies<'a> {
    /// Inline, attached and group policies of the caller.
    pub identity: Vec<&'a Document>,
    /// The permissions boundary. Empty list: none set.
    pub boundary: Vec<&'a Document>,
    /// Session policies. Empty list: none given.
    pub session: Vec<&'a Document>,
    /// Service control policies of the caller's account, one list per level from the root down.
    pub scps: Vec<Vec<&'a Document>>,
    /// Resource control policies of the resource's account, one list per level. Only their denials
    /// matter: AWS attaches `RCPFullAWSAccess` everywhere.
    pub rcps: Vec<Vec<&'a Document>>,
    /// The resource's own policy.
    pub resource: Option<&'a Document>,
    /// True for role trust and KMS keys, where nothing is allowed that the resource policy does
    /// not allow or delegate.
    pub resource_decides: bool,
}

/// Which kind of policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Identity policies.
    Identity,
    /// Permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
    /// Resource or trust policy.
    Resource,
}

/// A statement that decided: the layer, the document in it, the statement in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deciding {
    /// The layer.
    pub layer: Layer,
    /// Which document of the layer, in the order given.
    pub document: usize,
    /// Which statement, from 0.
    pub statement: usize,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Yes: allowed. No: denied. Unknown: depends on what the evidence does not say.
    pub verdict: Truth,
    /// The statements that made it so.
    pub by: Vec<Deciding>,
    /// True when a Deny statement decided, false when nothing allowed.
    pub explicit: bool,
}

/// What one layer says.
struct Survey {
    allow: Truth,
    allowed_by: Option<Deciding>,
    deny: Truth,
    denied_by: Option<Deciding>,
}

/// Decides a request.
pub fn authorize(policies: &Policies, request: &Request) -> Decision {
    let identity = survey(Layer::Identity, &policies.identity, request);
    let boundary = survey(Layer::Boundary, &policies.boundary, request);
    let session = survey(Layer::Session, &policies.session, request);
    let scps: Vec<Survey> =
        policies.scps.iter().map(|level| survey(Layer::Scp, level, request)).collect();
    let rcps: Vec<Survey> =
        policies.rcps.iter().map(|level| survey(Layer::Rcp, level, request)).collect();
    let (resource, named) = survey_resource(policies.resource, request);

    let mut denied = Truth::No;
    for layer in [&identity, &boundary, &session, &resource].into_iter().chain(&scps).chain(&rcps) {
        if layer.deny == Truth::Yes {
            return Decision {
                verdict: Truth::No,
                by: layer.denied_by.into_iter().collect(),
                explicit: true,
            };
        }
        denied = denied.or(layer.deny);
    }

    let ceiling = |survey: &Survey, set: bool| if set { survey.allow } else { Truth::Yes };
    let limits = ceiling(&boundary, !policies.boundary.is_empty())
        .and(ceiling(&session, !policies.session.is_empty()));
    let by_identity = identity.allow.and(limits);
    let organisation = scps.iter().fold(Truth::Yes, |all, level| all.and(level.allow));
    let granted = match request.resource_account {
        Some(account) if account != request.caller.account => by_identity.and(named.any()),
        _ => {
            let by_resource = named.directly.or(named.role.and(limits));
            let delegated = if policies.resource_decides {
                named.account.and(by_identity)
            } else {
                by_identity
            };
            by_resource.or(delegated)
        }
    };
    let verdict = granted.and(organisation).and(denied.negate());
    let by = [identity.allowed_by, resource.allowed_by].into_iter().flatten();
    let by = by.chain(if denied == Truth::Unknown { identity.denied_by } else { None });
    Decision { verdict, by: by.collect(), explicit: false }
}

fn survey(layer: Layer, documents: &[&Document], request: &Request) -> Survey {
    let mut survey =
        Survey { allow: Truth::No, allowed_by: None, deny: Truth::No, denied_by: None };
    let number = interest::number(request.action);
    for (document, policy) in documents.iter().enumerate() {
        for (statement, body) in policy.statements.iter().enumerate() {
            let applies = applies_to(body, request, number);
            survey.note(body.effect, applies, Deciding { layer, document, statement });
        }
    }
    survey
}

impl Survey {
    fn note(&mut self, effect: Effect, applies: Truth, by: Deciding) {
        let (sum, first) = match effect {
            Effect::Allow => (&mut self.allow, &mut self.allowed_by),
            Effect::Deny => (&mut self.deny, &mut self.denied_by),
        };
        if applies > *sum {
            *sum = applies;
            *first = Some(by);
        }
    }
}

/// How a resource policy's Allow statements name the caller: the strength of each way.
struct Named {
    directly: Truth,
    role: Truth,
    account: Truth,
}

impl Named {
    fn any(&self) -> Truth {
        self.directly.or(self.role).or(self.account)
    }
}

fn survey_resource(policy: Option<&Document>, request: &Request) -> (Survey, Named) {
    let mut survey =
        Survey { allow: Truth::No, allowed_by: None, deny: Truth::No, denied_by: None };
    let mut named = Named { directly: Truth::No, role: Truth::No, account: Truth::No };
    for (statement, body) in policy.iter().flat_map(|p| &p.statements).enumerate() {
        let Some(principals) = &body.principals else { continue };
        let naming = names(principals, &request.caller, body.effect);
        let applies = match naming {
            Naming::No => continue,
            Naming::Unknown => applies(body, request).and(Truth::Unknown),
            _ => applies(body, request),
        };
        survey.note(
            body.effect,
            applies,
            Deciding { layer: Layer::Resource, document: 0, statement },
        );
        if body.effect == Effect::Allow {
            let way = match naming {
                Naming::Role => &mut named.role,
                Naming::Account => &mut named.account,
                _ => &mut named.directly,
            };
            *way = (*way).or(applies);
        }
    }
    (survey, named)
}

/// Whether a statement concerns a request, its principal aside.
pub fn applies(statement: &Statement, request: &Request) -> Truth {
    applies_to(statement, request, interest::number(request.action))
}

/// The same, with the number of the action looked up before.
fn applies_to(statement: &Statement, request: &Request, number: Option<usize>) -> Truth {
    if !statement.selects(request.action, number) {
        return Truth::No;
    }
    let mut truth = match &statement.resources {
        Some(resources) => selects(resources, request.resource, request.context),
        None => Truth::Yes,
    };
    for condition in &statement.conditions {
        if truth == Truth::No {
            break;
        }
        truth = truth.and(condition.holds(request.context, statement.effect == Effect::Allow));
    }
    truth
}

fn selects(resources: &Selector, resource: &str, context: &dyn Context) -> Truth {
    let mut any = Truth::No;
    for pattern in &resources.patterns {
        any = any.or(match covers(pattern, resource, context) {
            Some(truth) => truth,
            // A variable without value: the pattern names nothing, and what NotResource leaves
            // over cannot be said, so that the statement does not apply.
            None if resources.negated => return Truth::No,
            None => Truth::No,
        });
    }
    if resources.negated { any.negate() } else { any }
}

/// Whether a pattern covers a resource; `None` when one of its variables has no value.
fn covers(pattern: &Pattern, resource: &str, context: &dyn Context) -> Option<Truth> {
    if !pattern.has_variable() {
        return Some(Truth::from(pattern.matches(resource)));
    }
    match resolve(pattern.text(), context) {
        Resolved::Text(text) => Some(Truth::from(glob(&text, resource))),
        Resolved::Absent => None,
        // Something that code leaves open is not everything.
        Resolved::Unknown if pattern.is_open() && resource == ANYTHING => Some(Truth::No),
        Resolved::Unknown if pattern.matches(resource) => Some(Truth::Unknown),
        Resolved::Unknown => Some(Truth::No),
    }
}
