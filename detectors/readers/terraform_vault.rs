//! Vault policies in Terraform: `vault_policy` resources, written out, built by
//! `vault_policy_document`, by `jsonencode`, or read with `file()`.
//!
//! Facts: the documentation of the Terraform provider `hashicorp/vault`.

use super::{Document, vault_policy::LANGUAGE};
use crate::{
    evidence::{LineIndex, Location, Policy, Record},
    policy::vault::FIRST_LINE,
};
use hcl_edit::{
    Span as _,
    expr::{Expression, ObjectKey, TraversalOperator},
    parser::parse_body,
    structure::{Block, Body},
    template::Element,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// True for Terraform and OpenTofu files that speak of Vault policies.
pub(super) fn accepts(document: &Document) -> bool {
    [".tf", ".tofu"].iter().any(|end| document.path.ends_with(end))
        && document.bytes.windows(12).any(|window| window == b"vault_policy")
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let Ok(text) = std::str::from_utf8(document.bytes) else {
        out.push(document.unreadable("the file is not UTF-8", "save it as UTF-8").into());
        return;
    };
    let body = match parse_body(text) {
        Ok(body) => body,
        Err(error) => {
            let line = error.location().line();
            let why = format!("not Terraform that can be read: line {line}");
            let mut coverage = document
                .unreadable(why, "mend the file; `terraform validate` shows the same error");
            coverage.line = u64::try_from(line).ok();
            out.push(coverage.into());
            return;
        }
    };
    let file = File { document, text, index: LineIndex::new(document.bytes), body: &body };
    let mut named = BTreeMap::new();
    for block in labelled(&body, "resource", "vault_policy") {
        file.resource(block, &mut named, out);
    }
    for block in labelled(&body, "data", "vault_policy_document") {
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

/// The second label: the resource's own name.
fn label(block: &Block) -> &str {
    block.labels.get(1).map_or("unnamed", |label| label.as_str())
}

/// One Terraform file.
struct File<'a> {
    document: &'a Document<'a>,
    text: &'a str,
    index: LineIndex<'a>,
    body: &'a Body,
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
        let name = block.body.get_attribute("name").and_then(|name| self.string(&name.value));
        let name = name.map_or_else(|| label(block).to_owned(), |name| name.text);
        let document_name = built_by(&policy.value);
        if let Some(document_name) = document_name {
            named.insert(document_name, ());
        }
        let source = labelled(self.body, "data", "vault_policy_document")
            .find(|data| Some(label(data)) == document_name);
        let text = match source {
            Some(data) => Some(self.built(data)),
            None => self.string(&policy.value).or_else(|| self.encoded(&policy.value)),
        };
        let address = format!("vault_policy.{}", label(block));
        match text {
            Some(text) => self.push(&address, &name, &text, block, out),
            // The file is read by itself, under its own name.
            None if is_call(&policy.value, "file") => {}
            None => self.unknown(&address, block, out),
        }
    }

    fn line_of(&self, span: Option<std::ops::Range<usize>>) -> u32 {
        self.index.position(span.map_or(0, |span| span.start)).0
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
        if let Err(error) = crate::policy::vault::VaultPolicy::parse_any(&text.text, document.as_of)
        {
            let (line, _) = LineIndex::new(text.text.as_bytes()).position(error.offset());
            let line = text.first_line + line - 1;
            let why =
                format!("`{address}` is not a policy that Vault accepts: line {line}: {error}");
            self.gap(address, why, "mend the policy", line, out);
            return;
        }
        out.push(policy.into());
    }

    fn unknown(&self, address: &str, block: &Block, out: &mut Vec<Record>) {
        let why = format!("the text of `{address}` is computed when Terraform runs");
        let remedy = "scan the server as well (`--source vault`), which knows the result";
        self.gap(address, why, remedy, self.line_of(block.span()), out);
    }

    fn gap(&self, address: &str, why: String, remedy: &str, line: u32, out: &mut Vec<Record>) {
        let mut coverage = self.document.unreadable(why, remedy);
        coverage.id = format!("{}#{address}", coverage.id);
        coverage.kinds = vec!["policy".into()];
        coverage.line = Some(line.into());
        out.push(coverage.into());
    }

    /// A literal text; each interpolation is shown as `<expression>`, which no wildcard is.
    fn string(&self, expression: &Expression) -> Option<Text> {
        let line = self.line_of(expression.span());
        match expression {
            Expression::String(text) => Some(Text { text: text.value().clone(), first_line: line }),
            Expression::StringTemplate(template) => {
                Some(Text { text: self.template(template)?, first_line: line })
            }
            Expression::HeredocTemplate(heredoc) => {
                Some(Text { text: self.template(&heredoc.template)?, first_line: line + 1 })
            }
            Expression::Parenthesis(inner) => self.string(inner.inner()),
            Expression::FuncCall(call) if call.name.name.as_str() == "trimspace" => {
                self.string(call.args.iter().next()?)
            }
            _ => None,
        }
    }

    fn template<'t>(&self, elements: impl IntoIterator<Item = &'t Element>) -> Option<String> {
        let mut out = String::new();
        for element in elements {
            match element {
                Element::Literal(text) => out.push_str(text),
                Element::Interpolation(value) => {
                    let raw = value.expr.span().and_then(|span| self.text.get(span)).unwrap_or("…");
                    let shown = raw.trim().replace(['"', '\n', '\\', '*', '+', '/'], "_");
                    out.push_str(&format!("<{shown}>"));
                }
                Element::Directive(_) => return None,
            }
        }
        Some(out)
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
        let text = |name: &str| {
            rule.body.get_attribute(name).and_then(|a| self.string(&a.value)).map(|t| t.text)
        };
        let list = |name: &str| {
            let value = rule.body.get_attribute(name).map(|a| &a.value)?;
            let items = value.as_array()?.iter().filter_map(|item| self.string(item));
            Some(items.map(|item| quote(&item.text)).collect::<Vec<_>>().join(", "))
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
                    let key = self.string(&entry.body.get_attribute("key")?.value)?.text;
                    let values = entry.body.get_attribute("value")?.value.as_array()?;
                    let values: Vec<String> = values
                        .iter()
                        .filter_map(|v| self.string(v))
                        .map(|v| quote(&v.text))
                        .collect();
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

    /// `jsonencode({ path = { … } })`, as JSON.
    fn encoded(&self, expression: &Expression) -> Option<Text> {
        let Expression::FuncCall(call) = expression else { return None };
        if call.name.name.as_str() != "jsonencode" {
            return None;
        }
        let value = self.json(call.args.iter().next()?)?;
        Some(Text { text: value.to_string(), first_line: self.line_of(expression.span()) })
    }

    fn json(&self, expression: &Expression) -> Option<Value> {
        match expression {
            Expression::Null(_) => Some(Value::Null),
            Expression::Bool(flag) => Some(Value::Bool(*flag.value())),
            Expression::Number(number) => number.value().as_f64().map(Value::from),
            Expression::Array(items) => {
                items.iter().map(|item| self.json(item)).collect::<Option<_>>().map(Value::Array)
            }
            Expression::Object(object) => {
                let mut map = Map::new();
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                        ObjectKey::Expression(expression) => self.string(expression)?.text,
                    };
                    map.insert(key, self.json(value.expr())?);
                }
                Some(Value::Object(map))
            }
            _ => self.string(expression).map(|text| Value::String(text.text)),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Src;

    fn records(text: &str) -> Vec<Record> {
        let src = Src::of("git", "example/repository");
        let as_of = jiff::Timestamp::UNIX_EPOCH;
        let document = Document {
            path: "vault.tf",
            bytes: text.as_bytes(),
            src: &src,
            repository: None,
            as_of,
        };
        let mut out = Vec::new();
        assert!(accepts(&document));
        read(&document, &mut out);
        out
    }

    fn policies(text: &str) -> Vec<(String, String, u64)> {
        let policy = |record: Record| match record {
            Record::Policy(p) => (p.subject, p.document, p.attrs[FIRST_LINE].as_u64().unwrap()),
            other => panic!("{other:?}"),
        };
        records(text).into_iter().map(policy).collect()
    }

    #[test]
    fn a_heredoc_keeps_its_lines_and_shows_its_interpolations() {
        let found = policies(
            "resource \"vault_policy\" \"a\" {\n  name   = \"app-${var.env}\"\n  policy = <<-EOT\n    path \"secret/data/${var.app}/*\" {\n      capabilities = [\"read\"]\n    }\n  EOT\n}\n",
        );
        let [(subject, text, line)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((subject.as_str(), *line), ("vault-policy:app-<var.env>", 4));
        assert!(text.contains("path \"secret/data/<var.app>/*\" {"), "{text}");
    }

    #[test]
    fn a_policy_document_becomes_rules_on_their_lines() {
        let found = policies(
            "data \"vault_policy_document\" \"d\" {\n  rule {\n    path         = \"a/*\"\n    capabilities = [\"read\", \"list\"]\n  }\n  rule {\n    path         = \"b\"\n    capabilities = [\"update\"]\n    denied_parameter {\n      key   = \"p\"\n      value = [\"x\"]\n    }\n  }\n}\nresource \"vault_policy\" \"r\" {\n  name   = \"built\"\n  policy = data.vault_policy_document.d.hcl\n}\n",
        );
        let [(subject, text, line)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((subject.as_str(), *line), ("vault-policy:built", 1));
        let rules = crate::policy::vault::VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH)
            .unwrap()
            .rules;
        assert_eq!(rules.len(), 2);
        assert!(rules[1].denied_parameters.is_some());
        assert_eq!(LineIndex::new(text.as_bytes()).position(rules[1].span.start).0, 6);
    }

    #[test]
    fn encoded_policies_are_read_and_computed_ones_are_said() {
        let found = policies(
            "resource \"vault_policy\" \"j\" {\n  name   = \"j\"\n  policy = jsonencode({ path = { \"a/*\" = { capabilities = [\"read\"] } } })\n}\n",
        );
        assert_eq!(found[0].1, r#"{"path":{"a/*":{"capabilities":["read"]}}}"#);
        let computed = records(
            "resource \"vault_policy\" \"c\" {\n  name   = \"c\"\n  policy = templatefile(\"p.tpl\", {})\n}\n",
        );
        let [Record::Coverage(gap)] = computed.as_slice() else { panic!("{computed:?}") };
        assert_eq!((gap.line, gap.complete), (Some(1), false));
        let from_file = records(
            "resource \"vault_policy\" \"f\" {\n  name   = \"f\"\n  policy = file(\"policies/f.hcl\")\n}\n",
        );
        assert!(from_file.is_empty(), "{from_file:?}");
    }

    #[test]
    fn broken_terraform_is_said_with_its_line() {
        let broken = records("resource \"vault_policy\" \"x\" {\n  name = \n}\n");
        let [Record::Coverage(gap)] = broken.as_slice() else { panic!("{broken:?}") };
        assert_eq!(gap.line, Some(2));
    }
}
