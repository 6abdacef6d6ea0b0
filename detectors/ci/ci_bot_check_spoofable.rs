//! A privileged job decides by the actor's name whether to trust a change.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        let Some(trigger) = ci::untrusted_trigger(estate, pipeline) else { continue };
        let Some(check) = pipeline.actor_checks.iter().find(|c| trusts_bot(&c.text)) else { continue };
        let message = format!(
            "Job '{}' runs on '{}' and trusts a change because a bot's name acts. The actor is whoever caused the \
             event last, so that a stranger's change can wear the bot's name.",
            ci::name(pipeline),
            trigger.event,
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("actor").at(check.location.clone());
        finding.fix("Compare `github.event.pull_request.user.login`, and check that the head is in this repository.");
        ci::weigh(
            finding,
            Level::exactly(3, "a pull request's author can make the bot act").citing(pipeline),
            Level::between(1, 3, "what the job may do"),
        );
    }
}

/// `github.actor == 'name[bot]'`, in either order: a check that lets the bot in.
fn trusts_bot(text: &str) -> bool {
    let flat: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    ["github.actor", "github.triggering_actor"].iter().any(|actor| {
        flat.match_indices(actor).any(|(at, _)| {
            let after = &flat[at + actor.len()..];
            let before = &flat[..at];
            let is_bot = |quoted: &str| quoted.contains("[bot]");
            let right = after.strip_prefix("=='").and_then(|rest| rest.split('\'').next());
            let left = before.strip_suffix("'==").and_then(|rest| rest.rsplit('\'').next());
            right.is_some_and(is_bot) || left.is_some_and(is_bot)
        })
    })
}
