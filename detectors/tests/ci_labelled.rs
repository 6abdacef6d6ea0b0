//! The labelled deployment templates and the corpus of public CI files in the shared data.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads files")]

use overstay_detectors::{
    detect,
    evidence::{Estate, Record, Src, Thresholds},
    finding::Finding,
    readers::{Document, read_document},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn shared(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ci").join(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn read(root: &Path, path: &Path) -> Vec<Record> {
    let src = Src::of("git", "corpus");
    let bytes = fs::read(path).unwrap();
    let name = path.strip_prefix(root).unwrap().to_str().unwrap();
    let document = Document {
        path: name,
        bytes: &bytes,
        src: &src,
        repository: None,
        as_of: "2026-11-22T00:00:00Z".parse().unwrap(),
    };
    let mut records = Vec::new();
    read_document(&document, &mut records);
    records
}

fn findings(records: Vec<Record>, slug: &str) -> Vec<Finding> {
    let estate =
        Estate::build(records, "2026-11-22T00:00:00Z".parse().unwrap(), Thresholds::default());
    detect(&estate, &[overstay_rules::find(slug).unwrap().id]).0
}

#[test]
fn every_static_template_is_found_and_no_federated_one() {
    let root = shared("labelled");
    let labels = fs::read_to_string(root.join("labels.csv")).unwrap();
    let records: Vec<Record> =
        files(&root.join(".github")).iter().flat_map(|f| read(&root, f)).collect();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings(records, "ci-static-cloud-credential") {
        let path = finding.locations[0].path.clone().unwrap();
        *found.entry(path.rsplit('/').next().unwrap().to_owned()).or_default() += 1;
    }
    let mut rows = 0;
    for row in labels.lines().skip(1) {
        let mut cells = row.split(',');
        let (file, label) = (cells.next().unwrap(), cells.next().unwrap());
        assert_eq!(found.contains_key(file), label == "static", "{row}: {found:?}");
        rows += 1;
    }
    assert_eq!(rows, 15);
}

#[test]
fn the_corpus_parses() {
    let root = shared("corpus/repos");
    let files = files(&root);
    let mut unread = Vec::new();
    let mut pipelines = 0;
    for file in &files {
        for record in read(&root, file) {
            match record {
                Record::Pipeline(_) => pipelines += 1,
                Record::Coverage(coverage) => unread.push(coverage.part.unwrap()),
                _ => {}
            }
        }
    }
    assert!(unread.len() * 200 <= files.len(), "{unread:?}");
    assert!(pipelines > 500, "{pipelines}");
}

#[test]
fn bad_input_becomes_coverage_with_its_line() {
    let nines = |n: usize| {
        (1..n)
            .map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(",")))
            .collect::<String>()
    };
    let bomb = format!("a0: &a0 [x]\n{}", nines(12));
    let deep = (0..3000).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<String>();
    let cases: Vec<(Vec<u8>, u64)> = vec![
        (b"on: push\njobs:\n\tbuild: {}\n".to_vec(), 3),
        (b"on: push\n{{- if .Values.ci }}\njobs: {}\n{{- end }}\n".to_vec(), 2),
        (b"on: push\n{{ .Values.name }}: 1\njobs: {}\n".to_vec(), 2),
        (b"on: push\njobs: {}\non: pull_request\n".to_vec(), 3),
        (b"on: push\nname: \xff\xfe\n".to_vec(), 2),
        (bomb.into_bytes(), 9),
        (deep.into_bytes(), 101),
        (b"just text\n".to_vec(), 1),
    ];
    let src = Src::of("git", "corpus");
    for path in [".github/workflows/bad.yml", ".gitlab-ci.yml"] {
        for (bytes, line) in &cases {
            let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
            let document = Document { path, bytes, src: &src, repository: None, as_of };
            let mut records = Vec::new();
            read_document(&document, &mut records);
            let [Record::Coverage(coverage)] = records.as_slice() else {
                // GitLab lets the later of two equal keys win, and a text is not a pipeline.
                assert!(path.ends_with("gitlab-ci.yml"), "{path} {line} {records:?}");
                continue;
            };
            assert!(
                !coverage.complete && coverage.line.is_some_and(|l| l.abs_diff(*line) <= 3),
                "{coverage:?}"
            );
        }
    }
}
