//! From a text with a secret in it to the live identity behind, through the real matcher: one test for
//! each way in which a leak is joined, with a near miss beside it.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "openssl makes key pairs for a test")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use overstay_detectors::{
    detect,
    evidence::{Estate, Record, Src, Thresholds, parse_lines},
    readers::{
        Document,
        ledgers::{Declared, Export, Ledger, Mappings},
        secrets::{FingerprintKey, Matcher, read},
    },
};
use serde_json::json;

const NOW: &str = "2026-11-22T00:00:00Z";

/// What the rule says of a text and an inventory, message and band.
fn told(files: &[(&str, &str)], inventory: &[serde_json::Value]) -> Vec<(String, u8)> {
    let src = Src::of("git", "acme/shop");
    let matcher = Matcher::built_in(&FingerprintKey::new(b"test"));
    let now = NOW.parse().unwrap();
    let mut records: Vec<Record> = Vec::new();
    for (path, text) in files {
        let document =
            Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of: now };
        records.extend(read(&document, &matcher).into_iter().map(Record::from));
    }
    let lines: Vec<String> = inventory
        .iter()
        .map(|record| {
            let mut record = record.clone();
            let object = record.as_object_mut().unwrap();
            object.insert("v".into(), "overstay-evidence/1".into());
            object.insert("as_of".into(), NOW.into());
            object.entry("src").or_insert(json!({ "system": "inventory" }));
            record.to_string()
        })
        .collect();
    let (known, errors) = parse_lines(&lines.join("\n"));
    assert!(errors.is_empty(), "{errors:?}");
    records.extend(known);
    let estate = Estate::build(records, now, Thresholds::default());
    let rule = overstay_rules::find("leaked-credential-live").unwrap().id;
    let (findings, _) = detect(&estate, &[rule]);
    findings.into_iter().map(|f| (f.message, f.vector.liveness.max)).collect()
}

fn credential(subject: &str, kind: &str, more: serde_json::Value) -> serde_json::Value {
    let mut record = json!({ "kind": "credential", "id": format!("c:{subject}"), "subject": subject, "type": kind, "status": "active" });
    let members = more.as_object().unwrap().clone();
    record.as_object_mut().unwrap().extend(members);
    record
}

/// Letters and digits that look random, the same in every run.
fn noise(length: usize, seed: u64) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut state = seed;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(DIGITS[usize::try_from(state >> 33).unwrap() % DIGITS.len()])
        })
        .collect()
}

#[test]
fn an_entra_secret_is_the_one_of_its_application_whose_hint_begins_it() {
    const APP: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let secret = ["BD7", "8Q~", &noise(34, 1)].concat();
    let text = format!("AZURE_CLIENT_ID={APP}\nAZURE_CLIENT_SECRET={secret}\n");
    let subject = format!("entra-app:{APP}");
    let known = |hint: &str| [credential(&subject, "entra-client-secret", json!({ "hint": hint }))];
    let found = told(&[("a.env", &text)], &known("BD7"));
    assert!(
        found[0].0.contains("holds the entra-client-secret that leaked in a.env. It works"),
        "{found:?}"
    );
    assert!(
        told(&[("a.env", &text)], &known("XY7")).is_empty(),
        "another secret of the application"
    );
    let alone = format!("AZURE_CLIENT_SECRET={secret}\n");
    assert!(told(&[("a.env", &alone)], &known("BD7")).is_empty(), "a hint alone proves nothing");
}

#[test]
fn a_private_key_is_the_one_of_the_certificate_that_the_directory_exports() {
    let folder = std::env::temp_dir().join(format!("overstay-leak-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let openssl = |arguments: &[&str]| {
        std::process::Command::new("openssl").args(arguments).current_dir(&folder).output()
    };
    let pair = |name: &str| {
        let made = openssl(&[
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.der",
            "-outform", "DER", "-subj", name, "-days", "900",
        ]);
        made.is_ok_and(|done| done.status.success()).then(|| {
            let certificate = std::fs::read(folder.join("c.der")).unwrap();
            (std::fs::read_to_string(folder.join("k.pem")).unwrap(), STANDARD.encode(certificate))
        })
    };
    let (Some((key, certificate)), Some((_, other))) = (pair("/CN=app"), pair("/CN=other")) else {
        return;
    };
    std::fs::remove_dir_all(&folder).unwrap();
    let listed = |certificate: &str| {
        let export = json!({ "value": [{ "id": "a", "appId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "displayName": "app", "passwordCredentials": [],
            "keyCredentials": [{ "keyId": "k", "key": certificate, "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z" }] }] });
        exported(&export.to_string())
    };
    let found = told(&[("app.pem", &key)], &listed(&certificate));
    assert!(found[0].0.contains("holds the entra-certificate that leaked in app.pem"), "{found:?}");
    assert!(told(&[("app.pem", &key)], &listed(&other)).is_empty());
}

/// The records of an export that the built-in mappings know.
fn exported(text: &str) -> Vec<serde_json::Value> {
    let mappings = Mappings::built_in();
    let mut ledger = Ledger::new(&mappings);
    let declared = Declared::default();
    ledger.read(&Export {
        path: "x.json",
        bytes: text.as_bytes(),
        now: NOW.parse().unwrap(),
        declared: &declared,
    });
    ledger.finish().iter().map(|record| serde_json::to_value(record).unwrap()).collect()
}

#[test]
fn a_key_file_of_google_cloud_is_the_key_of_its_id() {
    let id = "a3b465facd968e7cffebcb2364d9c26da6a8c842";
    let body = noise(800, 5);
    let text = format!(
        "{{\"type\": \"service_account\", \"project_id\": \"p\", \"private_key_id\": \"{id}\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n\", \"client_email\": \"ci@p.iam.gserviceaccount.com\"}}"
    );
    let known = |id: &str, status: &str| {
        let mut key = credential(
            "gcp:ci@p.iam.gserviceaccount.com",
            "gcp-service-account-key",
            json!({ "key_id": id }),
        );
        key["status"] = status.into();
        [key]
    };
    let live = told(&[("key.json", &text)], &known(id, "active"));
    assert!(live[0].0.contains("It works"), "{live:?}");
    let dead = told(&[("key.json", &text)], &known(id, "disabled"));
    assert!(
        dead[0].0.contains("no longer works") && dead[0].1 == 0,
        "a dead key is a note: {dead:?}"
    );
    assert!(
        told(&[("key.json", &text)], &known("b3b465facd968e7cffebcb2364d9c26da6a8c842", "active"))
            .is_empty()
    );
}

#[test]
fn a_token_logs_in_where_its_issuer_and_subject_are_trusted() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as base64};
    let token = |subject: &str, end: i64| {
        let header = base64.encode(json!({ "alg": "RS256", "kid": "k1" }).to_string());
        let claims = json!({ "iss": "https://oidc.eks.example.com/id/1", "sub": subject, "aud": "vault", "exp": end });
        format!("TOKEN={header}.{}.{}\n", base64.encode(claims.to_string()), noise(86, 9))
    };
    let trust = json!({ "kind": "trust", "id": "t", "target": "vault-role:auth/jwt/deploy", "mechanism": "jwt", "issuer": "oidc.eks.example.com/id/1",
        "audiences": ["vault"], "conditions": [{ "claim": "sub", "how": "glob", "patterns": ["system:serviceaccount:prod:*"] }] });
    let live = told(
        &[("t.env", &token("system:serviceaccount:prod:deploy", 1_900_000_000))],
        std::slice::from_ref(&trust),
    );
    assert!(live[0].0.contains("logs in as 'vault-role:auth/jwt/deploy'"), "{live:?}");
    assert!(live[0].0.contains("It ends on 2030-03-17"), "{live:?}");
    let over = told(
        &[("t.env", &token("system:serviceaccount:prod:deploy", 1_700_000_000))],
        std::slice::from_ref(&trust),
    );
    assert_eq!(over[0].1, 0, "an expired token is a note: {over:?}");
    assert!(
        told(&[("t.env", &token("system:serviceaccount:dev:deploy", 1_900_000_000))], &[trust])
            .is_empty()
    );
}

#[test]
fn keys_of_model_providers_are_told_by_their_last_characters_when_only_one_fits() {
    let key = format!("sk-ant-api03-{}AA", noise(93, 3));
    let text = format!("ANTHROPIC_API_KEY={key}\n");
    let tail = &key[key.len() - 4..];
    let known = |name: &str, tail: &str| {
        let mut record = credential(
            name,
            "anthropic-api-key",
            json!({ "hint": format!("sk-ant-api03-abc...{tail}") }),
        );
        record["src"] = json!({ "system": "anthropic" });
        record
    };
    let found = told(
        &[("a.env", &text)],
        &[known("anthropic-key:1", tail), known("anthropic-key:2", "zzzz")],
    );
    assert!(found.len() == 1 && found[0].0.contains("'anthropic-key:1'"), "{found:?}");
    let twins = [known("anthropic-key:1", tail), known("anthropic-key:2", tail)];
    assert!(told(&[("a.env", &text)], &twins).is_empty(), "two keys with one ending prove nothing");
    let mut other = known("openai-key:1", tail);
    other["src"] = json!({ "system": "openai" });
    assert!(told(&[("a.env", &text)], &[other]).is_empty(), "another issuer's key");
    let openai = format!("sk-proj-{}T3BlbkFJ{}", noise(74, 4), noise(74, 6));
    let tail = &openai[openai.len() - 3..];
    let mut listed = credential(
        "openai-key:7",
        "openai-api-key",
        json!({ "hint": format!("sk-proj-...{tail}") }),
    );
    listed["src"] = json!({ "system": "openai" });
    let found = told(&[("o.env", &format!("OPENAI_API_KEY={openai}\n"))], &[listed]);
    assert!(found[0].0.contains("'openai-key:7'"), "{found:?}");
}

#[test]
fn a_role_id_beside_a_secret_id_names_the_role() {
    let (role, secret) =
        ("7c9e6679-7425-40de-944b-e07fc1f90ae7", "dd5e1eb7-3cb0-4c8f-a894-8381e46362df");
    let text = format!("VAULT_ROLE_ID={role}\nVAULT_SECRET_ID={secret}\n");
    let print = FingerprintKey::new(b"test").fingerprint(role.as_bytes());
    let login = |print: &str| {
        credential(
            "vault-role:auth/approle/pay",
            "approle-login",
            json!({ "status": "unknown", "attrs": { "role_id": print } }),
        )
    };
    let found = told(&[("v.env", &text)], &[login(&print)]);
    assert!(
        found[0].0.contains("'vault-role:auth/approle/pay' holds the approle-login"),
        "{found:?}"
    );
    assert!(found[0].0.contains("Nothing says that it was revoked"), "{found:?}");
    assert!(told(&[("v.env", &text)], &[login("00")]).is_empty());
    assert!(!found[0].0.contains(role), "half of a login is not told");
}

#[test]
fn a_github_token_is_the_one_of_the_audit_log() {
    // The published vector of a token with a right checksum.
    let token = ["ghp_IwdMx9WFWRRfMhTYiaV", "jZ78Jfuamvn0YWRM0"].concat();
    let hash = "f5bOSsgUqHJCtvwN8xY3oybLZBjr6quRHjOCGl108vc=";
    let known = |hash: &str| {
        [credential(
            "github:dev1",
            "github-pat",
            json!({ "attrs": { "hashed_token": hash }, "last_used": "2026-11-20T00:00:00Z" }),
        )]
    };
    let found = told(&[("t.txt", &token)], &known(hash));
    assert!(found[0].0.contains("'github:dev1' holds the github-pat"), "{found:?}");
    assert_eq!(found[0].1, 3, "the log proves that it works");
    assert!(told(&[("t.txt", &token)], &known(&STANDARD.encode([0; 32]))).is_empty());
}
