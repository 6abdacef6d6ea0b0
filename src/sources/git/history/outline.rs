//! What the trees of a repository hold, by numbers, each told by what it has over the tree that it
//! was made from: a history has the same entries again and again.

/// No object, or no tree.
pub(super) const NONE: u32 = u32::MAX;

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Twice the number of the name; one more for a blob.
    label: u32,
    /// The number of the object; [`NONE`] for what is neither blob nor tree, or is not here.
    object: u32,
}

impl Edge {
    /// An entry that leads nowhere.
    pub(super) const BLIND: Edge = Edge { label: 0, object: NONE };

    pub(super) fn new(name: u32, is_blob: bool, object: u32) -> Edge {
        Edge { label: name << 1 | u32::from(is_blob), object }
    }

    pub(super) fn is_blob(self) -> bool {
        self.label & 1 == 1
    }

    pub(super) fn name(self) -> u32 {
        self.label >> 1
    }

    pub(super) fn object(self) -> u32 {
        self.object
    }

    /// The same entry where its name has another number.
    fn renamed(self, numbers: &[u32]) -> Edge {
        match numbers.get(self.name() as usize) {
            Some(name) if self.object != NONE => Edge::new(*name, self.is_blob(), self.object),
            _ => Edge::BLIND,
        }
    }
}

/// A part of a tree.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many entries of the base from one on.
    Copied { first: u32, count: u32 },
    /// One entry that the base does not have there.
    New(Edge),
}

/// A tree: its number, that of its base, and how many steps make it.
#[derive(Clone, Copy, Debug)]
struct Made {
    tree: u32,
    base: u32,
    steps: u32,
}

/// Trees and what they are made of. A base stands before the trees that are made from it, and these
/// stand together: nothing that is made from something else comes between.
#[derive(Debug, Default)]
pub(super) struct Outline {
    trees: Vec<Made>,
    steps: Vec<Step>,
}

impl Outline {
    /// Takes note of a tree, of which the steps follow.
    pub(super) fn tree(&mut self, tree: u32, base: Option<u32>) {
        self.trees.push(Made { tree, base: base.unwrap_or(NONE), steps: 0 });
    }

    /// The last tree has so many entries of its base.
    pub(super) fn copied(&mut self, first: usize, count: usize) {
        self.step(Step::Copied { first: first as u32, count: count as u32 });
    }

    /// The last tree has an entry of its own.
    pub(super) fn new_edge(&mut self, edge: Edge) {
        self.step(Step::New(edge));
    }

    fn step(&mut self, step: Step) {
        if let Some(last) = self.trees.last_mut() {
            last.steps += 1;
            self.steps.push(step);
        }
    }

    /// Adds the trees of another outline, whose names have the numbers that stand at theirs.
    pub(super) fn append(&mut self, other: &mut Outline, numbers: &[u32]) {
        self.trees.append(&mut other.trees);
        self.steps.extend(other.steps.drain(..).map(|step| match step {
            Step::New(edge) => Step::New(edge.renamed(numbers)),
            copied @ Step::Copied { .. } => copied,
        }));
    }

    /// Of so many objects those from which one of the wanted may be reached, themselves included.
    pub(super) fn leading_to(
        &self,
        wanted: impl Iterator<Item = u32>,
        objects: usize,
    ) -> Vec<bool> {
        let above = self.above();
        let mut leading = vec![false; objects];
        let mut next: Vec<u32> = wanted.collect();
        while let Some(object) = next.pop() {
            let Some(known) = leading.get_mut(object as usize) else { continue };
            if !std::mem::replace(known, true) {
                let start = above.partition_point(|pair| pair.0 < object);
                let pairs = above.get(start..).unwrap_or_default();
                next.extend(pairs.iter().take_while(|pair| pair.0 == object).map(|pair| pair.1));
            }
        }
        leading
    }

    /// Pairs of an object and a tree that may lead to it, sorted: trees that name it and whose base
    /// does not, and trees that were made from one that may.
    fn above(&self) -> Vec<(u32, u32)> {
        let mut above = Vec::with_capacity(self.trees.len() + self.steps.len());
        for (made, steps) in self.each() {
            if made.base != NONE {
                above.push((made.base, made.tree));
            }
            above.extend(steps.iter().filter_map(|step| match step {
                Step::New(edge) if edge.object != NONE => Some((edge.object, made.tree)),
                _ => None,
            }));
        }
        above.sort_unstable();
        above
    }

    /// Calls `see` with every tree and all of its entries, in order.
    pub(super) fn for_each_tree(&self, mut see: impl FnMut(u32, &[Edge])) {
        let mut children = self.count_children();
        // Bases from which more is made, each with its place among the trees.
        let mut bases: Vec<(usize, Vec<Edge>)> = Vec::new();
        let mut spare: Vec<Edge> = Vec::new();
        for (at, (made, steps)) in self.each().enumerate() {
            let mut edges = std::mem::take(&mut spare);
            edges.clear();
            let base = if made.base == NONE { None } else { bases.last() };
            let base = base.map(|base| base.1.as_slice()).unwrap_or_default();
            for step in steps {
                match *step {
                    Step::New(edge) => edges.push(edge),
                    Step::Copied { first, count } => {
                        let copied = base.get(first as usize..(first + count) as usize);
                        edges.extend_from_slice(copied.unwrap_or_default());
                    }
                }
            }
            see(made.tree, &edges);
            if made.base != NONE
                && let Some(left) = bases.last().and_then(|base| children.get_mut(base.0))
            {
                *left -= 1;
                if *left == 0 {
                    spare = bases.pop().map(|base| base.1).unwrap_or_default();
                }
            }
            if children.get(at).is_some_and(|count| *count > 0) {
                bases.push((at, edges));
            } else if spare.capacity() < edges.capacity() {
                spare = edges;
            }
        }
    }

    /// By place among the trees: how many are made from it.
    fn count_children(&self) -> Vec<u32> {
        let mut children = vec![0; self.trees.len()];
        let mut chain: Vec<usize> = Vec::new();
        for (at, made) in self.trees.iter().enumerate() {
            let is_base = |of: &usize| self.trees.get(*of).is_some_and(|of| of.tree == made.base);
            while chain.last().is_some_and(|last| !is_base(last)) {
                chain.pop();
            }
            if let Some(count) = chain.last().and_then(|base| children.get_mut(*base)) {
                *count += 1;
            }
            chain.push(at);
        }
        children
    }

    /// Every tree with its steps.
    fn each(&self) -> impl Iterator<Item = (Made, &[Step])> {
        let mut rest = self.steps.as_slice();
        self.trees.iter().map(move |made| {
            let steps = rest.split_off(..made.steps as usize);
            (*made, steps.unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(object: u32) -> Edge {
        Edge::new(object, true, object)
    }

    /// 10 holds 1 2 3; 11 is made from it and holds 1 4 3; 12 from 11: 4 3; 13 from 10: 2 3 5;
    /// 20 stands alone and holds 13 as a tree.
    fn outline() -> Outline {
        let mut outline = Outline::default();
        outline.tree(10, None);
        (1..=3).for_each(|object| outline.new_edge(edge(object)));
        outline.tree(11, Some(10));
        outline.copied(0, 1);
        outline.new_edge(edge(4));
        outline.copied(2, 1);
        outline.tree(12, Some(11));
        outline.copied(1, 2);
        outline.tree(13, Some(10));
        outline.copied(1, 2);
        outline.new_edge(edge(5));
        outline.tree(20, None);
        outline.new_edge(Edge::new(13, false, 13));
        outline.new_edge(Edge::BLIND);
        outline
    }

    #[test]
    fn every_tree_comes_with_all_its_entries() {
        let mut seen = Vec::new();
        outline().for_each_tree(|tree, edges| {
            seen.push((tree, edges.iter().map(|edge| edge.object).collect::<Vec<_>>()));
        });
        let expected: [(u32, &[u32]); 5] = [
            (10, &[1, 2, 3]),
            (11, &[1, 4, 3]),
            (12, &[4, 3]),
            (13, &[2, 3, 5]),
            (20, &[13, NONE]),
        ];
        assert_eq!(seen, expected.map(|(tree, objects)| (tree, objects.to_vec())));
    }

    #[test]
    fn what_leads_to_an_object_is_found_through_bases_and_folders() {
        let leading = outline().leading_to(std::iter::once(5), 21);
        let named: Vec<usize> = (0..21).filter(|at| leading[*at]).collect();
        assert_eq!(named, [5, 13, 20]);
        assert!(outline().leading_to(std::iter::once(4), 21)[12]);
    }

    #[test]
    fn outlines_are_joined_under_one_numbering_of_names() {
        let mut joined = outline();
        let mut other = Outline::default();
        other.tree(30, None);
        other.new_edge(Edge::new(0, true, 7));
        joined.append(&mut other, &[99]);
        let mut last = None;
        joined.for_each_tree(|tree, edges| last = Some((tree, edges.to_vec())));
        assert_eq!(last, Some((30, vec![Edge::new(99, true, 7)])));
    }
}
