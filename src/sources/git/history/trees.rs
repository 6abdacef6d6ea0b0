//! Trees and commits: under which name a blob stands, and which commit brought it where.

use super::{
    objects::{Damage, Objects},
    pack::{Kind, Object, PackError, Visit},
};
use gix::bstr::ByteSlice;
use jiff::Timestamp;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

/// Longer paths, in bytes, exist only to break programs: no system can check them out.
const LONGEST_PATH: usize = 4096;

/// One line of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sources::git) struct TreeEntry<'a> {
    pub(in crate::sources::git) is_tree: bool,
    pub(in crate::sources::git) is_blob: bool,
    pub(in crate::sources::git) name: &'a [u8],
    pub(in crate::sources::git) id: &'a [u8],
    /// Where the entry ends in the tree.
    end: usize,
}

/// The entries of a tree; stops at the first damaged one.
pub(in crate::sources::git) fn entries(
    tree: &[u8],
    hash_len: usize,
) -> impl Iterator<Item = TreeEntry<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = tree.get(at..)?;
        let zero = memchr::memchr(0, rest)?;
        let (mode, name) = rest.get(..zero)?.split_once_str(b" ")?;
        let id = rest.get(zero + 1..zero + 1 + hash_len)?;
        at += zero + 1 + hash_len;
        // 40000 tree, 100644 and 100755 blob; links (120000) and submodules (160000) hold no text.
        let (is_tree, is_blob) = (mode == b"40000", mode.starts_with(b"100"));
        Some(TreeEntry { is_tree, is_blob, name, id, end: at })
    })
}

/// The name of every blob: its last path component, the first in order if it has several.
pub(super) struct Names {
    names: Vec<Box<[u8]>>,
    /// By number of the object: place in `names` and one, or 0.
    of: Vec<u32>,
}

/// Collects names from the entries of a tree that its base does not have.
struct Naming<'a> {
    objects: &'a Objects,
    hash_len: usize,
    shared: &'a Mutex<Names>,
    own: HashMap<Box<[u8]>, Vec<u32>>,
}

impl Visit for Naming<'_> {
    type Note = ();

    fn object(&mut self, tree: &Object, _: Option<&()>) {
        let fresh = tree.applied.map(|applied| applied.fresh.as_slice());
        let mut next = 0;
        let mut start = 0;
        for entry in entries(tree.bytes, self.hash_len) {
            let range = start..entry.end;
            start = entry.end;
            if let Some(fresh) = fresh {
                while fresh.get(next).is_some_and(|new| new.end <= range.start) {
                    next += 1;
                }
                if fresh.get(next).is_none_or(|new| new.start >= range.end) {
                    continue;
                }
            }
            if !entry.is_blob {
                continue;
            }
            if let Some(number) = self.objects.find(entry.id) {
                match self.own.get_mut(entry.name) {
                    Some(numbers) => numbers.push(number),
                    None => {
                        self.own.insert(entry.name.into(), vec![number]);
                    }
                }
            }
        }
    }

    fn damaged(&mut self, _: PackError) {}
}

impl Drop for Naming<'_> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, numbers) in self.own.drain() {
            shared.add(name, &numbers);
        }
    }
}

impl Names {
    pub(super) fn read(objects: &Objects, hash_len: usize, damage: &Mutex<Vec<Damage>>) -> Names {
        let shared = Mutex::new(Names { names: Vec::new(), of: vec![0; objects.len()] });
        let naming = || Naming { objects, hash_len, shared: &shared, own: HashMap::new() };
        objects.visit(Kind::Tree, damage, naming);
        shared.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of a blob; empty if no tree names it.
    pub(super) fn of(&self, number: u32) -> &[u8] {
        let place = self.of.get(number as usize).copied().unwrap_or(0);
        place.checked_sub(1).and_then(|at| self.names.get(at as usize)).map_or(&[], |name| name)
    }

    fn add(&mut self, name: Box<[u8]>, numbers: &[u32]) {
        let place = u32::try_from(self.names.len() + 1).unwrap_or(0);
        for number in numbers {
            let present = self.of(*number);
            if (present.is_empty() || *name < *present)
                && let Some(slot) = self.of.get_mut(*number as usize)
            {
                *slot = place;
            }
        }
        self.names.push(name);
    }
}

/// One commit.
struct Commit {
    tree: Option<u32>,
    parents: Vec<u32>,
    authored: i64,
    committed: i64,
}

/// Where a blob stood first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stood {
    /// The path in the repository, `/`-separated.
    pub(super) path: String,
    /// The number of the commit that brought it to this path.
    pub(super) commit: u32,
    /// When that commit was authored.
    pub(super) authored: Option<Timestamp>,
    /// True when it stands there in the commit that is checked out.
    pub(super) in_head: bool,
    /// Orders commits: a commit comes after its parents.
    pub(super) order: u32,
}

/// What leads to the wanted blobs: from a tree to the entries that may.
struct Hung<'a> {
    below: HashMap<u32, Vec<Edge>>,
    /// The trees with a wanted blob somewhere below them.
    reaching: HashSet<u32>,
    names: &'a [Box<[u8]>],
}

/// An entry of a tree that may lead to a wanted blob.
#[derive(Clone, Copy)]
struct Edge {
    below: u32,
    name: u32,
    is_blob: bool,
}

/// Names by number, for all threads.
#[derive(Default)]
struct Interned {
    numbers: HashMap<Box<[u8]>, u32>,
    names: Vec<Box<[u8]>>,
    edges: HashMap<u32, Vec<Edge>>,
}

impl Interned {
    fn number(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}

/// Collects the subtrees of every tree, and the wanted blobs in it.
struct Hanging<'a> {
    objects: &'a Objects,
    hash_len: usize,
    wanted: &'a HashSet<gix::ObjectId>,
    shared: &'a Mutex<Interned>,
    names: HashMap<Box<[u8]>, u32>,
    edges: Vec<(u32, Vec<Edge>)>,
}

impl Hanging<'_> {
    fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        let number = self.shared.lock().unwrap_or_else(PoisonError::into_inner).number(name);
        self.names.insert(name.into(), number);
        number
    }
}

impl Visit for Hanging<'_> {
    type Note = ();

    fn object(&mut self, tree: &Object, _: Option<&()>) {
        let mut edges = Vec::new();
        for entry in entries(tree.bytes, self.hash_len) {
            let id = || gix::ObjectId::try_from(entry.id).ok();
            let is_blob = entry.is_blob && id().is_some_and(|id| self.wanted.contains(&id));
            if !is_blob && !entry.is_tree {
                continue;
            }
            if let Some(below) = self.objects.find(entry.id) {
                edges.push(Edge { below, is_blob, name: self.name(entry.name) });
            }
        }
        if !edges.is_empty() {
            self.edges.push((tree.number, edges));
        }
    }

    fn damaged(&mut self, _: PackError) {}
}

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.edges.extend(self.edges.drain(..));
    }
}

impl Hung<'_> {
    fn new(below: HashMap<u32, Vec<Edge>>, names: &[Box<[u8]>]) -> Hung<'_> {
        let mut above: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut next = Vec::new();
        for (tree, edges) in &below {
            for edge in edges {
                if edge.is_blob {
                    next.push(*tree);
                } else {
                    above.entry(edge.below).or_default().push(*tree);
                }
            }
        }
        let mut reaching = HashSet::new();
        while let Some(tree) = next.pop() {
            if reaching.insert(tree) {
                next.extend(above.get(&tree).into_iter().flatten());
            }
        }
        Hung { below, reaching, names }
    }

    /// Walks to every wanted blob below a tree, but not twice through the same tree at the same
    /// path.
    fn walk(
        &self,
        root: u32,
        been: &mut HashSet<(u32, Vec<u8>)>,
        found: &mut dyn FnMut(u32, &[u8]),
    ) {
        let mut stack = vec![(root, Vec::new())];
        while let Some((tree, path)) = stack.pop() {
            let here = self.reaching.contains(&tree) && path.len() <= LONGEST_PATH;
            if !here || !been.insert((tree, path.clone())) {
                continue;
            }
            for edge in self.below.get(&tree).into_iter().flatten() {
                let mut path = path.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend(self.names.get(edge.name as usize).into_iter().flat_map(|n| n.iter()));
                if edge.is_blob {
                    found(edge.below, &path);
                } else {
                    stack.push((edge.below, path));
                }
            }
        }
    }
}

/// The commits of a repository, by number, whatever refers to them.
pub(super) struct Commits {
    by_number: HashMap<u32, Commit>,
}

/// Collects commits.
pub(super) struct Reading<'a> {
    objects: &'a Objects,
    shared: &'a Mutex<Commits>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(objects: &'a Objects, shared: &'a Mutex<Commits>) -> Reading<'a> {
        Reading { objects, shared }
    }

    /// Takes note of a commit.
    pub(super) fn commit(&self, number: u32, bytes: &[u8]) {
        let Some(commit) = parse_commit(self.objects, bytes) else { return };
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.by_number.insert(number, commit);
    }
}

fn parse_commit(objects: &Objects, bytes: &[u8]) -> Option<Commit> {
    let find = |hex: &[u8]| objects.find(gix::ObjectId::from_hex(hex).ok()?.as_bytes());
    let mut commit = Commit { tree: None, parents: Vec::new(), authored: 0, committed: 0 };
    for line in bytes.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty()) {
        let Some((word, rest)) = line.split_once_str(b" ") else { continue };
        match word {
            b"tree" => commit.tree = find(rest),
            b"parent" => commit.parents.extend(find(rest)),
            b"author" => commit.authored = seconds(rest),
            b"committer" => commit.committed = seconds(rest),
            _ => {}
        }
    }
    Some(commit)
}

/// The time in an author or committer line: the last word but one.
fn seconds(line: &[u8]) -> i64 {
    let time = line.rsplit(|byte| *byte == b' ').nth(1);
    time.and_then(|time| time.to_str().ok()?.parse().ok()).unwrap_or(0)
}

impl Commits {
    pub(super) fn new() -> Commits {
        Commits { by_number: HashMap::new() }
    }

    /// When a commit was authored.
    pub(super) fn authored(&self, number: u32) -> Option<Timestamp> {
        Timestamp::from_second(self.by_number.get(&number)?.authored).ok()
    }

    /// The commits, each after its parents; of several that could come next, the one that was
    /// committed first.
    fn in_order(&self, objects: &Objects) -> Vec<u32> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut waiting: HashMap<u32, usize> = HashMap::new();
        let mut ready = BinaryHeap::new();
        let key =
            |number: u32, commit: &Commit| Reverse((commit.committed, objects.id(number), number));
        for (number, commit) in &self.by_number {
            let parents = commit.parents.iter().filter(|p| self.by_number.contains_key(p));
            let mut count = 0;
            for parent in parents {
                children.entry(*parent).or_default().push(*number);
                count += 1;
            }
            if count == 0 {
                ready.push(key(*number, commit));
            } else {
                waiting.insert(*number, count);
            }
        }
        let mut order = Vec::with_capacity(self.by_number.len());
        while let Some(Reverse((_, _, number))) = ready.pop() {
            order.push(number);
            for child in children.remove(&number).unwrap_or_default() {
                let Some(left) = waiting.get_mut(&child) else { continue };
                *left -= 1;
                if *left == 0
                    && let Some(commit) = self.by_number.get(&child)
                {
                    ready.push(key(child, commit));
                }
            }
        }
        order
    }

    /// Where the wanted blobs stood: every path, with the first commit that has the blob there.
    pub(super) fn attribute(
        &self,
        objects: &Objects,
        wanted: &HashSet<gix::ObjectId>,
        head: Option<&gix::oid>,
        damage: &Mutex<Vec<Damage>>,
    ) -> HashMap<u32, Vec<Stood>> {
        let hash_len = head.map_or(20, |id| id.as_bytes().len());
        let hash_len = wanted.iter().next().map_or(hash_len, |id| id.as_bytes().len());
        let shared = Mutex::new(Interned::default());
        let hanging = || Hanging {
            objects,
            hash_len,
            wanted,
            shared: &shared,
            names: HashMap::new(),
            edges: Vec::new(),
        };
        objects.visit(Kind::Tree, damage, hanging);
        let Interned { names, edges, .. } =
            shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        let hung = Hung::new(edges, &names);

        let mut stood: HashMap<u32, Vec<Stood>> = HashMap::new();
        let mut been = HashSet::new();
        let mut placed: HashSet<(u32, Vec<u8>)> = HashSet::new();
        for (order, number) in self.in_order(objects).into_iter().enumerate() {
            let Some(tree) = self.by_number.get(&number).and_then(|commit| commit.tree) else {
                continue;
            };
            hung.walk(tree, &mut been, &mut |blob, path| {
                if placed.insert((blob, path.to_owned())) {
                    stood.entry(blob).or_default().push(Stood {
                        path: path.to_str_lossy().into_owned(),
                        commit: number,
                        authored: self.authored(number),
                        in_head: false,
                        order: u32::try_from(order).unwrap_or(u32::MAX),
                    });
                }
            });
        }
        let head = head.and_then(|head| objects.find(head.as_bytes()));
        let tree = head.and_then(|head| self.by_number.get(&head)?.tree);
        if let Some(tree) = tree {
            hung.walk(tree, &mut HashSet::new(), &mut |blob, path| {
                let path = path.to_str_lossy();
                for place in stood.entry(blob).or_default().iter_mut().filter(|p| p.path == path) {
                    place.in_head = true;
                }
            });
        }
        stood
    }
}
