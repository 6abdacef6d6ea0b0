//! A job acts on GitHub as a user.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::ci::{Class, Wording, report_stored_keys},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let wording = Wording {
        wanted: |kind| kind.class == Class::Github,
        says: |pipeline, who, _, secret| {
            // Only a job of GitHub has a token of its own there.
            let own = if pipeline.platform == "github-actions" { " instead of its own" } else { "" };
            format!("{who} acts on GitHub with the stored token '{secret}'{own}")
        },
        because: |_| {
            "The token has the rights of the person or bot who made it and lives until they remember it"
                .to_owned()
        },
        privilege: (1, 4, "a user's token; the file does not show its rights"),
    };
    report_stored_keys(estate, findings, &wording);
}
