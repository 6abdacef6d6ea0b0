//! An agent acts without any question.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::agents::{active, weigh, who},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for agent in active(&estate.agents) {
        let Some(first) = agent.unlimited.first() else { continue };
        let message = format!(
            "{} lets the agent act without asking: '{}'. Text that it reads can make it run commands with the rights of whoever started it.",
            who(agent),
            first.text,
        );
        let finding = findings.report(agent, &agent.subject, message);
        finding.key("unlimited").at(first.location.clone());
        for more in &agent.unlimited[1..] {
            finding.related(more.location.clone(), format!("so does '{}'", more.text));
        }
        finding.fix("List the few commands and tools that are safe to run unasked, and leave the rest to a question.");
        weigh(
            finding,
            Level::between(2, 3, "whatever the agent reads can steer it").citing(agent),
            Level::between(2, 4, "it has the rights of whoever starts it"),
        );
    }
}
