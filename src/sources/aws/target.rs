//! What the user asked for: `aws`, `aws=profile:NAME,role:ARN,region:eu-west-1`, or a saved
//! collection.

use std::path::PathBuf;

/// The argument of `--source aws`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// A profile of the AWS configuration files.
    pub(super) profile: Option<String>,
    /// A role to assume first: an ARN, or for an organisation the name of the role in each account.
    pub(super) role: Option<String>,
    /// The external id that the role's trust asks for.
    pub(super) external_id: Option<String>,
    /// Regions in which secrets and other regional things are read.
    pub(super) regions: Vec<String>,
    /// Files that an earlier run saved; nothing is asked then.
    pub(super) saved: Option<PathBuf>,
}

impl Target {
    /// Reads the argument.
    ///
    /// # Errors
    /// Words that are no setting, in words.
    pub(super) fn parse(arg: Option<&str>) -> Result<Target, String> {
        let Some(arg) = arg else { return Ok(Target::default()) };
        let path = PathBuf::from(arg);
        if path.exists() {
            return Ok(Target { saved: Some(path), ..Target::default() });
        }
        let mut target = Target::default();
        for part in arg.split(',').filter(|part| !part.is_empty()) {
            match part.split_once(':') {
                Some(("profile", name)) => target.profile = Some(name.to_owned()),
                Some(("role", name)) => target.role = Some(name.to_owned()),
                Some(("external-id", id)) => target.external_id = Some(id.to_owned()),
                Some(("region", name)) => target.regions.push(name.to_owned()),
                _ => {
                    return Err(format!(
                        "`{part}` is neither a file nor one of profile:NAME, role:ARN, \
                         external-id:ID, region:NAME"
                    ));
                }
            }
        }
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_others_refused() {
        let text =
            "profile:audit,role:arn:aws:iam::111122223333:role/x,region:eu-west-1,region:us-east-1";
        let target = Target::parse(Some(text)).unwrap();
        assert_eq!(target.profile.as_deref(), Some("audit"));
        assert_eq!(target.role.as_deref(), Some("arn:aws:iam::111122223333:role/x"));
        assert_eq!(target.regions, ["eu-west-1", "us-east-1"]);
        assert!(Target::parse(Some("rolle:x")).unwrap_err().contains("rolle:x"));
        assert_eq!(Target::parse(None).unwrap(), Target::default());
    }
}
