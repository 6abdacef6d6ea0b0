//! Builds of pull requests that run with the secrets of the target.

use crate::evidence::{Pipeline, pipeline::Trigger};

/// The trigger that starts a job for pull requests, on platforms whose file says so: Azure Pipelines (`pr`)
/// and Bitbucket (`pull-requests`). A job whose condition looks at variables may leave them out.
pub(crate) fn pull_request(pipeline: &Pipeline) -> Option<&Trigger> {
    let says_so = matches!(pipeline.platform.as_str(), "azure-pipelines" | "bitbucket-pipelines");
    let mut requests = pipeline.triggers.iter().filter(|t| t.event == "pull_request");
    let decided = pipeline.condition.as_deref().is_some_and(looks_at_variables);
    requests.next().filter(|_| says_so && !decided)
}

/// Whether a step stands under a condition that looks at what started the run.
pub(crate) fn is_guarded(pipeline: &Pipeline, step: Option<u32>) -> bool {
    step.is_some() && pipeline.actor_checks.iter().any(|check| check.step == step)
}

fn looks_at_variables(condition: &str) -> bool {
    ["variables", "parameters", "Build."].iter().any(|word| condition.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_on_variables_may_leave_pull_requests_out() {
        let job = |condition: Option<&str>| Pipeline {
            platform: "azure-pipelines".into(),
            condition: condition.map(str::to_owned),
            triggers: vec![Trigger { event: "pull_request".into(), ..Trigger::default() }],
            ..Pipeline::default()
        };
        assert!(pull_request(&job(None)).is_some());
        assert!(pull_request(&job(Some("succeeded()"))).is_some());
        let guard = "ne(variables['Build.Reason'], 'PullRequest')";
        assert!(pull_request(&job(Some(guard))).is_none());
    }
}
