//! A static database account whose password is not changed often enough.

use crate::{
    evidence::{Estate},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{day, duration, namespace_flag, number, path, place, text, written_at},
    },
};
use jiff::Timestamp;
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let days = u64::try_from(estate.thresholds.rotation_days).unwrap_or(0);
    let limit = estate.days_ago(estate.thresholds.rotation_days);
    for role in resources(estate, "vault-database-static-role") {
        let period = number(&role.attrs, "rotation_period");
        let scheduled = text(&role.attrs, "rotation_schedule").is_some();
        let last = text(&role.attrs, "last_vault_rotation")
            .filter(|at| !at.starts_with("0001-"))
            .and_then(|at| at.parse::<Timestamp>().ok());
        let stale = last.is_some_and(|at| at < limit);
        let slow = !scheduled && period > days.saturating_mul(86_400);
        if !stale && !slow {
            continue;
        }
        let since = last.map_or("never".to_owned(), |at| format!("last on {}", day(at)));
        let why = match (slow, stale) {
            (true, _) => format!("it is due every {}", duration(period)),
            (false, _) => format!("it is due every {} and was missed", duration(period)),
        };
        let account = text(&role.attrs, "username").unwrap_or("its account");
        let message = format!(
            "Static role '{}' rotates the password of {account} too seldom: {since}, {why}.",
            path(&role.subject)
        );
        let finding = findings.report(role, &role.subject, message);
        let at = written_at(&role.src);
        let rotate = at.replacen("/static-roles/", "/rotate-role/", 1);
        let flag = namespace_flag(&role.attrs);
        finding.key("").fix(format!(
            "bao write{flag} -f {rotate}; bao write{flag} {at} rotation_period=24h; when a rotation was missed, look for its error in the server's log."
        ));
        finding.at(place(&role.src, &role.attrs));
        finding
            .weigh(Component::Privilege, Level::between(2, 3, "it works in the database").citing(role))
            .weigh(Component::Exposure, Level::between(0, 2, "no leak of it is known").citing(role))
            .weigh(Component::Liveness, Level::between(2, 3, "a static account works always").citing(role))
            .weigh(Component::Governance, Level::exactly(1, "it is rotated, too seldom").citing(role))
            .weigh(Component::Reach, Level::between(0, 1, "one database").citing(role));
    }
}
