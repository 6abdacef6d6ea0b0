//! The mounts of a server: what type a path has, and how long what it issues may live.

use super::Answer;
use serde_json::Value;
use std::collections::HashMap;

/// The lifetime that a server gives when nothing else says one: 768 hours.
const SYSTEM_TTL: u64 = 768 * 3600;

/// One mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The path with its final slash, `auth/approle/` or `secret/`.
    pub path: String,
    /// Its type; a KV mount of version 2 is `kv2`.
    pub kind: String,
    /// Its accessor.
    pub accessor: String,
    /// Default lifetime in seconds; 0: the system's.
    pub default_ttl: u64,
    /// Longest lifetime in seconds; 0: the system's.
    pub max_ttl: u64,
}

/// A lifetime in seconds and the setting that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Seconds.
    pub seconds: u64,
    /// `role`, `mount`, `system`.
    pub origin: &'static str,
}

/// All mounts, by namespace and path, and by accessor.
#[derive(Debug, Default)]
pub struct Mounts {
    by_path: HashMap<(String, String), Mount>,
    system_default: u64,
    system_max: u64,
}

impl Mounts {
    /// Reads the answers of `sys/auth`, `sys/mounts` and `sys/config/state/sanitized`.
    pub fn read(answers: &[Answer]) -> Mounts {
        let mut mounts =
            Mounts { system_default: SYSTEM_TTL, system_max: SYSTEM_TTL, ..Mounts::default() };
        for answer in answers {
            match answer.path.as_str() {
                "sys/auth" => mounts.add(answer, "auth/"),
                "sys/mounts" => mounts.add(answer, ""),
                "sys/config/state/sanitized" => {
                    let seconds = |key| answer.data().get(key).and_then(seconds).filter(|s| *s > 0);
                    mounts.system_default = seconds("default_lease_ttl").unwrap_or(SYSTEM_TTL);
                    mounts.system_max = seconds("max_lease_ttl").unwrap_or(SYSTEM_TTL);
                }
                _ => {}
            }
        }
        mounts
    }

    fn add(&mut self, answer: &Answer, prefix: &str) {
        for (path, mount) in answer.data().as_object().into_iter().flatten() {
            let Some(kind) = mount.get("type").and_then(Value::as_str) else { continue };
            let version = mount.pointer("/options/version").and_then(Value::as_str);
            let ttl = |key| mount.get("config").and_then(|c| c.get(key)).and_then(seconds);
            let mount = Mount {
                path: format!("{prefix}{path}"),
                kind: if kind == "kv" && version == Some("2") { "kv2" } else { kind }.to_owned(),
                accessor: mount
                    .get("accessor")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                default_ttl: ttl("default_lease_ttl").unwrap_or(0),
                max_ttl: ttl("max_lease_ttl").unwrap_or(0),
            };
            self.by_path.insert((answer.namespace.clone(), mount.path.clone()), mount);
        }
    }

    /// The mount that a path lies under: the longest that fits.
    pub fn of(&self, namespace: &str, path: &str) -> Option<&Mount> {
        let ends = path.char_indices().filter(|(_, c)| *c == '/').map(|(i, _)| i + 1);
        let folders: Vec<&str> = ends.map(|end| &path[..end]).collect();
        let key = |folder: &str| (namespace.to_owned(), folder.to_owned());
        folders.iter().rev().find_map(|folder| self.by_path.get(&key(folder)))
    }

    /// How long something lives that asks for `ttl` seconds (0: nothing asked) below a mount, with
    /// `max` as its own limit (0: none).
    pub fn lifetime(&self, mount: Option<&Mount>, ttl: u64, max: u64) -> Lifetime {
        let mount_default = mount.map_or(0, |m| m.default_ttl);
        let (wanted, origin) = match (ttl, mount_default) {
            (0, 0) => (self.system_default, "system"),
            (0, default) => (default, "mount"),
            (ttl, _) => (ttl, "role"),
        };
        let (limit, from) = self.longest(mount, max);
        if wanted > limit {
            Lifetime { seconds: limit, origin: from }
        } else {
            Lifetime { seconds: wanted, origin }
        }
    }

    /// The longest that something may live, renewals included.
    pub fn longest_life(&self, mount: Option<&Mount>, max: u64) -> Lifetime {
        let (seconds, origin) = self.longest(mount, max);
        Lifetime { seconds, origin }
    }

    fn longest(&self, mount: Option<&Mount>, max: u64) -> (u64, &'static str) {
        let (mount_max, origin) = match mount.map_or(0, |m| m.max_ttl) {
            0 => (self.system_max, "system"),
            own => (own, "mount"),
        };
        if max > 0 && max < mount_max { (max, "role") } else { (mount_max, origin) }
    }

    /// Every mount of every namespace.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Mount)> {
        self.by_path.iter().map(|((namespace, _), mount)| (namespace.as_str(), mount))
    }
}

/// Seconds, as a number or as `"768h0m0s"`.
pub(super) fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => {
            let length = crate::policy::vault::parse_duration(text)?;
            u64::try_from(length.as_secs()).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mounts() -> Mounts {
        Mounts::read(&[Answer {
            path: "sys/auth".into(),
            body: json!({ "data": {
                "approle/": { "type": "approle", "config": { "max_lease_ttl": 0 } },
                "old/": { "type": "approle", "config": { "max_lease_ttl": 315_360_000 } },
                "a/b/": { "type": "userpass", "config": {} },
            }}),
            ..Answer::default()
        }])
    }

    #[test]
    fn zero_inherits_from_the_mount_and_then_from_the_system() {
        let mounts = mounts();
        let plain = mounts.of("", "auth/approle/role/x");
        assert_eq!(
            mounts.lifetime(plain, 0, 0),
            Lifetime { seconds: SYSTEM_TTL, origin: "system" }
        );
        assert_eq!(mounts.lifetime(plain, 60, 0), Lifetime { seconds: 60, origin: "role" });
        let old = mounts.of("", "auth/old/role/x");
        assert_eq!(mounts.longest_life(old, 0), Lifetime { seconds: 315_360_000, origin: "mount" });
        assert_eq!(mounts.longest_life(old, 3600), Lifetime { seconds: 3600, origin: "role" });
    }

    #[test]
    fn the_longest_mount_path_wins() {
        let mounts = mounts();
        assert_eq!(mounts.of("", "auth/a/b/users/x").map(|m| m.kind.as_str()), Some("userpass"));
        assert_eq!(mounts.of("", "auth/a/c"), None);
    }
}
