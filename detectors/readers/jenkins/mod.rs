//! Jenkins: pipeline scripts (`Jenkinsfile`, shared libraries) and configuration as code.
//!
//! Format: <https://www.jenkins.io/doc/book/pipeline/syntax/> and the steps of the plugins named in
//! `rules/tables/ci-credentials.toml` (`jenkins:…`). A script is Groovy, a programming language: what is read is what stands
//! in it word for word. What a variable holds, what a loaded script does, is not known.

mod agent;
mod bindings;
mod calls;
pub(super) mod casc;
mod groovy;
mod job;
mod shell;
#[cfg(test)]
mod tests;

use super::{Document, ci::unreadable, yaml::utf8};
use crate::evidence::Record;

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "jenkins";

/// Words that a Groovy file of a pipeline or shared library has, and a Gradle build has not.
const MARKS: &[&str] =
    &["withCredentials", "credentialsId", "pipeline {", "pipeline{", "sshagent", "@Library"];

/// True for pipeline scripts: by name, or a Groovy file that speaks of credentials.
pub(crate) fn accepts(document: &Document) -> bool {
    let name = document.path.rsplit('/').next().unwrap_or(document.path).to_ascii_lowercase();
    if let Some(rest) = name.strip_prefix("jenkinsfile") {
        let other =
            [".md", ".txt", ".yaml", ".yml", ".json", ".html", ".png", ".java", ".xml", ".py"];
        return !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !other.iter().any(|end| rest.ends_with(end));
    }
    if is_test(document.path) {
        return false;
    }
    name.ends_with(".jenkinsfile")
        || name.ends_with("-jenkinsfile")
        || name.ends_with("_jenkinsfile")
        || name.ends_with(".groovy")
            && std::str::from_utf8(document.bytes)
                .is_ok_and(|t| MARKS.iter().any(|mark| t.contains(mark)))
}

/// True for the unit tests of a shared library, which name made-up credentials.
fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("src/test/")
        || path.contains("/src/test/")
        || ["Test.groovy", "Tests.groovy", "Spec.groovy"].iter().any(|end| name.ends_with(end))
}

/// Reads one script.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    match utf8(document.bytes) {
        Ok(text) => job::read(document, text, out),
        Err(error) => {
            let why = format!("not a readable pipeline script: {}", error.why);
            out.push(unreadable(document, error.line, why, "store it as UTF-8").into());
        }
    }
}
