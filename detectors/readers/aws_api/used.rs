//! What a principal used of what it may do, as "service last accessed" tells: attempts that were
//! denied count too, within at least the last 400 days (IAM User Guide, "Refine permissions using
//! last accessed information").

use super::{
    Answers,
    account::resource,
    shape::{at, text},
};
use crate::evidence::{Attrs, Record};
use serde_json::{Map, Value, json};

const DETAILS: &str = "iam:GetServiceLastAccessedDetails";

/// One `aws-last-accessed` resource for each principal that was asked about: `services` and
/// `actions` map a name to the moment of its last use, or to null when it was not used.
pub(super) fn records(answers: &Answers, out: &mut Vec<Record>) {
    let mut done: Vec<&str> = Vec::new();
    for first in answers.of(DETAILS) {
        let arn = first.about.as_str();
        if done.contains(&arn) {
            continue;
        }
        done.push(arn);
        let (mut services, mut actions) = (Map::new(), Map::new());
        for page in answers.of(DETAILS).filter(|page| page.about == arn) {
            let list = page.body.get("ServicesLastAccessed").and_then(Value::as_array);
            for service in list.into_iter().flatten() {
                let Some(name) = text(service, "ServiceNamespace") else { continue };
                services.insert(name.to_owned(), json!(at(service, "LastAuthenticated")));
                let tracked = service.get("TrackedActionsLastAccessed").and_then(Value::as_array);
                for action in tracked.into_iter().flatten() {
                    let Some(action_name) = text(action, "ActionName") else { continue };
                    let at = json!(at(action, "LastAccessedTime"));
                    actions.insert(format!("{name}:{action_name}"), at);
                }
            }
        }
        let mut attrs = Attrs::new();
        attrs.insert("principal".to_owned(), json!(format!("aws:{arn}")));
        attrs.insert("services".to_owned(), Value::Object(services));
        if !actions.is_empty() {
            attrs.insert("actions".to_owned(), Value::Object(actions));
        }
        let name = format!("{arn}#last-accessed");
        out.push(resource(answers, first, "aws-last-accessed", &name, attrs));
    }
}
