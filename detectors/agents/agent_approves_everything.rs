//! An agent acts without any question.

use crate::{
    evidence::{Estate, agent::Placed},
    finding::{Findings, Level},
    policy::agents::{active, weigh, who},
};

/// Claude Code: no question before a server of the project is started.
const ALL_SERVERS: &str = "enableAllProjectMcpServers";

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for agent in active(&estate.agents) {
        // A list of servers that all start is less than no question at all.
        let servers_only = |place: &&Placed| place.text.starts_with(ALL_SERVERS);
        let mut unlimited: Vec<&Placed> = agent.unlimited.iter().collect();
        unlimited.sort_by_key(servers_only);
        let Some((first, more)) = unlimited.split_first() else { continue };
        let reason = if servers_only(first) {
            "starts every server of the repository's '.mcp.json' without asking"
        } else {
            "lets the agent act without asking"
        };
        let danger = if servers_only(first) {
            "Whoever changes that file runs a program with the rights of whoever opens the repository."
        } else {
            "Text that it reads can make it run commands with the rights of whoever started it."
        };
        let message = format!("{} {reason}: '{}'. {danger}", who(agent), first.text);
        let finding = findings.report(agent, &agent.subject, message);
        finding.key("unlimited").at(first.location.clone());
        for more in more {
            finding.related(more.location.clone(), format!("so does '{}'", more.text));
        }
        finding.fix("List the few commands and tools that are safe to run unasked, and leave the rest to a question.");
        let exposure = if servers_only(first) {
            Level::between(1, 2, "a change of the file reaches everybody who opens the repository")
        } else {
            Level::between(2, 3, "whatever the agent reads can steer it")
        };
        weigh(
            finding,
            exposure.citing(agent),
            Level::between(2, 4, "it has the rights of whoever starts it"),
        );
    }
}
