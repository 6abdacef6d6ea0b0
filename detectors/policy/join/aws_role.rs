//! From the AWS role that a CI job asks for, as its configuration writes it, to the role.

use crate::{
    evidence::{Estate, Pipeline, pipeline::Method},
    policy::aws::{Kind, Principal, Truth, account_of, name_of},
};

/// Whether a job asks for a role: no, yes, or it asks for one that is computed.
pub(crate) fn asks(job: &Pipeline, target: &str) -> Truth {
    let arn = target.trim_start_matches("aws:");
    let wanted = job.roles.iter().filter(|r| r.provider == "aws" && r.method == Method::Oidc);
    wanted.map(|wanted| names(&wanted.role, arn)).max().unwrap_or(Truth::No)
}

/// Whether a text names a role. An account in code has no number yet, so that the name decides.
fn names(written: &str, arn: &str) -> Truth {
    let name = name_of(written);
    if name.is_empty() || name.contains(['$', '{', '<', '%']) || !written.contains('/') {
        return Truth::Unknown;
    }
    let (said, known) = (account_of(written), account_of(arn));
    let other_account = said
        .is_some_and(|said| known.is_some_and(|known| known != said && !known.starts_with("0000")));
    Truth::from(name == name_of(arn) && !other_account)
}

/// The roles that a job asks for and that the evidence knows; a name that several accounts have
/// counts only with its account.
pub(crate) fn roles_of<'e>(estate: &'e Estate, job: &Pipeline) -> Vec<&'e Principal> {
    let view = estate.aws();
    let mut found: Vec<&Principal> = Vec::new();
    for wanted in job.roles.iter().filter(|r| r.provider == "aws") {
        let mut fitting = view
            .principals
            .iter()
            .filter(|p| p.kind == Kind::Role && names(&wanted.role, &p.arn) == Truth::Yes);
        if let (Some(only), None) = (fitting.next(), fitting.next()) {
            found.push(only);
        }
    }
    found.dedup_by(|a, b| a.arn == b.arn);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_with_or_without_its_account() {
        const ROLE: &str = "arn:aws:iam::111122223333:role/ci/deploy";
        for (written, expected) in [
            ("arn:aws:iam::111122223333:role/ci/deploy", Truth::Yes),
            ("arn:aws:iam::${{ vars.ACCOUNT }}:role/ci/deploy", Truth::Yes),
            ("arn:aws:iam::444455556666:role/ci/deploy", Truth::No),
            ("arn:aws:iam::111122223333:role/other", Truth::No),
            ("${{ secrets.AWS_ROLE }}", Truth::Unknown),
            ("arn:aws:iam::111122223333:role/${{ inputs.role }}", Truth::Unknown),
        ] {
            assert_eq!(names(written, ROLE), expected, "{written}");
        }
    }
}
