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
    /// Files over this size, in bytes, are not held in memory.
    pub max_file_size: u64,
    /// Files over this size, in bytes, are named and not read.
    pub max_searched_size: u64,
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
            max_file_size: 32 << 20,
            max_searched_size: 1 << 30,
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
    /// One file that is too long to be held.
    fn long_file(&mut self, path: &str, file: File);
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
            LeftOut::TooLarge { .. } => "raise walk.max_searched_bytes, or exclude the path",
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
        match read_into(&mut self.buffer, path, self.shared.options) {
            Ok(content) => {
                let Some(visitor) = &mut self.visitor else { return };
                let name = display(self.shared.root, path);
                match content {
                    Content::Read(length) => {
                        visitor.file(&name, self.buffer.get(..length).unwrap_or_default());
                    }
                    Content::Long(file) => visitor.long_file(&name, file),
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

/// What was opened.
enum Content {
    /// So many bytes, all there are.
    Read(usize),
    /// A file that is too long to be held.
    Long(File),
}

/// Reads a regular file into the front of `buffer`, or opens it if it is too long for that.
fn read_into(buffer: &mut Vec<u8>, path: &Path, options: &WalkOptions) -> Result<Content, LeftOut> {
    let mut file = File::open(path).map_err(LeftOut::Unreadable)?;
    let metadata = file.metadata().map_err(LeftOut::Unreadable)?;
    if !metadata.is_file() {
        return Err(LeftOut::NotRegular);
    }
    let size = metadata.len();
    let limit = options.max_searched_size;
    if size > limit.max(options.max_file_size) {
        return Err(LeftOut::TooLarge { size, limit });
    }
    if size > options.max_file_size {
        return Ok(Content::Long(file));
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
    Ok(Content::Read(length))
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
mod tests;
