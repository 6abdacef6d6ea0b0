//! A server that writes no audit log.

use crate::{
    evidence::{Coverage, Estate, Location},
    finding::{Findings, Level},
    policy::vault::live::{resources, words::server},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let read = estate.coverage.iter().filter(|c| {
        c.system == "vault" && c.complete && c.part.as_deref() == Some("audit-devices")
    });
    for listed in read.filter(|listed| !has_device(estate, listed)) {
        let name = server(&listed.src);
        let message = format!(
            "Vault server '{name}' has no audit device: nobody can tell who read or issued what."
        );
        let finding = findings.report(listed, format!("vault-server:{name}"), message);
        finding.key("").fix(
            "Vault: vault audit enable file file_path=/var/log/vault/audit.log. OpenBao from 2.3.2 on takes devices from its configuration: audit \"file\" \"main\" { options { file_path = \"/var/log/openbao/audit.log\" } }. Two devices, so that one full disk does not stop the server.",
        );
        finding.at(Location::logical("sys/audit"));
        finding
            .weigh(Component::Privilege, Level::exactly(3, "every secret of the server passes unseen").citing(listed))
            .weigh(Component::Exposure, Level::between(0, 2, "it hides a leak, it is none").citing(listed))
            .weigh(Component::Liveness, Level::exactly(3, "the server runs").citing(listed))
            .weigh(Component::Governance, Level::exactly(3, "no use can be reviewed").citing(listed))
            .weigh(Component::Reach, Level::between(1, 3, "the whole server").citing(listed));
    }
}

fn has_device(estate: &Estate, listed: &Coverage) -> bool {
    resources(estate, "vault-audit-device").any(|device| device.src.tenant == listed.src.tenant)
}
