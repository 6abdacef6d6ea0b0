//! Stages and jobs: one record for each job.

use super::{File, PLATFORM, blank, place, step, tree, trigger, variables};
use crate::{
    evidence::{
        Pipeline, Record,
        pipeline::{Component, ComponentKind, Form, Method, Runner, RunnerKind, Scope, Trigger},
    },
    readers::{
        ci::{self, Taker, Way, unique},
        yaml::At,
    },
};
use std::collections::HashMap;

/// How deep stages, jobs and the parameters of templates may nest.
const MAX_NESTING: usize = 6;

/// What is around a list of jobs.
#[derive(Clone, Default)]
struct Around<'t> {
    stage: Option<&'t str>,
    /// Holders of `variables` and `pool`, the widest first, with the reach of what they set.
    holders: Vec<(At<'t>, Scope)>,
    conditions: Vec<&'t str>,
}

struct Walk<'f, 't> {
    file: &'f File<'t>,
    triggers: Vec<Trigger>,
    taken: HashMap<String, u32>,
    jobs: Vec<Pipeline>,
    /// What belongs to the file rather than to one job: templates of stages, jobs and variables.
    shared: Pipeline,
}

/// A template of steps.
pub(super) fn read_fragment(file: &File, pipeline: &mut Pipeline) {
    let Some(steps) = file.root.get("steps") else { return };
    let mut taker = variables::taker(file, pipeline);
    step::note(&mut taker, steps);
    step::read_all(file, &mut taker, steps, &mut 0, 0);
}

/// Every job of a file.
pub(super) fn read_all(file: &File, out: &mut Vec<Record>) {
    let mut walk = Walk {
        file,
        triggers: trigger::triggers(file),
        taken: HashMap::new(),
        jobs: Vec::new(),
        shared: blank(file.document, PLATFORM, "", Form::Fragment),
    };
    walk.shared.location = place(file.document, file.root);
    walk.shared.triggers.clone_from(&walk.triggers);
    let around = Around { holders: vec![(file.root, Scope::Workflow)], ..Around::default() };
    walk.level(file.root, &around, 0);
    if let Some(extends) = tree::get(file.root, "extends") {
        walk.template(extends, &around, 0);
    }
    let siblings = u32::try_from(walk.jobs.len()).unwrap_or(u32::MAX);
    for mut job in walk.jobs {
        job.siblings = siblings;
        out.push(job.into());
    }
    if !walk.shared.components.is_empty() {
        out.push(walk.shared.into());
    }
}

impl<'f, 't> Walk<'f, 't> {
    /// The stages, jobs or steps that a mapping holds.
    fn level(&mut self, holder: At<'t>, around: &Around<'t>, depth: usize) {
        if depth > MAX_NESTING {
            return;
        }
        for item in tree::get(holder, "stages").map(tree::items).unwrap_or_default() {
            let mut inner = around.clone();
            inner.stage = name_of(item.node, &["stage"]).or(inner.stage);
            inner.holders.push((item.node, Scope::Job));
            inner.conditions.extend(item.guards);
            inner.conditions.extend(item.node.get("condition").and_then(At::value));
            self.template(item.node, &inner, depth);
            self.level(item.node, &inner, depth + 1);
        }
        for key in ["jobs", "phases"] {
            for item in tree::get(holder, key).map(tree::items).unwrap_or_default() {
                let mut inner = around.clone();
                inner.conditions.extend(item.guards);
                self.template(item.node, &inner, depth);
                if ["job", "deployment", "phase"].iter().any(|key| item.node.get(key).is_some()) {
                    self.job(item.node, &inner);
                }
            }
        }
        if tree::get(holder, "steps").is_some() {
            self.job(holder, around);
        }
    }

    /// A template of stages or jobs, and the stages, jobs and steps that it is handed.
    fn template(&mut self, item: At<'t>, around: &Around<'t>, depth: usize) {
        let Some(named) = item.get("template").filter(|named| named.value().is_some()) else {
            return;
        };
        let component = self.file.template(named);
        let parameters = item.get("parameters");
        let mut taker = variables::taker(self.file, &mut self.shared);
        step::hand_over(&mut taker, &component.name, parameters, None);
        self.shared.components.push(component);
        if let Some(parameters) = parameters {
            self.level(parameters, around, depth + 1);
        }
    }

    fn job(&mut self, job: At<'t>, around: &Around<'t>) {
        let own = name_of(job, &["job", "deployment", "phase"]).unwrap_or("Job");
        let name = match around.stage {
            Some(stage) => format!("{stage}/{own}"),
            None => own.to_owned(),
        };
        let name = unique(&mut self.taken, name);
        let mut pipeline = blank(self.file.document, PLATFORM, &name, Form::Job);
        pipeline.location = place(self.file.document, job);
        pipeline.triggers.clone_from(&self.triggers);
        let mut conditions = around.conditions.clone();
        conditions.extend(job.get("condition").and_then(At::value));
        let condition: String = conditions.join(" && ").chars().take(400).collect();
        pipeline.condition = (!condition.is_empty()).then_some(condition);
        pipeline.environment = job
            .get("environment")
            .and_then(|e| e.value().or_else(|| e.get("name").and_then(At::value)))
            .map(str::to_owned);
        let mut holders = around.holders.clone();
        if !holders.iter().any(|(holder, _)| holder.region() == job.region()) {
            holders.push((job, Scope::Job));
        }
        pipeline.runner = runner(self.file, &holders);
        self.contents(job, &holders, &mut pipeline);
        self.jobs.push(pipeline);
    }

    fn contents(&mut self, job: At<'t>, holders: &[(At<'t>, Scope)], pipeline: &mut Pipeline) {
        let steps = step_lists(job);
        let mut taker = variables::taker(self.file, pipeline);
        let sets: Vec<(At, Scope)> = holders
            .iter()
            .filter_map(|(holder, scope)| Some((tree::get(*holder, "variables")?, *scope)))
            .collect();
        for (set, _) in &sets {
            variables::note(&mut taker, *set);
        }
        for list in &steps {
            step::note(&mut taker, *list);
        }
        let mut templates = Vec::new();
        for (set, scope) in sets {
            templates.extend(variables::read(self.file, &mut taker, set, scope));
        }
        containers(self.file, &mut taker, job);
        let mut number = 0;
        for list in steps {
            step::read_all(self.file, &mut taker, list, &mut number, 0);
        }
        for template in templates {
            if !self.shared.components.iter().any(|c| c.location == template.location) {
                self.shared.components.push(template);
            }
        }
    }
}

fn name_of<'t>(node: At<'t>, keys: &[&str]) -> Option<&'t str> {
    keys.iter().find_map(|key| node.get(key).and_then(At::value))
}

/// The lists of steps of a job: `steps`, or those of the phases of a deployment.
/// <https://learn.microsoft.com/azure/devops/pipelines/process/deployment-jobs>
fn step_lists(job: At) -> Vec<At> {
    let mut lists: Vec<At> = tree::get(job, "steps").into_iter().collect();
    let Some(strategy) = job.get("strategy") else { return lists };
    for way in ["runOnce", "rolling", "canary"] {
        let Some(way) = strategy.get(way) else { continue };
        let phases = ["preDeploy", "deploy", "routeTraffic", "postRouteTraffic"];
        lists.extend(phases.iter().filter_map(|phase| tree::get(way.get(phase)?, "steps")));
        let ends = way.get("on").into_iter().flat_map(At::entries);
        lists.extend(ends.filter_map(|(_, end)| tree::get(end, "steps")));
    }
    lists
}

/// A named pool is one's own; `vmImage` is a machine of Microsoft, which is also the default.
/// <https://learn.microsoft.com/azure/devops/pipelines/agents/pools-queues>
fn runner(file: &File, holders: &[(At, Scope)]) -> Runner {
    let found = holders.iter().rev().find_map(|(holder, _)| tree::get(*holder, "pool"));
    let Some(pool) = found else {
        let kind = if file.is_template { RunnerKind::Unknown } else { RunnerKind::Hosted };
        return Runner { kind, ..Runner::default() };
    };
    let named = pool.value().or_else(|| tree::get(pool, "name").and_then(At::value));
    let image = tree::get(pool, "vmImage").and_then(At::value);
    // A pool that starts a machine from the image asked for: Managed DevOps Pools, 1ES hosted pools.
    let demands = tree::get(pool, "demands");
    let started = demands.is_some_and(|demands| {
        demands.items().chain([demands]).any(|demand| {
            demand.value().is_some_and(|text| text.trim_start().starts_with("ImageOverride"))
        })
    });
    let kind = match named {
        Some(name) if name.contains("$") => RunnerKind::Unknown,
        Some(name) if name == "Azure Pipelines" || name.starts_with("Hosted") => RunnerKind::Hosted,
        // An agentless job runs on the server.
        Some("server") => RunnerKind::Hosted,
        Some(_) if started => RunnerKind::Unknown,
        Some(_) => RunnerKind::SelfHosted,
        None if image.is_some() => RunnerKind::Hosted,
        None => RunnerKind::Unknown,
    };
    let labels = named.into_iter().chain(image).map(str::to_owned).collect();
    Runner { kind, labels, location: Some(place(file.document, pool)) }
}

/// `container` and `services`, by image or by the name of a container resource.
fn containers<'t>(file: &File<'t>, taker: &mut Taker, job: At<'t>) {
    if let Some(container) = job.get("container") {
        image(file, taker, container, ComponentKind::Image);
    }
    for (_, service) in job.get("services").into_iter().flat_map(At::entries) {
        image(file, taker, service, ComponentKind::Service);
    }
}

fn image<'t>(file: &File<'t>, taker: &mut Taker, named: At<'t>, kind: ComponentKind) {
    let resource = named.value().and_then(|alias| container_resource(file, alias));
    let source = resource.unwrap_or(named);
    let Some(text) = source.get("image").unwrap_or(source).value() else { return };
    let (name, reference, pin) = ci::image_reference(text, text.contains('$'));
    let location = place(file.document, source.get("image").unwrap_or(source));
    let component = Component { kind, name, reference, pin, location, ..Component::default() };
    taker.pipeline.components.push(component);
    if let Some(endpoint) = source.get("endpoint").filter(|e| e.value().is_some()) {
        let location = place(file.document, endpoint);
        let role = endpoint.value().unwrap_or_default();
        taker.role("docker", role, Method::Connection, None, location, None);
    }
    if let Some(env) = source.get("env") {
        taker.throwaway = kind == ComponentKind::Service;
        taker.variables(env, Way { scope: Scope::Job, ..Way::default() });
        taker.throwaway = false;
    }
}

fn container_resource<'t>(file: &File<'t>, alias: &str) -> Option<At<'t>> {
    let listed = tree::get(file.root, "resources").and_then(|r| tree::get(r, "containers"))?;
    let mut nodes = tree::items(listed).into_iter().map(|item| item.node);
    nodes.find(|node| node.get("container").and_then(At::value) == Some(alias))
}
