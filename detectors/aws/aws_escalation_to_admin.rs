//! A principal that is no administrator and can make itself one.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        Principal, Truth, View,
        escalation::{Gains, Hop, Reach, Route},
        weight::{identity, is_ours_to_judge, noun, weigh},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let view = estate.aws();
    for (principal, route) in view.principals.iter().zip(view.routes(estate)) {
        let Some(route) = route else { continue };
        if route.hops.is_empty() || !is_ours_to_judge(estate, principal) {
            continue;
        }
        if view.is_administrator(estate, principal) != Truth::No {
            continue;
        }
        report(estate, view, principal, route, findings);
    }
}

fn report(
    estate: &Estate,
    view: &View,
    principal: &Principal,
    route: &Route,
    findings: &mut Findings,
) {
    let identity = identity(estate, principal);
    let can = if route.certain { "can become" } else { "may be able to become" };
    let mut message = format!(
        "{} '{}' {can} an administrator of {}. It {}",
        noun(principal),
        principal.name(),
        principal.account_in_words(),
        route.hops.iter().map(|hop| hop.does.as_str()).collect::<Vec<_>>().join(", and as that "),
    );
    if !route.certain {
        message.push_str(assumption(route));
    }
    message.push('.');
    let finding = findings.report(identity, principal.subject(), message);
    finding.key("administrator").fix(fix(principal, &route.hops[0]));
    finding.locations.extend(identity.location.clone());
    let mut actor = principal;
    for hop in &route.hops {
        let actions: Vec<&str> = hop.path.needs.iter().map(|n| n.written.as_str()).collect();
        let place = crate::policy::aws::weight::identity(estate, actor).location.clone();
        let text = format!("'{}' {}: {} ({})", actor.name(), hop.does, actions.join(" + "), hop.path.id);
        finding.step(place.unwrap_or_default(), text);
        for held in &actor.held {
            let allows = |action: &str| {
                view.documents[held.document].statements.iter().any(|s| s.actions.selects(action))
            };
            if let Some(record) = held.record
                && hop.path.needs.iter().any(|need| allows(&need.action))
            {
                finding.because(&estate.policies[record]);
            }
        }
        actor = hop.becomes.map_or(actor, |next| &view.principals[next]);
    }
    weigh(finding, estate, principal);
    let privilege = if route.certain {
        Level::exactly(4, "it can give itself every permission")
    } else {
        Level::between(3, 4, "it can take over an administrator's role under a condition")
    };
    finding.weigh(Component::Privilege, privilege.citing(identity));
}

/// What an uncertain route rests on.
fn assumption(route: &Route) -> &'static str {
    let uncertain = route.hops.iter().find(|hop| !hop.certain);
    match uncertain.map(|hop| (hop.path.gains, hop.path.needs.first().map(|n| n.reach))) {
        Some((Gains::WorkloadRole, _)) => ", where such a workload exists",
        Some((Gains::Directory, _)) => ", where it can sign in there",
        Some((_, Some(Reach::OwnPolicyVersion))) => ", where another version allows more",
        _ => ", where the conditions of its policies hold",
    }
}

/// What breaks the first hop, exactly.
fn fix(principal: &Principal, hop: &Hop) -> String {
    let actions: Vec<&str> = hop.path.needs.iter().map(|n| n.written.as_str()).collect();
    let account = principal.account_to_write();
    match hop.path.gains {
        Gains::PassedRole => format!(
            "Name the one role that it must pass, and the service, in the statement that allows iam:PassRole:\n{}",
            serde_json::json!({
                "Effect": "Allow",
                "Action": "iam:PassRole",
                "Resource": format!("arn:aws:iam::{account}:role/ROLE-OF-THE-WORKLOAD"),
                "Condition": {"StringEquals": {"iam:PassedToService": hop.path.services}},
            })
        ),
        Gains::Role if actions == ["sts:AssumeRole"] => format!(
            "Take '{}' out of the trust of that role, and name the roles that it may assume:\naws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json",
            principal.arn
        ),
        _ if principal.is_declared() => format!(
            "Take {} away, or name exact resources in the statement that allows it. To be sure until then, set a boundary that leaves IAM out:\n\
             Terraform: permissions_boundary = \"arn:aws:iam::aws:policy/PowerUserAccess\"\n\
             CloudFormation: PermissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess",
            actions.join(" and "),
        ),
        _ => format!(
            "Take {} away, or name exact resources in the statement that allows it. To be sure until then, set a boundary that leaves IAM out:\naws iam put-{}-permissions-boundary --{}-name {} --permissions-boundary arn:aws:iam::aws:policy/PowerUserAccess",
            actions.join(" and "),
            kind(principal),
            kind(principal),
            principal.name(),
        ),
    }
}

fn kind(principal: &Principal) -> &'static str {
    if noun(principal) == "Role" { "role" } else { "user" }
}
