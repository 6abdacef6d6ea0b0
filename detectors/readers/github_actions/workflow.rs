//! A workflow file: what all its jobs share, and its jobs.

use super::job;
use crate::{
    evidence::{
        Record,
        pipeline::{Form, Origin, Permissions, Trigger},
    },
    readers::{
        ci::CiFile,
        yaml::{At, YamlError},
    },
};

/// What every job of a file inherits.
pub(super) struct Shared<'t> {
    pub triggers: Vec<Trigger>,
    pub permissions: Permissions,
    pub env: Option<At<'t>>,
    pub jobs: u32,
}

pub(super) fn read(file: &CiFile, root: At, out: &mut Vec<Record>) {
    if !root.is_map() {
        let why = "not a mapping".to_owned();
        let error = YamlError { line: root.region().start_line, why };
        return out.push(file.unreadable(&error).into());
    }
    let Some(jobs) = root.get("jobs") else {
        let error = YamlError { line: 1, why: "no `jobs`".to_owned() };
        return out.push(file.unreadable(&error).into());
    };
    let shared = Shared {
        triggers: root.get("on").map(|on| triggers(file, on)).unwrap_or_default(),
        permissions: permissions(file, root, Origin::Workflow).unwrap_or_default(),
        env: root.get("env"),
        jobs: u32::try_from(jobs.entries().count()).unwrap_or(u32::MAX),
    };
    for (key, job) in jobs.entries() {
        let name = key.text().unwrap_or_default();
        let mut pipeline = file.blank(name, Form::Job);
        pipeline.location = file.at(key.region());
        job::read(file, &shared, job, &mut pipeline);
        out.push(pipeline.into());
    }
}

/// A composite action: steps that become part of the jobs that use it. Other actions run their own
/// program, which is not configuration.
pub(super) fn read_composite(file: &CiFile, root: At, out: &mut Vec<Record>) {
    let Some(runs) = root.get("runs") else { return };
    let using = runs.get("using").and_then(At::value).unwrap_or_default();
    let Some(steps) = runs.get("steps").filter(|_| using.eq_ignore_ascii_case("composite")) else {
        return;
    };
    let mut pipeline = file.blank("", Form::Fragment);
    pipeline.location = file.at(runs.region());
    job::read_fragment(file, steps, &mut pipeline);
    out.push(pipeline.into());
}

fn triggers(file: &CiFile, on: At) -> Vec<Trigger> {
    let plain = on.one_or_many().filter_map(|event| {
        let name = event.value()?;
        Some(Trigger {
            event: name.to_owned(),
            location: Some(file.at(event.region())),
            ..Trigger::default()
        })
    });
    let detailed = on.entries().filter_map(|(event, filter)| {
        let list = |key: &str| -> Vec<String> {
            filter.get(key).map(|v| v.texts().map(str::to_owned).collect()).unwrap_or_default()
        };
        Some(Trigger {
            event: event.value()?.to_owned(),
            branches: list("branches"),
            tags: list("tags"),
            types: list("types"),
            location: Some(file.at(event.region())),
        })
    });
    plain.chain(detailed).collect()
}

/// The `permissions` of a workflow or job, when it states them.
pub(super) fn permissions(file: &CiFile, holder: At, origin: Origin) -> Option<Permissions> {
    let (key, value) = holder.entry("permissions")?;
    let mut permissions =
        Permissions { origin, location: Some(file.at(key.region())), ..Permissions::default() };
    match value.value() {
        Some("write-all") => drop(permissions.scopes.insert("*".to_owned(), "write".to_owned())),
        Some("read-all") => drop(permissions.scopes.insert("*".to_owned(), "read".to_owned())),
        _ => {}
    }
    for (scope, level) in value.entries() {
        if let (Some(scope), Some(level)) = (scope.value(), level.value()) {
            permissions.scopes.insert(scope.to_owned(), level.to_owned());
        }
    }
    Some(permissions)
}
