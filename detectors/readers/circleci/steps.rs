//! The steps of a job, with the commands of the file written out.

use super::{File, orbs, place};
use crate::{
    evidence::{
        Pipeline,
        pipeline::{Channel, Store},
    },
    readers::{
        ci::{Dialect, Taker, Way},
        scripts,
        yaml::At,
    },
};

/// How deep commands may call each other.
const MAX_CALLS: usize = 8;
/// How many steps a job may have once its commands are written out; the rest is not read.
const MAX_STEPS: u32 = 3_000;

/// CircleCI expands variables as a shell does.
static DIALECT: Dialect = Dialect {
    predefined: &[
        "circle_oidc_",
        "circle_build_",
        "circle_sha",
        "circle_pr_",
        "circle_project_",
        "circle_workflow_",
        "ci_",
    ],
    job_token: None,
    ambient: true,
    expansions: |text| scripts::variables(text).collect(),
};

pub(super) fn taker<'d, 'p>(file: &File<'d>, pipeline: &'p mut Pipeline) -> Taker<'d, 'p> {
    Taker::new(file.document, pipeline, &DIALECT)
}

/// A walk over the steps of a job.
pub(super) struct Walk<'f, 't, 'k, 'd, 'p> {
    file: &'f File<'t>,
    taker: &'k mut Taker<'d, 'p>,
    count: u32,
}

impl<'f, 't, 'k, 'd, 'p> Walk<'f, 't, 'k, 'd, 'p> {
    pub(super) fn new(
        file: &'f File<'t>,
        taker: &'k mut Taker<'d, 'p>,
    ) -> Walk<'f, 't, 'k, 'd, 'p> {
        Walk { file, taker, count: 0 }
    }

    /// Notes what the scripts set, before anything is judged by its name.
    pub(super) fn note_assignments(&mut self, list: At<'t>, depth: usize) {
        for item in list.items() {
            self.count += 1;
            if depth > MAX_CALLS || self.count > MAX_STEPS {
                return;
            }
            for (key, value) in item.entries() {
                if is_run(key) {
                    let script = value.get("command").unwrap_or(value);
                    self.taker.script_sets(script.text().unwrap_or_default());
                    value.get("environment").into_iter().for_each(|env| self.taker.sets(env));
                }
            }
            for inner in self.inner(item) {
                self.note_assignments(inner, depth + 1);
            }
        }
    }

    /// Reads a list of steps.
    pub(super) fn steps(&mut self, list: At<'t>, depth: usize) {
        for item in list.items() {
            self.count += 1;
            if depth > MAX_CALLS || self.count > MAX_STEPS {
                return;
            }
            if item.value().is_some() {
                self.step(item, None);
            }
            for (key, value) in item.entries() {
                self.step(key, Some(value));
            }
            for inner in self.inner(item) {
                self.steps(inner, depth + 1);
            }
        }
    }

    /// The lists of steps that a step stands for.
    fn inner(&self, item: At<'t>) -> Vec<At<'t>> {
        let mut lists = Vec::new();
        let plain = item.value().map(|_| (item, None));
        let named = item.entries().map(|(key, value)| (key, Some(value)));
        for (key, value) in plain.into_iter().chain(named) {
            let name = key.text().unwrap_or_default();
            match name {
                "when" | "unless" => lists.extend(value.and_then(|v| v.get("steps"))),
                _ => {
                    let command = self.file.named("commands", name);
                    lists.extend(command.and_then(|command| command.get("steps")));
                    // Steps that are handed to a command or an orb as a parameter.
                    let parameters = value.into_iter().flat_map(At::entries);
                    lists.extend(parameters.map(|(_, v)| v).filter(|v| holds_steps(*v)));
                }
            }
        }
        lists
    }

    fn step(&mut self, key: At<'t>, value: Option<At<'t>>) {
        let number = Some(self.count);
        let name = key.text().unwrap_or_default();
        if let Some(run) = value.filter(|_| is_run(key)) {
            self.run(run);
        } else if name == "add_ssh_keys" {
            self.ssh_keys(key, value);
        } else if name.contains('/') {
            let component = orbs::component(self.file, name, key, self.count);
            let consumer = component.name.clone();
            self.taker.pipeline.components.push(component);
            orbs::hand_over(self.taker, &consumer, value, key, number);
        }
    }

    fn run(&mut self, run: At<'t>) {
        let number = Some(self.count);
        if let Some(environment) = run.get("environment") {
            self.taker.variables(environment, Way { step: number, ..Way::default() });
        }
        let script = run.get("command").unwrap_or(run);
        self.taker.script(script, number);
        let text = script.text().unwrap_or_default();
        let named = ["CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN", "circleci run oidc get"];
        if let Some(name) = named.into_iter().find(|name| text.contains(name))
            && let Some(token) = self.taker.pipeline.id_tokens.first_mut()
        {
            token.name = Some(name.to_owned());
        }
    }

    /// <https://circleci.com/docs/guides/integration/add-ssh-key/>
    fn ssh_keys(&mut self, key: At<'t>, value: Option<At<'t>>) {
        let prints = value.and_then(|value| value.get("fingerprints"));
        for print in prints.into_iter().flat_map(At::one_or_many) {
            let way = Way {
                slot: Some("fingerprints"),
                channel: Channel::File,
                consumer: Some("add_ssh_keys"),
                step: Some(self.count),
                ..Way::default()
            };
            let location = place(self.file.document, key);
            let name = print.value().unwrap_or_default();
            self.taker.push(name, Store::Platform, way, None, location);
        }
    }
}

fn is_run(key: At) -> bool {
    matches!(key.text(), Some("run" | "deploy"))
}

fn holds_steps(value: At) -> bool {
    let is_step = |key: At| {
        is_run(key) || key.text().is_some_and(|t| t == "when" || t == "unless" || t.contains('/'))
    };
    value.items().any(|item| item.entries().any(|(key, _)| is_step(key)))
}
