//! `overstay analyze`

use super::{
    Exit,
    args::{JudgeArgs, TellArgs},
    tell,
};
use crate::{
    scan,
    sources::{GitScope, evidence_file},
};
use std::path::{Path, PathBuf};

/// Judge evidence that was collected before; reads no system
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Evidence: JSON Lines, plain or zstd; `-` is stdin
    #[arg(required_unless_present = "imports")]
    evidence: Vec<PathBuf>,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    tell: TellArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let plan = args.tell.plan()?;
    let context = args.judge.context(Path::new("."), GitScope::default())?;
    let sources = args.evidence.iter().map(|path| evidence_file::source(path.clone())).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    let records = runtime.block_on(scan::collect(sources, &context));
    tell::judge_and_tell(records, Vec::new(), &context, &args.judge, &args.tell, &plan)
}
