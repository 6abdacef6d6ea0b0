//! Walks a working tree in parallel and hands every regular file to a visitor.
//!
//! Symbolic links are not followed, so no loop and no escape from the root is possible. What is not
//! read is said: every file left out reaches the visitor with the reason.

use ignore::{
    DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState,
    gitignore::{Gitignore, GitignoreBuilder},
};
use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// What to read.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Files over this size, in bytes, are named and not read.
    pub max_file_size: u64,
    /// Whether files that `.gitignore` excludes are read too. Tracked files always are.
    pub include_ignored: bool,
    /// Paths, in `.gitignore` syntax, that are not read.
    pub exclude: Vec<String>,
    /// Paths that git tracks, relative to the root: read even if a `.gitignore` matches them.
    pub tracked: Vec<PathBuf>,
}

impl Default for WalkOptions {
    fn default() -> WalkOptions {
        WalkOptions {
            max_file_size: 10 << 20,
            include_ignored: false,
            exclude: Vec::new(),
            tracked: Vec::new(),
        }
    }
}

/// Receives files. Each thread of the walk has its own, so that it needs no lock.
pub trait Visitor: Send {
    /// One file, its path relative to the root and `/`-separated.
    fn file(&mut self, path: &str, bytes: &[u8]);
    /// One path that was not read.
    fn left_out(&mut self, path: &str, reason: LeftOut);
}

/// Why a path was not read.
#[derive(Debug, thiserror::Error)]
pub enum LeftOut {
    /// Over the size limit.
    #[error("it has {size} bytes, over the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A FIFO, socket or device: reading it could block for ever.
    #[error("it is not a regular file")]
    NotRegular,
    /// The system refused.
    #[error("{}", .0.kind())]
    Unreadable(io::Error),
    /// The directory could not be listed.
    #[error("{0}")]
    Listing(String),
}

impl LeftOut {
    /// What would mend it.
    pub fn remedy(&self) -> &'static str {
        match self {
            LeftOut::TooLarge { .. } => "raise max_file_size, or exclude the path",
            LeftOut::NotRegular => "nothing to do: it holds no content of its own",
            LeftOut::Unreadable(_) | LeftOut::Listing(_) => {
                "give the scanning user permission to read it"
            }
        }
    }

    /// True when leaving it out loses nothing.
    pub fn by_design(&self) -> bool {
        matches!(self, LeftOut::NotRegular)
    }
}

/// Walks `root` with one visitor per thread and returns the visitors.
pub fn walk<V: Visitor>(
    root: &Path,
    options: &WalkOptions,
    visitor: impl Fn() -> V + Sync,
) -> Vec<V> {
    let exclude = excluded(root, &options.exclude);
    let finished = Mutex::new(Vec::new());
    let seen = Mutex::new(HashSet::new());
    let shared = Shared { root, options, finished: &finished, seen: &seen };
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false)
        .git_ignore(!options.include_ignored)
        .git_exclude(!options.include_ignored)
        .parents(!options.include_ignored)
        .threads(std::thread::available_parallelism().map_or(1, usize::from))
        .filter_entry({
            let exclude = exclude.clone();
            move |entry| {
                let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                entry.file_name() != ".git" && !exclude.matched(entry.path(), folder).is_ignore()
            }
        });
    walk.build_parallel().visit(&mut Threads { shared, visitor: &visitor });

    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let mut last = Thread::new(shared, visitor());
    for path in options.tracked.iter().filter(|path| !seen.contains(*path)) {
        let path = root.join(path);
        if !exclude.matched_path_or_any_parents(&path, false).is_ignore() {
            last.read(&path);
        }
    }
    drop(last);
    finished.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The matcher of the excluded paths. A pattern that makes no sense excludes nothing.
fn excluded(root: &Path, patterns: &[String]) -> Gitignore {
    let mut builder = GitignoreBuilder::new(root);
    for pattern in patterns {
        let _ = builder.add_line(None, pattern);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// What the threads of one walk share.
struct Shared<'a, V> {
    root: &'a Path,
    options: &'a WalkOptions,
    finished: &'a Mutex<Vec<V>>,
    /// The paths that were visited; filled only when there are tracked paths to compare with.
    seen: &'a Mutex<HashSet<PathBuf>>,
}

impl<V> Clone for Shared<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Shared<'_, V> {}

struct Threads<'a, V, F> {
    shared: Shared<'a, V>,
    visitor: &'a F,
}

impl<'a, V: Visitor + 'a, F: Fn() -> V + Sync> ParallelVisitorBuilder<'a> for Threads<'a, V, F> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        Box::new(Thread::new(self.shared, (self.visitor)()))
    }
}

/// One thread of the walk: its visitor and a buffer that grows to the largest file it met.
struct Thread<'a, V: Visitor> {
    shared: Shared<'a, V>,
    visitor: Option<V>,
    buffer: Vec<u8>,
    seen: Vec<PathBuf>,
}

impl<'a, V: Visitor> Thread<'a, V> {
    fn new(shared: Shared<'a, V>, visitor: V) -> Self {
        Thread { shared, visitor: Some(visitor), buffer: Vec::new(), seen: Vec::new() }
    }

    fn entry(&mut self, entry: &DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() || kind.is_symlink() {
            return;
        }
        if kind.is_file() {
            self.read(entry.path());
        } else {
            self.left_out(entry.path(), LeftOut::NotRegular);
        }
    }

    fn read(&mut self, path: &Path) {
        if !self.shared.options.tracked.is_empty()
            && let Ok(relative) = path.strip_prefix(self.shared.root)
        {
            self.seen.push(relative.to_owned());
        }
        let limit = self.shared.options.max_file_size;
        match read_into(&mut self.buffer, path, limit) {
            Ok(length) => {
                let name = display(self.shared.root, path);
                if let (Some(visitor), Some(bytes)) = (&mut self.visitor, self.buffer.get(..length))
                {
                    visitor.file(&name, bytes);
                }
            }
            // A tracked file that is deleted in the working tree is not there to be read.
            Err(LeftOut::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(reason) => self.left_out(path, reason),
        }
    }

    fn left_out(&mut self, path: &Path, reason: LeftOut) {
        let name = display(self.shared.root, path);
        if let Some(visitor) = &mut self.visitor {
            visitor.left_out(&name, reason);
        }
    }
}

impl<V: Visitor> ParallelVisitor for Thread<'_, V> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => self.entry(&entry),
            Err(error) => {
                let path = path_of(&error).unwrap_or(self.shared.root).to_owned();
                let reason = match error.into_io_error() {
                    Some(error) => LeftOut::Unreadable(error),
                    None => LeftOut::Listing("the directory cannot be listed".to_owned()),
                };
                self.left_out(&path, reason);
            }
        }
        WalkState::Continue
    }
}

impl<V: Visitor> Drop for Thread<'_, V> {
    fn drop(&mut self) {
        let seen = std::mem::take(&mut self.seen);
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
        let visitor = self.visitor.take();
        self.shared.finished.lock().unwrap_or_else(PoisonError::into_inner).extend(visitor);
    }
}

/// Reads a regular file of at most `limit` bytes into the front of `buffer`; returns its length.
fn read_into(buffer: &mut Vec<u8>, path: &Path, limit: u64) -> Result<usize, LeftOut> {
    let mut file = File::open(path).map_err(LeftOut::Unreadable)?;
    let metadata = file.metadata().map_err(LeftOut::Unreadable)?;
    if !metadata.is_file() {
        return Err(LeftOut::NotRegular);
    }
    let size = metadata.len();
    if size > limit {
        return Err(LeftOut::TooLarge { size, limit });
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if buffer.len() < size {
        buffer.resize(size.next_multiple_of(64 << 10), 0);
    }
    let mut length = 0;
    while length < size {
        match file.read(&mut buffer[length..size]) {
            Ok(0) => break,
            Ok(n) => length += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(LeftOut::Unreadable(error)),
        }
    }
    Ok(length)
}

/// The path as people and reports see it: relative to the root, `/`-separated.
fn display(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    if relative.as_os_str().is_empty() {
        return root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
    }
    let text = relative.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}

/// The path that an error of the walker is about.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, process::Command};

    #[derive(Default)]
    struct List {
        files: Vec<(String, Vec<u8>)>,
        left_out: Vec<(String, LeftOut)>,
    }

    impl Visitor for List {
        fn file(&mut self, path: &str, bytes: &[u8]) {
            self.files.push((path.to_owned(), bytes.to_owned()));
        }
        fn left_out(&mut self, path: &str, reason: LeftOut) {
            self.left_out.push((path.to_owned(), reason));
        }
    }

    fn list(root: &Path, options: &WalkOptions) -> List {
        let mut all = List::default();
        for mut one in walk(root, options, List::default) {
            all.files.append(&mut one.files);
            all.left_out.append(&mut one.left_out);
        }
        all.files.sort();
        all.left_out.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    fn names(list: &List) -> Vec<&str> {
        list.files.iter().map(|(path, _)| path.as_str()).collect()
    }

    #[test]
    fn reads_hidden_and_nested_files_but_not_the_git_directory() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::create_dir_all(root.path().join(".git")).unwrap();
        fs::write(root.path().join("a/b/.env"), "x").unwrap();
        fs::write(root.path().join("empty"), "").unwrap();
        fs::write(root.path().join(".git/config"), "x").unwrap();
        let list = list(root.path(), &WalkOptions::default());
        assert_eq!(names(&list), ["a/b/.env", "empty"]);
        assert_eq!(list.files[0].1, b"x");
        assert!(list.left_out.is_empty());
    }

    #[test]
    fn a_root_that_is_a_file_is_that_file() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("one.txt"), "1").unwrap();
        let list = list(&root.path().join("one.txt"), &WalkOptions::default());
        assert_eq!(names(&list), ["one.txt"]);
    }

    #[test]
    fn ignored_files_are_left_alone_unless_tracked_or_asked_for() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join(".git")).unwrap();
        fs::write(root.path().join(".gitignore"), "*.env\n").unwrap();
        fs::write(root.path().join("local.env"), "x").unwrap();
        fs::write(root.path().join("forced.env"), "x").unwrap();
        let tracked =
            vec![PathBuf::from("forced.env"), PathBuf::from(".gitignore"), PathBuf::from("gone")];
        let options = WalkOptions { tracked, ..WalkOptions::default() };
        let tracked = list(root.path(), &options);
        assert_eq!(names(&tracked), [".gitignore", "forced.env"]);
        assert!(tracked.left_out.is_empty(), "{:?}", tracked.left_out);
        let options = WalkOptions { include_ignored: true, ..options };
        let all = list(root.path(), &options);
        assert_eq!(names(&all), [".gitignore", "forced.env", "local.env"]);
    }

    #[test]
    fn excluded_paths_are_not_read_even_if_tracked() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("vendor/a")).unwrap();
        fs::write(root.path().join("vendor/a/x"), "x").unwrap();
        fs::write(root.path().join("kept"), "x").unwrap();
        let options = WalkOptions {
            exclude: vec!["vendor/".into()],
            tracked: vec![PathBuf::from("vendor/a/x"), PathBuf::from("kept")],
            ..WalkOptions::default()
        };
        assert_eq!(names(&list(root.path(), &options)), ["kept"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_fifos_and_sparse_giants_are_survived_and_named() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("dir");
        fs::create_dir(&dir).unwrap();
        std::os::unix::fs::symlink(root.path(), dir.join("loop")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("escape")).unwrap();
        let fifo = root.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        File::create(root.path().join("sparse")).unwrap().set_len(2 << 30).unwrap();
        fs::write(root.path().join("kept"), "kept").unwrap();
        let list = list(root.path(), &WalkOptions::default());
        assert_eq!(names(&list), ["kept"]);
        assert_eq!(list.left_out.len(), 2);
        assert_eq!(list.left_out[0].0, "fifo");
        assert!(list.left_out[0].1.by_design());
        assert_eq!(list.left_out[1].0, "sparse");
        assert_eq!(
            list.left_out[1].1.to_string(),
            "it has 2147483648 bytes, over the limit of 10485760"
        );
    }

    #[test]
    fn a_root_that_does_not_exist_is_said() {
        let root = tempfile::tempdir().unwrap();
        let list = list(&root.path().join("none"), &WalkOptions::default());
        assert!(list.files.is_empty());
        assert_eq!(list.left_out.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_without_permission_is_named_and_costs_only_itself() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let closed = root.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::write(root.path().join("open"), "x").unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
        let readable_anyway = fs::read_dir(&closed).is_ok();
        let list = list(root.path(), &WalkOptions::default());
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(names(&list), ["open"]);
        // Root reads everything: nothing is left out for it.
        let expected: &[&str] = if readable_anyway { &[] } else { &["closed"] };
        assert_eq!(list.left_out.iter().map(|l| l.0.as_str()).collect::<Vec<_>>(), expected);
    }
}
