//! How fast the secret matcher is, and that its time is linear in its input whatever the input is:
//! `cargo bench -p overstay-detectors --bench matcher`. Every text is measured at one size and at
//! twice that size; the throughput of the two must agree.

#![expect(clippy::unwrap_used, reason = "a measurement stops at what it cannot read")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads its input")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use overstay_detectors::readers::secrets::{FingerprintKey, Matcher};
use std::{fs, hint::black_box, path::Path};

const SIZE: usize = 1 << 20;
/// A line that a tool wrote and nobody reads.
const LONGEST_LINE: usize = 50 << 20;

fn matcher(criterion: &mut Criterion) {
    let matcher = Matcher::built_in(&FingerprintKey::new(b"bench"));
    let texts = [
        ("source code", source(Path::new(env!("CARGO_MANIFEST_DIR")))),
        ("one class", b"a".to_vec()),
        ("tokens", b"Zk3vQ9xW7pLm2RtYb8NcJd4Hs6Gf1Xa0 ".to_vec()),
        ("names", b"key token secret password auth ".to_vec()),
        ("values", b"api_key = 'Zk3vQ9xW7pLm2RtYb8NcJd4Hs6Gf1Xa0'\n".to_vec()),
        ("anchors", b"ghp_AKIA_xoxb-glpat-eyJ_sk_live_npm_".to_vec()),
        ("URLs", b"postgres://u:p://a:b://c:".to_vec()),
        ("PEM headers", [b"-----BEGIN RSA", b" PRIVATE KEY-----".as_slice()].concat()),
        ("escapes", b"\\x41\\u0041%41&#65;".to_vec()),
        ("base64 of base64", b"WVdGaFlXRmhZV0ZoWVdGaFlXRmhZUT09".to_vec()),
        ("quotes", b"password=\"".to_vec()),
        ("zeros", vec![0]),
    ];
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(10);
    for (name, unit) in &texts {
        for size in [SIZE, 2 * SIZE] {
            let text: Vec<u8> = unit.iter().copied().cycle().take(size).collect();
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_with_input(BenchmarkId::new(*name, size), &text, |bencher, text| {
                bencher.iter(|| scan(&matcher, text));
            });
        }
    }
    let line: Vec<u8> =
        texts[0].1.iter().filter(|b| **b != b'\n').copied().cycle().take(LONGEST_LINE).collect();
    group.throughput(Throughput::Bytes(LONGEST_LINE as u64));
    group.bench_function("one line of 50 MiB", |bencher| bencher.iter(|| scan(&matcher, &line)));
    group.finish();
}

fn scan(matcher: &Matcher, text: &[u8]) -> usize {
    let mut hits = 0;
    matcher.scan("src/a.rs", black_box(text), &mut |_| hits += 1);
    hits
}

/// The text of every source file below a folder.
fn source(folder: &Path) -> Vec<u8> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    entries
        .iter()
        .flat_map(|path| {
            if path.is_dir() {
                source(path)
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                fs::read(path).unwrap()
            } else {
                Vec::new()
            }
        })
        .collect()
}

criterion_group!(benches, matcher);
criterion_main!(benches);
