//! What was answered, kept in memory and, when there is a folder for it, in a file: one answer a
//! line, written as it comes. A run that was interrupted goes on where it was.

use jiff::{SignedDuration, Timestamp};
use overstay_detectors::readers::aws_api::{Answer, Answers, Refused};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// How long what an interrupted run read is good for.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(12);
/// The longest line that is read, in bytes: one page of answers.
const MAX_LINE: u64 = 256 << 20;

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first line.
    Account {
        number: String,
        begun: Timestamp,
    },
    Answer(Answer),
    Refused(Refused),
    /// The pages of a listing so far are void.
    Void(Listing),
    /// The last line of a run that came to its end.
    Done,
}

/// Operation, what it was asked about, region.
type Listing = (String, String, String);

fn listing(operation: &str, about: &str, region: &str) -> Listing {
    (operation.to_owned(), about.to_owned(), region.to_owned())
}

/// What is known of a listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// All of it.
    Whole,
    /// Its first pages; the next one begins here.
    Until(String),
    /// Nothing.
    Nothing,
}

/// The answers of one account.
#[derive(Debug)]
pub(super) struct Book {
    inside: Mutex<Inside>,
    /// The moment of the answers.
    pub(super) now: Timestamp,
}

#[derive(Debug, Default)]
struct Inside {
    answers: Answers,
    /// Where each listing goes on; `None` when it ended.
    ends: HashMap<Listing, Option<String>>,
    file: Option<File>,
    /// Why the file could not be written.
    trouble: Option<String>,
}

impl Book {
    /// The book of an account; with what an interrupted run left in `folder`.
    pub(super) fn open(account: &str, folder: Option<&Path>, now: Timestamp) -> Book {
        let empty = Answers { account: account.to_owned(), at: now, ..Answers::default() };
        let mut inside = Inside { answers: empty, ..Inside::default() };
        if let Some(folder) = folder {
            let path = folder.join("aws").join(format!("{account}.jsonl"));
            match resume(&path, account, now) {
                Ok((kept, file)) => {
                    kept.into_iter().for_each(|line| inside.take(line));
                    inside.file = Some(file);
                }
                Err(why) => inside.trouble = Some(format!("{}: {why}", path.display())),
            }
        }
        Book { inside: Mutex::new(inside), now }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Inside) -> T) -> T {
        look(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is known of a listing already.
    pub(super) fn known(&self, operation: &str, about: &str, region: &str) -> Known {
        self.with(|inside| match inside.ends.get(&listing(operation, about, region)) {
            None => Known::Nothing,
            Some(Some(next)) => Known::Until(next.clone()),
            Some(None) => Known::Whole,
        })
    }

    /// Forgets the pages of a listing, so that it is read anew.
    pub(super) fn forget(&self, operation: &str, about: &str, region: &str) {
        self.with(|inside| {
            let line = Line::Void(listing(operation, about, region));
            inside.write(&line);
            inside.take(line);
        });
    }

    /// Files an answer.
    pub(super) fn answer(&self, answer: Answer) {
        self.with(|inside| {
            let line = Line::Answer(answer);
            inside.write(&line);
            inside.take(line);
        });
    }

    /// Files a refusal. It is not kept for the next run, which asks again.
    pub(super) fn refuse(&self, refused: Refused) {
        self.with(|inside| inside.answers.refused.push(refused));
    }

    /// Looks at what there is so far.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Answers) -> T) -> T {
        self.with(|inside| look(&inside.answers))
    }

    /// The run came to its end.
    pub(super) fn close(self) -> (Answers, Option<String>) {
        let mut inside = self.inside.into_inner().unwrap_or_else(PoisonError::into_inner);
        for refused in std::mem::take(&mut inside.answers.refused) {
            inside.write(&Line::Refused(refused.clone()));
            inside.answers.refused.push(refused);
        }
        inside.write(&Line::Done);
        (inside.answers, inside.trouble)
    }
}

impl Inside {
    /// Does what a line says.
    fn take(&mut self, line: Line) {
        match line {
            Line::Answer(answer) => {
                let listing = listing(&answer.operation, &answer.about, &answer.region);
                self.ends.insert(listing, answer.next.clone());
                self.answers.answers.push(answer);
            }
            Line::Refused(refused) => self.answers.refused.push(refused),
            Line::Void(void) => {
                self.ends.remove(&void);
                let other = |a: &Answer| listing(&a.operation, &a.about, &a.region) != void;
                self.answers.answers.retain(other);
            }
            Line::Account { .. } | Line::Done => {}
        }
    }

    fn write(&mut self, line: &Line) {
        let Some(file) = &mut self.file else { return };
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            file.write_all(&text)
        });
        if let Err(why) = written {
            self.file = None;
            self.trouble = Some(format!("cannot save what was read: {why}"));
        }
    }
}

/// Opens the file of an account: to go on with it when a run was interrupted, else to begin.
fn resume(path: &Path, account: &str, now: Timestamp) -> io::Result<(Vec<Line>, File)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let lines = match File::open(path) {
        Ok(file) => lines(file),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(why) => return Err(why),
    };
    let young = match lines.first() {
        Some(Line::Account { number, begun }) => {
            number == account && now.duration_since(*begun).abs() < GOOD_FOR
        }
        _ => false,
    };
    let done = lines.iter().any(|line| matches!(line, Line::Done));
    let kept = if young && !done { lines } else { Vec::new() };
    // What an interruption tore is left out; the file begins anew with what is whole.
    let mut file = create(path)?;
    let head = Line::Account { number: account.to_owned(), begun: now };
    let mut text = Vec::new();
    for line in kept.is_empty().then_some(&head).into_iter().chain(&kept) {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    file.write_all(&text)?;
    Ok((kept, file))
}

/// A file that only its owner reads: it says who may do what.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The whole lines of a file, up to the first that is none.
fn lines(file: File) -> Vec<Line> {
    let mut reader = BufReader::new(file);
    let mut lines = Vec::new();
    loop {
        let mut text = Vec::new();
        let read = io::Read::take(&mut reader, MAX_LINE).read_until(b'\n', &mut text);
        match (read, serde_json::from_slice(&text)) {
            (Ok(1..), Ok(line)) => lines.push(line),
            _ => return lines,
        }
    }
}

/// A saved collection could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum SavedError {
    #[error("cannot read {path}: {why}")]
    Read { path: PathBuf, why: io::Error },
    #[error("{path} is no saved collection: its first line names no account")]
    Foreign { path: PathBuf },
}

/// Reads a saved collection; the flag says whether its run came to its end.
pub(super) fn saved(path: &Path) -> Result<(Answers, bool), SavedError> {
    let file = File::open(path).map_err(|why| SavedError::Read { path: path.to_owned(), why })?;
    let mut lines = lines(file).into_iter();
    let Some(Line::Account { number, begun }) = lines.next() else {
        return Err(SavedError::Foreign { path: path.to_owned() });
    };
    let answers = Answers { account: number, at: begun, ..Answers::default() };
    let mut inside = Inside { answers, ..Inside::default() };
    let mut done = false;
    for line in lines {
        done |= matches!(line, Line::Done);
        inside.take(line);
    }
    Ok((inside.answers, done))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(next: Option<&str>, at: Timestamp) -> Answer {
        Answer {
            operation: "iam:ListUsers".to_owned(),
            next: next.map(str::to_owned),
            at,
            ..Answer::default()
        }
    }

    #[test]
    fn an_interrupted_run_goes_on_and_an_old_or_finished_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let open = |now| Book::open("111122223333", Some(folder.path()), now);
        let known = |book: &Book| book.known("iam:ListUsers", "", "");
        let book = open(now);
        assert_eq!(known(&book), Known::Nothing);
        book.answer(page(Some("two"), now));
        drop(book);
        // Torn in the middle of a line.
        let path = folder.path().join("aws/111122223333.jsonl");
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"answer\":{\"opera");
        fs::write(&path, text).unwrap();
        assert_eq!(known(&open(now + SignedDuration::from_hours(13))), Known::Nothing);

        let book = open(now);
        book.answer(page(Some("two"), now));
        drop(book);
        let book = open(now + SignedDuration::from_hours(1));
        assert_eq!(known(&book), Known::Until("two".to_owned()));
        book.forget("iam:ListUsers", "", "");
        drop(book);
        let book = open(now);
        assert_eq!(known(&book), Known::Nothing, "a void listing stays void");
        book.answer(page(None, now));
        drop(book);
        let book = open(now);
        assert_eq!(known(&book), Known::Whole);
        let (answers, trouble) = book.close();
        assert_eq!((answers.answers.len(), trouble), (1, None));
        assert!(saved(&path).unwrap().1);
        assert_eq!(known(&open(now)), Known::Nothing);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_and_the_reading_goes_on() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let book = Book::open("111122223333", Some(file.path()), Timestamp::default());
        book.answer(page(None, Timestamp::default()));
        let (answers, trouble) = book.close();
        assert_eq!(answers.answers.len(), 1);
        assert!(trouble.is_some());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let _book = Book::open("111122223333", Some(folder.path()), Timestamp::default());
        let path = folder.path().join("aws/111122223333.jsonl");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
