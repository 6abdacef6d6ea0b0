//! The second half of `scan` and `analyze`: judge, triage, report, exit code.

use super::{
    Exit,
    args::{JudgeArgs, TellArgs},
};
use crate::{
    report::{self, Format, Options, Report},
    scan,
    sources::Context,
};
use anyhow::Context as _;
use jiff::Timestamp;
use overstay_detectors::evidence::{Record, Src};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// Judges the records, writes every planned report, and says how it ended.
pub(super) fn judge_and_tell(
    records: Vec<Record>,
    folders: Vec<(Src, PathBuf)>,
    context: &Context,
    judge: &JudgeArgs,
    tell: &TellArgs,
    plan: &[(Format, Option<&Path>)],
) -> anyhow::Result<Exit> {
    let mut report = scan::analyze(records, context);
    for (src, root) in folders {
        report = report.in_folder(&src, &root);
    }
    if judge.now.is_none() {
        report = report.took(context.now, Timestamp::now());
    }
    write_reports(&report, tell, plan)?;
    let worst = report.worst();
    let fails = judge.threshold(&context.config).is_some_and(|from| worst >= Some(from));
    Ok(if fails {
        Exit::Findings
    } else if judge.strict && report.unread().next().is_some() {
        Exit::Incomplete
    } else {
        Exit::Clean
    })
}

fn write_reports(
    report: &Report,
    tell: &TellArgs,
    plan: &[(Format, Option<&Path>)],
) -> anyhow::Result<()> {
    let options = Options { sarif_profile: tell.sarif_profile, ..Options::default() };
    for (format, path) in plan {
        let remarks = match path {
            Some(path) => File::create(path)
                .and_then(|mut file| report::write(report, *format, &options, &mut file))
                .with_context(|| format!("cannot write {}", path.display()))?,
            None => report::write(report, *format, &options, &mut io::stdout().lock())?,
        };
        for remark in remarks {
            tracing::warn!("{remark}");
        }
    }
    Ok(())
}
