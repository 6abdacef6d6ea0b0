//! Documents to evidence. A reader is pure: bytes and a path in, records out. It never judges, and
//! what it cannot read becomes a coverage record.

mod agents;
mod argo;
pub mod aws_api;
mod aws_credential_report;
pub(crate) mod aws_declared;
pub mod aws_gaad;
mod aws_organization;
mod azure_pipelines;
mod bitbucket;
pub(crate) mod ci;
mod circleci;
pub(crate) mod codeowners;
mod dependabot;
pub(crate) mod federation;
mod fetched;
mod github_actions;
mod gitlab_ci;
mod identity_register;
pub mod imported;
mod jenkins;
pub mod ledgers;
mod scripts;
pub mod secrets;
pub mod suppression;
mod tekton;
mod terraform_vault;
pub mod vault_api;
pub mod vault_audit;
pub(crate) mod vault_client;
pub(crate) mod vault_config;
mod vault_manifests;
pub mod vault_policy;
pub(crate) mod yaml;

use crate::evidence::{Coverage, Record, Src};
use jiff::Timestamp;

/// One document to read.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Path in the scanned root, `/`-separated.
    pub path: &'a str,
    /// The content.
    pub bytes: &'a [u8],
    /// The root it belongs to.
    pub src: &'a Src,
    /// `owner/name` of the repository, when known.
    pub repository: Option<&'a str>,
    /// When it was read.
    pub as_of: Timestamp,
}

impl Document<'_> {
    /// A record that says that this document could not be read, why, and what would mend it.
    pub fn unreadable(&self, why: impl Into<String>, remedy: impl Into<String>) -> Coverage {
        Coverage {
            id: format!("coverage:{}:{}", self.src.system, self.path),
            src: self.src.at(self.path),
            as_of: self.as_of,
            system: self.src.system.clone(),
            kinds: Vec::new(),
            from: self.as_of,
            to: self.as_of,
            complete: false,
            part: Some(self.path.to_owned()),
            why: Some(why.into()),
            remedy: Some(remedy.into()),
            ..Coverage::default()
        }
    }
}

/// A reader: whether it knows a path, and what it makes of the document.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The reader's name, for messages.
    pub name: &'static str,
    /// True for paths whose content it reads; may look at the first bytes.
    pub accepts: fn(&Document) -> bool,
    /// Turns the document into evidence.
    pub read: fn(&Document, &mut Vec<Record>),
}

/// Every reader, one line each, sorted. A document may interest several.
#[rustfmt::skip]
pub const READERS: &[Reader] = &[
    Reader { name: "agents", accepts: agents::accepts, read: agents::read },
    aws_gaad::READER,
    aws_credential_report::READER,
    aws_declared::READERS[0],
    aws_declared::READERS[1],
    aws_declared::READERS[2],
    aws_declared::READERS[3],
    aws_organization::READER,
    Reader { name: "argo cd", accepts: argo::cd::accepts, read: argo::cd::read },
    Reader { name: "argo workflows", accepts: argo::workflows::accepts, read: argo::workflows::read },
    Reader { name: "azure pipelines", accepts: azure_pipelines::accepts, read: azure_pipelines::read },
    Reader { name: "bitbucket pipelines", accepts: bitbucket::accepts, read: bitbucket::read },
    Reader { name: "circleci", accepts: circleci::accepts, read: circleci::read },
    Reader { name: "code owners", accepts: codeowners::accepts, read: codeowners::read },
    Reader { name: "dependabot", accepts: dependabot::accepts, read: dependabot::read },
    Reader { name: "github actions", accepts: github_actions::accepts, read: github_actions::read },
    Reader { name: "gitlab ci", accepts: gitlab_ci::accepts, read: gitlab_ci::read },
    Reader { name: "identity register", accepts: identity_register::accepts, read: identity_register::read },
    Reader { name: "jenkins configuration", accepts: jenkins::casc::accepts, read: jenkins::casc::read },
    Reader { name: "jenkins pipeline", accepts: jenkins::accepts, read: jenkins::read },
    Reader { name: "suppression", accepts: suppression::accepts, read: suppression::read },
    Reader { name: "tekton", accepts: tekton::accepts, read: tekton::read },
    Reader { name: "terraform vault", accepts: terraform_vault::accepts, read: terraform_vault::read },
    Reader { name: "vault config", accepts: vault_config::accepts, read: vault_config::read },
    Reader { name: "vault manifests", accepts: vault_manifests::accepts, read: vault_manifests::read },
    Reader { name: "vault policy", accepts: vault_policy::accepts, read: vault_policy::read },
];

/// Gives a document to every reader that wants it.
pub fn read_document(document: &Document, out: &mut Vec<Record>) {
    let before = out.len();
    for reader in READERS {
        if (reader.accepts)(document) {
            (reader.read)(document, out);
        }
    }
    for record in out.iter_mut().skip(before) {
        if let Record::Pipeline(pipeline) = record {
            pipeline.tighten();
        }
    }
}
