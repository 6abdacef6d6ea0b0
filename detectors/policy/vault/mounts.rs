//! What is mounted where, as far as evidence says.

use crate::evidence::{Estate, Src};

/// The kind of the resource records that describe a mount.
pub const MOUNT: &str = "vault-mount";

/// The mounts of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts {
    /// Login methods: path without `auth/` and without slashes at its ends, and type.
    pub auth: Vec<(String, String)>,
    /// Engines: path without slashes at its ends, and type; `kv2` for version 2 of `kv`.
    pub engines: Vec<(String, String)>,
    /// True when these are all mounts of the server.
    pub known: bool,
}

impl Mounts {
    /// Nothing is known: policies are judged by the shape of their paths.
    pub fn unknown() -> Mounts {
        Mounts::default()
    }

    /// The mounts of the server that a record was read from; unknown for a file.
    pub fn of(estate: &Estate, src: &Src) -> Mounts {
        let mut mounts = Mounts::unknown();
        for resource in estate.resources.iter().filter(|r| r.kind == MOUNT) {
            if resource.src.system != src.system || resource.src.tenant != src.tenant {
                continue;
            }
            let text = |name: &str| resource.attrs.get(name).and_then(serde_json::Value::as_str);
            let (Some(path), Some(kind)) = (text("path"), text("mount_type")) else { continue };
            let path = path.trim_matches('/');
            match path.strip_prefix("auth/") {
                Some(path) => mounts.auth.push((path.to_owned(), kind.to_owned())),
                None if kind == "kv" && text("version") == Some("2") => {
                    mounts.engines.push((path.to_owned(), "kv2".into()));
                }
                None => mounts.engines.push((path.to_owned(), kind.to_owned())),
            }
        }
        mounts.known = !mounts.auth.is_empty() || !mounts.engines.is_empty();
        mounts
    }

    /// The paths of the mounts of some types.
    pub(super) fn of_types(&self, auth: bool, types: &[&str]) -> Vec<String> {
        let list = if auth { &self.auth } else { &self.engines };
        list.iter()
            .filter(|(_, kind)| types.contains(&kind.as_str()))
            .map(|(p, _)| p.clone())
            .collect()
    }
}
