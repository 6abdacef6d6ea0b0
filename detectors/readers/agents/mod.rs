//! Configuration of AI agents: the MCP servers that they start or call, what these are handed, and what
//! the agent may do without asking.
//!
//! Formats: Claude Code and Desktop (`mcpServers`, `permissions`), VS Code (`servers`), Cursor, Windsurf,
//! Cline, Roo, Kiro, Gemini CLI (`mcpServers`), Codex (`mcp_servers` in TOML), Zed (`context_servers`),
//! Continue (a list), opencode (`mcp`), OpenAI and similar agent definitions (`tools` of the type `mcp`),
//! AutoGen and CrewAI. An unknown key is ignored.

mod credentials;
mod launch;
mod server;
mod settings;
mod tree;

use super::{Document, yaml::YamlError};
use crate::evidence::{Agent, Location, Record, Region};
use tree::Node;

/// What a path says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// JSON with comments.
    Json,
    Yaml,
    Toml,
    /// JSON that is an agent's only if its content says so.
    Perhaps,
}

/// Folders of one client, with the names of its settings.
const FOLDERS: &[(&str, &[&str])] = &[
    (".amazonq", &["mcp.json"]),
    (".claude", &["settings.json", "settings.local.json"]),
    (".continue", &["config.json", "config.yaml", "config.yml"]),
    (".cursor", &["mcp.json", "cli.json"]),
    (".gemini", &["settings.json"]),
    (".kilocode", &["mcp.json"]),
    (".qwen", &["settings.json"]),
    (".roo", &["mcp.json"]),
    (".vscode", &["mcp.json", "settings.json"]),
    (".zed", &["settings.json"]),
    ("codex", &["config.toml"]),
    (".codex", &["config.toml"]),
];

fn kind(path: &str) -> Option<Kind> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    let listed = FOLDERS.iter().any(|(f, names)| *f == folder && names.contains(&name));
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "toml" => listed.then_some(Kind::Toml),
        "yaml" | "yml" if listed || path.contains(".continue/mcpServers/") => Some(Kind::Yaml),
        "yaml" | "yml" => (name.starts_with("agents.")).then_some(Kind::Yaml),
        "json" | "jsonc" if listed || is_server_list(name) => Some(Kind::Json),
        "json" if ["agent", "assistant"].iter().any(|word| name.contains(word)) => {
            Some(Kind::Perhaps)
        }
        _ => (name == "OAI_CONFIG_LIST").then_some(Kind::Json),
    }
}

fn is_server_list(name: &str) -> bool {
    const NAMES: &[&str] = &[
        ".mcp.json",
        "mcp.json",
        "mcp.jsonc",
        "mcp_config.json",
        "mcp-config.json",
        "mcp_servers.json",
        "mcp-servers.json",
        "mcp_settings.json",
        "cline_mcp_settings.json",
        "opencode.json",
        "opencode.jsonc",
        "OAI_CONFIG_LIST.json",
        "langgraph.json",
    ];
    NAMES.contains(&name) || name.starts_with("claude_desktop_config")
}

/// True for the configuration of an agent.
pub(crate) fn accepts(document: &Document) -> bool {
    match kind(document.path) {
        None => false,
        Some(Kind::Perhaps) => {
            let has = |word: &[u8]| memchr::memmem::find(document.bytes, word).is_some();
            has(b"\"tools\"") || has(b"\"mcpServers\"") || has(b"\"autogen_")
        }
        Some(_) => true,
    }
}

/// Reads one file.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let tree = match kind(document.path) {
        None => return,
        Some(Kind::Toml) => tree::parse_toml(document.bytes),
        Some(Kind::Yaml) => tree::parse_json_or_yaml(document.bytes, false),
        Some(Kind::Json | Kind::Perhaps) => tree::parse_json_or_yaml(document.bytes, true),
    };
    let root = match tree {
        Ok(root) => root,
        Err(error) => return out.push(unreadable(document, &error)),
    };
    let file = File { document };
    let mut found = Vec::new();
    server::read_all(&file, &root, &mut found);
    found.extend(settings::read(&file, &root));
    out.extend(found.into_iter().map(Record::from));
}

fn unreadable(document: &Document, error: &YamlError) -> Record {
    let mut coverage = document.unreadable(
        format!("not a readable agent configuration: {error}"),
        "mend the syntax, or exclude the file from the scan",
    );
    // Two readers may refuse one file.
    coverage.id.push_str("#agents");
    coverage.kinds = vec!["agent".to_owned()];
    coverage.line = Some(error.line.into());
    coverage.into()
}

/// The file at hand: makes locations and blank records.
struct File<'d> {
    document: &'d Document<'d>,
}

impl File<'_> {
    fn at(&self, region: Option<Region>) -> Location {
        match region {
            Some(region) => Location::in_file(self.document.path, region),
            None => Location::file(self.document.path),
        }
    }

    /// A record of the server, or of the agent's own settings when the name is empty.
    fn blank(&self, name: &str, node: Option<Region>) -> Agent {
        let document = self.document;
        let subject = match document.repository {
            Some(repository) => format!("agent:{repository}/{}#{name}", document.path),
            None => format!("agent:{}#{name}", document.path),
        };
        Agent {
            id: subject.clone(),
            src: document.src.at(document.path),
            as_of: document.as_of,
            subject,
            repository: document.repository.map(str::to_owned),
            file: document.path.to_owned(),
            name: name.to_owned(),
            location: self.at(node),
            ..Agent::default()
        }
    }
}

/// Whether a pattern of allowed tools allows all of them.
fn allows_all(pattern: &str) -> bool {
    matches!(
        pattern.trim(),
        "*" | "**"
            | "Bash"
            | "Bash(*)"
            | "Bash(:*)"
            | "Bash(**)"
            | "Shell"
            | "Shell(*)"
            | "Shell(**)"
    )
}

/// The text under the first of several keys.
fn text_of<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n str> {
    node.first(keys).and_then(Node::text)
}
