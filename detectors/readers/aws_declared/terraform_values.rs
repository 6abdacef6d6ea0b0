//! Terraform expressions to values with holes.
//!
//! Facts: the Terraform language documentation, "Expressions" and "Functions".

use super::hole::{encoded, file, glue, has_hole, hole, hole_text};
use hcl_edit::{
    Span as _,
    expr::{BinaryOperator, Expression, FuncCall, ObjectKey, Traversal, TraversalOperator},
    structure::Body,
    template::Element,
};
use serde_json::{Map, Value};

/// How deep expressions are followed.
const MAX_DEPTH: usize = 48;

/// The text of one file, to show what cannot be worked out.
pub(super) struct Lift<'a> {
    pub(super) text: &'a str,
}

impl Lift<'_> {
    /// An attribute of a block; `None` when it is not given or null.
    pub(super) fn attribute(&self, body: &Body, name: &str) -> Option<Value> {
        let attribute = body.get_attribute(name)?;
        Some(self.value(&attribute.value)).filter(|value| !value.is_null())
    }

    /// What an expression is worth, with holes for what other files say.
    pub(super) fn value(&self, expression: &Expression) -> Value {
        self.at(expression, 0)
    }

    fn at(&self, expression: &Expression, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return self.unknown(expression);
        }
        let deeper = |inner: &Expression| self.at(inner, depth + 1);
        match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(flag) => Value::Bool(*flag.value()),
            Expression::Number(number) => {
                let number = number.value();
                let whole = number.as_i64().map(Value::from);
                whole.or_else(|| number.as_f64().map(Value::from)).unwrap_or(Value::Null)
            }
            Expression::String(text) => Value::String(text.value().clone()),
            Expression::StringTemplate(template) => {
                self.template(template.iter(), depth).unwrap_or_else(|| self.unknown(expression))
            }
            Expression::HeredocTemplate(heredoc) => self
                .template(heredoc.template.iter(), depth)
                .unwrap_or_else(|| self.unknown(expression)),
            Expression::Parenthesis(inner) => deeper(inner.inner()),
            Expression::Array(items) => Value::Array(items.iter().map(deeper).collect()),
            Expression::Object(object) => {
                let mut map = Map::new();
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                        ObjectKey::Expression(Expression::Variable(name)) => name.to_string(),
                        ObjectKey::Expression(key) => match deeper(key) {
                            Value::String(text) => text,
                            _ => self.placeholder(key),
                        },
                    };
                    map.insert(key, deeper(value.expr()));
                }
                Value::Object(map)
            }
            Expression::FuncCall(call) => {
                self.call(call, depth).unwrap_or_else(|| self.unknown(expression))
            }
            Expression::Traversal(traversal) => {
                path(traversal).map_or_else(|| self.unknown(expression), |path| hole(&path))
            }
            Expression::Variable(name) => hole(name.as_str()),
            // One of what the loop makes: its variables stay holes.
            Expression::ForExpr(each) if each.key_expr.is_none() => {
                Value::Array(vec![deeper(&each.value_expr)])
            }
            Expression::BinaryOp(operation)
                if *operation.operator.value() == BinaryOperator::Plus =>
            {
                self.unknown(expression)
            }
            _ => self.unknown(expression),
        }
    }

    fn unknown(&self, expression: &Expression) -> Value {
        hole(&self.placeholder(expression))
    }

    fn placeholder(&self, expression: &Expression) -> String {
        let raw = expression.span().and_then(|span| self.text.get(span)).unwrap_or("expression");
        format!("={}", raw.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn template<'t>(
        &self,
        elements: impl Iterator<Item = &'t Element>,
        depth: usize,
    ) -> Option<Value> {
        let mut parts = Vec::new();
        for element in elements {
            match element {
                Element::Literal(text) => parts.push(Value::String(text.to_string())),
                Element::Interpolation(inner) => match self.at(&inner.expr, depth + 1) {
                    value @ (Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
                        parts.push(value);
                    }
                    // `${jsonencode(x)}` in a JSON text.
                    Value::Object(map) if map.contains_key("__json") => {
                        parts.push(Value::String(map.get("__json")?.to_string()));
                    }
                    _ => parts.push(hole(&self.placeholder(&inner.expr))),
                },
                Element::Directive(_) => return None,
            }
        }
        match parts.as_slice() {
            [] => Some(Value::String(String::new())),
            [one] => Some(one.clone()),
            _ => glue(&parts).map(Value::String),
        }
    }

    fn call(&self, call: &FuncCall, depth: usize) -> Option<Value> {
        let argument =
            |index: usize| call.args.get(index).map(|argument| self.at(argument, depth + 1));
        match call.name.name.as_str() {
            "jsonencode" => argument(0).map(encoded),
            "file" => Some(file(argument(0)?.as_str()?, None)),
            "templatefile" => Some(file(argument(0)?.as_str()?, argument(1))),
            "tostring" | "toset" | "tolist" | "tomap" | "sort" | "distinct" | "compact"
            | "flatten" | "sensitive" | "nonsensitive" | "trimspace" | "chomp" | "jsondecode" => {
                argument(0)
            }
            "one" => match argument(0)? {
                Value::Array(items) => items.into_iter().next(),
                other => Some(other),
            },
            // What a missing thing would be replaced by does not matter to who has it.
            "try" | "coalesce" | "element" => {
                argument(0).filter(|value| value.as_str().is_some_and(|t| !t.is_empty()))
            }
            "concat" => {
                let mut all = Vec::new();
                for index in 0..call.args.iter().count() {
                    match argument(index)? {
                        Value::Array(items) => all.extend(items),
                        other => all.push(other),
                    }
                }
                Some(Value::Array(all))
            }
            "join" => {
                let separator = argument(0)?;
                let items = argument(1)?;
                let items = items.as_array()?.iter().filter_map(Value::as_str).collect::<Vec<_>>();
                Some(items.join(separator.as_str()?).into())
            }
            "lower" | "upper" => {
                let text = argument(0)?;
                let text = text.as_str().filter(|text| !has_hole(text))?;
                Some(
                    if call.name.name.as_str() == "lower" {
                        text.to_lowercase()
                    } else {
                        text.to_uppercase()
                    }
                    .into(),
                )
            }
            "replace" => {
                let (text, from, to) = (argument(0)?, argument(1)?, argument(2)?);
                let (from, to) = (from.as_str()?, to.as_str()?);
                // The scheme of an issuer, which its condition keys leave out.
                if from.starts_with("https://") && to.is_empty() {
                    return match super::hole::whole(text.as_str()?) {
                        Some(name) => Some(hole(&format!("{name}#host"))),
                        None => Some(text.as_str()?.replace(from, to).into()),
                    };
                }
                (!has_hole(text.as_str()?))
                    .then(|| text.as_str().unwrap_or_default().replace(from, to).into())
            }
            "trimprefix" => {
                let (text, prefix) = (argument(0)?, argument(1)?);
                let (text, prefix) = (text.as_str()?, prefix.as_str()?);
                Some(text.strip_prefix(prefix).unwrap_or(text).into())
            }
            "format" => {
                let pattern = argument(0)?;
                let mut out = String::new();
                let mut next = 1;
                let mut rest = pattern.as_str()?;
                while let Some((before, after)) = rest.split_once('%') {
                    out.push_str(before);
                    rest = after.get(1..)?;
                    match after.get(..1)? {
                        "%" => out.push('%'),
                        "s" | "d" | "v" => {
                            out.push_str(
                                &glue([&argument(next)?]).unwrap_or_else(|| hole_text("=format")),
                            );
                            next += 1;
                        }
                        _ => return None,
                    }
                }
                out.push_str(rest);
                Some(out.into())
            }
            _ => None,
        }
    }
}

/// `aws_iam_role.x.arn`, without the number that says which one of several; `None` for more than
/// names. The element of a loop stands in braces: `aws_iam_role.x.{each.key}.arn`.
fn path(traversal: &Traversal) -> Option<String> {
    let Expression::Variable(root) = &traversal.expr else { return None };
    let mut path = root.to_string();
    for operator in &traversal.operators {
        match operator.value() {
            TraversalOperator::GetAttr(name) => {
                path.push('.');
                path.push_str(name.as_str());
            }
            TraversalOperator::Index(Expression::String(key)) if root.as_str() != "data" => {
                path.push('.');
                path.push_str(key.value());
            }
            TraversalOperator::Index(Expression::Traversal(key)) if root.as_str() != "data" => {
                if let Some(name @ ("each.key" | "each.value")) = self::path(key).as_deref() {
                    path.push_str(&format!(".{{{name}}}"));
                }
            }
            _ => {}
        }
    }
    Some(path)
}
