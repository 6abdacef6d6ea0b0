use super::AuditLog;
use crate::evidence::{
    Coverage, EffectResult, Issuance, Record, Resource, Revocation, Src, Use, When,
};
use jiff::Timestamp;
use serde_json::{Value, json};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn records(lines: &[Value]) -> Vec<Record> {
    let mut log = AuditLog::default();
    log.file("audit.log");
    for (number, line) in (1..).zip(lines) {
        log.line(number, line.to_string().as_bytes());
    }
    log.records(&Src::new("vault"), now())
}

macro_rules! of_kind {
    ($name:ident, $kind:ident) => {
        fn $name(records: &[Record]) -> Vec<&$kind> {
            let of = |record| match record {
                &Record::$kind(ref found) => Some(found),
                _ => None,
            };
            records.iter().filter_map(of).collect()
        }
    };
}
of_kind!(uses, Use);
of_kind!(issuances, Issuance);
of_kind!(revocations, Revocation);
of_kind!(coverage, Coverage);
of_kind!(resources, Resource);

fn entry(kind: &str, at: &str, id: &str, operation: &str, path: &str, more: Value) -> Value {
    let mut entry = json!({
        "time": format!("2026-11-22T{at}Z"),
        "type": kind,
        "auth": { "accessor": "hmac-sha256:aa", "client_token": "hmac-sha256:a0",
            "display_name": "approle", "entity_id": "e-1",
            "policy_results": { "allowed": true,
                "granting_policies": [{ "name": "app", "namespace_id": "root" }] } },
        "request": { "id": id, "operation": operation, "path": path,
            "mount_point": "secret/", "namespace": { "id": "root" },
            "remote_address": "10.0.0.1" },
    });
    merge(&mut entry, more);
    entry
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

fn login(at: &str) -> Value {
    let auth = json!({ "client_token": "hmac-sha256:a0", "accessor": "hmac-sha256:aa",
        "display_name": "approle", "policies": ["app", "default"], "entity_id": "e-1",
        "metadata": { "role_name": "ci", "owner": "alice", "ticket": "CHG-1" },
        "token_type": "service", "token_ttl": 3600 });
    let more = json!({ "auth": auth, "response": { "auth": auth },
        "request": { "mount_point": "auth/approle/", "mount_type": "approle" } });
    entry("response", at, "login", "update", "auth/approle/login", more)
}

#[test]
fn requests_of_one_holder_to_one_path_are_one_use() {
    let read = |kind, at, id| entry(kind, at, id, "read", "secret/data/app", json!({}));
    let found = records(&[
        login("00:00:00"),
        read("request", "00:00:01", "1"),
        read("response", "00:00:01", "1"),
        read("response", "09:00:00", "2"),
    ]);
    let [used] = uses(&found)[..] else { panic!("{found:?}") };
    assert_eq!((used.subject.as_str(), used.count), ("vault-entity:e-1", Some(2)));
    assert_eq!(used.last.to_string(), "2026-11-22T09:00:00Z");
    assert_eq!(used.issuance_ref.as_deref(), Some("issuance:vault:vault-token:hmac-sha256:aa"));
    assert_eq!(used.attrs["granting_policies"], json!(["app"]));
    let [token] = issuances(&found)[..] else { panic!("{found:?}") };
    assert_eq!(token.expires_at.at().unwrap().to_string(), "2026-11-22T01:00:00Z");
    assert_eq!((&token.attrs["owner"], &token.attrs["ticket"]), (&json!("alice"), &json!("CHG-1")));
    assert!(resources(&found).is_empty(), "the request had its answer: {found:?}");
    let [window] = coverage(&found)[..] else { panic!("{found:?}") };
    assert!(window.complete && window.to.to_string() == "2026-11-22T09:00:00Z");
}

#[test]
fn what_was_refused_or_never_answered_is_no_use() {
    let denied = json!({ "auth": { "policy_results": { "allowed": false } },
        "error": "1 error occurred:\n\t* permission denied\n\n" });
    let wrong_login = json!({ "auth": null, "error": "invalid credentials" });
    let found = records(&[
        entry("response", "00:00:01", "1", "read", "secret/data/other", denied),
        entry("request", "00:00:02", "2", "read", "secret/data/app", json!({})),
        entry("response", "00:00:03", "3", "update", "auth/people/login/ann", wrong_login),
    ]);
    assert!(uses(&found).is_empty(), "{found:?}");
    let [entity, person] = resources(&found)[..] else { panic!("{found:?}") };
    assert_eq!(entity.subject, "vault-entity:e-1");
    assert_eq!((&entity.attrs["denied"], &entity.attrs["unanswered"]), (&json!(1), &json!(1)));
    assert_eq!(person.subject, "vault-role:auth/people/ann");
}

#[test]
fn an_order_ends_what_the_log_saw_handed_out() {
    let lease = json!({ "response": { "secret": { "lease_id": "db/creds/app/L1" } } });
    let by_hash = json!({ "request": { "data": { "token": "hmac-sha256:a0" } } });
    let failed = json!({ "error": "failed to revoke entry: role owns objects" });
    let found = records(&[
        login("00:00:00"),
        entry("response", "00:00:01", "1", "read", "db/creds/app", lease),
        entry("response", "00:00:02", "2", "update", "sys/leases/revoke/db/creds/app/L1", failed),
        entry(
            "response",
            "00:00:03",
            "3",
            "update",
            "sys/leases/revoke-prefix/db/creds",
            json!({}),
        ),
        entry("response", "00:00:04", "4", "update", "auth/token/revoke", by_hash),
    ]);
    let ended = |id: &str| {
        let found = issuances(&found).into_iter().find(|i| i.id == id);
        found.and_then(|i| i.ended_at.at()).map(|at| at.to_string())
    };
    assert_eq!(
        ended("issuance:vault:vault-lease:db/creds/app/L1").as_deref(),
        Some("2026-11-22T00:00:03Z")
    );
    assert_eq!(
        ended("issuance:vault:vault-token:hmac-sha256:aa").as_deref(),
        Some("2026-11-22T00:00:04Z")
    );
    let orders = revocations(&found);
    assert_eq!(orders.len(), 3);
    let of_lease = orders.iter().find(|o| o.effects[0].result == EffectResult::Failed).unwrap();
    assert_eq!(of_lease.target.reference, "issuance:vault:vault-lease:db/creds/app/L1");
    let of_token = orders.iter().find(|o| o.target.reference == "hmac-sha256:aa").unwrap();
    assert_eq!(of_token.subject, "vault-entity:e-1");
}

#[test]
fn a_raw_log_is_told_and_gives_no_value_away() {
    let token = format!("{}s.CAESIJ{}", "hv", "k".repeat(30));
    let more = json!({ "auth": { "client_token": token, "accessor": "R4wAcc3ss0r" },
        "request": { "client_token": token, "data": { "token": token, "password": "hunter-two" } },
        "response": { "data": { "data": { "password": "hunter-two" } } } });
    let mut own = login("00:00:00");
    merge(&mut own, json!({ "response": { "auth": { "client_token": token } } }));
    let found = records(&[
        own,
        entry("response", "00:00:01", "1", "read", "secret/data/app", more.clone()),
        entry("response", "00:00:02", "2", "update", "auth/token/revoke", more.clone()),
        entry("response", "00:00:03", "3", "update", &format!("auth/token/revoke/{token}"), more),
    ]);
    let text = serde_json::to_string(&found).unwrap();
    assert!(!text.contains(&token) && !text.contains("hunter-two"), "{text}");
    assert!(text.contains("R4wAcc3ss0r"));
    let raw = resources(&found).into_iter().find(|r| r.kind == "vault-audit-log").unwrap();
    assert_eq!(raw.attrs["log_raw"], json!(true));
    let token = issuances(&found)[0];
    assert!(token.ended_at.at().is_some(), "joined by the value, which is not kept");
}

#[test]
fn a_bad_line_costs_only_itself_and_is_named() {
    let mut log = AuditLog::default();
    log.file("audit.log");
    let good = entry("response", "00:00:01", "1", "read", "secret/data/app", json!({})).to_string();
    log.line(1, format!("Nov 22 00:00:01 vault-0 vault[7]: {good}").as_bytes());
    log.line(2, b"{\"@level\":\"info\",\"@message\":\"core: post-unseal\"}");
    log.line(3, &good.as_bytes()[..good.len() / 2]);
    log.line(4, b"\xff\xfe not even text");
    log.line(5, b"");
    for number in 6..100 {
        log.line(number, b"noise");
    }
    let found = log.records(&Src::new("vault"), now());
    assert_eq!(uses(&found).len(), 1);
    let bad: Vec<_> = coverage(&found).into_iter().filter(|c| !c.complete).collect();
    let lines: Vec<_> = bad.iter().filter_map(|c| c.line).collect();
    assert!([2, 3, 4].iter().all(|line| lines.contains(line)) && !lines.contains(&5));
    let why = bad.iter().find(|c| c.line.is_none()).and_then(|c| c.why.as_deref()).unwrap();
    assert_eq!(why, "97 lines of 98 are not audit entries; the first 20 are named");
}

#[test]
fn a_missing_rotated_file_is_a_gap_and_an_ordinary_rotation_is_not() {
    let mut log = AuditLog::default();
    for (file, times) in [
        ("audit.log", ["09:00:00", "09:10:00"]),
        ("audit.log.1", ["02:00:00", "02:30:00"]),
        ("audit.log.2", ["01:00:00", "01:50:00"]),
    ] {
        log.file(file);
        for (number, at) in (1..).zip(times) {
            let line = entry("response", at, at, "read", "secret/data/app", json!({}));
            log.line(number, line.to_string().as_bytes());
        }
    }
    let found = log.records(&Src::new("vault"), now());
    let windows: Vec<_> = coverage(&found)
        .iter()
        .map(|c| {
            (c.complete, c.from.strftime("%H:%M").to_string(), c.to.strftime("%H:%M").to_string())
        })
        .collect();
    let window = |complete, from: &str, to: &str| (complete, from.to_owned(), to.to_owned());
    assert_eq!(windows.len(), 3);
    for expected in [
        window(true, "01:00", "02:30"),
        window(false, "02:30", "09:00"),
        window(true, "09:00", "09:10"),
    ] {
        assert!(windows.contains(&expected), "{expected:?} in {windows:?}");
    }
}

#[test]
fn a_holder_keeps_the_namespace_that_it_logged_in_to() {
    let child = json!({ "request": { "namespace": { "id": "Xy1", "path": "team-a/" } } });
    let mut in_child = login("00:00:00");
    merge(&mut in_child, child.clone());
    let mut from_root =
        entry("response", "00:00:01", "1", "read", "secret/data/app", child.clone());
    let other = json!({ "auth": { "entity_id": "e-2", "policy_results": {
        "granting_policies": [{ "name": "ops", "namespace_id": "root" }] } } });
    merge(&mut from_root, other);
    let own = entry("response", "00:00:02", "2", "read", "secret/data/app", child);
    let in_root = entry("response", "00:00:03", "3", "read", "sys/mounts", json!({}));
    let found = records(&[in_child, in_root, from_root, own]);
    let mut who: Vec<_> =
        uses(&found).into_iter().map(|u| (u.subject.as_str(), u.grant.resource.as_str())).collect();
    who.sort_unstable();
    assert_eq!(
        who,
        [
            ("vault-entity:e-2", "team-a/secret/data/app"),
            ("vault-entity:team-a/e-1", "sys/mounts"),
            ("vault-entity:team-a/e-1", "team-a/secret/data/app"),
        ]
    );
}

#[test]
fn secret_ids_and_certificates_say_when_they_end() {
    let secret_id = json!({
        "request": { "mount_point": "auth/approle/", "mount_type": "approle" },
        "response": { "data": { "secret_id": "hmac-sha256:s", "secret_id_ttl": 0,
            "secret_id_accessor": "hmac-sha256:sa" } } });
    let certificate = json!({
        "request": { "mount_type": "pki" },
        "response": { "data": { "serial_number": "hmac-sha256:c", "expiration": 1_795_395_203 } } });
    let found = records(&[
        entry("response", "00:00:01", "1", "update", "auth/approle/role/ci/secret-id", secret_id),
        entry("response", "00:00:02", "2", "update", "pki/issue/web", certificate),
    ]);
    let [first, second] = issuances(&found)[..] else { panic!("{found:?}") };
    assert_eq!(
        (first.subject.as_str(), first.expires_at),
        ("vault-role:auth/approle/ci", When::Never)
    );
    assert_eq!(first.actor.as_deref(), Some("vault-entity:e-1"));
    assert_eq!(second.expires_at.at().map(|at| at.as_second()), Some(1_795_395_203));
}

#[test]
fn the_log_and_the_server_give_a_login_one_name() {
    use crate::{
        evidence::{Estate, Thresholds},
        readers::vault_api::{Answer, Answers},
    };
    let answer = |namespace: &str, path: &str, body: Value| Answer {
        namespace: namespace.into(),
        path: path.into(),
        body: json!({ "data": body }),
        ..Answer::default()
    };
    let mounts = |kind: &str| json!({ "people/": { "type": kind, "config": {} } });
    let server = Answers {
        address: "https://vault.example:8200".into(),
        answers: vec![
            answer("", "sys/auth", mounts("userpass")),
            answer("", "auth/people/users/ann", json!({ "token_policies": ["app"] })),
            answer("team-a/", "sys/auth", mounts("ldap")),
            answer("team-a/", "auth/people/users/Bob", json!({ "policies": ["app"] })),
        ],
        ..Answers::default()
    };
    let failed = |mount: &str, kind: &str, namespace: &str| {
        json!({ "auth": null, "error": "invalid credentials", "request": {
            "mount_point": mount, "mount_type": kind, "namespace": { "path": namespace } } })
    };
    let child = failed("team-a/auth/people/", "ldap", "team-a/");
    let role = json!({ "auth": null, "error": "role not found", "request": {
        "mount_point": "auth/people/", "mount_type": "jwt" } });
    let deleted = json!({ "request": { "mount_point": "team-a/auth/people/",
        "namespace": { "path": "team-a/" } } });
    let mut log = records(&[
        // Userpass knows no capitals in names.
        entry(
            "response",
            "00:00:01",
            "1",
            "update",
            "auth/people/login/Ann",
            failed("auth/people/", "userpass", ""),
        ),
        entry("response", "00:00:02", "2", "update", "auth/people/login/Bob", child),
        entry("response", "00:00:03", "3", "update", "auth/people/login", role),
        entry("response", "00:00:04", "4", "delete", "auth/people/users/Bob", deleted),
    ]);
    let subjects: Vec<_> = resources(&log).iter().map(|r| r.subject.clone()).collect();
    let expected =
        ["vault-role:auth/people/ann", "vault-role:team-a/auth/people/Bob", "vault:auth/people/"];
    assert_eq!(subjects, expected);
    assert_eq!(revocations(&log)[0].subject, "vault-role:team-a/auth/people/Bob");
    log.extend(server.records(now()));
    let estate = Estate::build(log, now(), Thresholds::default());
    for (login, name) in expected.iter().zip(["ann", "Bob"]) {
        let who = estate.who(login).unwrap();
        let names: Vec<_> = estate.identities_of(who).filter_map(|i| i.name.as_deref()).collect();
        assert_eq!(names, [name]);
    }
    assert!(estate.resources.iter().any(|r| r.kind == "vault-mount" && r.subject == expected[2]));
}
