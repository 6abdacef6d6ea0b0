//! Results of other tools are joined to the jobs that were read: by file and job.

use super::{Counts, Log, Reported};
use crate::evidence::{Coverage, Imported, Location, Pipeline, Record, Src};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a log comes from.
#[derive(Clone, Debug)]
pub struct Origin<'o> {
    /// The name of its file.
    pub name: &'o str,
    /// The source that its files belong to where no job tells.
    pub src: Src,
    /// Where the files of that source lie; taken off absolute paths.
    pub roots: Vec<String>,
    /// When it was imported.
    pub as_of: Timestamp,
}

/// The results as evidence, one record for each check and job, and what was not imported as coverage.
/// `records` are what the same scan has read.
pub fn bind(log: &Log, records: &[Record], origin: &Origin) -> Vec<Record> {
    let mut files = Files::of(records);
    files.base = files.base_of(log);
    let mut bound: BTreeMap<String, Imported> = BTreeMap::new();
    for reported in &log.results {
        let record = files.record(reported, origin);
        let place = Location { region: reported.region, ..Location::file(record.file.clone()) };
        let places = &mut bound.entry(record.id.clone()).or_insert(record).places;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let mut all: Vec<Record> = Vec::new();
    for mut record in bound.into_values() {
        record.places.sort();
        all.push(record.into());
    }
    all.extend(remarks(log, origin).map(Record::from));
    all
}

/// The jobs that were read, by file, in the order of the file.
struct Files<'r> {
    jobs: HashMap<&'r str, Vec<&'r Pipeline>>,
    /// The folder, with its `/`, that relative paths of the log start in.
    base: String,
}

impl<'r> Files<'r> {
    fn of(records: &'r [Record]) -> Files<'r> {
        let mut files: HashMap<&str, Vec<&Pipeline>> = HashMap::new();
        for record in records {
            if let Record::Pipeline(pipeline) = record {
                files.entry(&pipeline.workflow).or_default().push(pipeline);
            }
        }
        for jobs in files.values_mut() {
            jobs.sort_by_key(|job| job.location.region.map_or(0, |region| region.start_line));
        }
        Files { jobs: files, base: String::new() }
    }

    /// The folder that the tool was run in, when it was a part of what this scan has read: the one folder
    /// below which all files of the log lie that this scan knows by their ends, and none lies at the top.
    fn base_of(&self, log: &Log) -> String {
        let paths: BTreeSet<&str> = log.results.iter().map(|result| result.path.as_str()).collect();
        let relative = || paths.iter().copied().filter(|path| !is_absolute(path));
        if relative().any(|path| self.jobs.contains_key(path)) {
            return String::new();
        }
        let mut bases: Option<BTreeSet<&str>> = None;
        for path in relative() {
            let ends = self.jobs.keys().filter_map(|read| read.strip_suffix(path));
            let found: BTreeSet<&str> = ends.filter(|base| base.ends_with('/')).collect();
            if found.is_empty() {
                continue;
            }
            bases = Some(match bases {
                Some(known) => known.intersection(&found).copied().collect(),
                None => found,
            });
        }
        match bases.unwrap_or_default().into_iter().collect::<Vec<_>>().as_slice() {
            [base] => (*base).to_owned(),
            _ => String::new(),
        }
    }

    fn record(&self, reported: &Reported, origin: &Origin) -> Imported {
        let file = self.file(&reported.path, origin);
        let jobs = self.jobs.get(file.as_str()).map_or(&[] as &[_], Vec::as_slice);
        let job = match &reported.job {
            Some(key) => jobs.iter().find(|job| job.job == *key).copied(),
            None => job_around(jobs, reported),
        };
        let key =
            job.map(|job| job.job.clone()).or_else(|| reported.job.clone()).unwrap_or_default();
        let file_name = match jobs.first() {
            Some(any) => any.subject.split('#').next().unwrap_or_default().to_owned(),
            None => format!("github-actions:{file}"),
        };
        let subject = if key.is_empty() { file_name } else { format!("{file_name}#{key}") };
        let src = jobs.first().map_or(&origin.src, |job| &job.src);
        let Reported { tool, audit, .. } = reported;
        Imported {
            id: format!(
                "imported:{tool}:{}:{audit}:{subject}",
                src.tenant.as_deref().unwrap_or_default()
            ),
            src: src.at(&file),
            as_of: origin.as_of,
            subject,
            tool: tool.clone(),
            audit: audit.clone(),
            file,
            job: key,
            ..Imported::default()
        }
    }

    /// The path in the scanned root. An absolute one loses the root, or all before a file that was read,
    /// or all before `.github/`.
    fn file(&self, path: &str, origin: &Origin) -> String {
        if !is_absolute(path) {
            return format!("{}{path}", self.base);
        }
        let below =
            |root: &String| Some(path.strip_prefix(root.as_str())?.strip_prefix('/')?.to_owned());
        let tails = || path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        origin
            .roots
            .iter()
            .find_map(below)
            .or_else(|| tails().find(|tail| self.jobs.contains_key(tail)).map(str::to_owned))
            .or_else(|| Some(path[path.rfind("/.github/")? + 1..].to_owned()))
            .unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path).to_owned())
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1) == Some(&b':')
}

/// The job whose lines hold a result that names none.
fn job_around<'r>(jobs: &[&'r Pipeline], reported: &Reported) -> Option<&'r Pipeline> {
    let region = reported.region?;
    let start = |job: &Pipeline| job.location.region.map_or(0, |region| region.start_line);
    let after = jobs.iter().position(|job| start(job) > region.start_line).unwrap_or(jobs.len());
    let job = jobs.get(after.checked_sub(1)?).filter(|job| start(job) > 0)?;
    jobs.get(after).is_none_or(|next| start(next) > region.end_line).then_some(*job)
}

/// What was not imported, in words.
fn remarks(log: &Log, origin: &Origin) -> impl Iterator<Item = Coverage> {
    let lists: [(&str, &Counts, &str, Option<&str>); 4] = [
        (
            "unknown",
            &log.unknown,
            "of checks that are not in the table of imports",
            Some("look at them in the tool's own report, or update Overstay"),
        ),
        (
            "unplaced",
            &log.unplaced,
            "that name no file of a repository",
            Some("run the tool on a checkout"),
        ),
        ("unrelated", &log.unrelated, "of checks that are not about machine identities", None),
        ("left", &log.left, "that the tool itself marks as suppressed or as no finding", None),
    ];
    let said = lists.into_iter().filter(|(_, counts, ..)| !counts.is_empty());
    said.map(|(slug, counts, what, remedy)| Coverage {
        id: format!("coverage:import:{}:{slug}", origin.name),
        src: origin.src.clone(),
        as_of: origin.as_of,
        system: origin.src.system.clone(),
        kinds: vec!["imported".to_owned()],
        from: origin.as_of,
        to: origin.as_of,
        complete: false,
        part: Some(origin.name.to_owned()),
        why: Some(format!("{} results {what}: {}", counts.values().sum::<u64>(), named(counts))),
        remedy: remedy.map(str::to_owned),
        by_design: remedy.is_none(),
        ..Coverage::default()
    })
}

fn named(counts: &Counts) -> String {
    let one = |((tool, audit), count): (&(String, String), &u64)| format!("{tool}/{audit} {count}");
    let mut shown: Vec<String> = counts.iter().take(20).map(one).collect();
    if counts.len() > shown.len() {
        shown.push(format!("and {} more checks", counts.len() - shown.len()));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Region;

    fn job(workflow: &str, job: &str, line: u32) -> Record {
        let subject = format!("github-actions:company/app/{workflow}#{job}");
        let location = Location::in_file(workflow, Region::line(line));
        let src = Src::of("git", "company/app");
        let (workflow, job) = (workflow.to_owned(), job.to_owned());
        Pipeline {
            id: subject.clone(),
            subject,
            workflow,
            job,
            location,
            src,
            ..Pipeline::default()
        }
        .into()
    }

    fn bound(path: &str, job_key: Option<&str>, line: u32, roots: &[&str]) -> Imported {
        let file = ".github/workflows/ci.yml";
        let records = [job(file, "test", 5), job(file, "build", 20)];
        let reported = Reported {
            tool: "zizmor".into(),
            audit: "artipacked".into(),
            path: path.into(),
            job: job_key.map(str::to_owned),
            region: Some(Region::line(line)),
        };
        let log = Log { results: vec![reported.clone(), reported], ..Log::default() };
        let roots = roots.iter().map(|root| (*root).to_owned()).collect();
        let origin =
            Origin { name: "z.sarif", src: Src::new("sarif"), roots, as_of: Timestamp::UNIX_EPOCH };
        match bind(&log, &records, &origin).as_slice() {
            [Record::Imported(one)] => one.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_result_belongs_to_the_job_that_was_read() {
        let one = bound(".github/workflows/ci.yml", Some("build"), 22, &[]);
        assert_eq!(one.subject, "github-actions:company/app/.github/workflows/ci.yml#build");
        assert_eq!((one.src.tenant.as_deref(), one.places.len()), (Some("company/app"), 1));
    }

    #[test]
    fn a_result_without_job_belongs_to_the_job_around_its_lines() {
        assert_eq!(bound(".github/workflows/ci.yml", None, 7, &[]).job, "test");
        assert_eq!(bound(".github/workflows/ci.yml", None, 30, &[]).job, "build");
        let whole = bound(".github/workflows/ci.yml", None, 1, &[]);
        assert_eq!((whole.job.as_str(), whole.subject.contains('#')), ("", false));
    }

    #[test]
    fn the_folder_that_the_tool_was_run_in_is_found() {
        let jobs = [
            job("a/.github/workflows/ci.yml", "test", 5),
            job("a/.github/workflows/release.yml", "ship", 5),
            job("b/.github/workflows/ci.yml", "test", 5),
        ];
        let subject = |paths: &[&str]| {
            let results = paths.iter().map(|path| Reported {
                tool: "zizmor".into(),
                audit: "artipacked".into(),
                path: (*path).into(),
                job: None,
                region: Some(Region::line(7)),
            });
            let log = Log { results: results.collect(), ..Log::default() };
            let src = Src::new("sarif");
            let origin = Origin { name: "z", src, roots: Vec::new(), as_of: Timestamp::UNIX_EPOCH };
            match bind(&log, &jobs, &origin).first() {
                Some(Record::Imported(one)) => one.file.clone(),
                other => panic!("{other:?}"),
            }
        };
        let (ci, release) = (".github/workflows/ci.yml", ".github/workflows/release.yml");
        assert_eq!(subject(&[ci, release]), format!("a/{ci}"));
        // Two folders have it: neither is taken for the other.
        assert_eq!(subject(&[ci]), ci);
        assert_eq!(subject(&["b/.github/workflows/ci.yml"]), "b/.github/workflows/ci.yml");
    }

    #[test]
    fn an_absolute_path_becomes_one_in_the_root_and_a_relative_one_is_left() {
        let read = ".github/workflows/ci.yml";
        assert_eq!(bound("/home/x/app/.github/workflows/ci.yml", None, 1, &[]).file, read);
        assert_eq!(bound("/home/x/app/other/a.yml", None, 1, &["/home/x/app"]).file, "other/a.yml");
        // Another repository's file of the same name is not this one.
        let other = bound("vendor/.github/workflows/ci.yml", Some("build"), 1, &[]);
        assert_eq!(other.subject, "github-actions:vendor/.github/workflows/ci.yml#build");
        assert_eq!(other.src.system, "sarif");
    }
}
