//! The configuration file at hand, as the readers of all platforms see it: it makes locations, names,
//! blank records and coverage records.

use crate::{
    evidence::{Coverage, Location, Pipeline, Region, pipeline::Form},
    readers::{Document, yaml::YamlError},
};

/// A configuration file of one platform.
#[derive(Clone, Copy)]
pub(crate) struct CiFile<'d> {
    /// The document.
    pub document: &'d Document<'d>,
    /// The platform's name in records.
    pub platform: &'static str,
}

impl CiFile<'_> {
    /// The path in the scanned root.
    pub(crate) fn path(&self) -> &str {
        self.document.path
    }

    /// A place in the file.
    pub(crate) fn at(&self, region: Region) -> Location {
        Location::in_file(self.document.path, region)
    }

    /// `platform:owner/repo/path#job`, without the repository when it is not known.
    pub(crate) fn subject(&self, job: &str) -> String {
        let platform = self.platform;
        match self.document.repository {
            Some(repository) => format!("{platform}:{repository}/{}#{job}", self.path()),
            None => format!("{platform}:{}#{job}", self.path()),
        }
    }

    /// A record that names the job and says nothing about it yet.
    pub(crate) fn blank(&self, job: &str, form: Form) -> Pipeline {
        let document = self.document;
        let subject = self.subject(job);
        Pipeline {
            id: format!("pipeline:{subject}"),
            src: document.src.at(document.path),
            as_of: document.as_of,
            subject,
            platform: self.platform.to_owned(),
            form,
            repository: document.repository.map(str::to_owned),
            workflow: document.path.to_owned(),
            job: job.to_owned(),
            ..Pipeline::default()
        }
    }

    /// The file, or a part of it, could not be read.
    pub(crate) fn unreadable(&self, error: &YamlError) -> Coverage {
        let mut coverage = self.document.unreadable(
            format!("not a readable pipeline: {error}"),
            "make the file valid YAML, or exclude it from the scan",
        );
        coverage.kinds = vec!["pipeline".to_owned()];
        coverage.line = Some(error.line.into());
        coverage
    }
}
