//! An AppRole whose secret ids never expire.

use crate::{
    evidence::{Credential, Estate, Status, Trust, When},
    finding::Findings,
    policy::vault::live::{
        INTERNAL, roles, weigh,
        words::{day, is_on, list, namespace_flag, number, path, place, written_at},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in roles(estate, &["approle"]) {
        // Secret ids from before a limit was set are `credential-predates-shorter-limit`.
        if number(&role.attrs, "secret_id_ttl") > 0 || !takes_secret_ids(role) {
            continue;
        }
        let endless: Vec<&Credential> = endless_secret_ids(estate, role).collect();
        let oldest = endless.iter().filter_map(|c| c.created_at).min();
        let now = match (endless.len(), oldest) {
            (0, _) => "none is out at the moment".to_owned(),
            (1, Some(at)) => format!("1 is out, made on {}", day(at)),
            (n, Some(at)) => format!("{n} are out, the oldest made on {}", day(at)),
            (n, None) => format!("{n} are out"),
        };
        let message =
            format!("AppRole '{}' gives secret ids that never expire; {now}.", path(&role.target));
        let finding = findings.report(role, &role.target, message);
        let at = written_at(&role.src);
        let flag = namespace_flag(&role.attrs);
        finding.key("").fix(format!(
            "bao write{flag} {at} secret_id_ttl=24h; the old ones keep their endless life, so destroy each: bao write{flag} {at}/secret-id-accessor/destroy secret_id_accessor=ACCESSOR"
        ));
        finding.at(place(&role.src, &role.attrs));
        for secret in endless.iter().take(20) {
            finding.because(*secret);
        }
        let power = estate.vault().of(&role.src, &role.attrs);
        let live = if endless.is_empty() {
            (1, 1, "no secret id is out")
        } else {
            (2, 3, "its secret ids work; Vault does not say when they were last used")
        };
        weigh(finding, role, &power, INTERNAL, live, (2, 3, "no date ends its secret ids"));
    }
}

fn takes_secret_ids(role: &Trust) -> bool {
    is_on(&role.attrs, "bind_secret_id") || !list(&role.attrs, "secret_id_bound_cidrs").is_empty()
}

fn endless_secret_ids<'e>(
    estate: &'e Estate,
    role: &'e Trust,
) -> impl Iterator<Item = &'e Credential> {
    let of_role = estate.who(&role.target).into_iter().flat_map(|who| estate.credentials_of(who));
    of_role.filter(|c| {
        c.kind == "approle-secret-id" && c.status == Status::Active && c.expires_at == When::Never
    })
}
