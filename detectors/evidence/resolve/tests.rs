use super::*;
use crate::evidence::Src;
use crate::evidence::Status;

fn identity(id: &str, aliases: &[&str]) -> Identity {
    Identity {
        id: id.into(),
        aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
        ..Identity::default()
    }
}

#[test]
fn shared_aliases_make_one_identity_in_any_order() {
    let mut records = vec![
        identity("1", &["b:x", "c:y"]),
        identity("2", &["c:y", "a:z"]),
        identity("3", &["d:w"]),
    ];
    let forward = Canonical::resolve(&records);
    records.reverse();
    let backward = Canonical::resolve(&records);
    for canonical in [&forward, &backward] {
        assert_eq!(canonical.name("b:x"), "a:z");
        assert!(canonical.same("b:x", "a:z") && !canonical.same("b:x", "d:w"));
        assert_eq!(canonical.name("e:unknown"), "e:unknown");
    }
    assert_eq!(forward.links().len(), 2);
}

fn person(id: &str, aliases: &[&str]) -> Identity {
    Identity { kind: IdentityType::Human, ..identity(id, aliases) }
}

#[test]
fn two_immutable_ids_of_one_namespace_are_never_linked() {
    let canonical = Canonical::resolve(&[
        identity("1", &["vault:svc", "entra:00000000-0000-4000-8000-000000000001"]),
        identity("2", &["vault:svc", "entra:00000000-0000-4000-8000-000000000002"]),
    ]);
    assert_eq!(canonical.conflicts().len(), 1);
    assert!(!canonical.same(
        "entra:00000000-0000-4000-8000-000000000001",
        "entra:00000000-0000-4000-8000-000000000002"
    ));
}

#[test]
fn the_register_overrules_a_conflict() {
    let mut register = identity("0", &["entra:oid-1", "entra:oid-2"]);
    register.src.system = "register".into();
    let canonical = Canonical::resolve(&[register]);
    assert!(canonical.same("entra:oid-1", "entra:oid-2") && canonical.conflicts().is_empty());
}

#[test]
fn an_address_links_people_and_not_machines() {
    let canonical = Canonical::resolve(&[
        person("1", &["hr:ann", "mail:Ann@example.com"]),
        person("2", &["entra:ann", "mail:ann@example.com"]),
        identity("3", &["vault:bot", "mail:ann@example.com"]),
    ]);
    assert!(canonical.same("hr:ann", "entra:ann"));
    assert!(!canonical.same("vault:bot", "hr:ann"));
}

#[test]
fn a_machine_name_used_again_is_a_new_identity() {
    let at = |day: &str| Some(format!("{day}T00:00:00Z").parse::<Timestamp>().unwrap());
    let mut old = identity("1", &["vault:svc"]);
    (old.created_at, old.status, old.status_at) =
        (at("2025-01-01"), Status::Removed, at("2026-01-01"));
    let mut new = identity("2", &["vault:svc"]);
    (new.created_at, new.status) = (at("2026-06-01"), Status::Active);
    let canonical = Canonical::resolve(&[new, old]);
    assert_eq!(canonical.reuses().len(), 1);
    assert_eq!(canonical.len(), 2);
    let before = canonical.get_at("vault:svc", at("2025-06-01").unwrap());
    assert_ne!(before, canonical.get("vault:svc"));
    assert_eq!(
        canonical.get_at("vault:svc", at("2026-07-01").unwrap()),
        canonical.get("vault:svc")
    );
}

#[test]
fn the_register_keeps_two_identities_apart_whatever_else_says_so() {
    let register = |aliases: &[&str], not: &[&str]| Identity {
        src: Src::new("register"),
        attrs: [(NOT.to_owned(), serde_json::json!(not))].into(),
        ..identity("r1", aliases)
    };
    let records = [
        register(&["vault:svc-pay", "aws:pay"], &["iga:svc-pay"]),
        identity("a", &["vault:svc-pay", "iga:svc-pay"]),
        identity("b", &["aws:pay", "hr:pay"]),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let canonical = Canonical::resolve(&order.map(|i| records[i].clone()));
        assert!(canonical.same("vault:svc-pay", "hr:pay"));
        assert!(!canonical.same("vault:svc-pay", "iga:svc-pay"));
        let [conflict] = canonical.conflicts() else { panic!("{:?}", canonical.conflicts()) };
        assert_eq!(
            (conflict.left.as_str(), conflict.right.as_str()),
            ("iga:svc-pay", "vault:svc-pay")
        );
    }
}
