//! AWS access key ids: which account they belong to.

use super::{Captured, Check, checksums::base32};
use crate::evidence::Verdict;

/// AWS access key ids of the present generation carry their account: characters 5 to 14 are base32,
/// bit 0 the generation, the next 40 bits the account number. Older ids decode to nothing.
pub(super) fn aws_access_key_id(captured: &Captured) -> Check {
    let canary = |account: u64| AWS_CANARY_ACCOUNTS.contains(&account);
    match captured.secret.get(4..).and_then(aws_account) {
        Some(account) => Check {
            verdict: Verdict::Valid,
            lowered: canary(account).then_some("canary: the account belongs to a decoy service"),
            ..Check::default()
        }
        .with("account", format!("{account:012}")),
        None => Check::default(),
    }
}

fn aws_account(id: &[u8]) -> Option<u64> {
    let bits = id.get(..10)?.iter().try_fold(0_u64, |bits, b| Some(bits << 5 | base32(*b)?))?;
    let value = bits >> 2;
    let (generation, account) = (value >> 47, (value & 0x7fff_ffff_ff80) >> 7);
    (generation == 1 && account <= 999_999_999_999).then_some(account)
}

/// Accounts that issue decoy keys (Thinkst canary tokens and others), as the services' users
/// published them.
const AWS_CANARY_ACCOUNTS: &[u64] = &[171_436_882_533, 534_261_010_715, 992_382_622_183];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aws_key_id_gives_its_account_only_in_the_present_generation() {
        let account = |id: &str| aws_account(&id.replace('‖', "").as_bytes()[4..]);
        assert_eq!(account("ASIA‖Y34FZKBOKMUTVV7A"), Some(609_629_065_308));
        assert_eq!(account("ASIA‖QNZGKIQY56JQ7WML"), Some(29_608_264_753));
        assert_eq!(account("AKIA‖QAAAAAAAZIZXUPVG"), Some(1));
        assert_eq!(account("AKIA‖6RVFFB773U4BRCMV"), Some(999_999_999_999));
        assert_eq!(account("AKIA‖IOSFODNN7EXAMPLE"), None);
        assert_eq!(account("ASIA‖OZW6VBVAZFJHJLQA"), None);
        assert_eq!(account("AKIA‖I44QH8DHBEXAMPLE"), None);
    }
}
