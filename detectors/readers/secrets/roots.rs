//! By which bytes each literal is found: its *root*.
//!
//! The [`sieve`](super::sieve) tells few roots apart better than many. So literals share roots where
//! they can: `key=`, `key:` and `SharedAccessKey=` are all found by `key`.

use super::{
    buckets::{Bucket, Root},
    screen::Literal,
    sieve::BUCKETS,
};
use std::collections::BTreeMap;

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
    let mut served: BTreeMap<Head, (Vec<usize>, f64)> = BTreeMap::new();
    for (number, literal) in literals.iter().enumerate() {
        for head in heads(&literal.text) {
            let leak = || bucket(&head, None).leak();
            let (numbers, _) = served.entry(head).or_insert_with(|| (Vec::new(), leak()));
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }
    let mut places: Vec<Option<(Head, usize)>> = vec![None; literals.len()];
    let left = |places: &[Option<(Head, usize)>], numbers: &[usize]| {
        numbers.iter().filter(|number| places.get(**number).is_some_and(Option::is_none)).count()
    };
    // Again and again the head that serves most of the literals that are left, for how common it is.
    loop {
        let worth = |(numbers, leak): &(Vec<usize>, f64)| left(&places, numbers) as f64 / leak;
        let best = served.iter().max_by(|a, b| worth(a.1).total_cmp(&worth(b.1)));
        let Some((head, (numbers, _))) = best.filter(|best| worth(best.1) > 0.0) else { break };
        for number in numbers {
            if let (Some(literal), Some(slot)) = (literals.get(*number), places.get_mut(*number))
                && slot.is_none()
            {
                *slot = heads(&literal.text).position(|here| here == *head).map(|at| (*head, at));
            }
        }
    }
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

/// Merges buckets until no more than `most` are left: again and again the two that together let least
/// through that neither lets through alone.
fn merge(mut buckets: Vec<Bucket>, most: usize) -> Vec<Bucket> {
    let mut leaks: Vec<f64> = buckets.iter().map(Bucket::leak).collect();
    let cost = |(a, leak_a): (&Bucket, &f64), (b, leak_b): (&Bucket, &f64)| {
        a.merged(b).leak() - leak_a - leak_b
    };
    // By bucket: what it costs to merge it with each of those before it.
    let mut costs: Vec<Vec<f64>> = Vec::with_capacity(buckets.len());
    for (at, one) in buckets.iter().zip(&leaks).enumerate() {
        costs.push(buckets.iter().zip(&leaks).take(at).map(|before| cost(before, one)).collect());
    }
    while buckets.len() > most.max(1) {
        let row = |(b, row): (usize, &Vec<f64>)| {
            let cheapest = row.iter().enumerate().min_by(|x, y| x.1.total_cmp(y.1));
            cheapest.map(|(a, cost)| (*cost, a, b))
        };
        let pairs = costs.iter().enumerate().filter_map(row);
        let Some((_, a, b)) = pairs.min_by(|x, y| x.0.total_cmp(&y.0)) else { break };
        let merged = buckets.remove(b).merged(buckets.get(a).unwrap_or(&Bucket::default()));
        leaks.remove(b);
        costs.remove(b);
        for row in costs.iter_mut().skip(b) {
            row.remove(b);
        }
        let leak = merged.leak();
        for (at, other) in buckets.iter().zip(&leaks).enumerate().filter(|(at, _)| *at != a) {
            let slot = costs.get_mut(a.max(at)).and_then(|row| row.get_mut(a.min(at)));
            if let Some(slot) = slot {
                *slot = cost((&merged, &leak), other);
            }
        }
        if let (Some(bucket), Some(its)) = (buckets.get_mut(a), leaks.get_mut(a)) {
            (*bucket, *its) = (merged, leak);
        }
    }
    buckets
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
