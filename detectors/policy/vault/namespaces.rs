//! The namespaces below its own that a policy speaks of. A token of a namespace reaches the paths of
//! a child by the child's name before them: `team-a/sys/policies/acl/x` (tried on OpenBao 2.7.2).

use super::{Acl, mounts::Mounts};

/// How many namespaces are tried.
const MAX_NAMESPACES: usize = 50;
/// How deep a pattern may name one.
const MAX_DEPTH: usize = 4;
/// Words with which the fixed paths of every namespace begin.
const FIXED: &[&str] = &["sys", "auth", "identity"];
/// First segments that are mounts and no namespaces, and words of paths below a mount.
const NONE: &[&str] =
    &["cubbyhole", "secret", "secrets", "kv", "kv-v1", "kv-v2", "data", "metadata", "creds"];

/// Names as they stand before a path, each with its last slash: those of the server that some pattern
/// covers; or, where the server is not known, those that the patterns name.
pub(super) fn namespaces(acl: &Acl, mounts: &Mounts) -> Vec<String> {
    let patterns = acl.patterns().map(|permissions| permissions.pattern.as_str());
    let mut found: Vec<String> = if mounts.known {
        let patterns: Vec<&str> = patterns.collect();
        let known = mounts.namespaces.iter();
        known.filter(|name| patterns.iter().any(|p| covers(p, name))).cloned().collect()
    } else {
        patterns.filter_map(|pattern| named_in(pattern, mounts)).collect()
    };
    found.sort_unstable();
    found.dedup();
    found.truncate(MAX_NAMESPACES);
    found
}

/// True for a pattern that can match something in the namespace.
fn covers(pattern: &str, namespace: &str) -> bool {
    let (text, open) = pattern.strip_suffix('*').map_or((pattern, false), |text| (text, true));
    let mut wanted = text.split('/').peekable();
    for segment in namespace.trim_end_matches('/').split('/') {
        match (wanted.next(), wanted.peek().is_none() && open) {
            (Some(start), true) => return segment.starts_with(start) || start == "+",
            (Some(same), _) if same == segment || same == "+" => {}
            _ => return false,
        }
    }
    open || wanted.peek().is_some()
}

/// `team-a/` of `team-a/sys/auth/*`; a `+` stands for any namespace.
fn named_in(pattern: &str, mounts: &Mounts) -> Option<String> {
    let segments: Vec<&str> = pattern.split('/').collect();
    let end = segments.iter().position(|segment| FIXED.contains(segment))?;
    let name = segments.get(..end)?;
    let plain = |s: &&str| !s.is_empty() && !s.contains('*') && !NONE.contains(s);
    let named = (1..=MAX_DEPTH).contains(&end) && segments.len() > end + 1;
    let name = name.iter().all(plain).then(|| name.join("/"))?;
    let named = named && mounts.type_of(false, &name).is_none();
    named.then(|| {
        let shown = name.split('/').map(|s| if s == "+" { "<namespace>" } else { s });
        format!("{}/", shown.collect::<Vec<_>>().join("/"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{VaultPolicy, escalations};
    use super::*;

    fn reached(text: &str, mounts: &Mounts) -> Vec<String> {
        let policy = VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let acl = Acl::new([&policy]);
        let found = escalations(&acl, mounts).into_iter();
        found.map(|e| format!("{} {}", e.sink.id, e.steps[0].path)).collect()
    }

    #[test]
    fn a_name_before_a_fixed_path_is_a_namespace() {
        let unknown = Mounts::unknown();
        let text = r#"path "team-a/sys/policies/acl/*" { capabilities = ["update"] }"#;
        assert_eq!(reached(text, &unknown), ["policy-write team-a/sys/policies/acl/<policy>"]);
        let text = r#"path "+/identity/group" { capabilities = ["update"] }"#;
        assert_eq!(reached(text, &unknown), ["group <namespace>/identity/group"]);
        let text = r#"path "team-a/auth/ci/role/*" { capabilities = ["create", "update"] }"#;
        assert!(reached(text, &unknown).contains(&"login-role team-a/auth/ci/role/<role>".into()));
        for text in [
            r#"path "secret/data/sys/policies/acl/*" { capabilities = ["update"] }"#,
            r#"path "team-a/data/identity/group" { capabilities = ["update"] }"#,
            r#"path "team-a/auth/token/create/ci" { capabilities = ["update"] }"#,
        ] {
            assert_eq!(reached(text, &unknown), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn on_a_server_only_its_own_namespaces_count() {
        let known = |namespaces: &[&str]| Mounts {
            auth: vec![("token".into(), "token".into())],
            namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect(),
            known: true,
            ..Mounts::default()
        };
        let text = r#"path "team-a/sys/policies/acl/*" { capabilities = ["update"] }"#;
        assert_eq!(reached(text, &known(&["team-b/"])), [] as [&str; 0]);
        assert_eq!(reached(text, &known(&["team-a/"])).len(), 1);
        // A deny of the own namespace does not reach into another.
        let text = r#"path "*" { capabilities = ["update"] }
                      path "sys/*" { capabilities = ["deny"] }
                      path "auth/*" { capabilities = ["deny"] }
                      path "identity/*" { capabilities = ["deny"] }"#;
        assert_eq!(reached(text, &known(&[])), [] as [&str; 0]);
        let inner = reached(text, &known(&["team-a/"]));
        assert!(
            inner.contains(&"policy-write team-a/sys/policies/acl/<policy>".into()),
            "{inner:?}"
        );
    }

    #[test]
    fn covering() {
        for pattern in ["*", "team*", "team-a/*", "+/*", "+/sys/auth", "team-a/b/sys/x"] {
            assert!(covers(pattern, "team-a/"), "{pattern}");
        }
        for pattern in ["team-b/*", "sys/*", "team-a", "team-ab/x"] {
            assert!(!covers(pattern, "team-a/"), "{pattern}");
        }
    }
}
