use super::*;
use std::{fs, process::Command};

#[derive(Default)]
struct List {
    files: Vec<(String, Vec<u8>)>,
    long: Vec<(String, u64)>,
    left_out: Vec<(String, LeftOut)>,
}

impl Visitor for List {
    fn file(&mut self, path: &str, bytes: &[u8]) {
        self.files.push((path.to_owned(), bytes.to_owned()));
    }
    fn long_file(&mut self, path: &str, file: File) {
        self.long.push((path.to_owned(), file.metadata().unwrap().len()));
    }
    fn left_out(&mut self, path: &str, reason: LeftOut) {
        self.left_out.push((path.to_owned(), reason));
    }
}

fn list(root: &Path, options: &WalkOptions) -> List {
    let mut all = List::default();
    for mut one in walk(root, options, List::default) {
        all.files.append(&mut one.files);
        all.long.append(&mut one.long);
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
        "it has 2147483648 bytes, over the limit of 1073741824"
    );
}

#[test]
fn a_file_that_is_too_long_to_be_held_is_opened_and_not_left_out() {
    let root = tempfile::tempdir().unwrap();
    for (name, length) in [("held", 10), ("long", 11), ("left", 21)] {
        fs::write(root.path().join(name), "x".repeat(length)).unwrap();
    }
    let options =
        WalkOptions { max_file_size: 10, max_searched_size: 20, ..WalkOptions::default() };
    let list = list(root.path(), &options);
    assert_eq!(names(&list), ["held"]);
    assert_eq!(list.long, [("long".to_owned(), 11)]);
    assert_eq!(list.left_out[0].0, "left");
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
