//! Which commit brought a blob where: the trees that lead to a wanted blob, and the walk through
//! them from the first commit to the last.

use super::{
    commits::Commits,
    hash::{SmallMap, SmallSet},
    objects::{Damage, Objects},
    outline::Edge,
    trees::{Forest, Names},
};
use jiff::Timestamp;
use std::{
    cmp::Ordering,
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
};

/// Longer paths, in bytes, exist only to break programs: no system can check them out.
const LONGEST_PATH: u32 = 4096;
/// More paths than this lead to wanted blobs only where somebody wants a scan to never end.
const MOST_PATHS: usize = 1 << 20;
/// Of the paths of one blob, the first so many are reported.
const MOST_PLACES: u32 = 1000;

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

/// The trees that may lead to a wanted blob, with the entries that do.
#[derive(Default)]
struct Edges {
    all: Vec<Edge>,
    /// By number of the tree: where its edges start, and how many there are.
    of: SmallMap<u32, (usize, usize)>,
}

impl Edges {
    fn of(&self, tree: u32) -> &[Edge] {
        let Some((start, count)) = self.of.get(&tree) else { return &[] };
        self.all.get(*start..start + count).unwrap_or_default()
    }

    /// The entries of all trees that lead to an object which leads on.
    fn leading(forest: &Forest, leading: &[bool]) -> Edges {
        let leads = |object: u32| leading.get(object as usize).is_some_and(|leads| *leads);
        let mut edges = Edges::default();
        forest.for_each_tree(|tree, entries| {
            if !leads(tree) {
                return;
            }
            let start = edges.all.len();
            edges.all.extend(entries.iter().filter(|edge| leads(edge.object())));
            let count = edges.all.len() - start;
            if count > 0 {
                edges.of.insert(tree, (start, count));
            }
        });
        edges
    }
}

/// Paths by number: 0 is the root.
struct Paths {
    numbers: SmallMap<(u32, u32), u32>,
    /// The path above, the name, and the length in bytes.
    steps: Vec<(u32, u32, u32)>,
}

impl Paths {
    fn new() -> Paths {
        Paths { numbers: SmallMap::default(), steps: vec![(0, 0, 0)] }
    }

    /// The number of a path; `None` if it would be too long, or one too many.
    fn below(&mut self, above: u32, name: u32, names: &Names) -> Option<u32> {
        if let Some(number) = self.numbers.get(&(above, name)) {
            return Some(*number);
        }
        let name_len = u32::try_from(names.name(name).len()).ok()?;
        let length = self.steps.get(above as usize)?.2.checked_add(name_len)?.checked_add(1)?;
        if length > LONGEST_PATH || self.steps.len() >= MOST_PATHS {
            return None;
        }
        let number = u32::try_from(self.steps.len()).ok()?;
        self.steps.push((above, name, length));
        self.numbers.insert((above, name), number);
        Some(number)
    }

    fn is_full(&self) -> bool {
        self.steps.len() >= MOST_PATHS
    }

    fn text(&self, mut path: u32, names: &Names) -> String {
        let mut parts = Vec::new();
        while path != 0 {
            let Some((above, name, _)) = self.steps.get(path as usize) else { break };
            parts.push(names.name(*name));
            path = *above;
        }
        parts.reverse();
        String::from_utf8_lossy(&parts.join(&b'/')).into_owned()
    }
}

/// The walk through the trees of one commit after the other.
struct Walk<'a> {
    edges: &'a Edges,
    names: &'a Names,
    paths: Paths,
    /// Trees that were walked, with the path at which they were.
    been: SmallSet<(u32, u32)>,
    stack: Vec<(u32, Option<u32>, u32)>,
}

impl Walk<'_> {
    /// Finds the wanted blobs below a tree that do not stand at the same path below another tree,
    /// whose own blobs are known. Never goes twice through the same tree at the same path.
    fn compare(&mut self, tree: u32, other: Option<u32>, found: &mut dyn FnMut(u32, u32)) {
        self.stack.push((tree, other, 0));
        while let Some((tree, other, path)) = self.stack.pop() {
            if Some(tree) == other || !self.been.insert((tree, path)) {
                continue;
            }
            let new = self.edges.of(tree);
            let mut old = other.map_or(&[][..], |other| self.edges.of(other));
            for edge in new {
                let mut counterpart = None;
                while let Some((first, rest)) = old.split_first() {
                    let order = if first.name() == edge.name() {
                        Ordering::Equal
                    } else {
                        self.order(*first, *edge)
                    };
                    if order == Ordering::Greater {
                        break;
                    }
                    old = rest;
                    if order == Ordering::Equal {
                        counterpart = Some(*first);
                        break;
                    }
                }
                if counterpart == Some(*edge) {
                    continue;
                }
                let Some(path) = self.paths.below(path, edge.name(), self.names) else { continue };
                if edge.is_blob() {
                    found(edge.object(), path);
                } else {
                    let other = counterpart.filter(|other| !other.is_blob()).map(Edge::object);
                    self.stack.push((edge.object(), other, path));
                }
            }
        }
    }

    /// The order of entries in a tree: by name, that of a tree with a slash at its end.
    fn order(&self, one: Edge, other: Edge) -> Ordering {
        let slash = |edge: Edge| (!edge.is_blob()).then_some(&b'/');
        let name = |edge: Edge| self.names.name(edge.name()).iter().chain(slash(edge));
        name(one).cmp(name(other))
    }
}

/// Where the wanted blobs stood: every path, with the first commit that has the blob there.
pub(super) fn attribute(
    objects: &Objects,
    forest: &Forest,
    commits: &Commits,
    wanted: &[u32],
    head: Option<&gix::oid>,
    damage: &Mutex<Vec<Damage>>,
) -> HashMap<u32, Vec<Stood>> {
    let edges = Edges::leading(forest, &forest.leading_to(wanted.iter().copied()));
    let (names, been) = (&forest.names, SmallSet::default());
    let mut walk = Walk { edges: &edges, names, paths: Paths::new(), been, stack: Vec::new() };
    let tree_of = |commit: u32| commits.get(commit).and_then(|commit| commit.tree);
    let mut first: SmallMap<(u32, u32), (u32, u32)> = SmallMap::default();
    let mut places: SmallMap<u32, u32> = SmallMap::default();
    for (order, number) in commits.in_order(objects).into_iter().enumerate() {
        let Some(tree) = tree_of(number) else { continue };
        let parent = commits.get(number).and_then(|commit| commit.parents.first());
        let order = u32::try_from(order).unwrap_or(u32::MAX);
        walk.compare(tree, parent.and_then(|parent| tree_of(*parent)), &mut |blob, path| {
            if let Entry::Vacant(place) = first.entry((blob, path)) {
                let count = places.entry(blob).or_default();
                *count += 1;
                if *count <= MOST_PLACES {
                    place.insert((order, number));
                }
            }
        });
    }
    let mut in_head: SmallSet<(u32, u32)> = SmallSet::default();
    let head = head.and_then(|head| objects.find(head.as_bytes())).and_then(tree_of);
    if let Some(tree) = head {
        walk.been.clear();
        walk.compare(tree, None, &mut |blob, path| {
            in_head.insert((blob, path));
        });
    }
    let limit = |why: String| {
        let part = "history".to_owned();
        damage.lock().unwrap_or_else(PoisonError::into_inner).push(Damage { part, why });
    };
    if walk.paths.is_full() {
        limit(format!("more than {MOST_PATHS} paths lead to what was found"));
    }
    if places.values().any(|count| *count > MOST_PLACES) {
        limit(format!("a credential stands at more than {MOST_PLACES} paths; the first are named"));
    }
    let mut stood: HashMap<u32, Vec<Stood>> = HashMap::new();
    for ((blob, path), (order, commit)) in first {
        stood.entry(blob).or_default().push(Stood {
            path: walk.paths.text(path, names),
            commit,
            authored: commits.authored(commit),
            in_head: in_head.contains(&(blob, path)),
            order,
        });
    }
    for places in stood.values_mut() {
        places.sort();
    }
    stood
}
