//! Shell steps: what their scripts fetch, hold in plain text, and are filled in with.

use super::{calls::Call, groovy::Kind, job::Walk};
use crate::{
    evidence::pipeline::{Channel, Scope, SecretUse, Store},
    readers::{
        ci,
        fetched::fetched,
        scripts::{self, Finding},
    },
};

/// How many bound variables a placeholder is compared with.
const MAX_BOUND: usize = 1000;
/// Steps that run a shell.
pub(super) const STEPS: &[&str] = &["sh", "bat", "powershell", "pwsh"];

impl Walk<'_, '_> {
    pub(super) fn shell(&mut self, call: &Call<'_>) {
        for at in call.args.clone() {
            let Some(Kind::Text(filled)) = self.script.kind(at) else { continue };
            let text = self.script.text(at);
            let start = self.script.tokens.get(at).map_or(0, |token| token.span.start);
            if filled {
                self.filled_in(text, start);
            }
            for found in fetched(text) {
                let span = start + found.offset..start + found.offset + found.name.len();
                let location = self.gather.at(self.place(span));
                self.gather.pipeline.components.push(ci::tool(&found, None, location));
            }
            for Finding::Literal { command, offset, length, throwaway } in scripts::scan(text) {
                let region = self.place(start + offset..start + offset + length);
                self.gather.literal(
                    command,
                    &"x".repeat(length),
                    Channel::Script,
                    Scope::Step,
                    region,
                );
                if let Some(last) = self.gather.pipeline.literals.last_mut() {
                    last.throwaway = throwaway;
                }
            }
        }
    }

    /// Credentials that Groovy writes into the text of a script before the shell sees it.
    fn filled_in(&mut self, text: &str, start: usize) {
        for (offset, name) in placeholders(text) {
            let plain = name.strip_prefix("env.").unwrap_or(name);
            let Some(bound) =
                self.bound.iter().rev().take(MAX_BOUND).find(|bound| bound.variable == plain)
            else {
                continue;
            };
            let credential = bound.credential.clone();
            let region = self.place(start + offset..start + offset + name.len());
            let rest = SecretUse {
                channel: Channel::Script,
                slot: Some(plain.to_owned()),
                via: Some(ci::GROOVY.to_owned()),
                ..SecretUse::default()
            };
            self.gather.secret(&credential, Store::Platform, region, rest);
        }
    }
}

/// The names in `$name` and `${name}`, dots included, and where they start.
fn placeholders(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('$').filter_map(move |(place, _)| {
        if text[..place].ends_with('\\') {
            return None;
        }
        let rest = &text[place + 1..];
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        let start = place + 1 + (rest.len() - inner.len());
        let end = inner
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.'))
            .unwrap_or(inner.len());
        let name = inner[..end].trim_end_matches('.');
        (!name.is_empty()).then_some((start, name))
    })
}
