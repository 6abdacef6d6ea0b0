//! A credential is written into the configuration of an agent.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::agents::{weigh, who},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for agent in &estate.agents {
        for literal in agent.literals.iter().filter(|literal| !literal.throwaway) {
            let message = format!(
                "{} carries a credential of {} characters in '{}'. Everybody who can read the repository, and its history, has it.",
                who(agent),
                literal.length,
                literal.slot,
            );
            let finding = findings.report(agent, &agent.subject, message);
            finding.key(&literal.slot).at(literal.location.clone());
            finding.fix("Revoke it, and let the file refer to its successor: `${input:…}` in VS Code, `${NAME}` in Claude Code, a variable of the environment elsewhere.");
            weigh(
                finding,
                Level::between(3, 4, "it stands in the repository").citing(agent),
                Level::between(1, 3, "what it opens is not in the file"),
            );
        }
    }
}
