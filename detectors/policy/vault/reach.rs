//! Whether a set of policies reaches a sink: is there a path of the sink's shape that the deciding
//! rule allows?
//!
//! For each rule that names the right capability, the most general path that fits both the sink and
//! the rule's pattern is built, and the evaluator decides about it. So a deny, or a narrower rule
//! that takes the path away, counts exactly as on the server.

use super::{
    Acl, Capability, Permissions,
    mounts::{Mounts, candidates, is_usual_name_of_another_type, mounts_in},
    namespaces::namespaces,
    sink::{Family, Sink, Step},
    sinks::SINKS,
    unify::{Bound, can_fit, unify, value},
};

/// A sink that is reached.
#[derive(Clone, Debug)]
pub struct Escalation<'a> {
    /// Which.
    pub sink: &'static Sink,
    /// Its requests, in order.
    pub steps: Vec<Reached<'a>>,
    /// True when the server's mounts are known, or the path needs none.
    pub certain: bool,
    /// The namespace below the policies' own in which it is reached; empty for their own.
    pub namespace: String,
}

impl Escalation<'_> {
    /// What it lets its holder do, in words that follow "it can".
    pub fn can(&self) -> String {
        if self.namespace.is_empty() {
            return self.sink.can.to_owned();
        }
        let can = self.sink.can.replace(", its own included", "");
        format!("{can} in namespace `{}`", self.namespace)
    }
}

/// One request that is allowed.
#[derive(Clone, Debug)]
pub struct Reached<'a> {
    /// A path; names in `<…>` stand for anything.
    pub path: String,
    /// The capability that allows it.
    pub capability: Capability,
    /// Whether sudo is part of it.
    pub sudo: bool,
    /// The pattern that decides.
    pub pattern: &'a Permissions,
}

/// Every sink that the policies reach, each by the first way found, in the order of the table.
pub fn escalations<'a>(acl: &'a Acl, mounts: &Mounts) -> Vec<Escalation<'a>> {
    let inner = namespaces(acl, mounts);
    SINKS.iter().filter_map(|sink| reach_anywhere(acl, mounts, sink, &inner)).collect()
}

/// The sinks of one family that the policies reach.
pub fn escalations_of<'a>(acl: &'a Acl, mounts: &Mounts, family: Family) -> Vec<Escalation<'a>> {
    let sinks = SINKS.iter().filter(|sink| sink.family == family);
    let inner = namespaces(acl, mounts);
    sinks.filter_map(|sink| reach_anywhere(acl, mounts, sink, &inner)).collect()
}

/// The first request of these that the policies allow.
pub(crate) fn allows_any<'a>(acl: &'a Acl, steps: &[Step]) -> Option<Reached<'a>> {
    steps.iter().find_map(|step| {
        let ways = ways(acl, step, &[]);
        ways.into_iter().find_map(|(path, _)| allowed(acl, step, path))
    })
}

/// In the policies' own namespace, or else in one below it.
fn reach_anywhere<'a>(
    acl: &'a Acl,
    mounts: &Mounts,
    sink: &'static Sink,
    inner: &[String],
) -> Option<Escalation<'a>> {
    let below = || inner.iter().find_map(|namespace| reach_below(acl, mounts, sink, namespace));
    reach(acl, mounts, sink).or_else(below)
}

/// The paths of a namespace begin with its name for a token of the namespace above. What is mounted
/// there is told by the shape of the paths alone.
fn reach_below<'a>(
    acl: &'a Acl,
    mounts: &Mounts,
    sink: &'static Sink,
    namespace: &str,
) -> Option<Escalation<'a>> {
    if !sink.is_fixed() {
        return None;
    }
    let within = ("within".to_owned(), namespace.to_owned());
    let found = |steps, certain| {
        let namespace = namespace.trim_end_matches('/').to_owned();
        Escalation { sink, steps, certain, namespace }
    };
    if sink.mounts.is_empty() {
        return any_way(acl, sink, &[within]).map(|steps| found(steps, mounts.known));
    }
    let depth = namespace.matches('/').count();
    let patterns = acl.patterns().map(|permissions| permissions.pattern.as_str());
    let below = patterns.filter_map(|pattern| pattern.splitn(depth + 1, '/').nth(depth));
    let named = below.flat_map(|pattern| mounts_in(pattern, true));
    let usual = sink.mounts.iter().map(|name| (*name).to_owned());
    let mut all = usual.chain(named.filter(|name| !is_usual_name_of_another_type(name)));
    all.find_map(|mount| {
        let bound = [within.clone(), ("mount".to_owned(), mount)];
        any_way(acl, sink, &bound).map(|steps| found(steps, false))
    })
}

fn reach<'a>(acl: &'a Acl, mounts: &Mounts, sink: &'static Sink) -> Option<Escalation<'a>> {
    if sink.mounts.is_empty() {
        let steps = any_way(acl, sink, &[])?;
        return Some(Escalation { sink, steps, certain: true, namespace: String::new() });
    }
    let candidates = candidates(acl, mounts, sink);
    candidates.into_iter().find_map(|mount| {
        let bound = [("mount".to_owned(), mount)];
        let steps = any_way(acl, sink, &bound)?;
        let [(_, mount)] = &bound;
        let defined = mounts.type_of(sink.is_auth(), mount).is_some();
        let certain = mounts.known || defined;
        let told = certain || steps.iter().all(|step| tells_the_type(step, sink, mount));
        told.then_some(Escalation { sink, steps, certain, namespace: String::new() })
    })
}

/// Whether a rule shows what a mount is: by its usual name, by standing below `auth/`, or by a word
/// of the sink after it. `payments/*` may well be the key-value store of one application.
fn tells_the_type(step: &Reached, sink: &Sink, mount: &str) -> bool {
    if sink.mounts.contains(&mount) || step.path.starts_with("auth/") {
        return true;
    }
    let rest = step.pattern.pattern.strip_prefix(mount).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['*', '+']))
}

/// Tries the names that each step's patterns suggest, those of the first step first.
fn any_way<'a>(acl: &'a Acl, sink: &Sink, bound: &[Bound]) -> Option<Vec<Reached<'a>>> {
    let seeds = sink.steps.iter().flat_map(|step| ways(acl, step, bound));
    let mut tried: Vec<Vec<Bound>> = Vec::new();
    for (_, seed) in seeds {
        if tried.contains(&seed) {
            continue;
        }
        if let Some(steps) = follow(acl, sink, sink.steps, &seed) {
            return Some(steps);
        }
        tried.push(seed);
    }
    None
}

fn follow<'a>(
    acl: &'a Acl,
    sink: &Sink,
    steps: &[Step],
    bound: &[Bound],
) -> Option<Vec<Reached<'a>>> {
    let Some((step, rest)) = steps.split_first() else { return Some(Vec::new()) };
    for (path, bound) in ways(acl, step, bound) {
        let below = path.strip_prefix(value(&bound, "within")).unwrap_or(&path);
        let own = sink.own_is_fine && below.contains("{{identity.");
        if own || (sink.any_name_only && !below.contains('<')) {
            continue;
        }
        let Some(reached) = allowed(acl, step, path) else { continue };
        if let Some(mut others) = follow(acl, sink, rest, &bound) {
            others.insert(0, reached);
            return Some(others);
        }
    }
    None
}

/// The paths of a step to try, with what each binds: one for each pattern that fits.
fn ways(acl: &Acl, step: &Step, bound: &[Bound]) -> Vec<(String, Vec<Bound>)> {
    let mut patterns: Vec<&Permissions> =
        acl.patterns().filter(|p| p.capabilities.has_any(step.any)).collect();
    patterns.retain(|p| can_fit(step.path, &p.pattern, bound));
    // Broad patterns first: they give the plainest path.
    patterns.sort_by(|a, b| (a.pattern.len(), &a.pattern).cmp(&(b.pattern.len(), &b.pattern)));
    let mut ways: Vec<(String, Vec<Bound>)> = Vec::new();
    for pattern in patterns {
        if let Some(way) = unify(step.path, &pattern.pattern, bound)
            && !ways.contains(&way)
        {
            ways.push(way);
        }
    }
    ways
}

fn allowed<'a>(acl: &'a Acl, step: &Step, path: String) -> Option<Reached<'a>> {
    let (capabilities, decides) = acl.capabilities(&path);
    let pattern = decides?;
    if capabilities.is_denied() || pattern.control_group {
        return None;
    }
    if step.sudo && !capabilities.has(Capability::Sudo) {
        return None;
    }
    let capability = *step.any.iter().find(|c| capabilities.has(**c))?;
    let deletes = capability == Capability::Delete;
    (deletes || pattern.lets_choose(step.parameters)).then_some(Reached {
        path,
        capability,
        sudo: step.sudo,
        pattern,
    })
}

#[cfg(test)]
mod tests {
    use super::super::VaultPolicy;
    use super::*;

    fn reached(text: &str) -> Vec<(&'static str, String)> {
        let policy = VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let acl = Acl::new([&policy]);
        let paths = |e: Escalation| {
            let paths: Vec<_> = e.steps.iter().map(|s| s.path.clone()).collect();
            (e.sink.id, paths.join(" then "))
        };
        escalations(&acl, &Mounts::unknown()).into_iter().map(paths).collect()
    }

    #[test]
    fn a_sink_is_reached_through_any_pattern_that_covers_it() {
        for text in [
            r#"path "sys/pol*" { capabilities = ["update"] }"#,
            r#"path "/sys/policies/acl/own" { capabilities = ["patch"] }"#,
            r#"path "+/policies/+/own" { capabilities = ["update"] }"#,
            r#"path "sys/+/acl/*" { policy = "write" }"#,
            r#"{"path": {"sys/*": {"capabilities": ["update"]}, "sys/mounts/*": {"policy": "deny"}}}"#,
        ] {
            assert!(reached(text).iter().any(|(id, _)| *id == "policy-write"), "{text}");
        }
    }

    #[test]
    fn what_another_rule_takes_away_is_not_reached() {
        for text in [
            r#"path "sys/policies/acl/*" { capabilities = ["read", "list"] }"#,
            r#"path "sys/policies/*" { capabilities = ["update"] }
               path "sys/policies/+/+" { capabilities = ["update"] }
               path "sys/policies/acl/*" { capabilities = ["read"] }
               path "sys/policies/rgp/*" { capabilities = ["deny"] }
               path "sys/policies/egp/*" { capabilities = [] }"#,
            r#"path "auth/token/create" { capabilities = ["create", "update"] }"#,
            r#"path "sys/auth/*" { capabilities = ["create", "update"] }
               path "auth/+/role/+" { capabilities = ["read"] }"#,
            r#"path "identity/entity/id/*" {
                 capabilities = ["update"]
                 denied_parameters = { "policies" = [] }
               }"#,
            r#"path "payments/*" { capabilities = ["create", "read", "update", "delete", "list"] }"#,
            r#"path "auth/token/create/ci" { capabilities = ["update"] }"#,
            r#"path "sys/leases/revoke-prefix/database/creds/ci" { capabilities = ["update", "sudo"] }"#,
            r#"path "auth/userpass/users/{{identity.entity.aliases.acc.name}}/password" {
                 capabilities = ["update"]
               }"#,
        ] {
            assert_eq!(reached(text), [], "{text}");
        }
    }

    #[test]
    fn the_steps_of_one_way_speak_of_the_same_role_and_mount() {
        let apart = r#"path "pg/roles/a" { capabilities = ["create", "update"] }
                       path "pg/creds/b" { capabilities = ["read"] }
                       path "my/creds/a" { capabilities = ["read"] }"#;
        assert_eq!(reached(apart), []);
        let together = r#"path "team/pg/roles/*" { capabilities = ["create"] }
                          path "team/pg/creds/b" { capabilities = ["read"] }"#;
        assert_eq!(
            reached(together),
            [("engine-role", "team/pg/roles/b then team/pg/creds/b".into())]
        );
    }

    #[test]
    fn known_mounts_decide_by_type() {
        let text = r#"path "team/roles/*" { capabilities = ["create", "update"] }
                      path "team/creds/*" { capabilities = ["read"] }"#;
        let policy = VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let acl = Acl::new([&policy]);
        let mount = |kind: &str| Mounts {
            engines: vec![("team".into(), kind.into())],
            known: true,
            ..Mounts::default()
        };
        assert_eq!(escalations(&acl, &mount("kv2")).len(), 0);
        assert!(escalations(&acl, &mount("database"))[0].certain);
    }

    #[test]
    fn mounts_that_files_define_are_not_all_there_are() {
        let text = r#"path "auth/approle/role/*" { capabilities = ["create", "update"] }
                      path "team/roles/*" { capabilities = ["create", "update"] }
                      path "team/creds/*" { capabilities = ["read"] }"#;
        let policy = VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let acl = Acl::new([&policy]);
        let found = |kind: &str| {
            let mounts =
                Mounts { engines: vec![("team".into(), kind.into())], ..Mounts::default() };
            let found = escalations(&acl, &mounts).into_iter();
            let found = found.filter(|e| ["login-role", "engine-role"].contains(&e.sink.id));
            found.map(|e| (e.sink.id, e.certain)).collect::<Vec<_>>()
        };
        assert_eq!(found("kv2"), [("login-role", false)]);
        assert_eq!(found("database"), [("login-role", false), ("engine-role", true)]);
    }
}
