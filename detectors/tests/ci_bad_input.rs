//! Files of every CI platform that are no configuration: what is not read is said, and nothing stops the scan.

use overstay_detectors::{
    detect,
    evidence::{Estate, Record, Src, Thresholds},
    readers::{Document, read_document},
};

/// Where each platform keeps its configuration, and how a file there begins.
const PLACES: &[(&str, &str)] = &[
    (".github/workflows/ci.yml", "on: push\n"),
    (".github/dependabot.yml", "version: 2\n"),
    ("tools/build/action.yml", "name: build\n"),
    (".gitlab-ci.yml", "stages: [build]\n"),
    ("azure-pipelines.yml", "trigger: [main]\n"),
    (".circleci/config.yml", "version: 2.1\n"),
    ("bitbucket-pipelines.yml", "image: node:22\n"),
    (".tekton/run.yaml", "apiVersion: tekton.dev/v1\nkind: PipelineRun\n"),
    ("deploy/workflow.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"),
    ("deploy/app.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"),
];

fn read(path: &str, bytes: &[u8]) -> Vec<Record> {
    let src = Src::of("git", "company/app");
    let now = jiff::Timestamp::UNIX_EPOCH;
    let document = Document { path, bytes, src: &src, repository: None, as_of: now };
    let mut records = Vec::new();
    read_document(&document, &mut records);
    // What was read is judged, too.
    detect(
        &Estate::build(records.clone(), now, Thresholds::default()),
        &overstay_detectors::all_rules(),
    );
    records
}

fn is_told(records: &[Record]) -> bool {
    records.iter().any(|record| matches!(record, Record::Coverage(c) if c.why.is_some()))
}

/// Everything that no reader can make sense of.
fn unreadable() -> Vec<(&'static str, Vec<u8>)> {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    vec![
        (
            "templates of Helm",
            b"x:\n{{- range .Values.jobs }}\n  {{ .name }}: {{ .image }}\n{{- end }}\n".to_vec(),
        ),
        ("a tab", b"x:\n\ty: 1\n".to_vec()),
        ("an alias bomb", bomb.into_bytes()),
        ("an unknown alias", b"x: *nowhere\n".to_vec()),
        ("bytes that are no UTF-8", b"x: \"\xff\xfe\xc3\x28\"\n".to_vec()),
        ("nesting without end", format!("x: {}\n", "[".repeat(20_000)).into_bytes()),
        ("a string without end", b"x: \"abc\n".to_vec()),
    ]
}

/// What is odd, and still YAML.
fn odd() -> Vec<(&'static str, Vec<u8>)> {
    let long = "a".repeat(1 << 20);
    vec![
        ("a merge key", b"base: &base {script: [make]}\njob:\n  <<: *base\n".to_vec()),
        ("a merge key of nothing", b"job:\n  <<: [1, null]\n  <<: text\n".to_vec()),
        ("a long scalar", format!("x: \"{long}\"\n").into_bytes()),
        ("a long block", format!("x: |\n  {long}\n  ${{{{ secrets.{long} }}}}\n").into_bytes()),
        ("a long key", format!("{long}: 1\n").into_bytes()),
        (
            "lists where mappings belong",
            b"jobs: [1, [2], {3: 4}]\nsteps: {a: b}\nspec: [x]\n".to_vec(),
        ),
        (
            "null everywhere",
            b"jobs:\nsteps:\npipelines:\nworkflows:\nspec:\nupdates: [null]\nregistries: {a: }\n"
                .to_vec(),
        ),
        ("keys that are no text", b"? [a, b]\n: c\n1.5: true\n~: null\n".to_vec()),
        ("carriage returns", b"x:\r\n  y: 1\r\n".to_vec()),
        ("a second document", b"---\n...\n---\nx: 1\n".to_vec()),
    ]
}

#[test]
fn what_cannot_be_read_is_said_on_every_platform() {
    for (path, head) in PLACES {
        for (what, body) in unreadable() {
            let records = read(path, &[head.as_bytes(), &body].concat());
            assert!(is_told(&records), "{path}: {what}");
        }
    }
}

#[test]
fn a_key_that_stands_twice_is_said() {
    for (path, head) in PLACES {
        let records = read(path, format!("{head}x: 1\nx: 2\n").as_bytes());
        assert!(is_told(&records), "{path}");
    }
}

#[test]
fn odd_yaml_is_read() {
    for (path, head) in PLACES {
        for (_, body) in odd() {
            read(path, &[head.as_bytes(), &body].concat());
        }
        read(path, b"");
        read(path, b"\xef\xbb\xbf# only a comment\n");
    }
}

#[test]
fn a_script_of_jenkins_that_is_cut_off_is_read_as_far_as_it_goes() {
    let long = "a".repeat(1 << 20);
    let told = [
        b"pipeline { agent any\n sh '\xff\xfe'".to_vec(),
        format!("node {{ {}", "{ ".repeat(20_000)).into_bytes(),
        b"pipeline { stages { sh \"\"\"make".to_vec(),
    ];
    for script in told {
        assert!(is_told(&read("Jenkinsfile", &script)));
    }
    read("Jenkinsfile", format!("node {{ sh '{long}' }}").as_bytes());
    read("Jenkinsfile", format!("node {{ sh \"${{{long}}}\" }}").as_bytes());
    let casc = format!("jenkins:\n  systemMessage: {long}\n  securityRealm: [1]\n");
    read("jenkins.yaml", casc.as_bytes());
}
