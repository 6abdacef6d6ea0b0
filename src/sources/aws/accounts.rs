//! Every account of an organisation, a few at a time, each through a role of its own.

use super::{
    account::{self, Plan},
    ask::Asker,
    book::Book,
    session::Session,
    target::Target,
};
use overstay_detectors::readers::aws_api::{Answers, Refused};
use std::{path::PathBuf, sync::Arc};
use tokio::{sync::Semaphore, task::JoinSet};

/// What came of one account.
pub(super) struct Read {
    pub(super) answers: Answers,
    /// Requests that it took.
    pub(super) requests: u64,
    /// Why what was read could not be saved.
    pub(super) trouble: Option<String>,
}

/// Where accounts are entered and what is kept.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) plan: Plan,
    /// The folder with what is kept between runs.
    pub(super) state: Option<PathBuf>,
    pub(super) target: Target,
    /// `aws`, `aws-us-gov`, `aws-cn`.
    pub(super) partition: String,
}

impl Way {
    /// Reads one account.
    pub(super) async fn account(&self, number: &str, session: Session) -> Read {
        let book = Book::open(number, self.state.as_deref(), self.plan.now);
        let asker = Arc::new(Asker::new(session, book));
        account::read(&asker, &self.plan).await;
        let requests = asker.session.requests();
        tracing::info!("aws: {requests} requests to account {number}");
        let (answers, trouble) = match Arc::try_unwrap(asker) {
            Ok(asker) => asker.book.close(),
            Err(shared) => (shared.book.look(Answers::clone), None),
        };
        Read { answers, requests, trouble }
    }

    /// Reads the member accounts that the asking account's answers list.
    pub(super) async fn members(&self, own: &Answers, session: &Session) -> Vec<Read> {
        let slots = Arc::new(Semaphore::new(self.plan.settings.accounts_at_once.max(1)));
        let mut reading = JoinSet::new();
        for number in members(own) {
            let (way, session, slots) = (self.clone(), session.clone(), Arc::clone(&slots));
            reading.spawn(async move {
                let _slot = slots.acquire_owned().await;
                way.member(&number, &session).await
            });
        }
        let mut read = reading.join_all().await;
        read.sort_by(|a, b| a.answers.account.cmp(&b.answers.account));
        read
    }

    async fn member(&self, number: &str, session: &Session) -> Read {
        let name = self.target.role.as_deref().unwrap_or(&self.plan.settings.org_role);
        let role = format!("arn:{}:iam::{number}:role/{name}", self.partition);
        match session.assume(&role, self.target.external_id.as_deref()).await {
            Ok(session) => self.account(number, session).await,
            Err(error) => {
                let refused = Refused {
                    operation: "sts:AssumeRole".to_owned(),
                    about: role,
                    why: error.to_string(),
                    remedy: "make the role in this account with the policy that `overstay \
                             permissions aws` prints, and let this principal assume it"
                        .to_owned(),
                    ..Refused::default()
                };
                let answers = Answers {
                    account: number.to_owned(),
                    at: self.plan.now,
                    refused: vec![refused],
                    ..Answers::default()
                };
                Read { answers, requests: 0, trouble: None }
            }
        }
    }
}

/// The active accounts besides the asking one.
fn members(own: &Answers) -> Vec<String> {
    let active = |account: &serde_json::Value| {
        account["State"]
            .as_str()
            .or_else(|| account["Status"].as_str())
            .is_none_or(|s| s == "ACTIVE")
    };
    let accounts = own.items("organizations:ListAccounts", "Accounts");
    accounts
        .filter(|(_, account)| active(account))
        .filter_map(|(_, account)| account["Id"].as_str().map(str::to_owned))
        .filter(|number| *number != own.account)
        .collect()
}
