//! A server is given far more of the machine than a project.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::agents::{active, opens, weigh, who},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for agent in active(&estate.agents) {
        let wide = agent.roots.iter().find_map(|root| Some((root, opens(&root.text)?)));
        let Some((root, what)) = wide else { continue };
        let message = format!(
            "{} is given '{}': {what}. Text that the agent reads can make it fetch or change any of it.",
            who(agent),
            root.text,
        );
        let finding = findings.report(agent, &agent.subject, message);
        finding.key("root").at(root.location.clone());
        finding.fix("Give it the folder of the project: `${workspaceFolder}`, or its path.");
        weigh(
            finding,
            Level::between(2, 3, "whatever the agent reads can steer it").citing(agent),
            Level::between(2, 4, "keys and sign-ins lie in these folders"),
        );
    }
}
