//! Vault policies in Terraform: `vault_policy` resources, written out, built by
//! `vault_policy_document`, by `jsonencode`, or read with `file()`.
//!
//! Facts: the documentation of the Terraform provider `hashicorp/vault`.

use super::{File, label};
use crate::{
    evidence::{LineIndex, Location, Policy, Record},
    policy::vault::FIRST_LINE,
    readers::{vault_api::NAMESPACE, vault_policy::LANGUAGE},
};
use hcl_edit::{
    Span as _,
    expr::{Expression, TraversalOperator},
    structure::{Block, Body},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many names a policy's text may stand behind.
const MAX_NAMES: usize = 8;

pub(super) fn read(file: &File, out: &mut Vec<Record>) {
    let body = file.values.body;
    let mut named = BTreeMap::new();
    for block in labelled(body, "resource", "vault_policy") {
        file.resource(block, &mut named, out);
    }
    for block in labelled(body, "data", "vault_policy_document") {
        if !named.contains_key(label(block)) {
            let policy = file.built(block);
            file.push(
                &format!("data.vault_policy_document.{}", label(block)),
                label(block),
                &policy,
                block,
                out,
            );
        }
    }
}

/// The blocks of a kind whose first label is a type.
fn labelled<'b>(body: &'b Body, kind: &'b str, of: &'b str) -> impl Iterator<Item = &'b Block> {
    body.get_blocks(kind)
        .filter(move |block| block.labels.first().is_some_and(|l| l.as_str() == of))
}

/// A policy's text and the line of the file on which it begins.
struct Text {
    text: String,
    first_line: u32,
}

impl File<'_> {
    fn resource<'b>(
        &'b self,
        block: &'b Block,
        named: &mut BTreeMap<&'b str, ()>,
        out: &mut Vec<Record>,
    ) {
        let Some(policy) = block.body.get_attribute("policy") else { return };
        let name = block.body.get_attribute("name").map(|name| self.values.shown(&name.value));
        let name = name.unwrap_or_else(|| label(block).to_owned());
        let document_name = built_by(&policy.value);
        if let Some(document_name) = document_name {
            named.insert(document_name, ());
        }
        let source = labelled(self.values.body, "data", "vault_policy_document")
            .find(|data| Some(label(data)) == document_name);
        let text = match source {
            Some(data) => Some(self.built(data)),
            None => self.string(&policy.value),
        };
        let address = format!("vault_policy.{}", label(block));
        match text {
            Some(text) => self.push(&address, &name, &text, block, out),
            // The file is read by itself, under its own name.
            None if is_call(&policy.value, "file") => {}
            None => self.unknown(&address, block, out),
        }
    }

    fn push(&self, address: &str, name: &str, text: &Text, block: &Block, out: &mut Vec<Record>) {
        let document = self.document;
        let region = self.index.region(block.span().unwrap_or(0..0));
        let mut policy = Policy {
            id: format!("policy:{}:{}#{address}", document.src.system, document.path),
            src: document.src.at(document.path),
            as_of: document.as_of,
            language: LANGUAGE.into(),
            subject: format!("vault-policy:{name}"),
            document: text.text.clone(),
            location: Some(Location::in_file(document.path, region)),
            ..Policy::default()
        };
        policy.attrs.insert(FIRST_LINE.into(), text.first_line.into());
        policy.attrs.insert("terraform".into(), address.into());
        if let Some(namespace) = block.body.get_attribute("namespace") {
            let namespace = self.values.shown(&namespace.value);
            let namespace = format!("{}/", namespace.trim_matches('/'));
            policy.attrs.insert(NAMESPACE.into(), namespace.into());
        }
        if let Err(error) = crate::policy::vault::VaultPolicy::parse_any(&text.text, document.as_of)
        {
            let (line, _) = LineIndex::new(text.text.as_bytes()).position(error.offset());
            let line = text.first_line + line - 1;
            let why =
                format!("`{address}` is not a policy that Vault accepts: line {line}: {error}");
            out.push(self.policy_gap(address, why, "mend the policy", line));
            return;
        }
        out.push(policy.into());
    }

    fn unknown(&self, address: &str, block: &Block, out: &mut Vec<Record>) {
        let why = format!("the text of `{address}` is computed when Terraform runs");
        let remedy = "scan the server as well (`--source vault`), which knows the result";
        out.push(self.policy_gap(address, why, remedy, self.line_of(block.span())));
    }

    fn policy_gap(&self, address: &str, why: String, remedy: &str, line: u32) -> Record {
        let mut coverage = self.gap(address, why, remedy, line);
        coverage.kinds = vec!["policy".into()];
        coverage.into()
    }

    /// A text that the file says, behind up to [`MAX_NAMES`] names, and where it stands.
    fn string(&self, expression: &Expression) -> Option<Text> {
        let mut expression = expression;
        for _ in 0..MAX_NAMES {
            expression = match expression {
                Expression::Parenthesis(inner) => inner.inner(),
                Expression::FuncCall(call) if call.name.name.as_str() == "trimspace" => {
                    call.args.iter().next()?
                }
                other => match self.values.target(other) {
                    Some(target) => target,
                    None => break,
                },
            };
        }
        let heredoc = matches!(expression, Expression::HeredocTemplate(_));
        let first_line = self.line_of(expression.span()) + u32::from(heredoc);
        match self.values.of(expression)? {
            Value::String(text) => Some(Text { text, first_line }),
            _ => None,
        }
    }

    /// The policy that a `vault_policy_document` builds, each rule on its own line of the file.
    fn built(&self, block: &Block) -> Text {
        let first_line = self.line_of(block.span());
        let mut text = String::new();
        let mut line = first_line;
        for rule in block.body.get_blocks("rule") {
            while line < self.line_of(rule.span()) {
                text.push('\n');
                line += 1;
            }
            text.push_str(&format!("{} ", self.rule(rule)));
        }
        Text { text, first_line }
    }

    fn rule(&self, rule: &Block) -> String {
        let quote = |text: &str| Value::from(text).to_string();
        let text = |name: &str| rule.body.get_attribute(name).map(|a| self.values.shown(&a.value));
        let list = |name: &str| {
            let value = self.values.of(&rule.body.get_attribute(name)?.value)?;
            let items = value.as_array()?.iter().filter_map(Value::as_str).map(quote);
            Some(items.collect::<Vec<_>>().join(", "))
        };
        let mut out =
            format!("path {} {{ ", quote(&text("path").unwrap_or_else(|| "<computed>".into())));
        for name in ["capabilities", "required_parameters"] {
            if let Some(items) = list(name) {
                out.push_str(&format!("{name} = [{items}], "));
            }
        }
        for (block, field) in
            [("allowed_parameter", "allowed_parameters"), ("denied_parameter", "denied_parameters")]
        {
            let entries: Vec<String> = rule
                .body
                .get_blocks(block)
                .filter_map(|entry| {
                    let key = self.values.shown(&entry.body.get_attribute("key")?.value);
                    let values = self.values.of(&entry.body.get_attribute("value")?.value)?;
                    let values: Vec<String> =
                        values.as_array()?.iter().filter_map(Value::as_str).map(quote).collect();
                    Some(format!("{} = [{}]", quote(&key), values.join(", ")))
                })
                .collect();
            if !entries.is_empty() {
                out.push_str(&format!("{field} = {{ {} }}, ", entries.join(", ")));
            }
        }
        for name in ["min_wrapping_ttl", "max_wrapping_ttl"] {
            if let Some(value) = text(name) {
                out.push_str(&format!("{name} = {}, ", quote(&value)));
            }
        }
        out.push('}');
        out
    }
}

fn is_call(expression: &Expression, name: &str) -> bool {
    matches!(expression, Expression::FuncCall(call) if call.name.name.as_str() == name)
}

/// `data.vault_policy_document.NAME.hcl` gives NAME.
fn built_by(expression: &Expression) -> Option<&str> {
    let Expression::Traversal(traversal) = expression else { return None };
    let Expression::Variable(root) = &traversal.expr else { return None };
    let mut path = traversal.operators.iter().filter_map(|operator| match operator.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        _ => None,
    });
    let known = root.as_str() == "data" && path.next() == Some("vault_policy_document");
    path.next().filter(|_| known)
}
