//! What GitHub's servers refuse or spoil and no validator catches.

use serde_json::Value;
use std::collections::BTreeSet;

/// Everything in a SARIF log of the `github` profile that GitHub would reject, drop or show wrong.
/// Empty: as far as its documentation and the upload action's source say, it is accepted whole.
pub fn check_github(log: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.log(log);
    check.faults
}

#[derive(Default)]
struct Check {
    faults: Vec<String>,
}

impl Check {
    fn that(&mut self, holds: bool, where_: &str, what: &str) {
        if !holds {
            self.faults.push(format!("{where_}: {what}"));
        }
    }

    fn log(&mut self, log: &Value) {
        self.that(log["version"] == "2.1.0", "log", "version must be 2.1.0");
        self.that(is_url(&log["$schema"]), "log", "needs $schema");
        let runs = list(&log["runs"]);
        self.that(runs.len() <= 20, "log", "more than 20 runs");
        let mut categories = BTreeSet::new();
        for (i, run) in runs.iter().enumerate() {
            let at = format!("runs[{i}]");
            let id = run["automationDetails"]["id"].as_str().unwrap_or_default();
            self.that(id.contains('/'), &at, "automationDetails.id needs a category");
            let category = id.rsplit_once('/').map_or("", |(category, _)| category);
            self.that(categories.insert(category), &at, "two runs of one category");
            self.run(run, &at);
        }
    }

    fn run(&mut self, run: &Value, at: &str) {
        let driver = &run["tool"]["driver"];
        self.that(filled(&driver["name"]), at, "driver needs a name");
        self.that(filled(&driver["semanticVersion"]), at, "driver needs a semanticVersion");
        for invocation in list(&run["invocations"]) {
            self.that(
                invocation["executionSuccessful"] == true,
                at,
                "execution must be successful",
            );
        }
        let rules = list(&driver["rules"]);
        self.that(rules.len() <= 25_000, at, "more than 25,000 rules");
        let mut ids = BTreeSet::new();
        for (i, rule) in rules.iter().enumerate() {
            let at = format!("{at}.rules[{i}]");
            self.that(ids.insert(rule["id"].as_str()), &at, "two rules of one id");
            self.rule(rule, &at);
        }
        let results = list(&run["results"]);
        self.that(results.len() <= 5_000, at, "more than 5,000 results are not kept");
        let mut fingerprints = BTreeSet::new();
        for (i, result) in results.iter().enumerate() {
            let at = format!("{at}.results[{i}]");
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str();
            self.that(hash.is_some_and(is_line_hash), &at, "needs a primaryLocationLineHash");
            self.that(fingerprints.insert(hash), &at, "two results of one fingerprint");
            self.result(result, rules, &at);
        }
    }

    fn rule(&mut self, rule: &Value, at: &str) {
        self.that(filled(&rule["id"]), at, "needs an id");
        self.that(chars(&rule["name"], 1, 255), at, "name must have 1 to 255 characters");
        for key in ["shortDescription", "fullDescription"] {
            let fits = chars(&rule[key]["text"], 1, 1024);
            self.that(fits, at, &format!("{key} must have 1 to 1024 characters"));
        }
        self.that(filled(&rule["help"]["text"]), at, "needs help.text");
        self.that(is_url(&rule["helpUri"]), at, "helpUri must be absolute");
        let properties = &rule["properties"];
        let severity = properties["security-severity"].as_str().and_then(|s| s.parse().ok());
        let in_range = severity.is_some_and(|s: f64| (0.1..=10.0).contains(&s));
        self.that(in_range, at, "security-severity must be a string from 0.1 to 10.0");
        let precise =
            ["very-high", "high", "medium", "low"].iter().any(|p| properties["precision"] == *p);
        self.that(precise, at, "precision must be one of GitHub's");
        let tags = list(&properties["tags"]);
        let unique: BTreeSet<_> = tags.iter().filter_map(Value::as_str).collect();
        self.that(unique.len() == tags.len(), at, "a tag stands twice");
        self.that(tags.len() <= 10, at, "more than 10 tags are not kept");
        self.that(unique.contains("security"), at, "needs the tag `security`");
        let no_problem = properties.get("problem.severity").is_none();
        self.that(no_problem, at, "problem.severity is for rules that are not about security");
    }

    fn result(&mut self, result: &Value, rules: &[Value], at: &str) {
        let index = result["ruleIndex"].as_u64().and_then(|i| usize::try_from(i).ok());
        let rule = index.and_then(|i| rules.get(i));
        let known = rule.is_some_and(|rule| rule["id"] == result["ruleId"]);
        self.that(known, at, "ruleId and ruleIndex must name one rule");
        self.that(filled(&result["message"]["text"]), at, "needs message.text");
        self.that(result["message"].get("id").is_none(), at, "message.id is not supported");
        self.that(result["kind"] == "fail", at, "only kind `fail` is shown");
        for key in ["suppressions", "baselineState"] {
            self.that(result.get(key).is_none(), at, &format!("{key} is ignored"));
        }
        let locations = list(&result["locations"]);
        self.that(locations.len() == 1, at, "needs exactly one location");
        let related = list(&result["relatedLocations"]);
        let flows = list(&result["codeFlows"]).iter().flat_map(|flow| list(&flow["threadFlows"]));
        let steps: Vec<&Value> = flows.flat_map(|flow| list(&flow["locations"])).collect();
        self.that(steps.len() <= 1_000, at, "more than 1,000 steps are not kept");
        let steps = steps.into_iter().map(|step| &step["location"]);
        for (i, location) in locations.iter().chain(related).chain(steps).enumerate() {
            self.location(location, &format!("{at}.location[{i}]"));
        }
    }

    fn location(&mut self, location: &Value, at: &str) {
        let physical = &location["physicalLocation"];
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap_or_default();
        let relative = !uri.is_empty()
            && !uri.starts_with('/')
            && !uri.contains(['\\', ':', ' ', '?', '#'])
            && uri.is_ascii()
            && uri.split('/').all(|part| part != "..");
        self.that(relative, at, "uri must be relative to the repository");
        let region = &physical["region"];
        let number = |key: &str| region[key].as_u64().unwrap_or_default();
        let (line, column) = (number("startLine"), number("startColumn"));
        let (end_line, end_column) = (number("endLine"), number("endColumn"));
        let ordered = (line, column) <= (end_line, end_column);
        let counted = line >= 1 && column >= 1 && end_column >= 1;
        self.that(ordered && counted, at, "region needs start and end, line and column, from 1");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn chars(value: &Value, least: usize, most: usize) -> bool {
    value.as_str().is_some_and(|text| (least..=most).contains(&text.chars().count()))
}

fn is_url(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("https://"))
}

fn is_line_hash(hash: &str) -> bool {
    hash.strip_suffix(":1")
        .is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
