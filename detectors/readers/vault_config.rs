//! Configuration files of Vault and OpenBao servers and agents.
//!
//! Facts: the configuration pages of Vault (`listener "tcp"`, `raw_storage_endpoint`) and of Vault
//! Agent and Proxy (`auto_auth`, `vault`).

use super::{Document, vault_client::Client};
use crate::{
    evidence::{LineIndex, Location, Record, Resource},
    policy::vault::{Item, Value, parse_hcl},
};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// The kind of the records about servers.
pub(crate) const SERVER: &str = "vault-server-config";
/// The kind of the records about listeners.
pub(crate) const LISTENER: &str = "vault-listener";

/// True for a file with the blocks of a server or agent.
pub(super) fn accepts(document: &Document) -> bool {
    static BLOCKS: LazyLock<Regex> = LazyLock::new(|| {
        #[expect(clippy::unwrap_used, reason = "a literal, covered by a test")]
        Regex::new(r#"(?m-u)^\s*"?(?:listener|auto_auth)"?\s*(?:"|\{|:|=)"#).unwrap()
    });
    let known = [".hcl", ".json"].iter().any(|end| document.path.ends_with(end));
    let has = |name: &[u8]| memchr::memmem::find(document.bytes, name).is_some();
    known && (has(b"listener") || has(b"auto_auth")) && BLOCKS.is_match(document.bytes)
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let Ok(text) = std::str::from_utf8(document.bytes) else { return };
    let items = match parse_hcl(text) {
        Ok(items) => items,
        // Not this language: Terragrunt, Packer and others have blocks of these names too.
        Err(_) => return,
    };
    let file = File { document, index: LineIndex::new(document.bytes) };
    let has = |name: &str| items.iter().any(|item| is_named(item, name));
    if has("listener") && (has("storage") || has("backend")) {
        file.server(&items, out);
    } else if has("auto_auth") || (has("vault") && has("listener")) {
        file.agent(&items, out);
    }
}

fn is_named(item: &Item, name: &str) -> bool {
    item.keys.first().is_some_and(|key| key.text == name)
}

/// The items of the blocks with a name, at any number of labels.
fn blocks<'a>(items: &'a [Item], name: &'a str) -> impl Iterator<Item = (&'a Item, &'a [Item])> {
    items.iter().filter(move |item| is_named(item, name)).filter_map(|item| match &item.value {
        Value::Object { items, .. } => Some((item, items.as_slice())),
        _ => None,
    })
}

/// The last value that is assigned to a name, as text.
fn setting(items: &[Item], name: &str) -> Option<String> {
    let item = items.iter().rev().find(|item| item.keys.len() == 1 && is_named(item, name))?;
    item.value.as_text()
}

fn is_on(items: &[Item], name: &str) -> bool {
    setting(items, name).is_some_and(|v| v == "1" || v.eq_ignore_ascii_case("true"))
}

struct File<'a> {
    document: &'a Document<'a>,
    index: LineIndex<'a>,
}

impl File<'_> {
    fn resource(&self, kind: &str, name: &str, item: Option<&Item>) -> Resource {
        let document = self.document;
        let location = match item {
            Some(item) => Location::in_file(document.path, self.index.region(item.span.clone())),
            None => Location::file(document.path),
        };
        Resource {
            id: format!("resource:{}:{}#{name}", document.src.system, document.path),
            src: document.src.at(document.path),
            as_of: document.as_of,
            kind: kind.into(),
            subject: format!("vault-config:{}#{name}", document.path),
            location: Some(location),
            ..Resource::default()
        }
    }

    fn server(&self, items: &[Item], out: &mut Vec<Record>) {
        let raw = items.iter().rev().find(|item| is_named(item, "raw_storage_endpoint"));
        let mut server = self.resource(SERVER, "server", raw);
        server
            .attrs
            .insert("raw_storage_endpoint".into(), is_on(items, "raw_storage_endpoint").into());
        out.push(server.into());
        for (number, (item, settings)) in blocks(items, "listener").enumerate() {
            let mut listener = self.resource(LISTENER, &format!("listener-{number}"), Some(item));
            let kind = item.keys.get(1).map_or("tcp", |key| key.text.as_str());
            let address = setting(settings, "address").unwrap_or_else(|| "127.0.0.1:8200".into());
            listener.attrs.insert("listener_type".into(), kind.into());
            listener.attrs.insert("address".into(), address.into());
            listener.attrs.insert("tls_disable".into(), is_on(settings, "tls_disable").into());
            out.push(listener.into());
        }
    }

    fn agent(&self, items: &[Item], out: &mut Vec<Record>) {
        let Some((item, vault)) = blocks(items, "vault").next() else { return };
        let client = Client {
            kind: "agent",
            name: self.document.path.rsplit('/').next().unwrap_or_default().to_owned(),
            address: setting(vault, "address"),
            skips_verification: is_on(vault, "tls_skip_verify"),
            ..Client::default()
        };
        out.push(client.record(self.document, self.index.region(item.span.clone())).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Src;

    fn resources(path: &str, text: &str) -> Vec<Resource> {
        let src = Src::of("git", "example/repository");
        let as_of = jiff::Timestamp::UNIX_EPOCH;
        let document =
            Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of };
        let mut out = Vec::new();
        if accepts(&document) {
            read(&document, &mut out);
        }
        let resource = |record| match record {
            Record::Resource(resource) => resource,
            other => panic!("{other:?}"),
        };
        out.into_iter().map(resource).collect()
    }

    #[test]
    fn a_server_tells_its_listeners_in_either_notation() {
        let hcl = "storage \"raft\" {\n  path = \"/data\"\n}\nlistener \"tcp\" {\n  address     = \"0.0.0.0:8200\"\n  tls_disable = \"true\"\n}\nraw_storage_endpoint = true\n";
        let json = "{\"storage\": {\"raft\": {\"path\": \"/data\"}},\n \"listener\": {\"tcp\": {\"address\": \"0.0.0.0:8200\", \"tls_disable\": 1}},\n \"raw_storage_endpoint\": true}";
        for (path, text) in [("vault.hcl", hcl), ("vault.json", json)] {
            let found = resources(path, text);
            assert_eq!(found.len(), 2, "{path}: {found:?}");
            assert_eq!(found[0].attrs["raw_storage_endpoint"], true);
            assert_eq!(found[1].attrs["address"], "0.0.0.0:8200");
            assert_eq!(found[1].attrs["tls_disable"], true);
        }
    }

    #[test]
    fn other_programs_with_listeners_are_left_alone() {
        let boundary = "listener \"tcp\" {\n  purpose = \"api\"\n  tls_disable = true\n}\ncontroller {\n  name = \"a\"\n}\n";
        assert_eq!(resources("boundary.hcl", boundary), []);
    }
}
