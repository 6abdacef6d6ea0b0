//! The settings of the agent itself: what it may do without asking, and credentials in them.

use super::{
    File, allows_all,
    credentials::{Taker, placed},
    text_of,
    tree::{Key, Node},
};
use crate::evidence::{Agent, agent::Handover};

/// Switches that take every question away: path of keys, and the value that does it.
const SWITCHES: &[(&[&str], &str)] = &[
    (&["permissions", "defaultMode"], "bypassPermissions"),
    (&["skipDangerousModePermissionPrompt"], "true"),
    (&["enableAllProjectMcpServers"], "true"),
    (&["chat.tools.autoApprove"], "true"),
    (&["chat.tools.global.autoApprove"], "true"),
    (&["agent", "always_allow_tool_actions"], "true"),
    (&["general", "defaultApprovalMode"], "yolo"),
    (&["permission"], "allow"),
    (&["permission", "*"], "allow"),
    (&["permission", "bash"], "allow"),
];
/// Lists of what runs without a question.
const LISTS: &[&[&str]] = &[
    &["permissions", "allow"],
    &["roo-cline.allowedCommands"],
    &["kilo-code.allowedCommands"],
    &["tools", "allowed"],
    &["allowedTools"],
];

/// The record of the file's own settings, when they say anything.
pub(super) fn read(file: &File, root: &Node) -> Option<Agent> {
    let mut agent = file.blank("", root.region);
    for (path, wanted) in SWITCHES {
        if let Some((key, value)) = follow(root, path)
            && is(value, wanted)
        {
            let text = format!("{}: {wanted}", path.join("."));
            agent.unlimited.push(placed(file, &text, key.region));
        }
    }
    for path in LISTS {
        let Some((key, list)) = follow(root, path) else { continue };
        for (node, text) in list.texts() {
            let place = placed(file, text, node.region.or(key.region));
            if allows_all(text) {
                agent.unlimited.push(place);
            } else {
                agent.unasked.push(place);
            }
        }
    }
    codex(file, root, &mut agent);
    hooks(file, root, 0, &mut agent);
    frameworks(file, root, &mut agent);
    let mut taker = Taker { file, agent: &mut agent };
    if let Some(env) = root.get("env") {
        taker.env(env);
    }
    keys(&mut taker, root, 0);
    if let Some(place) = agent
        .unlimited
        .iter()
        .map(|p| &p.location)
        .chain(agent.literals.iter().map(|l| &l.location))
        .next()
    {
        agent.location = place.clone();
    }
    let says = !agent.unlimited.is_empty()
        || !agent.unasked.is_empty()
        || !agent.credentials.is_empty()
        || !agent.literals.is_empty();
    says.then_some(agent)
}

fn follow<'n>(root: &'n Node, path: &[&str]) -> Option<&'n (Key, Node)> {
    let (last, above) = path.split_last()?;
    above.iter().try_fold(root, |node, key| node.get(key))?.entry(last)
}

fn is(value: &Node, wanted: &str) -> bool {
    if wanted == "true" { value.is_true() } else { value.text() == Some(wanted) }
}

/// Codex: no sandbox together with no question, for the whole file or for one profile.
fn codex(file: &File, root: &Node, agent: &mut Agent) {
    let profiles = root.get("profiles").map_or(&[] as &[_], Node::entries).iter().map(|(_, p)| p);
    for scope in std::iter::once(root).chain(profiles) {
        let Some((key, sandbox)) = scope.entry("sandbox_mode") else { continue };
        let asks = text_of(scope, &["approval_policy"]) != Some("never");
        if sandbox.text() == Some("danger-full-access") && !asks {
            let text = "sandbox_mode: danger-full-access, approval_policy: never";
            agent.unlimited.push(placed(file, text, key.region));
        }
    }
}

/// Commands that start an agent without questions.
fn hooks(file: &File, node: &Node, depth: usize, agent: &mut Agent) {
    const FLAGS: &[&str] =
        &["--dangerously-skip-permissions", "--dangerously-bypass-approvals-and-sandbox", "--yolo"];
    if depth > 8 {
        return;
    }
    for (key, value) in node.entries() {
        if matches!(key.text.as_str(), "command" | "args") {
            let flagged = value
                .texts()
                .find_map(|(node, text)| Some((node, FLAGS.iter().find(|f| text.contains(**f))?)));
            if let Some((node, flag)) = flagged {
                agent.unlimited.push(placed(file, flag, node.region));
            }
        }
        hooks(file, value, depth + 1, agent);
    }
    for item in node.items() {
        hooks(file, item, depth + 1, agent);
    }
}

/// CrewAI: code that an agent writes runs on this machine.
fn frameworks(file: &File, root: &Node, agent: &mut Agent) {
    for (_, member) in root.entries().iter().filter(|(_, m)| m.get("role").is_some()) {
        let runs = member.get("allow_code_execution").is_some_and(Node::is_true);
        if let Some((key, mode)) = member.entry("code_execution_mode")
            && runs
            && mode.text() == Some("unsafe")
        {
            agent.unlimited.push(placed(file, "code_execution_mode: unsafe", key.region));
        }
    }
}

/// `api_key` and its like in the settings of models and clients, outside servers and environments.
fn keys(taker: &mut Taker, node: &Node, depth: usize) {
    if depth > 8 {
        return;
    }
    for (key, value) in node.entries() {
        let elsewhere = ["env", "environment", "headers", "http_headers", "permissions"]
            .contains(&key.text.as_str());
        let servers = ["mcpServers", "mcp_servers", "servers", "context_servers", "mcp"]
            .contains(&key.text.as_str());
        if elsewhere || servers {
            continue;
        }
        let lower = key.text.to_ascii_lowercase();
        if matches!(
            lower.as_str(),
            "api_key" | "apikey" | "client_secret" | "access_token" | "auth_token" | "password"
        ) && let Some(text) = value.text()
        {
            taker.value(&key.text, text, Handover::Setting, key.region);
        }
        keys(taker, value, depth + 1);
    }
    for item in node.items() {
        keys(taker, item, depth + 1);
    }
}
