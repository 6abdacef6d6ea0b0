//! The second half of `scan` and `analyze`: judge, triage, report, exit code.

use super::{
    Exit,
    args::{JudgeArgs, TellArgs},
    imports,
    origin::Origin,
};
use crate::{
    report::{self, Format, Options, Report},
    scan,
    sources::Context,
    triage::{Baseline, exceptions},
};
use anyhow::Context as _;
use jiff::Timestamp;
use overstay_detectors::evidence::{Record, Src};
use std::{
    fs::File,
    io::{self, IsTerminal as _},
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
    let records = with_decisions(records, &folders, context, judge)?;
    let report = judged(records, folders, context, judge)?;
    write_reports(&report, tell, plan)?;
    Ok(exit(&report, context, judge))
}

/// Adds what other tools reported, what somebody decided to leave for now, and what policies of the
/// user's own refuse.
pub(super) fn with_decisions(
    mut records: Vec<Record>,
    folders: &[(Src, PathBuf)],
    context: &Context,
    judge: &JudgeArgs,
) -> anyhow::Result<Vec<Record>> {
    records.extend(imports::load(&judge.imports, &records, folders, context.now)?);
    records.extend(exceptions(judge, folders, context)?);
    #[cfg(feature = "rego")]
    records.extend(crate::custom::denied(&judge.policies, &records, context)?);
    Ok(records)
}

/// Judges the records and compares with the baseline.
pub(super) fn judged(
    records: Vec<Record>,
    folders: Vec<(Src, PathBuf)>,
    context: &Context,
    judge: &JudgeArgs,
) -> anyhow::Result<Report> {
    let baseline = judge.baseline.as_deref().map(|path| baseline(path, &folders, context));
    let baseline = baseline.transpose()?;
    let estate = scan::estate(records, context);
    let mut report = scan::judge(&estate, context, baseline.as_ref());
    for (src, root) in folders {
        report = report.in_folder(&src, &root);
    }
    if judge.settings.now.is_none() {
        report = report.took(context.now, Timestamp::now());
    }
    Ok(report)
}

/// How a scan ended.
pub(super) fn exit(report: &Report, context: &Context, judge: &JudgeArgs) -> Exit {
    let worst = if judge.only_new { report.worst_new() } else { report.worst() };
    let fails = judge.threshold(&context.config).is_some_and(|from| worst >= Some(from));
    if fails {
        Exit::Findings
    } else if judge.strict && report.unread().next().is_some() {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}

/// The exceptions of the file that is named, or that lies in the first folder. They belong to the
/// source of the folder that holds them.
fn exceptions(
    judge: &JudgeArgs,
    folders: &[(Src, PathBuf)],
    context: &Context,
) -> anyhow::Result<Vec<Record>> {
    let usual = folders.first().map(|(_, root)| root.join(exceptions::FILE_NAME));
    let Some(path) = judge.exceptions.clone().or_else(|| usual.clone()) else {
        return Ok(Vec::new());
    };
    let origin = Origin::of(&path, &roots(folders), &context.git)?;
    if origin == Origin::Disk && judge.exceptions.is_none() && !path.is_file() {
        return Ok(Vec::new());
    }
    let holder = folders.iter().find_map(|(src, root)| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let inside = folder.unwrap_or(Path::new(".")).canonicalize().ok()?.join(path.file_name()?);
        let inside = inside.strip_prefix(root.canonicalize().ok()?).ok()?;
        Some((src.clone(), inside.to_str()?.replace('\\', "/")))
    });
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (src, shown) = holder.unwrap_or_else(|| (Src::new("overstay"), name()));
    Ok(match origin {
        Origin::Disk => exceptions::load(&path, &shown, &src, context.now)?,
        Origin::Base(text) => exceptions::parse(&text, &path, &shown, &src, context.now)?,
        Origin::Nothing => Vec::new(),
    })
}

/// The baseline in a file.
fn baseline(
    path: &Path,
    folders: &[(Src, PathBuf)],
    context: &Context,
) -> anyhow::Result<Baseline> {
    Ok(match Origin::of(path, &roots(folders), &context.git)? {
        Origin::Disk => Baseline::load(path)?,
        Origin::Base(text) => Baseline::read(&text, path)?,
        Origin::Nothing => Baseline::default(),
    })
}

fn roots(folders: &[(Src, PathBuf)]) -> Vec<&Path> {
    folders.iter().map(|(_, root)| root.as_path()).collect()
}

fn write_reports(
    report: &Report,
    tell: &TellArgs,
    plan: &[(Format, Option<&Path>)],
) -> anyhow::Result<()> {
    for (format, path) in plan {
        let color = path.is_none() && colored();
        let options = Options { sarif_profile: tell.sarif_profile, color, ..Options::default() };
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

/// A terminal that nobody asked to stay plain (<https://no-color.org>).
fn colored() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
