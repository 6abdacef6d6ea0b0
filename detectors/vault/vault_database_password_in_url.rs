//! A database connection whose own password Vault cannot change.

use crate::{
    evidence::{Estate},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{is_on, namespace_flag, path, place, written_at},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for connection in resources(estate, "vault-database-connection") {
        if !is_on(&connection.attrs, "password_in_url") {
            continue;
        }
        let message = format!(
            "Database connection '{}' has its password in connection_url: every reader of the configuration sees it, and rotate-root cannot change it.",
            path(&connection.subject)
        );
        let finding = findings.report(connection, &connection.subject, message);
        let at = written_at(&connection.src);
        let flag = namespace_flag(&connection.attrs);
        finding.key("").fix(format!(
            "bao write{flag} {at} connection_url='postgresql://{{{{username}}}}:{{{{password}}}}@HOST/DB' username=vault password=…; bao write{flag} -f {}",
            at.replacen("/config/", "/rotate-root/", 1)
        ));
        finding.at(place(&connection.src, &connection.attrs));
        finding
            .weigh(Component::Privilege, Level::between(3, 4, "it makes every account that Vault gives out").citing(connection))
            .weigh(Component::Exposure, Level::between(2, 2, "it stands readable in the configuration").citing(connection))
            .weigh(Component::Liveness, Level::between(2, 3, "Vault works with it").citing(connection))
            .weigh(Component::Governance, Level::between(1, 3, "nothing rotates it").citing(connection))
            .weigh(Component::Reach, Level::between(0, 1, "one database").citing(connection));
    }
}
