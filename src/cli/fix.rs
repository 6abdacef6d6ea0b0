//! `overstay scan --fix`: safe changes to the workflow files of the folders that are scanned.

use super::{Exit, UsageError};
use anyhow::Context as _;
use overstay_detectors::fixes::{Fixed, Pins, fix_workflow};
use similar::TextDiff;
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// What to change.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What to change")]
pub(super) struct FixArgs {
    /// Make the changes to workflow files that are known to be safe, then scan: add `permissions:` and
    /// `persist-credentials: false`, pin actions whose commit is known. What is left, and why, is said on
    /// stderr
    #[arg(long)]
    fix: bool,
    /// With --fix: print the changes as a diff and stop; nothing is written or scanned
    #[arg(long, requires = "fix")]
    diff: bool,
    /// With --fix: which commit a version of an action is, in TOML: "owner/name@v4" = "<commit>". What
    /// another workflow of the folder pins, with the version as a comment, needs no line
    #[arg(long, value_name = "FILE", requires = "fix")]
    pins: Option<PathBuf>,
}

impl FixArgs {
    /// Makes or prints the changes. Gives the exit code when there is nothing more to do.
    pub(super) fn run(&self, paths: &[PathBuf]) -> anyhow::Result<Option<Exit>> {
        if !self.fix {
            return Ok(None);
        }
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &here } else { paths };
        let mut stdout = std::io::stdout().lock();
        for path in paths {
            let files = workflows(path)?;
            if files.is_empty() {
                let folder = path.display();
                tracing::warn!(
                    "nothing to fix in {folder}: it has no workflow in .github/workflows"
                );
            }
            let pins = self.known(&files)?;
            for (file, bytes) in &files {
                let fixed = fix_workflow(bytes, &pins);
                tell(file, &fixed, self.diff)?;
                let Some(new) = &fixed.text else { continue };
                if self.diff {
                    write!(stdout, "{}", diff(file, &String::from_utf8_lossy(bytes), new))?;
                } else {
                    replace(file, new)?;
                }
            }
        }
        Ok(self.diff.then_some(Exit::Clean))
    }

    fn known(&self, files: &[(PathBuf, Vec<u8>)]) -> anyhow::Result<Pins> {
        let mut pins = match &self.pins {
            None => Pins::default(),
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|why| UsageError(format!("cannot read {}: {why}", path.display())))?;
                Pins::parse(&text)
                    .map_err(|why| UsageError(format!("{}: {why}", path.display())))?
            }
        };
        for (_, bytes) in files {
            pins.learn(&String::from_utf8_lossy(bytes));
        }
        Ok(pins)
    }
}

/// The workflow files of a folder, or the one file; links are not followed.
fn workflows(path: &Path) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let folder = path.join(".github/workflows");
    let mut found: Vec<PathBuf> = if path.is_file() {
        vec![path.to_owned()]
    } else if folder.is_dir() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
    } else {
        Vec::new()
    };
    found.retain(|file| {
        let yaml = file.extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
        yaml && fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file())
    });
    found.sort();
    let read = |file: PathBuf| {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok((file, bytes))
    };
    found.into_iter().map(read).collect()
}

/// What was changed and what was left, on stderr.
fn tell(file: &Path, fixed: &Fixed, planned: bool) -> std::io::Result<()> {
    let mut stderr = std::io::stderr().lock();
    let done = if planned { "would fix" } else { "fixed" };
    let notes = fixed.applied.iter().map(|note| (done, note));
    let mut seen = Vec::new();
    for (word, note) in notes.chain(fixed.left.iter().map(|note| ("left", note))) {
        if !seen.contains(&note) {
            writeln!(stderr, "{word} {}:{}: {}", file.display(), note.line, note.text)?;
            seen.push(note);
        }
    }
    Ok(())
}

fn diff(file: &Path, old: &str, new: &str) -> String {
    let name = file.display().to_string();
    let name = name.trim_start_matches("./");
    let names = (format!("a/{name}"), format!("b/{name}"));
    TextDiff::from_lines(old, new).unified_diff().header(&names.0, &names.1).to_string()
}

/// Writes beside the file and renames, so that it is never half written.
fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.overstay"));
    let write = || -> std::io::Result<()> {
        let mut new = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        new.write_all(text.as_bytes())?;
        fs::set_permissions(&beside, fs::metadata(file)?.permissions())?;
        fs::rename(&beside, file)
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}
