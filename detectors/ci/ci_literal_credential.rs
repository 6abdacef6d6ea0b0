//! A credential is written into the configuration.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    ci::report_literals(
        estate,
        findings,
        |literal| !literal.throwaway,
        "a credential",
        "Everybody who can read the repository, and its history, has it.",
        |finding, pipeline| {
            let exposure = Level::between(3, 4, "it stands in the repository").citing(pipeline);
            ci::weigh(finding, exposure, Level::between(1, 3, "what it opens is not in the file"));
        },
    );
}
