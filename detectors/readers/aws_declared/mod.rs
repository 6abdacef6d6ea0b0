//! IAM as code: what Terraform, CloudFormation, SAM, CDK and Serverless files, and plain policy
//! files, will make of an account once they are applied.
//!
//! Each reader says what one file declares, with holes for what other files of the same deployment
//! say ([`model`]). Once all files are read, [`link()`] fills the holes, and the converter of
//! authorization details makes the evidence, so that the same rules judge an account and the code
//! that makes it. What nobody says is unknown: neither nothing nor everything.

mod cloudformation;
mod hole;
mod intrinsic;
mod json_policy;
mod link;
mod model;
mod serverless;
mod terraform;
mod terraform_values;
#[cfg(test)]
mod tests;

pub(crate) use link::link;

use super::{Document, Reader, yaml::Yaml};
use crate::evidence::Record;

/// The readers of this folder.
pub(super) const READERS: [Reader; 4] = [
    Reader {
        name: "aws cloudformation",
        accepts: cloudformation::accepts,
        read: cloudformation::read,
    },
    Reader { name: "aws policy file", accepts: json_policy::accepts, read: json_policy::read },
    Reader { name: "aws serverless", accepts: serverless::accepts, read: serverless::read },
    Reader { name: "aws terraform", accepts: terraform::accepts, read: terraform::read },
];

/// A template or a configuration as YAML; one that cannot be read is said.
fn parsed<'t>(document: &'t Document, out: &mut Vec<Record>) -> Option<Yaml<'t>> {
    let Ok(text) = std::str::from_utf8(document.bytes) else {
        out.push(document.unreadable("the file is not UTF-8", "save it as UTF-8").into());
        return None;
    };
    match Yaml::parse(text) {
        Ok(yaml) => Some(yaml),
        Err(error) => {
            let mut coverage = document.unreadable(error.to_string(), "mend the file");
            coverage.line = Some(error.line.into());
            // A template of a template has no meaning yet.
            coverage.by_design = text.contains("{{") || text.contains("{%");
            out.push(coverage.into());
            None
        }
    }
}
