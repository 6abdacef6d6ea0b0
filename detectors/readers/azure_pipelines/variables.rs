//! Variables, variable groups and the secrets among them.

use super::{File, place, tree};
use crate::{
    evidence::{
        Pipeline,
        pipeline::{Component, Scope, Store},
    },
    readers::{
        ci::{Dialect, Taker, Way},
        yaml::At,
    },
};

/// `$(NAME)`, and the two forms that are replaced before a run: `$[variables.NAME]` and
/// `${{ variables.NAME }}`; `parameters.NAME` comes from whoever uses the template.
static DIALECT: Dialect = Dialect {
    predefined: &[
        "agent.",
        "build.",
        "checks.",
        "environment.",
        "pipeline.",
        "release.",
        "resources.",
        "strategy.",
        "system.",
        "tf_build",
        "rev:",
        "date:",
    ],
    job_token: Some("System.AccessToken"),
    ambient: false,
    expansions: macros,
};

pub(super) fn taker<'d, 'p>(file: &File<'d>, pipeline: &'p mut Pipeline) -> Taker<'d, 'p> {
    Taker::new(file.document, pipeline, &DIALECT)
}

/// The variables that a text names.
pub(super) fn macros(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b))
    };
    for (at, _) in text.match_indices("$(") {
        if let Some(name) = text[at + 2..].split(')').next().filter(|name| is_name(name)) {
            found.push((at, name));
        }
    }
    for prefix in ["variables.", "variables['"] {
        for (at, _) in text.match_indices(prefix) {
            let inside = text[..at].rfind("${{").or(text[..at].rfind("$["));
            let rest = &text[at + prefix.len()..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
            let name = &rest[..end.unwrap_or(rest.len())];
            if inside.is_some() && is_name(name) {
                found.push((at, name));
            }
        }
    }
    found
}

/// The parameters that a text takes from whoever uses the template.
pub(super) fn parameters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("parameters.").filter_map(|(at, prefix)| {
        text[..at].rfind("${{")?;
        let rest = &text[at + prefix.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        (!name.is_empty()).then_some((at, name))
    })
}

/// Notes the names that variables, in either form, set.
pub(super) fn note(taker: &mut Taker, variables: At) {
    for (key, value) in tree::entries(variables) {
        if let (Some(name), Some(text)) = (key.text(), value.text()) {
            taker.note(name, text);
        }
    }
    for item in tree::items(variables) {
        let name = item.node.get("name").and_then(At::value);
        let value = item.node.get("value").and_then(At::text);
        if let (Some(name), Some(text)) = (name, value) {
            taker.note(name, text);
        }
    }
}

/// Variables of a pipeline, stage or job. Templates of variables are returned for the file's record.
pub(super) fn read(file: &File, taker: &mut Taker, variables: At, scope: Scope) -> Vec<Component> {
    let way = Way { scope, ..Way::default() };
    for (key, value) in tree::entries(variables) {
        taker.variable(key, value, way);
    }
    let mut templates = Vec::new();
    for item in tree::items(variables) {
        let part = |key: &str| item.node.get(key);
        if let (Some(name), Some(value)) = (part("name"), part("value")) {
            taker.variable(name, value, way);
        }
        if let Some(group) = part("group").filter(|group| group.value().is_some()) {
            let location = place(taker.document, group);
            let name = group.value().unwrap_or_default();
            taker.push(name, Store::Group, way, None, location);
        }
        templates.extend(part("template").map(|named| file.template(named)));
    }
    templates
}

/// The names that a script sets for later steps: `##vso[task.setvariable variable=NAME]`.
/// <https://learn.microsoft.com/azure/devops/pipelines/process/set-variables-scripts>
pub(super) fn set_by_command(script: &str) -> impl Iterator<Item = &str> {
    script.split("task.setvariable").skip(1).filter_map(|rest| {
        let rest = rest.split(']').next()?;
        let name = rest.split("variable=").nth(1)?;
        name.split([';', '"', '\'']).next().map(str::trim).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_all_three_forms() {
        let names = |text| macros(text).into_iter().map(|(_, n)| n).collect::<Vec<_>>();
        assert_eq!(names("a $(B) $(C.d) $(echo x) $("), ["B", "C.d"]);
        assert_eq!(names("${{ variables.E }} $[variables['F-g']]"), ["E", "F-g"]);
        assert!(names("variables.H $I").is_empty());
        let set: Vec<&str> =
            set_by_command("echo '##vso[task.setvariable variable=TOKEN;issecret=true]x'")
                .collect();
        assert_eq!(set, ["TOKEN"]);
        let given: Vec<&str> = parameters("${{ parameters.token }}").map(|(_, n)| n).collect();
        assert_eq!(given, ["token"]);
    }
}
