//! MCP servers, wherever a file lists them.

use super::{
    File, allows_all,
    credentials::{Taker, bare_address, placed},
    launch::{self, Word},
    text_of,
    tree::Node,
};
use crate::evidence::{Agent, agent::Handover};
use std::collections::BTreeSet;

/// Keys below which servers stand by name.
const NAMED: &[&str] = &["mcpServers", "mcp_servers", "servers", "context_servers", "mcp"];
/// How deep servers are looked for: settings files nest them under a section or a profile.
const MAX_DEPTH: usize = 6;

pub(super) fn read_all(file: &File, root: &Node, found: &mut Vec<Agent>) {
    let mut names = BTreeSet::new();
    walk(file, root, 0, found, &mut names);
}

fn walk(
    file: &File,
    node: &Node,
    depth: usize,
    found: &mut Vec<Agent>,
    names: &mut BTreeSet<String>,
) {
    if depth > MAX_DEPTH {
        return;
    }
    for (key, value) in node.entries() {
        if NAMED.contains(&key.text.as_str()) {
            for (name, server) in value.entries().iter().filter(|(_, s)| is_server(s)) {
                add(file, &name.text, name.region, server, found, names);
            }
            for server in value.items().iter().filter(|server| is_server(server)) {
                let name = text_of(server, &["name", "id"]).unwrap_or("server");
                add(file, name, server.region, server, found, names);
            }
        }
        if key.text == "tools" {
            for tool in value.items().iter().filter(|tool| text_of(tool, &["type"]) == Some("mcp"))
            {
                let name = text_of(tool, &["server_label", "name"]).unwrap_or("mcp");
                add(file, name, tool.region, tool, found, names);
            }
        }
        walk(file, value, depth + 1, found, names);
    }
    for item in node.items() {
        walk(file, item, depth + 1, found, names);
    }
}

/// A server is started or called.
fn is_server(node: &Node) -> bool {
    node.is_map() && node.first(&["command", "url", "serverUrl", "httpUrl", "uri"]).is_some()
}

fn add(
    file: &File,
    name: &str,
    region: Option<crate::evidence::Region>,
    server: &Node,
    found: &mut Vec<Agent>,
    names: &mut BTreeSet<String>,
) {
    // One name may stand in several profiles of one file.
    let mut unique = name.to_owned();
    let mut number = 1;
    while !names.insert(unique.clone()) {
        number += 1;
        unique = format!("{name}~{number}");
    }
    let mut agent = file.blank(&unique, region);
    name.clone_into(&mut agent.name);
    let off =
        server.get("enabled").is_some_and(|e| matches!(e.value, super::tree::Value::Bool(false)));
    let off = off || server.get("disabled").is_some_and(Node::is_true);
    agent.disabled = off || is_ignored(file.document.path);
    let words = command_line(server);
    let mut taker = Taker { file, agent: &mut agent };
    for env in ["env", "environment"].iter().filter_map(|key| server.get(key)) {
        taker.env(env);
    }
    for headers in ["headers", "http_headers"].iter().filter_map(|key| server.get(key)) {
        taker.headers(headers);
    }
    if let Some(headers) = server.get("requestOptions").and_then(|o| o.get("headers")) {
        taker.headers(headers);
    }
    if let Some((key, value)) = server.entry("authorization") {
        taker.value("token", value.text().unwrap_or_default(), Handover::Header, key.region);
    }
    if let Some((key, _)) = server.entry("bearer_token_env_var") {
        taker.value("token", "", Handover::Header, key.region);
    }
    taker.arguments(words.get(1..).unwrap_or_default());
    let url = server.first(&["url", "serverUrl", "httpUrl", "uri", "server_url"]);
    if let Some((node, text)) = url.and_then(|node| Some((node, node.text()?))) {
        taker.address(text, node.region);
        agent.url = Some(placed(file, &bare_address(text), node.region));
    } else if let Some((text, region)) = proxied(&words) {
        agent.url = Some(placed(file, &bare_address(text), *region));
    }
    agent.command = words.first().map(|(command, _)| command.clone());
    if let Some((mut package, region)) = launch::package(&words) {
        package.location = file.at(region.or(agent.location.region));
        agent.package = Some(package);
    }
    roots(file, &words, &mut agent);
    unasked(file, server, &mut agent);
    found.push(agent);
}

/// The command with its arguments, whichever way they are written.
fn command_line(server: &Node) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    match server.get("command") {
        // Zed: `command: {path, args, env}`.
        Some(command) if command.is_map() => {
            words.extend(command.get("path").and_then(|p| Some((p.text()?.to_owned(), p.region))));
            words.extend(listed(command.get("args")));
        }
        Some(command) => match command.text() {
            // A whole command line in one text; a path may have spaces.
            Some(text) if text.contains(" -") || text.starts_with("npx ") => {
                words.extend(text.split_whitespace().map(|w| (w.to_owned(), command.region)));
            }
            _ => words.extend(listed(Some(command))),
        },
        None => {}
    }
    words.extend(listed(server.get("args")));
    words
}

fn listed(node: Option<&Node>) -> Vec<Word> {
    node.into_iter().flat_map(Node::texts).map(|(n, t)| (t.to_owned(), n.region)).collect()
}

/// The address behind `mcp-remote` and its like.
fn proxied(words: &[Word]) -> Option<&Word> {
    let proxy = words.iter().any(|(w, _)| {
        let name = w.rsplit('/').next().unwrap_or(w);
        ["mcp-remote", "supergateway", "mcp-proxy"].iter().any(|proxy| name.starts_with(proxy))
    });
    words.iter().find(|(w, _)| proxy && (w.starts_with("http://") || w.starts_with("https://")))
}

/// The folders that the server is given.
fn roots(file: &File, words: &[Word], agent: &mut Agent) {
    let serves_files = agent.package.as_ref().is_some_and(|p| p.name.contains("filesystem"))
        || words
            .iter()
            .any(|(w, _)| w.contains("server-filesystem") || w.contains("mcp-filesystem"));
    if serves_files {
        let paths = words.iter().filter(|(w, _)| looks_like_folder(w));
        agent.roots.extend(paths.map(|(w, region)| placed(file, w, *region)));
    }
    let mounted = launch::mounts(words);
    agent.roots.extend(mounted.into_iter().map(|(w, region)| placed(file, w, region)));
}

fn looks_like_folder(word: &str) -> bool {
    let drive = word.as_bytes().get(1) == Some(&b':') && word.len() <= 260;
    let home = ["~", "$HOME", "${HOME}", "%USERPROFILE%", "${env:HOME}", "${userHome}"];
    word.starts_with('/') && !word.eq_ignore_ascii_case("/c")
        || drive
        || home.iter().any(|start| word.starts_with(start))
        || matches!(word, "." | "./")
}

/// What runs without a question.
fn unasked(file: &File, server: &Node, agent: &mut Agent) {
    for key in ["alwaysAllow", "autoApprove", "always_allow"] {
        let Some((at, list)) = server.entry(key) else { continue };
        if list.is_true() {
            agent.unlimited.push(placed(file, &format!("{key}: true"), at.region));
        }
        for (node, tool) in list.texts() {
            let place = placed(file, tool, node.region.or(at.region));
            if allows_all(tool) {
                agent.unlimited.push(place);
            } else {
                agent.unasked.push(place);
            }
        }
    }
    if let Some((at, _)) = server.entry("trust").filter(|(_, value)| value.is_true()) {
        agent.unlimited.push(placed(file, "trust: true", at.region));
    }
    if let Some((at, value)) = server.entry("require_approval")
        && value.text() == Some("never")
    {
        agent.unlimited.push(placed(file, "require_approval: never", at.region));
    }
}

/// True for the settings of Claude Code, which takes its servers from `.mcp.json` and passes over a list
/// that stands there. <https://github.com/anthropics/claude-code/issues/24477>
fn is_ignored(path: &str) -> bool {
    ["settings.json", "settings.local.json"]
        .iter()
        .any(|name| path.strip_suffix(name).is_some_and(|folder| folder.ends_with(".claude/")))
}
