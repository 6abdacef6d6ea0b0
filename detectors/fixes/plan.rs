//! Which changes are safe.

use super::{
    Note, Pins,
    edit::{Edit, Lines},
};
use crate::{
    evidence::{Region, token_needs::token_needs},
    readers::{
        ci::is_commit,
        yaml::{At, Yaml},
    },
};
use std::collections::BTreeMap;

/// Changes with what they say, and what was left.
#[derive(Default)]
pub(super) struct Plan {
    pub edits: Vec<(Edit, Note)>,
    pub left: Vec<Note>,
}

/// A step as the plan sees it.
struct Step<'t> {
    at: At<'t>,
    uses: Option<(At<'t>, At<'t>)>,
    run: Option<&'t str>,
}

impl<'t> Step<'t> {
    fn read(at: At<'t>) -> Step<'t> {
        Step { at, uses: at.entry("uses"), run: at.get("run").and_then(At::text) }
    }

    /// `owner/name` of the action, in lower case.
    fn action(&self) -> Option<String> {
        let text = self.uses?.1.value()?;
        Some(text.split('@').next().unwrap_or(text).to_ascii_lowercase())
    }
}

pub(super) fn plan(text: &str, tree: &Yaml, pins: &Pins) -> Plan {
    let mut plan = Plan::default();
    let lines = Lines::new(text);
    let Some(root) = tree.root() else { return plan };
    let Some((jobs_key, jobs)) = root.entry("jobs") else { return plan };
    let jobs: Vec<(At, Vec<Step>)> = jobs
        .entries()
        .map(|(_, job)| {
            let steps = job.get("steps").into_iter().flat_map(At::items).map(Step::read).collect();
            (job, steps)
        })
        .collect();
    permissions(&lines, root, jobs_key, &jobs, &mut plan);
    checkouts(&lines, &jobs, &mut plan);
    references(&lines, &jobs, pins, &mut plan);
    plan.left.sort();
    plan.left.dedup();
    plan
}

/// Jobs with the number of their steps: what must not change.
pub(super) fn shape(tree: &Yaml) -> Vec<(String, usize)> {
    let jobs = tree.root().and_then(|root| root.get("jobs"));
    let entries = jobs.into_iter().flat_map(At::entries);
    entries
        .map(|(key, job)| {
            let steps = job.get("steps").map_or(0, |steps| steps.items().count());
            (key.text().unwrap_or_default().to_owned(), steps)
        })
        .collect()
}

/// `permissions: contents: read` for the whole file, when every job that states none needs no more.
fn permissions(lines: &Lines, root: At, jobs_key: At, jobs: &[(At, Vec<Step>)], plan: &mut Plan) {
    let silent: Vec<_> = jobs.iter().filter(|(job, _)| job.get("permissions").is_none()).collect();
    if root.get("permissions").is_some() || silent.is_empty() {
        return;
    }
    let line = jobs_key.region().start_line;
    for (job, steps) in silent {
        if let Some((at, why)) = needs_more(*job, steps) {
            let line = at.region().start_line;
            let text = format!("no `permissions:` were added: {why}");
            return plan.left.push(Note { line, text });
        }
    }
    let plain =
        lines.line(line).is_some_and(|text| text.starts_with("jobs") || text.starts_with('"'));
    // Comments right above `jobs:` belong to it.
    let mut above = line;
    while above > 1 && lines.line(above - 1).is_some_and(|text| text.starts_with('#')) {
        above -= 1;
    }
    match lines.start(if above == 1 { line } else { above }).filter(|_| plain) {
        Some(at) => {
            let end = lines.newline();
            let text = format!("permissions:{end}  contents: read{end}{end}");
            let note = Note { line, text: "added `permissions: contents: read`".to_owned() };
            plan.edits.push((Edit { span: at..at, text }, note));
        }
        None => plan.left.push(Note {
            line,
            text: "no `permissions:` were added: the file is one flow mapping".to_owned(),
        }),
    }
}

/// Why a job may need more than to read the repository.
fn needs_more<'t>(job: At<'t>, steps: &[Step<'t>]) -> Option<(At<'t>, String)> {
    if let Some(uses) = job.get("uses") {
        return Some((uses, "a called workflow may ask for more than reading".to_owned()));
    }
    if let Some(place) = mention(job, 0) {
        return Some((place, "the job hands its token on, and what for is not known".to_owned()));
    }
    steps.iter().find_map(|step| unknown(step).map(|why| (step.at, why)))
}

/// A text that takes the job's token.
fn mention(at: At<'_>, depth: usize) -> Option<At<'_>> {
    if depth > 20 {
        return Some(at);
    }
    let takes = |text: &str| {
        let flat: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let lower = flat.to_ascii_lowercase();
        lower.contains("github.token")
            || lower.contains("secrets.github_token")
            || lower.contains("github['token']")
            || lower.contains("tojson(github)")
    };
    if at.text().is_some_and(takes) {
        return Some(at);
    }
    at.entries()
        .map(|(_, value)| value)
        .chain(at.items())
        .find_map(|inner| mention(inner, depth + 1))
}

/// Why it is not known that a step only reads.
fn unknown(step: &Step) -> Option<String> {
    if let Some(action) = step.action() {
        let known = token_needs().only_reads(&action) || action.starts_with("docker://");
        return (!known).then(|| format!("what '{action}' does with the token is not known"));
    }
    let word = token_needs().use_in(step.run?)?;
    Some(format!("a script says '{}'", word.trim()))
}

/// `persist-credentials: false` for every checkout after which nothing uses the credential.
fn checkouts(lines: &Lines, jobs: &[(At, Vec<Step>)], plan: &mut Plan) {
    // One anchored step may stand in several jobs: it must be safe in all of them.
    let mut verdicts: BTreeMap<(u32, u32), (Option<Edit>, Option<String>)> = BTreeMap::new();
    for (_, steps) in jobs {
        for (index, step) in steps.iter().enumerate() {
            if step.action().as_deref() != Some("actions/checkout") {
                continue;
            }
            let with = step.at.get("with");
            if with.is_some_and(|with| with.get("persist-credentials").is_some()) {
                continue;
            }
            let later = steps[index + 1..].iter();
            let own =
                ["token", "ssh-key"].iter().find(|key| with.is_some_and(|w| w.get(key).is_some()));
            let why = match own {
                Some(key) => {
                    Some(format!("it is given a `{key}` of its own, perhaps in order to push"))
                }
                None => later.clone().find_map(unknown).map(|why| format!("after it, {why}")),
            };
            let region = step.at.region();
            let edit = insert_input(lines, step);
            let entry = verdicts
                .entry((region.start_line, region.start_column))
                .or_insert_with(|| (edit, None));
            entry.1 = entry.1.take().or(why);
        }
    }
    for ((line, _), (edit, why)) in verdicts {
        let text = match (edit, why) {
            (Some(edit), None) => {
                let text = "added `persist-credentials: false`".to_owned();
                plan.edits.push((edit, Note { line, text }));
                continue;
            }
            (_, Some(why)) => why,
            (None, None) => "the step is written in a way that is not edited".to_owned(),
        };
        plan.left.push(Note { line, text: format!("the checkout keeps its credential: {text}") });
    }
}

/// The edit that adds the input to a checkout.
fn insert_input(lines: &Lines, step: &Step) -> Option<Edit> {
    const INPUT: &str = "persist-credentials: false";
    let end = lines.newline();
    let (key, uses) = step.uses?;
    let is_flow = |at: At| Some(source(lines, at.region())?.starts_with('{'));
    let insert = |at: usize, text: String| Some(Edit { span: at..at, text });
    match step.at.entry("with") {
        Some((_, with)) if with.is_map() => {
            if is_flow(with)? {
                let at = lines.offset(with.region().start_line, with.region().start_column)? + 1;
                let comma = if with.entries().next().is_some() { ", " } else { "" };
                return insert(at, format!("{INPUT}{comma}"));
            }
            let first = with.entries().next()?.0.region();
            let before = lines.line(first.start_line)?;
            let indent: String = before.chars().take(first.start_column as usize - 1).collect();
            if !indent.chars().all(|c| c == ' ') {
                return None;
            }
            insert(lines.start(first.start_line)?, format!("{indent}{INPUT}{end}"))
        }
        Some((with, value)) if value.value().is_none() && !value.is_seq() => {
            let column = with.region().start_column as usize;
            let line = with.region().start_line;
            if lines.line(line)?.split('#').next()?.trim() != "with:" {
                return None;
            }
            insert(line_end(lines, line)?, format!("{end}{}{INPUT}", " ".repeat(column + 1)))
        }
        Some(_) => None,
        None if is_flow(step.at)? => {
            let span = lines.span(uses.region())?;
            insert(span.end, format!(", with: {{{INPUT}}}"))
        }
        None => {
            let line = uses.region().end_line;
            if uses.region().start_line != line || key.region().start_line != line {
                return None;
            }
            let column = key.region().start_column as usize;
            let (outer, inner) = (" ".repeat(column - 1), " ".repeat(column + 1));
            insert(line_end(lines, line)?, format!("{end}{outer}with:{end}{inner}{INPUT}"))
        }
    }
}

fn line_end(lines: &Lines, line: u32) -> Option<usize> {
    Some(lines.start(line)? + lines.line(line)?.len())
}

fn source<'t>(lines: &Lines<'t>, region: Region) -> Option<&'t str> {
    let text = lines.line(region.start_line)?;
    let from =
        lines.offset(region.start_line, region.start_column)? - lines.start(region.start_line)?;
    text.get(from..)
}

/// Commits in place of versions, where the commit is known.
fn references(lines: &Lines, jobs: &[(At, Vec<Step>)], pins: &Pins, plan: &mut Plan) {
    let of_jobs = jobs.iter().filter_map(|(job, _)| job.get("uses"));
    let of_steps = jobs.iter().flat_map(|(_, steps)| steps.iter().filter_map(|s| Some(s.uses?.1)));
    let mut seen = Vec::new();
    for uses in of_jobs.chain(of_steps) {
        let region = uses.region();
        let Some(text) = uses.value() else { continue };
        let Some((name, version)) = text.split_once('@') else { continue };
        let fixed = is_commit(version) || version.contains("${{") || name.starts_with("docker:");
        if fixed || seen.contains(&(region.start_line, region.start_column)) {
            continue;
        }
        seen.push((region.start_line, region.start_column));
        let line = region.start_line;
        let Some(commit) = pins.commit(text) else {
            let text = format!("'{text}' was not pinned: its commit is not known here");
            plan.left.push(Note { line, text });
            continue;
        };
        match pin(lines, uses, name, version, commit) {
            Some(edits) => {
                let text = format!("pinned '{text}'");
                plan.edits
                    .extend(edits.into_iter().map(|e| (e, Note { line, text: text.clone() })));
            }
            None => plan.left.push(Note {
                line,
                text: format!("'{text}' was not pinned: it is written in a way that is not edited"),
            }),
        }
    }
}

/// The commit in place of the version; the version behind it as a comment where the line ends there.
fn pin(lines: &Lines, uses: At, name: &str, version: &str, commit: &str) -> Option<Vec<Edit>> {
    let region = uses.region();
    let line = lines.line(region.start_line)?;
    let span = lines.span(region).filter(|_| region.start_line == region.end_line)?;
    let start = lines.start(region.start_line)?;
    let written = format!("{name}@{version}");
    let within = line.get(span.start - start..span.end - start)?.find(&written)?;
    let from = span.start + within + name.len() + 1;
    let mut edits = vec![Edit { span: from..from + version.len(), text: commit.to_owned() }];
    let rest = line.get(span.end - start..)?;
    if rest.trim().is_empty() {
        let at = start + line.trim_end().len();
        edits.push(Edit { span: at..at, text: format!(" # {version}") });
    }
    Some(edits)
}
