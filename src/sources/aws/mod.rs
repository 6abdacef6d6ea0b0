//! Live AWS accounts, read with the least privilege that `overstay permissions aws` prints: principals,
//! policies, credentials and their ages, providers, the organisation. Never a secret's value, never a
//! change.

mod account;
mod accounts;
mod ask;
mod book;
mod guard;
mod iam;
mod operations;
mod organization;
pub mod permissions;
mod regional;
mod session;
mod shape;
mod target;
mod users;

use super::{Collecting, Context, Source, coverage};
use account::Plan;
use accounts::{Read, Way};
use overstay_detectors::evidence::{Record, Resource, Src};
use session::{Session, SessionError};
use std::path::{Path, PathBuf};
use target::Target;

struct Aws {
    target: Target,
    /// Every account of the organisation, not only the one of the credentials.
    organisation: bool,
}

/// `aws`, or `aws=profile:NAME,role:ARN,external-id:ID,region:NAME`; `aws=PATH` reads what an earlier
/// run saved, a file or a folder of them.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    let target = Target::parse(arg)?;
    Ok(Box::new(Aws { target, organisation: false }))
}

/// `aws:org`: the account of the credentials and every member of its organisation. `role:NAME` is
/// the name of the role in each of them.
pub fn open_organisation(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    let target = Target::parse(arg)?;
    if target.role.as_deref().is_some_and(|role| role.starts_with("arn:")) {
        return Err("for a whole organisation give the role's name, not an ARN: role:NAME".into());
    }
    Ok(Box::new(Aws { target, organisation: true }))
}

impl Source for Aws {
    fn name(&self) -> &'static str {
        if self.organisation { "aws:org" } else { "aws" }
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        Box::pin(async move {
            if let Some(path) = &self.target.saved {
                return saved(path, context);
            }
            match self.live(context).await {
                Ok(read) => records(read, context),
                Err(error) => vec![failed(&error.to_string(), context)],
            }
        })
    }
}

impl Aws {
    async fn live(&self, context: &Context) -> Result<Vec<Read>, SessionError> {
        let mut session = Session::open(&self.target).await?;
        if let (Some(role), false) = (&self.target.role, self.organisation) {
            session = session.assume(role, self.target.external_id.as_deref()).await?;
        }
        let (number, partition) = caller(&session).await?;
        let settings = context.config.aws.clone();
        let mut regions = self.target.regions.clone();
        if regions.is_empty() {
            regions.clone_from(&settings.regions);
        }
        if regions.is_empty() {
            regions.push(session.region().to_owned());
        }
        let thresholds = context.config.thresholds.clone();
        let way = Way {
            plan: Plan { regions, settings, now: context.now, thresholds },
            state: context.state.clone(),
            target: self.target.clone(),
            partition,
        };
        let own = way.account(&number, session.clone()).await;
        let mut read =
            if self.organisation { way.members(&own.answers, &session).await } else { Vec::new() };
        read.insert(0, own);
        Ok(read)
    }
}

/// The account and the partition of the credentials.
async fn caller(session: &Session) -> Result<(String, String), SessionError> {
    let answer = session.sts(None).get_caller_identity().send().await;
    let answer = answer.map_err(|error| SessionError::Caller(ask::refusal(&error).why))?;
    let number = answer.account.unwrap_or_default();
    if number.len() != 12 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SessionError::Caller("the answer names no account".to_owned()));
    }
    let arn = answer.arn.unwrap_or_default();
    let partition = arn.split(':').nth(1).filter(|partition| partition.starts_with("aws"));
    Ok((number, partition.unwrap_or("aws").to_owned()))
}

fn records(read: Vec<Read>, context: &Context) -> Vec<Record> {
    let mut records = Vec::new();
    for account in read {
        let number = account.answers.account.clone();
        let src = Src::of("aws", &number);
        records.extend(account.answers.records());
        if let Some(why) = account.trouble {
            let remedy = "check the folder of --state".to_owned();
            let part = format!("saved answers of account {number}");
            let mut record = coverage(&src, context.now, &part, Some((why, remedy)));
            record.by_design = true;
            records.push(record.into());
        }
        records.push(collection(&src, &number, account.requests, context));
    }
    records
}

/// What reading an account took.
fn collection(src: &Src, number: &str, requests: u64, context: &Context) -> Record {
    Resource {
        id: format!("resource:collection:aws:{number}"),
        src: src.clone(),
        as_of: context.now,
        kind: "collection".to_owned(),
        subject: format!("collection:aws/{number}"),
        attrs: [("requests".to_owned(), requests.into())].into(),
        ..Resource::default()
    }
    .into()
}

/// Reads saved collections: no request is made.
fn saved(path: &Path, context: &Context) -> Vec<Record> {
    let mut records = Vec::new();
    let files = files(path);
    if files.is_empty() {
        records.push(failed(&format!("{} holds no *.jsonl file", path.display()), context));
    }
    for file in files {
        match book::saved(&file) {
            Ok((answers, done)) => {
                let src = Src::of("aws", &answers.account);
                records.extend(answers.records());
                if !done {
                    let why = "the run that saved it was interrupted".to_owned();
                    let remedy = "run it again with the same --state: it goes on".to_owned();
                    let part = file.display().to_string();
                    records.push(coverage(&src, context.now, &part, Some((why, remedy))).into());
                }
            }
            Err(error) => records.push(failed(&error.to_string(), context)),
        }
    }
    records
}

/// The file, or the saved collections in the folder, sorted.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect();
    files.sort();
    files
}

/// The whole source could not be read.
fn failed(why: &str, context: &Context) -> Record {
    let remedy = "check the profile, the AWS_* variables and the network; `overstay permissions aws` \
                  prints the policy that the scanner needs";
    let why = Some((why.to_owned(), remedy.to_owned()));
    let mut record = coverage(&Src::new("aws"), context.now, "", why);
    record.part = None;
    record.into()
}
