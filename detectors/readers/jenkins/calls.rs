//! Calls in a script: `name(arguments) { body }` and `name arguments { body }`, and their arguments.

use super::groovy::{Kind, Script};
use std::ops::Range;

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// Its name, with what stands before it: `docker.withRegistry`.
    pub name: &'a str,
    /// The token of its name.
    pub head: usize,
    /// The tokens of its arguments.
    pub args: Range<usize>,
    /// The tokens of its block.
    pub body: Option<Range<usize>>,
    /// The token behind it.
    pub end: usize,
}

/// One argument.
#[derive(Clone, Debug)]
pub(super) struct Arg<'a> {
    /// `name:` before it.
    pub name: Option<&'a str>,
    /// The tokens of its value.
    pub value: Range<usize>,
}

impl<'a> Script<'a> {
    /// The call whose name starts at `index`.
    pub(super) fn call(&self, index: usize) -> Option<Call<'a>> {
        if self.kind(index) != Some(Kind::Word) {
            return None;
        }
        let mut last = index;
        while self.is(last + 1, b'.') && self.kind(last + 2) == Some(Kind::Word) {
            last += 2;
        }
        let start = self.tokens.get(index)?.span.start;
        let name = self.source.get(start..self.tokens.get(last)?.span.end)?;
        let next = last + 1;
        let (args, mut end) = match self.kind(next)? {
            Kind::Open(b'(') => (next + 1..self.close(next), self.close(next) + 1),
            Kind::Open(b'{') => (next..next, next),
            Kind::Text(_) | Kind::Word | Kind::Open(b'[') => {
                let end = self.command_end(next);
                (next..end, end)
            }
            _ => return None,
        };
        let mut body = None;
        if self.kind(end) == Some(Kind::Open(b'{')) {
            body = Some(end + 1..self.close(end));
            end = self.close(end) + 1;
        }
        Some(Call { name, head: index, args, body, end })
    }

    /// Where the arguments of a call without parentheses end.
    fn command_end(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(kind) = self.kind(at) {
            match kind {
                Kind::Line if !self.is(at.saturating_sub(1), b',') => return at,
                Kind::Sign(b';') | Kind::Close(_) => return at,
                Kind::Open(b'{')
                    if at > from && !self.is(at - 1, b',') && !self.is(at - 1, b':') =>
                {
                    return at;
                }
                _ => at = self.after(at),
            }
        }
        at.min(self.tokens.len())
    }

    /// The arguments in a range, split at commas.
    pub(super) fn args(&self, range: &Range<usize>) -> Vec<Arg<'a>> {
        let mut found = Vec::new();
        let mut start = range.start;
        let mut at = range.start;
        while at < range.end {
            if self.is(at, b',') {
                found.extend(self.arg(start..at));
                start = at + 1;
            }
            at = self.after(at);
        }
        found.extend(self.arg(start..range.end));
        found
    }

    fn arg(&self, range: Range<usize>) -> Option<Arg<'a>> {
        let first = range.clone().find(|i| self.kind(*i) != Some(Kind::Line))?;
        let named = matches!(self.kind(first), Some(Kind::Word | Kind::Text(_)))
            && self.is(first + 1, b':');
        Some(if named && first + 1 < range.end {
            Arg { name: Some(self.text(first)), value: first + 2..range.end }
        } else {
            Arg { name: None, value: first..range.end }
        })
    }

    /// The string under a name among some arguments.
    pub(super) fn named(&self, args: &[Arg<'a>], name: &str) -> Option<usize> {
        args.iter().find(|arg| arg.name == Some(name)).and_then(|arg| self.string(&arg.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_with_and_without_parentheses() {
        let script =
            Script::new("docker.withRegistry('u', 'id') { sh 'x' }\nnode 'a' , b: 1 {\n}\nx = 1");
        let call = script.call(0).unwrap();
        assert_eq!(
            (call.name, script.args(&call.args).len(), call.body.is_some()),
            ("docker.withRegistry", 2, true)
        );
        let call = script.call(call.end + 1).unwrap();
        assert_eq!(
            (call.name, script.args(&call.args).len(), call.body.is_some()),
            ("node", 2, true)
        );
        assert!(script.call(call.end + 1).is_none());
    }

    #[test]
    fn named_arguments_over_lines() {
        let script = Script::new("f(a: 'x',\n  'b': [c: 'y'],\n  z)");
        let call = script.call(0).unwrap();
        let args = script.args(&call.args);
        assert_eq!(args.iter().map(|a| a.name).collect::<Vec<_>>(), [Some("a"), Some("b"), None]);
        assert_eq!(script.named(&args, "a").map(|i| script.text(i)), Some("x"));
    }
}
