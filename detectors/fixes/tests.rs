use super::*;
use crate::{
    detect,
    evidence::{Estate, Src, Thresholds},
    readers::{Document, read_document},
};
use overstay_rules::find;

const COMMIT: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

fn fixed(text: &str) -> Fixed {
    fix_workflow(text.as_bytes(), &Pins::default())
}

fn new_text(text: &str) -> String {
    let fixed = fixed(text);
    fixed.text.unwrap_or_else(|| panic!("nothing changed: {:?}", fixed.left))
}

/// How often a rule reports for a workflow of this text.
fn reported(text: &str, rule: &str) -> usize {
    let document = Document {
        path: ".github/workflows/ci.yml",
        bytes: text.as_bytes(),
        src: &Src::of("git", "example"),
        repository: Some("example/repository"),
        as_of: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut records = Vec::new();
    read_document(&document, &mut records);
    let estate = Estate::build(records, document.as_of, Thresholds::default());
    detect(&estate, &[find(rule).unwrap().id]).0.len()
}

const PLAIN: &str = "\
name: ci # what it is
on: push

# the jobs
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4 # get it
      - name: \"a\tb\"
        run: |
          make\ttest
";

#[test]
fn a_plain_file_gets_both_and_keeps_everything_else() {
    let text = new_text(PLAIN);
    assert_eq!(
        text,
        PLAIN.replace("# the jobs\n", "permissions:\n  contents: read\n\n# the jobs\n").replace(
            "# get it\n",
            "# get it\n        with:\n          persist-credentials: false\n"
        )
    );
    assert_eq!(fixed(&text).text, None, "a second run changes nothing");
    for rule in ["ci-token-permissions-implicit", "ci-checkout-credential-persisted"] {
        assert!(reported(PLAIN, rule) > 0 && reported(&text, rule) == 0, "{rule}");
    }
}

#[test]
fn line_breaks_stay_as_they_are() {
    let windows = PLAIN.replace('\n', "\r\n");
    let text = new_text(&windows);
    assert!(!text.replace("\r\n", "").contains('\n'));
    assert_eq!(text.replace("\r\n", "\n"), new_text(PLAIN));
    let open = "permissions: {}\non: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - uses: actions/checkout@v4";
    assert_eq!(new_text(open), format!("{open}\n      with:\n        persist-credentials: false"));
    let marked = format!("\u{feff}{PLAIN}");
    assert!(new_text(&marked).starts_with("\u{feff}name: ci"));
}

#[test]
fn inputs_are_added_to_whatever_is_there() {
    let job = |step: &str| {
        format!("permissions: {{}}\non: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{step}")
    };
    for (before, after) in [
        (
            "      - uses: actions/checkout@v4\n        with:\n          # deep\n          fetch-depth: 0\n",
            "      - uses: actions/checkout@v4\n        with:\n          # deep\n          persist-credentials: false\n          fetch-depth: 0\n",
        ),
        (
            "      - with: {fetch-depth: 0} # all\n        uses: actions/checkout@v4\n",
            "      - with: {persist-credentials: false, fetch-depth: 0} # all\n        uses: actions/checkout@v4\n",
        ),
        (
            "      - {uses: actions/checkout@v4}\n",
            "      - {uses: actions/checkout@v4, with: {persist-credentials: false}}\n",
        ),
        (
            "      - uses: 'actions/checkout@v4'\n        with:\n",
            "      - uses: 'actions/checkout@v4'\n        with:\n          persist-credentials: false\n",
        ),
        (
            "      - name: höre\n        uses: actions/checkout@v4\n        with: {}\n",
            "      - name: höre\n        uses: actions/checkout@v4\n        with: {persist-credentials: false}\n",
        ),
    ] {
        assert_eq!(new_text(&job(before)), job(after));
    }
}

#[test]
fn an_anchored_step_must_be_safe_wherever_it_stands() {
    let two = |second: &str| {
        format!(
            "permissions: {{}}\non: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - &get\n        uses: actions/checkout@v4\n      - run: make\n  b:\n    runs-on: x\n    steps:\n      - *get\n      - run: {second}\n"
        )
    };
    assert_eq!(new_text(&two("make")).matches("persist-credentials").count(), 1);
    let fixed = fixed(&two("git push"));
    assert!(fixed.text.is_none());
    assert!(fixed.left.iter().any(|note| note.text.contains("'git push'")), "{:?}", fixed.left);
}

#[test]
fn what_is_not_known_to_be_safe_is_left_with_a_reason() {
    for (change, reason) in [
        (("make\ttest", "git push origin main"), "a script says 'git push'"),
        (("run: |", "uses: acme/deploy@v1\n        x: |"), "what 'acme/deploy' does"),
        (("run: |", "env: {T: '${{ github.token }}'}\n        run: |"), "hands its token on"),
        (
            ("run: |", "env: {T: '${{ secrets.GITHUB_TOKEN }}'}\n        run: |"),
            "hands its token on",
        ),
    ] {
        let text = PLAIN.replace(change.0, change.1);
        let fixed = fixed(&text);
        assert!(fixed.left.iter().any(|note| note.text.contains(reason)), "{reason}: {fixed:?}");
        assert!(!fixed.text.unwrap_or_default().contains("permissions"), "{reason}");
    }
    let own = PLAIN.replace("# get it", "\n        with: {token: '${{ secrets.BOT }}'}");
    assert!(!new_text(&own).contains("persist-credentials"));
    for broken in ["a: [", "jobs:\n\t- x", "a: 1\na: 2\njobs: {}\n", "a: 1\n---\njobs: {}\n"] {
        let fixed = fixed(broken);
        assert!(
            fixed.text.is_none() && fixed.left[0].text.contains("nothing was changed"),
            "{broken}"
        );
    }
    assert!(fix_workflow(b"a: \xff", &Pins::default()).text.is_none());
}

#[test]
fn references_are_pinned_where_the_commit_is_known() {
    let mut pins = Pins::default();
    pins.learn(&format!("      - uses: actions/checkout@{COMMIT} # v4.2.2\n"));
    pins.learn("      - uses: a/b@v1 # v1\n");
    let text = "permissions: {}\non: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: \"actions/checkout@v4.2.2\"\n        with: {persist-credentials: true}\n      - {uses: Actions/Checkout@v4.2.2, with: {persist-credentials: true}}\n      - uses: actions/checkout@v4\n        with: {persist-credentials: true}\n";
    let fixed = fix_workflow(text.as_bytes(), &pins);
    let new = fixed.text.unwrap();
    assert!(new.contains(&format!("uses: \"actions/checkout@{COMMIT}\" # v4.2.2\n")), "{new}");
    assert!(new.contains(&format!("{{uses: Actions/Checkout@{COMMIT}, with")), "{new}");
    assert!(
        fixed.left.iter().any(|note| note.text.contains("'actions/checkout@v4' was not pinned"))
    );
    assert_eq!(fix_workflow(new.as_bytes(), &pins).text, None);
    let third =
        text.replace("actions/checkout", "acme/tool").replace("Actions/Checkout", "acme/tool");
    let third = third.replace(
        "acme/tool@v4
",
        "acme/tool@v4.2.2
",
    );
    let mut pins = Pins::default();
    pins.learn(&format!(
        "uses: acme/tool@{COMMIT} # v4.2.2
"
    ));
    let after = fix_workflow(third.as_bytes(), &pins).text.unwrap();
    let rule = "ci-unpinned-action";
    assert!(reported(&third, rule) > 0 && reported(&after, rule) == 0, "{after}");
}

#[test]
fn two_commits_for_one_version_are_no_knowledge() {
    let other = COMMIT.replace('1', "2");
    let mut pins = Pins::default();
    for commit in [COMMIT, &other, COMMIT] {
        pins.learn(&format!("uses: a/b@{commit} # v1.0.0"));
    }
    assert_eq!(pins.commit("a/b@v1.0.0"), None);
    assert!(Pins::parse("\"a/b@v1\" = \"main\"").is_err() && Pins::parse("x").is_err());
    let map = Pins::parse(&format!("\"A/b@v1\" = \"{COMMIT}\"")).unwrap();
    assert_eq!(map.commit("a/B@v1"), Some(COMMIT));
}
