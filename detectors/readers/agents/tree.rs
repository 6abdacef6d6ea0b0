//! JSON with comments, YAML and TOML as one small tree with positions.

use crate::{
    evidence::{LineIndex, Region},
    readers::yaml::{At, Yaml, YamlError, utf8},
};
use toml::de::{DeTable, DeValue};

/// How many nodes a configuration may have; more is no configuration.
const MAX_NODES: usize = 200_000;

/// One value, with its place.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub region: Option<Region>,
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Default)]
pub(super) enum Value {
    /// Nothing, a number, a time.
    #[default]
    Other,
    Bool(bool),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The key of a mapping, with its place.
#[derive(Debug, Default)]
pub(super) struct Key {
    pub text: String,
    pub region: Option<Region>,
}

impl Node {
    pub(super) fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self.value, Value::Bool(true))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries().iter().find(|(k, _)| k.text == key)
    }

    /// The first of several keys that is there.
    pub(super) fn first(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// The texts of a list, or the one text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&Node, &str)> {
        let own = self.text().map(|text| (self, text));
        own.into_iter().chain(self.items().iter().filter_map(|item| Some((item, item.text()?))))
    }
}

/// Reads JSON with comments, or YAML: JSON is YAML once its comments and tabs are blanked, which keeps
/// every position.
pub(super) fn parse_json_or_yaml(bytes: &[u8], json: bool) -> Result<Node, YamlError> {
    let text = utf8(bytes)?;
    let blanked;
    let text = if json {
        blanked = blank_comments(text);
        blanked.as_str()
    } else {
        text
    };
    let tree = Yaml::parse(text)?;
    let mut budget = MAX_NODES;
    tree.root().map_or_else(|| Ok(Node::default()), |root| from_yaml(root, &mut budget))
}

fn from_yaml(at: At, budget: &mut usize) -> Result<Node, YamlError> {
    *budget = budget.checked_sub(1).ok_or_else(|| YamlError {
        line: at.region().start_line,
        why: format!("more than {MAX_NODES} values"),
    })?;
    let value = if at.is_map() {
        let entries = at.entries().map(|(key, value)| {
            let text = key.text().unwrap_or_default().to_owned();
            Ok((Key { text, region: Some(key.region()) }, from_yaml(value, budget)?))
        });
        Value::Map(entries.collect::<Result<_, YamlError>>()?)
    } else if at.is_seq() {
        Value::List(at.items().map(|item| from_yaml(item, budget)).collect::<Result<_, _>>()?)
    } else {
        match (at.value(), at.is_plain()) {
            (Some("true"), true) => Value::Bool(true),
            (Some("false"), true) => Value::Bool(false),
            (Some(text), _) => Value::Text(text.to_owned()),
            (None, _) => Value::Other,
        }
    };
    Ok(Node { region: Some(at.region()), value })
}

/// The same text with comments and tabs outside strings as spaces, and with escaped surrogate pairs as
/// one character.
fn blank_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match (in_string, c) {
            (true, '\\') => escape(&mut chars, &mut out),
            (_, '"') => {
                in_string = !in_string;
                out.push(c);
            }
            (false, '\t') => out.push(' '),
            (false, '/') if chars.peek() == Some(&'/') => {
                out.push(' ');
                while let Some(skipped) = chars.next_if(|c| *c != '\n') {
                    out.push(if skipped == '\r' { '\r' } else { ' ' });
                }
            }
            (false, '/') if chars.peek() == Some(&'*') => blank_block(&mut chars, &mut out),
            _ => out.push(c),
        }
    }
    out
}

fn blank_block(chars: &mut std::iter::Peekable<std::str::Chars>, out: &mut String) {
    // The slash is read; the star that opens the comment does not close it.
    chars.next();
    out.push_str("  ");
    let mut before = ' ';
    for c in chars.by_ref() {
        out.push(if matches!(c, '\n' | '\r') { c } else { ' ' });
        if before == '*' && c == '/' {
            return;
        }
        before = c;
    }
}

/// `\uD83D\uDE00` is two halves in JSON and one `\U0001F600` in YAML; two spaces keep the columns.
fn escape(chars: &mut std::iter::Peekable<std::str::Chars>, out: &mut String) {
    let rest: String = chars.clone().take(11).collect();
    let half = |at: usize| {
        let digits = rest.get(at..at + 4).filter(|_| rest.get(at - 1..at) == Some("u"))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let pair = match (half(1), rest.get(5..6), half(7)) {
        (Some(high), Some("\\"), Some(low))
            if (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low) =>
        {
            Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        }
        _ => None,
    };
    match pair {
        Some(scalar) => {
            chars.nth(10);
            out.push_str(&format!("\\U{scalar:08X}  "));
        }
        None => {
            out.push('\\');
            out.extend(chars.next());
        }
    }
}

/// Reads TOML.
pub(super) fn parse_toml(bytes: &[u8]) -> Result<Node, YamlError> {
    let text = utf8(bytes)?;
    let lines = LineIndex::new(text.as_bytes());
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| lines.position(span.start).0);
        YamlError { line, why: "not valid TOML".to_owned() }
    })?;
    Ok(Node {
        region: Some(lines.region(table.span())),
        value: from_table(table.get_ref(), &lines),
    })
}

fn from_table(table: &DeTable, lines: &LineIndex) -> Value {
    let entries = table.iter().map(|(key, value)| {
        let region = Some(lines.region(key.span()));
        let key = Key { text: key.get_ref().to_string(), region };
        let node = Node {
            region: Some(lines.region(value.span())),
            value: from_toml(value.get_ref(), lines),
        };
        (key, node)
    });
    Value::Map(entries.collect())
}

fn from_toml(value: &DeValue, lines: &LineIndex) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node {
                    region: Some(lines.region(item.span())),
                    value: from_toml(item.get_ref(), lines),
                })
                .collect(),
        ),
        DeValue::Table(table) => from_table(table, lines),
        _ => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_tabs_and_trailing_commas_are_json_all_the_same() {
        let text =
            "// head\n{\n\t\"a\": \"http://x\", /* b\n \"c\": 1 */ \"d\": [true,], // end\n}\n";
        let root = parse_json_or_yaml(text.as_bytes(), true).unwrap();
        assert_eq!(root.get("a").and_then(Node::text), Some("http://x"));
        let (key, value) = root.entry("d").unwrap();
        assert_eq!(key.region.unwrap().start_line, 4);
        assert!(value.items()[0].is_true());
    }

    #[test]
    fn pairs_of_escapes_are_one_character() {
        let root = parse_json_or_yaml(br#"{"a":"\ud83d\ude00\"//","b":"x"}"#, true).unwrap();
        assert_eq!(root.get("a").and_then(Node::text), Some("\u{1f600}  \"//"));
        assert_eq!(root.entry("b").unwrap().0.region.unwrap().start_column, 25);
    }

    #[test]
    fn a_block_comment_does_not_close_itself() {
        assert_eq!(blank_comments("/*/ x */y"), "        y");
        assert_eq!(blank_comments("/** x **/y"), "         y");
    }

    #[test]
    fn toml_has_positions_too() {
        let root = parse_toml(b"[mcp_servers.a]\ncommand = \"npx\"\n").unwrap();
        let server = root.get("mcp_servers").and_then(|s| s.get("a")).unwrap();
        assert_eq!(server.entry("command").unwrap().0.region.unwrap().start_line, 2);
        assert!(parse_toml(b"a = \n").is_err());
    }
}
