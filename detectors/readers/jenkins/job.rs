//! One script: walks its statements, in the order in which Jenkins runs them.

use super::{
    PLATFORM, agent, bindings,
    calls::Call,
    groovy::{Kind, Script},
    shell,
};
use crate::{
    evidence::{
        Coverage, LineIndex, Record, Region,
        pipeline::{Channel, Form, Pin, RunnerKind, Scope, SecretUse, Store, Trigger},
    },
    readers::{
        Document,
        ci::{
            self,
            gather::{Gather, pin_of_reference},
            unreadable,
        },
    },
};
use std::{collections::HashMap, ops::Range};

/// How deep blocks may nest.
const MAX_DEPTH: usize = 100;
/// The longest line, in bytes, whose columns are counted.
const MAX_LINE: usize = 20_000;

/// A variable that holds a credential, and which.
pub(super) struct Bound {
    pub variable: String,
    pub credential: String,
}

/// The script being read.
pub(super) struct Walk<'s, 'd> {
    pub script: &'s Script<'s>,
    lines: LineIndex<'s>,
    /// True for a file with a line so long that columns cost too much to count.
    long_lines: bool,
    pub gather: Gather<'d>,
    /// Variables with credentials at this place.
    pub bound: Vec<Bound>,
    pub scope: Scope,
    depth: usize,
    too_deep: Option<usize>,
    /// What could not be read.
    pub unread: Vec<Coverage>,
    /// Variables with a text that stands in the script, and its token.
    texts: HashMap<&'s str, usize>,
    /// Variables whose text turned out to be the id of a credential.
    ids: Vec<&'s str>,
    /// True once a `pipeline` or `node` block was seen: the script is a job, not a library.
    is_job: bool,
}

pub(super) fn read(document: &Document, text: &str, out: &mut Vec<Record>) {
    let script = Script::new(text);
    let mut walk = Walk {
        script: &script,
        lines: LineIndex::new(text.as_bytes()),
        long_lines: text.lines().any(|line| line.len() > MAX_LINE),
        gather: Gather::new(document, PLATFORM, "", Form::Job),
        bound: Vec::new(),
        scope: Scope::Job,
        depth: 0,
        too_deep: None,
        unread: Vec::new(),
        texts: texts(&script),
        ids: Vec::new(),
        is_job: false,
    };
    walk.statements(0..script.tokens.len());
    let Walk { mut gather, lines, too_deep, unread, ids, is_job, .. } = walk;
    gather.pipeline.literals.retain(|literal| !ids.contains(&literal.slot.as_str()));
    out.extend(unread.into_iter().map(Record::from));
    gather.pipeline.location = gather.at(Region::line(1));
    let by_name = !document.path.to_ascii_lowercase().ends_with(".groovy");
    if !is_job && !by_name {
        gather.pipeline.form = Form::Fragment;
    }
    if is_job || by_name || !gather.is_empty() {
        out.push(gather.pipeline.into());
    }
    let problem = script.unbalanced.map(|at| (at, "a bracket, string or comment does not close"));
    if let Some((at, why)) = problem.or(too_deep.map(|at| (at, "blocks are nested too deep"))) {
        let (line, _) = lines.position(at);
        let why = format!("the pipeline script was read in part: {why}");
        out.push(
            unreadable(document, line, why, "mend the script, or exclude it from the scan").into(),
        );
    }
}

impl<'s> Walk<'s, '_> {
    /// Where a token stands.
    pub(super) fn region(&self, token: usize) -> Region {
        let span = self.script.tokens.get(token).map(|t| t.span.clone()).unwrap_or_default();
        self.place(span)
    }

    /// The token of the id that an argument gives: its text, or that of the variable it names.
    pub(super) fn id(&mut self, value: &Range<usize>) -> Option<usize> {
        if let Some(text) = self.script.string(value) {
            return Some(text);
        }
        let name = self.script.text(value.start);
        let alone = value.len() == 1 && self.script.kind(value.start) == Some(Kind::Word);
        let text = *self.texts.get(name).filter(|_| alone)?;
        self.ids.push(name);
        Some(text)
    }

    pub(super) fn place(&self, span: Range<usize>) -> Region {
        if self.long_lines {
            Region::line(self.lines.line(span.start))
        } else {
            self.lines.region(span)
        }
    }

    /// The line that a token starts in, from 1.
    pub(super) fn line(&self, token: usize) -> u32 {
        self.region(token).start_line
    }

    /// Runs `read` one level deeper, unless that is too deep.
    pub(super) fn deeper(&mut self, at: usize, read: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH {
            let place = self.script.tokens.get(at).map(|token| token.span.start);
            self.too_deep = self.too_deep.or(place);
            return;
        }
        self.depth += 1;
        read(self);
        self.depth -= 1;
    }

    /// The statements of a block. Its `environment` holds for all of them, wherever it stands.
    pub(super) fn statements(&mut self, range: Range<usize>) {
        self.deeper(range.start, |walk| walk.block(range));
    }

    fn block(&mut self, range: Range<usize>) {
        let bound = self.bound.len();
        let mut at = range.start;
        while at < range.end {
            if self.script.text(at) == "environment"
                && let Some(body) = self.script.call(at).and_then(|call| call.body)
            {
                self.environment(body);
            }
            at = self.script.after(at);
        }
        let mut at = range.start;
        while at < range.end {
            at = self.statement(at).max(at + 1);
        }
        self.bound.truncate(bound);
    }

    /// Reads what starts at a token; returns the token behind it.
    fn statement(&mut self, at: usize) -> usize {
        match self.script.kind(at) {
            Some(Kind::Open(_)) => {
                let close = self.script.close(at);
                self.statements(at + 1..close);
                close + 1
            }
            Some(Kind::Word) => match self.script.call(at) {
                Some(call) => {
                    let end = call.end;
                    self.call(&call);
                    end
                }
                None => self.assignment(at),
            },
            _ => at + 1,
        }
    }

    /// `name = 'text'`.
    fn assignment(&mut self, at: usize) -> usize {
        let mut last = at;
        while self.script.is(last + 1, b'.') && self.script.kind(last + 2) == Some(Kind::Word) {
            last += 2;
        }
        let value = last + 2;
        let plain = self.script.is(last + 1, b'=')
            && self.script.kind(value) == Some(Kind::Text(false))
            && self
                .script
                .kind(value + 1)
                .is_none_or(|k| matches!(k, Kind::Line | Kind::Close(_) | Kind::Sign(b';')));
        if plain {
            let region = self.region(value);
            self.gather.variable(
                self.script.text(last),
                self.script.text(value),
                self.scope,
                region,
            );
        }
        last + 1
    }

    pub(super) fn call(&mut self, call: &Call<'s>) {
        let name = call.name.rsplit('.').next().unwrap_or(call.name);
        let outer_scope = self.scope;
        match name {
            "pipeline" | "node" => self.is_job = true,
            "stage" => self.scope = Scope::Step,
            _ => {}
        }
        let bound = self.bound.len();
        match name {
            // Read before the other statements of its block.
            "environment" if call.body.is_some() => return,
            "agent" => agent::declared(self, call),
            "node" => agent::label_argument(self, call),
            "podTemplate" | "containerTemplate" => agent::template(self, call),
            "image" if call.name == "docker.image" => agent::image_argument(self, call),
            "triggers" => self.triggers(call.body.clone()),
            "pipelineTriggers" => self.triggers(Some(call.args.clone())),
            "input" => self.input(call),
            "library" | "Library" => self.library(call),
            _ if shell::STEPS.contains(&name) => self.shell(call),
            _ => {}
        }
        // A declarative `agent` block has settings, not steps, and was read as a whole.
        if name != "agent" || call.body.is_none() {
            bindings::read(self, call);
            if name == "def" || self.script.is(call.args.start + 1, b'=') {
                self.assignment(call.args.start);
            }
            if let Some(body) = call.body.clone() {
                self.statements(body);
            }
        }
        self.bound.truncate(bound);
        self.scope = outer_scope;
    }

    /// `NAME = credentials('id')` and `NAME = 'text'`.
    fn environment(&mut self, body: Range<usize>) {
        let mut at = body.start;
        while at < body.end {
            if self.script.kind(at) == Some(Kind::Word) && self.script.is(at + 1, b'=') {
                let name = self.script.text(at);
                match self.script.call(at + 2).filter(|call| call.name == "credentials") {
                    Some(call) => {
                        if let Some(id) = self.script.string(&call.args) {
                            self.bound_by_environment(name, id);
                        }
                        at = call.end.saturating_sub(1);
                    }
                    None => at = self.assignment(at),
                }
            }
            at = self.script.after(at);
        }
    }

    fn bound_by_environment(&mut self, variable: &str, id: usize) {
        let credential = self.script.text(id);
        let region = self.region(id);
        let rest = SecretUse {
            channel: Channel::Env,
            slot: Some(variable.to_owned()),
            scope: self.scope,
            ..SecretUse::default()
        };
        self.gather.secret(credential, Store::Platform, region, rest);
        for variable in [variable.to_owned(), format!("{variable}_PSW")] {
            self.bound.push(Bound { variable, credential: credential.to_owned() });
        }
    }

    fn triggers(&mut self, range: Option<Range<usize>>) {
        let Some(range) = range else { return };
        let mut at = range.start;
        while at < range.end {
            if self.script.kind(at) == Some(Kind::Open(b'[')) {
                at += 1;
                continue;
            }
            let Some(call) = self.script.call(at) else {
                at += 1;
                continue;
            };
            let location = Some(self.gather.at(self.region(call.head)));
            let guarded = self.script.args(&call.args).iter().any(|arg| {
                arg.name.is_some_and(|n| {
                    matches!(
                        n,
                        "token" | "tokenCredentialId" | "secretToken" | "secretTokenCredentialsId"
                    )
                })
            });
            let types = if guarded { vec!["token".to_owned()] } else { Vec::new() };
            let event = call.name.to_owned();
            self.gather.pipeline.triggers.push(Trigger {
                event,
                types,
                location,
                ..Trigger::default()
            });
            at = call.end.max(at + 1);
        }
    }

    /// `input`: a person must agree; with `submitter`, one of those named.
    fn input(&mut self, call: &Call<'s>) {
        let inside = call.args.clone().chain(call.body.clone().unwrap_or_default());
        let who = inside
            .filter(|at| self.script.text(*at) == "submitter")
            .flat_map(|at| [at + 1, at + 2])
            .find(|at| matches!(self.script.kind(*at), Some(Kind::Text(_) | Kind::Word)));
        let who = who.map(|at| self.script.text(at)).unwrap_or_default();
        let region = self.region(call.head);
        self.gather.setting("input", who, Scope::Step, region);
    }

    /// `@Library('name@version')`, `library identifier: 'name@version'`.
    fn library(&mut self, call: &Call<'s>) {
        let args = self.script.args(&call.args);
        let named = self.script.named(&args, "identifier");
        let texts = match named {
            Some(one) => vec![one],
            None if args.iter().any(|arg| arg.name.is_some()) => Vec::new(),
            None => call
                .args
                .clone()
                .filter(|i| matches!(self.script.kind(*i), Some(Kind::Text(_))))
                .collect(),
        };
        for at in texts {
            let text = self.script.text(at);
            let (name, reference) =
                text.split_once('@').map_or((text, None), |(n, r)| (n, Some(r)));
            // Without a version the one that the Jenkins is configured with is used.
            let pin = reference.map_or(Pin::Dynamic, pin_of_reference);
            let region = self.region(at);
            self.gather.workflow(name, reference, pin, region);
        }
    }

    pub(super) fn runs_on(&mut self, label: &str, token: usize) {
        let location = self.gather.at(self.region(token));
        let runner = &mut self.gather.pipeline.runner;
        runner.kind = RunnerKind::Unknown;
        if !runner.labels.iter().any(|known| known == label) {
            runner.labels.push(label.to_owned());
        }
        if runner.location.is_none() || ci::is_controller_label(label) {
            runner.location = Some(location);
        }
    }
}

/// The variables of a script that hold one text which stands in it.
fn texts<'s>(script: &'s Script<'s>) -> HashMap<&'s str, usize> {
    let mut texts = HashMap::new();
    for at in 0..script.tokens.len() {
        let is_text = script.kind(at + 2) == Some(Kind::Text(false));
        if is_text && script.kind(at) == Some(Kind::Word) && script.is(at + 1, b'=') {
            texts.entry(script.text(at)).or_insert(at + 2);
        }
    }
    texts
}
