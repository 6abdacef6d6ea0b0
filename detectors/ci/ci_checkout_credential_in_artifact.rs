//! The whole checkout, with the token in it, is uploaded.

use crate::{
    evidence::{Estate, pipeline::Component},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let Some(checkout) = pipeline.components.iter().find(|c| ci::persists_credential(c)) else { continue };
        let upload = pipeline.components.iter().find(|c| c.step > checkout.step && uploads_all(c));
        let Some(upload) = upload else { continue };
        let message = format!(
            "{} '{}' uploads its checkout directory, and the git token in it, as an artifact. Everybody who \
             may read artifacts can use the token while the job runs.",
            ci::noun(pipeline),
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("artifact").at(upload.location.clone());
        finding.related(checkout.location.clone(), "this checkout keeps the token in `.git/config`");
        finding.fix("Upload the build output only, and set `persist-credentials: false` on the checkout.");
        ci::weigh(
            finding,
            Level::between(3, 4, "artifacts are open to readers of the repository").citing(pipeline),
            Level::between(1, 3, "what the token may do"),
        );
    }
}

/// Uploads the working directory with its hidden files: on request, or because the version is older than 4.4.
fn uploads_all(component: &Component) -> bool {
    let input = |name: &str| component.inputs.get(name).map(|value| value.trim());
    let all = input("path").is_some_and(|path| {
        path.lines().any(|line| matches!(line.trim(), "." | "./" | "./*" | "*" | "${{ github.workspace }}"))
    });
    let old = component.reference.as_deref().is_some_and(|reference| {
        ["v1", "v2", "v3"].iter().any(|major| reference == *major || reference.starts_with(&format!("{major}.")))
    });
    let hidden = input("include-hidden-files").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match component.name.to_ascii_lowercase().as_str() {
        "actions/upload-artifact" => all && (old || hidden),
        "publishpipelineartifact" | "publishbuildartifacts" => {
            ["targetpath", "path", "pathtopublish"].into_iter().filter_map(input).any(is_checkout)
        }
        _ => false,
    }
}

/// The checkout directory, in the words of Azure Pipelines.
fn is_checkout(path: &str) -> bool {
    const WHOLE: &[&str] =
        &[".", "$(build.sourcesdirectory)", "$(system.defaultworkingdirectory)", "$(build.repository.localpath)"];
    WHOLE.contains(&path.trim_end_matches('/').to_ascii_lowercase().as_str())
}
