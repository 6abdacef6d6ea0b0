//! A credential of a throw-away service, or a placeholder, is written into the configuration.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    ci::report_literals(
        estate,
        findings,
        |literal| literal.throwaway,
        "a test credential",
        "It is harmless only as long as nothing else accepts it.",
        |finding, pipeline| {
            let why = "it belongs to a container that dies with the job, or is a placeholder";
            let exposure = Level::between(1, 2, why).citing(pipeline);
            ci::weigh(finding, exposure, Level::between(0, 1, "it opens a test service"));
        },
    );
}
