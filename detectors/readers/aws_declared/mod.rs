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

use super::Reader;

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
