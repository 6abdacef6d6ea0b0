//! Tools that change something run without a question.

use crate::{
    evidence::{Estate, agent::Placed},
    finding::{Findings, Level},
    policy::agents::{active, weigh, who},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for agent in active(&estate.agents) {
        let writes: Vec<&Placed> =
            agent.unasked.iter().filter(|tool| !agent.name.is_empty() && changes(&tool.text)).collect();
        let Some((first, rest)) = writes.split_first() else { continue };
        let more = match rest.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "{} runs '{}'{more} without asking. Text that the agent reads can make it change things in your name.",
            who(agent),
            first.text,
        );
        let finding = findings.report(agent, &agent.subject, message);
        finding.key("unasked").at(first.location.clone());
        finding.fix("Leave only tools that read in the list.");
        weigh(
            finding,
            Level::between(2, 3, "whatever the agent reads can steer it").citing(agent),
            Level::between(2, 3, "the tools change something"),
        );
    }
}

/// Whether a tool's name says that it changes something.
fn changes(tool: &str) -> bool {
    const VERBS: &[&str] = &[
        "add", "apply", "archive", "assign", "cancel", "close", "commit", "create", "delete", "deploy",
        "disable", "drop", "edit", "enable", "exec", "execute", "fork", "grant", "insert", "invite",
        "merge", "modify", "move", "post", "publish", "push", "put", "remove", "rename", "restart",
        "revoke", "run", "send", "set", "start", "stop", "submit", "terminate", "transfer", "update",
        "upload", "upsert", "write",
    ];
    let lower = tool.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| VERBS.contains(&word))
}
