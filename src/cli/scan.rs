//! `overstay scan`

use super::{
    Exit,
    args::{JudgeArgs, ReadArgs, TellArgs},
    fix::FixArgs,
    tell,
};
use crate::scan;

/// Read systems, judge what was read, and report
#[derive(Debug, clap::Args)]
#[command(after_help = crate::sources::help())]
pub(super) struct Args {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    fix: FixArgs,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    tell: TellArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    if let Some(exit) = args.fix.run(&args.read.paths)? {
        return Ok(exit);
    }
    let plan = args.tell.plan()?;
    let mut context = args.judge.context(args.read.root(), args.read.git_scope())?;
    args.read.complete(&mut context)?;
    let sources = args.read.open(&context)?;
    let folders: Vec<_> = sources.iter().filter_map(|source| source.folder()).collect();
    // What takes threads of its own has them: the walk, the search of a history, the rules.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let records = runtime.block_on(scan::collect(sources, &context));
    tell::judge_and_tell(records, folders, &context, &args.judge, &args.tell, &plan)
}
