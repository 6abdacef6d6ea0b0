use super::*;
use crate::evidence::{Pipeline, Src};

fn read_all(path: &str, text: &str) -> (Vec<Pipeline>, Vec<String>) {
    let src = Src::of("git", "example/repository");
    let as_of = jiff::Timestamp::UNIX_EPOCH;
    let document = Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of };
    let mut out = Vec::new();
    read(&document, &mut out);
    let mut pipelines = Vec::new();
    let mut unread = Vec::new();
    for record in out {
        match record {
            Record::Pipeline(pipeline) => pipelines.push(*pipeline),
            Record::Coverage(coverage) => unread.extend(coverage.why),
            _ => {}
        }
    }
    (pipelines, unread)
}

#[test]
fn every_way_to_bind_a_credential_is_seen() {
    let script = r#"
node('linux') {
  checkout([$class: 'GitSCM', userRemoteConfigs: [[credentialsId: 'git-id', url: 'u']]])
  def image = docker.image('maven:3').inside { sh 'mvn' }
  docker.withRegistry('https://r.example', 'registry-id') { sh 'docker push x' }
  parallel(a: { withCredentials([file(credentialsId: 'file-id', variable: 'F')]) { sh 'x' } }, b: { echo 'b' })
  if (params.X) { withKubeConfig([credentialsId: 'kube-id', serverUrl: 's']) { sh 'kubectl' } }
}"#;
    let (pipelines, unread) = read_all("Jenkinsfile", script);
    let mut names: Vec<&str> = pipelines[0].secrets.iter().map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["file-id", "git-id", "kube-id", "registry-id"]);
    assert_eq!(pipelines[0].components[0].name, "maven");
    assert!(unread.is_empty(), "{unread:?}");
}

#[test]
fn a_pod_in_the_script_is_read_where_it_stands() {
    let script = "pipeline {\n  agent {\n    kubernetes {\n      yaml '''\nspec:\n  serviceAccountName: builder\n  containers:\n  - image: a:1\n'''\n    }\n  }\n}\n";
    let (pipelines, _) = read_all("Jenkinsfile", script);
    assert_eq!(pipelines[0].roles[0].role, "builder");
    let region = pipelines[0].components[0].location.region.unwrap();
    assert_eq!(region.start_line, 8);
}

#[test]
fn broken_and_hostile_scripts_are_told_and_do_no_harm() {
    let (pipelines, unread) = read_all("Jenkinsfile", "pipeline { agent any\n stages {\n");
    assert_eq!((pipelines.len(), unread.len()), (1, 1));
    let deep = "a {".repeat(50_000);
    assert!(!read_all("Jenkinsfile", &deep).1.is_empty());
    for hostile in [
        "[".repeat(200_000),
        "f(".repeat(100_000),
        "a ".repeat(300_000),
        "\"${".repeat(100_000),
        "'".repeat(300_001),
        "/*".repeat(200_000),
        "environment {".repeat(20_000),
        format!("sh \"{}\"", "$x".repeat(300_000)),
        format!("sh '{}'", "x".repeat(1 << 20)),
        "x = y = ".repeat(100_000),
        "a.".repeat(200_000),
        "$/".repeat(200_000),
        "= / 'x' ".repeat(100_001),
    ] {
        read_all("Jenkinsfile", &hostile);
    }
}

#[test]
fn the_id_of_a_credential_may_stand_in_a_variable() {
    let script = "pipeline {\n environment { HUB_PASS = 'hub-login' ; APP_PASS = 'Tr0ubadour' }\n stages { stage('x') {\n steps {\n script { docker.withRegistry('', HUB_PASS) { sh 'x' } } } } } }";
    let (pipelines, _) = read_all("Jenkinsfile", script);
    assert_eq!(pipelines[0].secrets[0].name, "hub-login");
    let slots: Vec<&str> = pipelines[0].literals.iter().map(|l| l.slot.as_str()).collect();
    assert_eq!(slots, ["APP_PASS"]);
}
