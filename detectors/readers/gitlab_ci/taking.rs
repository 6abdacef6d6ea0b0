//! The variables that a job takes.

use super::resolve::File;
use crate::{
    evidence::{
        Pipeline,
        pipeline::{Channel, Scope},
    },
    readers::{
        ci::{Dialect, Taker, Way},
        scripts,
        yaml::At,
    },
};

static DIALECT: Dialect = Dialect {
    predefined: &["ci_", "gitlab_", "ff_", "trigger_", "chat_"],
    job_token: Some("CI_JOB_TOKEN"),
    ambient: true,
    expansions: |text| scripts::variables(text).collect(),
};

/// Keys of a job that hold scripts, in the order in which they run.
pub(super) const SCRIPTS: [&str; 3] = ["before_script", "script", "after_script"];

/// A collector that knows what the file and the chain of the job set.
pub(super) fn taker<'d, 'p>(
    file: &File<'d>,
    pipeline: &'p mut Pipeline,
    chain: &[At<'d>],
) -> Taker<'d, 'p> {
    let mut taker = Taker::new(file.file.document, pipeline, &DIALECT);
    let of_jobs =
        chain.iter().flat_map(|job| ["variables", "id_tokens", "secrets"].map(|key| job.get(key)));
    for map in std::iter::once(file.root.get("variables")).chain(of_jobs).flatten() {
        let names = file.follow(map).entries().filter_map(|(key, _)| key.text());
        taker.set.extend(names.map(str::to_ascii_lowercase));
    }
    for key in SCRIPTS {
        for line in file.field(chain, key).into_iter().flat_map(|script| file.lines(script)) {
            taker.script_sets(line.text().unwrap_or_default());
        }
    }
    taker
}

/// A mapping of variables; one may have its value beside a description.
pub(super) fn variables(taker: &mut Taker, variables: At, scope: Scope, channel: Channel) {
    for (key, value) in variables.entries() {
        let value = value.get("value").unwrap_or(value);
        taker.variable(key, value, Way { scope, channel, ..Way::default() });
    }
}

/// The lines of a script, with the key that they stand under, for what jobs of other files inherit.
pub(super) fn script<'t>(taker: &mut Taker, file: &File<'t>, key: &str, script: At<'t>) {
    for line in file.lines(script) {
        let taken = taker.pipeline.secrets.len();
        taker.script(line, None);
        let handed_on = line.text().is_some_and(|text| text.contains("--build-arg"));
        for secret in &mut taker.pipeline.secrets[taken..] {
            secret.via = Some(key.to_owned());
            if handed_on {
                secret.channel = Channel::Call;
            }
        }
    }
}
