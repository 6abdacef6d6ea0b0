//! A git repository: its working tree, its history, a range of commits, what is staged.

mod checkout;
mod facts;
#[cfg(test)]
pub(crate) mod testing;
pub mod walk;

use super::{Collecting, Context, Source, coverage};
use facts::Facts;
use overstay_detectors::evidence::{Record, Src};
use std::path::{Path, PathBuf};

struct Git {
    root: PathBuf,
    src: Src,
}

/// `git=PATH`: the repository or plain folder at a path; without it, the present folder.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    let root = PathBuf::from(arg.unwrap_or("."));
    if !root.exists() {
        return Err(format!("{} does not exist", root.display()));
    }
    let src = Facts::of(&root).src();
    Ok(Box::new(Git { root, src }))
}

impl Source for Git {
    fn name(&self) -> &'static str {
        "git"
    }

    fn folder(&self) -> Option<(Src, PathBuf)> {
        Some((self.src.clone(), self.root.clone()))
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        let (root, context) = (self.root.clone(), context.clone());
        Box::pin(async move {
            let src = self.src.clone();
            let reading = tokio::task::spawn_blocking({
                let context = context.clone();
                move || read(&root, &context)
            });
            reading.await.unwrap_or_else(|_| {
                let why = ("reading stopped unexpectedly".into(), "report this as a bug".into());
                vec![coverage(&src, context.now, "", Some(why)).into()]
            })
        })
    }
}

fn read(root: &Path, context: &Context) -> Vec<Record> {
    let facts = Facts::of(root);
    let mut records = checkout::read(root, &facts, context);
    records.extend(facts.record(context.now).map(Record::from));
    records.push(coverage(&facts.src(), context.now, ".", None).into());
    records
}
