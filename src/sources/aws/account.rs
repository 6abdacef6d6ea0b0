//! One account, read: in bulk first, then what only single users or principals can tell.

use super::{
    ask::{Ask, Asker},
    iam, organization, regional,
    users::{OfUser, of_users, uses_of_keys},
};
use crate::config::Aws as Settings;
use jiff::Timestamp;
use overstay_detectors::{
    evidence::Thresholds,
    readers::aws_api::{Answers, Refused},
};
use std::{collections::BTreeSet, sync::Arc};

/// SSH keys are listed user by user, and users of CodeCommit are few.
const MAX_SSH_USERS: usize = 100;

/// What the reading of an account needs to know.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The regions of regional things.
    pub(super) regions: Vec<String>,
    /// The settings.
    pub(super) settings: Settings,
    /// The moment of the scan.
    pub(super) now: Timestamp,
    /// What counts as long.
    pub(super) thresholds: Thresholds,
}

/// Asks everything of one account.
pub(super) async fn read(asker: &Arc<Asker>, plan: &Plan) {
    let regions = async {
        for region in &plan.regions {
            regional::all(asker, region).await;
        }
    };
    tokio::join!(
        iam::details(asker),
        iam::report(asker),
        iam::providers(asker),
        iam::settings(asker),
        organization::read(asker),
        regions,
    );
    credentials(asker).await;
    last_accessed(asker, plan).await;
    say_other_regions(asker, plan);
}

/// Key ids, and credentials that no list of the whole account has.
async fn credentials(asker: &Arc<Asker>) {
    let users = asker.book.look(Answers::users_to_ask);
    of_users(asker, OfUser::Keys, users.keys).await;
    of_users(asker, OfUser::Certificates, users.certificates).await;
    let mut committers = users.committers;
    if committers.len() > MAX_SSH_USERS {
        let why = format!(
            "SSH keys are listed user by user: those of {MAX_SSH_USERS} of {} programs that may \
             use CodeCommit were read",
            committers.len()
        );
        asker.leave_out(Ask::all("iam:ListSSHPublicKeys"), &why, "nothing to do");
        committers.truncate(MAX_SSH_USERS);
    }
    of_users(asker, OfUser::SshKeys, committers).await;
    let unpaired = asker.book.look(Answers::unpaired_keys);
    uses_of_keys(asker, unpaired).await;
}

/// What the mightiest principals used: a job for each, so only for those that are worth it.
async fn last_accessed(asker: &Asker, plan: &Plan) {
    let limit = plan.settings.last_accessed;
    if limit == 0 {
        return;
    }
    let mighty = asker.book.look(|answers| answers.mighty(plan.now, &plan.thresholds));
    if mighty.len() > limit {
        let why = format!(
            "what a principal used takes a job each: the {limit} mightiest of {} were asked about",
            mighty.len()
        );
        let remedy = "set aws.last_accessed in overstay.toml higher";
        asker.leave_out(Ask::all("iam:GenerateServiceLastAccessedDetails"), &why, remedy);
    }
    for arn in mighty.iter().take(limit) {
        iam::last_accessed(asker, arn).await;
    }
}

/// Says which regions were not asked, and whether anything of the account was active there.
fn say_other_regions(asker: &Asker, plan: &Plan) {
    let asked: BTreeSet<&str> = plan.regions.iter().map(String::as_str).collect();
    let used = asker.book.look(Answers::regions_in_use);
    let missed: Vec<&str> =
        used.iter().map(String::as_str).filter(|region| !asked.contains(region)).collect();
    let asked = asked.into_iter().collect::<Vec<_>>().join(", ");
    let mut why = format!("secrets, parameters and Roles Anywhere were read in {asked} only");
    if !missed.is_empty() {
        why.push_str(&format!("; keys and roles were last used in {} too", missed.join(", ")));
    }
    asker.book.refuse(Refused {
        operation: "other regions".to_owned(),
        why,
        remedy: "name the regions: --source aws=region:NAME,region:NAME, or aws.regions in \
                 overstay.toml"
            .to_owned(),
        by_design: missed.is_empty(),
        ..Refused::default()
    });
}
