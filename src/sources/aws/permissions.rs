//! The least privilege of the source: a policy for exactly the operations of the table.

use super::operations::{OPERATIONS, Operation, Place};
use serde_json::{Value, json};

/// Actions that every principal may call without a permission.
const FREE: &[&str] = &["sts:GetCallerIdentity"];

fn actions(place: Place) -> Vec<&'static str> {
    let wanted = |operation: &&Operation| operation.place == place;
    let actions = OPERATIONS.iter().filter(wanted).map(|operation| operation.action);
    actions.filter(|action| !FREE.contains(action)).collect()
}

/// The policy of the scanner's own principal. With `role`, the name of the role in the member
/// accounts, it is that of the account that reads a whole organisation. No operation of the table
/// but two can be narrowed to a resource of interest, and those two name keys and users: `*` it is.
pub fn policy(role: Option<&str>) -> Value {
    let mut statements = vec![statement("OverstayReadsAnAccount", &actions(Place::Account))];
    if let Some(role) = role {
        statements.push(statement("OverstayReadsTheOrganisation", &actions(Place::Organisation)));
        statements.push(json!({
            "Sid": "OverstayEntersMemberAccounts",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": format!("arn:*:iam::*:role/{role}"),
        }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn statement(name: &str, actions: &[&str]) -> Value {
    json!({ "Sid": name, "Effect": "Allow", "Action": actions, "Resource": "*" })
}

/// The policy that limits an assumed session, whatever the role may do besides: what an
/// administrator's role is used for stays read-only. Sessions take 2,048 characters at most.
pub(super) fn session() -> String {
    let mut actions = actions(Place::Account);
    actions.extend(self::actions(Place::Organisation));
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use overstay_detectors::policy::aws::Document;

    #[test]
    fn the_policy_names_each_operation_and_no_wildcard() {
        let text = policy(Some("overstay-read")).to_string();
        assert!(Document::parse(&text).is_ok());
        for operation in OPERATIONS.iter().filter(|o| !FREE.contains(&o.action)) {
            assert!(text.contains(&format!("\"{}\"", operation.action)), "{}", operation.action);
        }
        assert!(!text.contains(":*\"") && !text.contains("\"Action\":\"*\""), "{text}");
    }

    #[test]
    fn a_session_takes_its_policy() {
        assert!(session().len() <= 2048, "{}", session().len());
    }
}
