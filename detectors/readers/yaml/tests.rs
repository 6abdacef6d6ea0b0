use super::*;

fn parse(text: &str) -> Yaml<'_> {
    Yaml::parse(text).unwrap()
}

fn refuse(text: &str) -> YamlError {
    Yaml::parse(text).err().unwrap()
}

#[test]
fn aliases_are_shared_and_merge_keys_do_not_override() {
    let tree = parse(
        "base: &b {a: 1, b: 2}\nuse:\n  <<: *b\n  b: 3\nsame: *b\nmany:\n  <<: [*b, {c: 4, a: 9}]\n",
    );
    let root = tree.root().unwrap();
    let value = |map: &str, key: &str| root.get(map).unwrap().get(key).and_then(At::text).unwrap();
    assert_eq!((value("use", "a"), value("use", "b")), ("1", "3"));
    assert_eq!(value("same", "b"), "2");
    assert_eq!((value("many", "a"), value("many", "c")), ("1", "4"));
    assert_eq!(root.get("same").unwrap().region().start_line, 1);
}

#[test]
fn positions_survive_umlauts_comments_quotes_and_blocks() {
    let text =
        "ü: \"größe\"   # note\nrun: |\n  first\n  say ${{ x }}\nfold: >-\n  a\n  b ${{ y }}\n";
    let tree = parse(text);
    let root = tree.root().unwrap();
    let quoted = root.get("ü").unwrap().region();
    assert_eq!((quoted.start_line, quoted.start_column, quoted.end_column), (1, 4, 11));
    let run = root.get("run").unwrap();
    let offset = run.text().unwrap().find("${{").unwrap();
    let part = run.part(offset, 8);
    assert_eq!((part.start_line, part.start_column, part.end_column), (4, 7, 15));
    let fold = root.get("fold").unwrap();
    let offset = fold.text().unwrap().find("${{").unwrap();
    assert_eq!(fold.part(offset, 8).start_line, 7);
}

#[test]
fn duplicate_keys_are_noted_and_the_later_wins() {
    let tree = parse("a: 1\nb: 2\na: 3\n");
    assert_eq!(tree.duplicates, [Duplicate { line: 3, key: "a".into() }]);
    assert_eq!(tree.root().unwrap().get("a").and_then(At::text), Some("3"));
    let many: String = (0..40).map(|i| format!("k{i}: v\n")).collect();
    assert!(parse(&many).duplicates.is_empty());
    assert_eq!(parse(&format!("{many}k7: w\n")).duplicates.len(), 1);
}

#[test]
fn nulls_booleans_tags_and_many_documents() {
    let tree = parse("a:\nb: ~\nc: 'null'\nd: no\n---\n!reference [x, y]\n");
    let root = tree.root().unwrap();
    assert_eq!(root.get("a").unwrap().value(), None);
    assert_eq!(root.get("b").unwrap().value(), None);
    assert_eq!(root.get("c").unwrap().value(), Some("null"));
    assert!(root.get("d").unwrap().is_false());
    assert_eq!(tree.documents().count(), 2);
    assert_eq!(tree.documents().nth(1).unwrap().tag(), Some("reference"));
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let alias = format!("*a{}", i - 1);
        let items = vec![alias; 9].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{items}]\n"));
    }
    let error = refuse(&text);
    assert!(error.why.contains("expand"), "{error}");
    assert!(refuse("a: &a [*a]\n").why.contains("inside"));
}

#[test]
fn merge_bombs_are_refused() {
    let keys: String = (0..3000).map(|i| format!("  k{i}: 1\n")).collect();
    let uses: String = (0..3000).map(|i| format!("u{i}: {{<<: *b}}\n")).collect();
    assert!(refuse(&format!("base: &b\n{keys}{uses}")).why.contains("expand"));
}

#[test]
fn deep_nesting_tabs_templates_and_bad_text_are_refused_with_their_line() {
    let deep: String = (0..5000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert!(refuse(&deep).why.contains("nested deeper"));
    refuse(&"[".repeat(100_000));
    refuse(&"{a: ".repeat(100_000));
    assert_eq!(refuse("a:\n\tb: 1\n").line, 2);
    assert_eq!(refuse("a: 1\nb: 2\n{{ .Values.x }}: 3\n").line, 3);
    refuse("{{- if .Values.on }}\na: 1\n{{- end }}\n");
    assert_eq!(utf8(b"a: 1\nb: \xff\n").unwrap_err().line, 2);
    assert_eq!(utf8(b"\xef\xbb\xbfa: 1\n").unwrap(), "a: 1\n");
}

#[test]
fn a_scalar_of_a_megabyte_is_read() {
    let long = "x".repeat(1 << 20);
    let text = format!("a: {long}\nb: |\n  {long}\nc: \"{long}\"\n");
    let tree = parse(&text);
    assert_eq!(tree.root().unwrap().get("c").and_then(At::text).map(str::len), Some(1 << 20));
}

/// What libyaml and go-yaml take: a bracket below its key, quoted lines further left than theirs.
#[test]
fn lines_too_far_left_inside_brackets_and_quotes_are_read_with_their_places() {
    let text = concat!(
        "os: [\n  # first\n  \"a\",\n]\njob:\n  list: [\n    b\n  ]\n  args: [\"\n",
        "    one \\\" two &&\n  three\n  \"]\n  say: 'it''s\n left'\n  last: z\n",
    );
    let tree = parse(text);
    let root = tree.root().unwrap();
    let job = root.get("job").unwrap();
    let first = |node: At, key: &str| {
        node.get(key).unwrap().items().next().unwrap().text().unwrap().to_owned()
    };
    assert_eq!(first(root, "os"), "a");
    assert_eq!(first(job, "args"), " one \" two && three ");
    assert_eq!(job.get("say").unwrap().text(), Some("it's left"));
    let last = job.get("last").unwrap().region();
    assert_eq!((last.start_line, last.start_column), (15, 9));
}

#[test]
fn blanks_do_not_make_other_faults_yaml() {
    assert_eq!(refuse("a: \"x\n--- \n\"\n").line, 1);
    assert!(refuse("a:\n  b: [\"\n c\n").why.contains("quoted scalar"));
    let many = format!("a:\n  b: [\n{}]\n", "x,\n".repeat(20_000));
    assert!(Yaml::parse(&many).is_ok() || refuse(&many).why.starts_with("invalid indentation"));
}
