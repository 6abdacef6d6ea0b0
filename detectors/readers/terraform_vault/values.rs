//! What an expression is worth as far as its own file says: literals, locals, variables with a
//! default, names of resources of the same file.

use hcl_edit::{
    Span as _,
    expr::{BinaryOperator, Expression, ObjectKey, TraversalOperator},
    structure::{Block, Body},
    template::Element,
};
use serde_json::{Map, Value};
use std::{cell::Cell, collections::HashMap};

/// How far references are followed.
const MAX_DEPTH: usize = 16;
/// How many expressions one question may look at: names that name each other twice double with
/// every step.
const MAX_STEPS: u32 = 20_000;

/// The named values of one file.
pub(super) struct Values<'a> {
    text: &'a str,
    pub(super) body: &'a Body,
    locals: HashMap<&'a str, &'a Expression>,
    defaults: HashMap<&'a str, &'a Expression>,
    resources: HashMap<(&'a str, &'a str), &'a Block>,
    /// Steps that the present question may still take.
    budget: Cell<u32>,
}

impl<'a> Values<'a> {
    pub(super) fn new(text: &'a str, body: &'a Body) -> Values<'a> {
        let locals = body.get_blocks("locals").flat_map(|block| block.body.attributes());
        let locals = locals.map(|local| (local.key.as_str(), &local.value)).collect();
        let variables = body.get_blocks("variable").filter_map(|block| {
            let name = block.labels.first()?.as_str();
            Some((name, &block.body.get_attribute("default")?.value))
        });
        let resources = body.get_blocks("resource").filter_map(|block| {
            let (kind, name) = (block.labels.first()?, block.labels.get(1)?);
            Some(((kind.as_str(), name.as_str()), block))
        });
        Values {
            text,
            body,
            locals,
            defaults: variables.collect(),
            resources: resources.collect(),
            budget: Cell::new(0),
        }
    }

    /// The value, where the file says it. Inside a list or an object, and inside a text, what is not
    /// known is shown as `<expression>`, which is no wildcard.
    pub(super) fn of(&self, expression: &Expression) -> Option<Value> {
        self.budget.set(MAX_STEPS);
        self.value(expression, 0)
    }

    /// The value of an attribute of a block: `Ok(None)` when it is not given or null, `Err` when the
    /// file does not say.
    pub(super) fn attribute(&self, block: &Body, name: &str) -> Result<Option<Value>, ()> {
        let Some(attribute) = block.get_attribute(name) else { return Ok(None) };
        match self.of(&attribute.value) {
            Some(Value::Null) => Ok(None),
            Some(value) => Ok(Some(value)),
            None => Err(()),
        }
    }

    /// A text for people: the value, or the expression in angle brackets.
    pub(super) fn shown(&self, expression: &Expression) -> String {
        match self.of(expression) {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => self.placeholder(expression),
        }
    }

    /// `<var.name>`: stands for a text that is not known.
    pub(super) fn placeholder(&self, expression: &Expression) -> String {
        let raw = expression.span().and_then(|span| self.text.get(span)).unwrap_or("…");
        let shown = raw.trim().replace(['"', '\n', '\\', '*', '+', '/'], "_");
        format!("<{}>", shown.chars().take(80).collect::<String>())
    }

    /// What `local.x` or `var.x` stands for.
    pub(super) fn target(&self, expression: &Expression) -> Option<&'a Expression> {
        let Expression::Traversal(traversal) = expression else { return None };
        let Expression::Variable(root) = &traversal.expr else { return None };
        let [operator] = traversal.operators.as_slice() else { return None };
        let TraversalOperator::GetAttr(name) = operator.value() else { return None };
        match root.as_str() {
            "local" => self.locals.get(name.as_str()).copied(),
            "var" => self.defaults.get(name.as_str()).copied(),
            _ => None,
        }
    }

    fn value(&self, expression: &Expression, depth: usize) -> Option<Value> {
        let left = self.budget.get().checked_sub(1)?;
        self.budget.set(left);
        if depth > MAX_DEPTH {
            return None;
        }
        let known_or_shown = |inner: &Expression| {
            self.value(inner, depth + 1).unwrap_or_else(|| self.placeholder(inner).into())
        };
        match expression {
            Expression::Null(_) => Some(Value::Null),
            Expression::Bool(flag) => Some(Value::Bool(*flag.value())),
            Expression::Number(number) => {
                let number = number.value();
                number.as_i64().map(Value::from).or_else(|| number.as_f64().map(Value::from))
            }
            Expression::String(text) => Some(Value::String(text.value().clone())),
            Expression::StringTemplate(template) => {
                self.template(template, depth).map(Value::String)
            }
            Expression::HeredocTemplate(heredoc) => {
                self.template(&heredoc.template, depth).map(Value::String)
            }
            Expression::Parenthesis(inner) => self.value(inner.inner(), depth + 1),
            Expression::Array(items) => {
                Some(Value::Array(items.iter().map(known_or_shown).collect()))
            }
            Expression::Object(object) => {
                let mut map = Map::new();
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                        ObjectKey::Expression(key) => match self.value(key, depth + 1) {
                            Some(Value::String(text)) => text,
                            _ => self.placeholder(key),
                        },
                    };
                    map.insert(key, known_or_shown(value.expr()));
                }
                Some(Value::Object(map))
            }
            Expression::BinaryOp(operation) => {
                let number = |side| self.value(side, depth + 1)?.as_i64();
                let (left, right) = (number(&operation.lhs_expr)?, number(&operation.rhs_expr)?);
                let result = match operation.operator.value() {
                    BinaryOperator::Mul => left.checked_mul(right)?,
                    BinaryOperator::Plus => left.checked_add(right)?,
                    BinaryOperator::Minus => left.checked_sub(right)?,
                    _ => return None,
                };
                Some(result.into())
            }
            Expression::FuncCall(call) => {
                self.call(call.name.name.as_str(), &call.args.iter().collect::<Vec<_>>(), depth)
            }
            Expression::Traversal(traversal) => {
                let Expression::Variable(root) = &traversal.expr else { return None };
                let mut path = Vec::new();
                for operator in &traversal.operators {
                    match operator.value() {
                        TraversalOperator::GetAttr(name) => path.push(name.as_str()),
                        TraversalOperator::Index(Expression::String(name)) => {
                            path.push(name.value());
                        }
                        // Which one of a counted resource does not matter: its name says `each`.
                        TraversalOperator::Index(_)
                            if !matches!(root.as_str(), "var" | "local") => {}
                        _ => return None,
                    }
                }
                self.reference(root.as_str(), &path, depth)
            }
            _ => None,
        }
    }

    /// `var.x`, `local.x`, `vault_policy.x.name`.
    fn reference(&self, root: &str, path: &[&str], depth: usize) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let named = match root {
            "var" => self.defaults.get(first)?,
            "local" => self.locals.get(first)?,
            _ => return self.of_resource(root, first, rest, depth),
        };
        let value = self.value(named, depth + 1).filter(|value| !value.is_null())?;
        rest.iter().try_fold(value, |value, key| value.get(*key).cloned())
    }

    /// The name or path of a resource of this file, as its provider makes it.
    fn of_resource(&self, kind: &str, name: &str, rest: &[&str], depth: usize) -> Option<Value> {
        let [wanted] = rest else { return None };
        let block = self.resources.get(&(kind, name))?;
        let given = |key: &str| {
            let attribute = block.body.get_attribute(key)?;
            self.value(&attribute.value, depth + 1).filter(Value::is_string)
        };
        match (kind, *wanted) {
            ("vault_auth_backend" | "vault_jwt_auth_backend", "path" | "id") => {
                let default = || Some(Value::from("jwt")).filter(|_| kind != "vault_auth_backend");
                let written = block.body.get_attribute("path").is_some();
                given("path").or_else(|| (!written).then(|| given("type").or_else(default))?)
            }
            (_, "path") => given("path"),
            ("vault_policy", "id") => given("name"),
            // The server chooses it; the resource's address stands for it.
            ("vault_identity_entity" | "vault_identity_group", "id") => {
                Some(format!("{kind}.{name}").into())
            }
            (_, "name" | "role_name" | "role" | "backend") => given(wanted),
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &[&Expression], depth: usize) -> Option<Value> {
        let first = self.value(arguments.first()?, depth + 1);
        match (name, first?) {
            ("trimspace", Value::String(text)) => Some(text.trim().into()),
            ("lower", Value::String(text)) => Some(text.to_lowercase().into()),
            (
                "tostring" | "tonumber" | "tobool" | "toset" | "tolist" | "sort" | "distinct",
                value,
            ) => Some(value),
            ("jsonencode", value) => Some(value.to_string().into()),
            ("join", Value::String(separator)) => {
                let items = self.value(arguments.get(1)?, depth + 1)?;
                let items: Option<Vec<&str>> =
                    items.as_array()?.iter().map(Value::as_str).collect();
                Some(items?.join(&separator).into())
            }
            ("concat", Value::Array(mut all)) => {
                for more in arguments.iter().skip(1) {
                    match self.value(more, depth + 1) {
                        Some(Value::Array(items)) => all.extend(items),
                        _ => all.push(self.placeholder(more).into()),
                    }
                }
                Some(Value::Array(all))
            }
            _ => None,
        }
    }

    fn template<'t>(
        &self,
        elements: impl IntoIterator<Item = &'t Element>,
        depth: usize,
    ) -> Option<String> {
        let mut out = String::new();
        for element in elements {
            match element {
                Element::Literal(text) => out.push_str(text),
                Element::Interpolation(value) => match self.value(&value.expr, depth + 1) {
                    Some(Value::String(text)) => out.push_str(&text),
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                        out.push_str(&value.to_string());
                    }
                    _ => out.push_str(&self.placeholder(&value.expr)),
                },
                Element::Directive(_) => return None,
            }
        }
        Some(out)
    }
}
