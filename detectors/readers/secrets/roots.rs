//! By which bytes each literal is found: its *root*.
//!
//! The [`sieve`](super::sieve) tells few roots apart better than many. So literals share roots where
//! they can: `key=`, `key:` and `SharedAccessKey=` are all found by `key`.

use super::{
    buckets::{Bucket, Root},
    screen::Literal,
    sieve::BUCKETS,
};
use std::collections::{BTreeMap, BinaryHeap};

/// The first three bytes of a root, in lower case.
type Head = [u8; 3];

/// Turns an ASCII letter into lower case; what it does to other bytes is harmless.
const FOLD: u8 = 0x20;

/// Literals, each with the place of its root in it.
pub(super) type Rooted<T> = Vec<(Literal<T>, usize)>;

/// Chooses the roots. `others` are roots of something that is no literal, a bucket for each list of
/// them. Literals shorter than a root are not found.
pub(super) fn choose<T>(
    literals: Vec<Literal<T>>,
    others: &[Vec<Root>],
) -> (Rooted<T>, Vec<Bucket>) {
    let places = places(&literals);
    let mut by_head: BTreeMap<Head, Bucket> = BTreeMap::new();
    let mut rooted = Vec::with_capacity(literals.len());
    for (literal, place) in literals.into_iter().zip(places) {
        let Some((head, at)) = place else { continue };
        let next = literal.text.get(at + head.len()).map(|byte| byte | FOLD);
        let of_head = by_head.entry(head).or_default();
        *of_head = of_head.merged(&bucket(&head, next));
        rooted.push((literal, at));
    }
    let room = BUCKETS.saturating_sub(others.len());
    let mut buckets = merge(by_head.into_values().collect(), room);
    buckets.extend(others.iter().map(|roots| roots.iter().copied().collect::<Bucket>()));
    (rooted, buckets)
}

/// The root of each literal, and where in it that stands: again and again the head that serves most of
/// the literals that are left, for how common it is.
fn places<T>(literals: &[Literal<T>]) -> Vec<Option<(Head, usize)>> {
    let mut served: BTreeMap<Head, Vec<usize>> = BTreeMap::new();
    for (number, literal) in literals.iter().enumerate() {
        for head in heads(&literal.text) {
            let numbers = served.entry(head).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }
    let mut places: Vec<Option<(Head, usize)>> = vec![None; literals.len()];
    // How many literals it serves for how common it is. Above zero, numbers are ordered as their bits are.
    let worth = |head: &Head, serves: usize| (serves as f64 / bucket(head, None).leak()).to_bits();
    let all = served.iter().map(|(head, numbers)| (worth(head, numbers.len()), *head));
    let mut best: BinaryHeap<(u64, Head)> = all.collect();
    while let Some((before, head)) = best.pop() {
        let numbers = served.get(&head).into_iter().flatten();
        let left: Vec<usize> =
            numbers.copied().filter(|number| places[*number].is_none()).collect();
        let now = worth(&head, left.len());
        if left.is_empty() {
            continue;
        }
        if now < before {
            // Another head serves some of them by now.
            best.push((now, head));
            continue;
        }
        for number in left {
            let at = heads(&literals[number].text).position(|here| here == head);
            places[number] = at.map(|at| (head, at));
        }
    }
    places
}

/// The bucket of one root.
fn bucket(head: &Head, next: Option<u8>) -> Bucket {
    let [a, b, c] = head.map(Some);
    std::iter::once([a, b, c, next]).collect()
}

/// The first bytes of literals, in so many buckets.
pub(super) fn beginnings<T>(literals: &Rooted<T>, most: usize) -> Vec<Bucket> {
    let mut by_pair: BTreeMap<[Option<u8>; 2], Bucket> = BTreeMap::new();
    for (literal, _) in literals {
        let root = [0, 1, 2, 3].map(|at| literal.text.get(at).map(|byte| byte | FOLD));
        let of_pair = by_pair.entry([root[0], root[1]]).or_default();
        *of_pair = of_pair.merged(&std::iter::once(root).collect());
    }
    merge(by_pair.into_values().collect(), most)
}

/// A bucket, and what it costs to merge it with one of those before it: what the two together let
/// through that neither lets through alone.
struct Row {
    /// `None` once it is part of another.
    bucket: Option<Bucket>,
    leak: f64,
    costs: Vec<f64>,
    /// The least of the costs, and of which bucket.
    cheapest: (f64, usize),
}

impl Row {
    fn new(bucket: Bucket, leak: f64, costs: Vec<f64>) -> Row {
        let mut row = Row { bucket: Some(bucket), leak, costs, ..Row::gone() };
        row.seek();
        row
    }

    /// What stands for a bucket that is part of another.
    fn gone() -> Row {
        Row { bucket: None, leak: 0.0, costs: Vec::new(), cheapest: (f64::INFINITY, 0) }
    }

    fn cost(&self, other: &Bucket, leak: f64) -> f64 {
        let cost = |bucket: Bucket| bucket.merged(other).leak() - self.leak - leak;
        self.bucket.map_or(f64::INFINITY, cost)
    }

    fn set_cost(&mut self, at: usize, cost: f64) {
        let Some(slot) = self.costs.get_mut(at) else { return };
        *slot = cost;
        if (cost, at) < self.cheapest {
            self.cheapest = (cost, at);
        } else if self.cheapest.1 == at {
            self.seek();
        }
    }

    /// Finds the cheapest.
    fn seek(&mut self) {
        let all = self.costs.iter().copied().zip(0..);
        self.cheapest = all.min_by(|x, y| x.0.total_cmp(&y.0)).unwrap_or((f64::INFINITY, 0));
    }
}

/// Merges buckets until no more than `most` are left: again and again the two for which it costs least.
fn merge(buckets: Vec<Bucket>, most: usize) -> Vec<Bucket> {
    let mut rows: Vec<Row> = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        let leak = bucket.leak();
        let costs = rows.iter().map(|before| before.cost(&bucket, leak)).collect();
        rows.push(Row::new(bucket, leak, costs));
    }
    for _ in most.max(1)..rows.len() {
        let cheapest = rows.iter().map(|row| row.cheapest).zip(0..);
        let Some(((_, a), b)) = cheapest.min_by(|x, y| x.0.0.total_cmp(&y.0.0)) else { break };
        let gone = std::mem::replace(&mut rows[b], Row::gone());
        let Some(merged) = gone.bucket.zip(rows[a].bucket).map(|(one, to)| to.merged(&one)) else {
            break;
        };
        let leak = merged.leak();
        let costs: Vec<f64> = rows.iter().map(|row| row.cost(&merged, leak)).collect();
        rows[a] = Row::new(merged, leak, costs[..a].to_vec());
        for (row, cost) in rows.iter_mut().zip(costs).skip(a + 1) {
            row.set_cost(a, cost);
            row.set_cost(b, f64::INFINITY);
        }
    }
    rows.into_iter().filter_map(|row| row.bucket).collect()
}

/// Every three bytes of a literal, folded.
fn heads(text: &[u8]) -> impl Iterator<Item = Head> {
    text.array_windows().map(|window: &Head| window.map(|byte| byte | FOLD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_merged_where_it_costs_least() {
        let bucket = |text: &[u8; 4]| [text.map(Some)].into_iter().collect::<Bucket>();
        let merged = merge(vec![bucket(b"://-"), bucket(b"keya"), bucket(b"keyb")], 2);
        assert_eq!(merged.len(), 2);
        assert!(merged.contains(&bucket(b"keya").merged(&bucket(b"keyb"))));
        assert!(merged.contains(&bucket(b"://-")));
    }

    #[test]
    fn literals_share_roots() {
        let literals =
            ["api_key=", "KEY:", "https://", "ftp://", "zq"].map(|t| Literal::new(t, true, ()));
        let (rooted, buckets) = choose(literals.into(), &[]);
        let places: Vec<_> =
            rooted.iter().map(|(l, at)| (String::from_utf8_lossy(&l.text), *at)).collect();
        assert_eq!(places.len(), 4, "what is too short has no root: {places:?}");
        assert!(places.contains(&("api_key=".into(), 4)) && places.contains(&("key:".into(), 0)));
        assert_eq!(buckets.len(), 2);
    }
}
