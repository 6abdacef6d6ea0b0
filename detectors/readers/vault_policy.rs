//! Vault and OpenBao policies in files of their own (`.hcl`, `.json`, `.policy`).

use super::Document;
use crate::{
    evidence::{LineIndex, Location, Policy, Record},
    policy::vault::{Capabilities, VaultPolicy},
};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// The language of the records that this reader makes.
pub const LANGUAGE: &str = "vault-acl";

/// A file that begins a `path "…"` block and names capabilities means to be a policy, even when it
/// is broken. Terraform, Nomad, Packer, Consul and server configuration do not look like this.
static LOOKS_LIKE_POLICY: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "a literal, covered by a test")]
    Regex::new(r#"(?m-u)(?:^|[{},;])\s*"?path"?\s*(?:"[^"\n]*"\s*\{|:\s*[\[{])"#).unwrap()
});

/// True for a file that is, or means to be, a policy.
pub(super) fn accepts(document: &Document) -> bool {
    let known = [".hcl", ".json", ".policy"].iter().any(|end| document.path.ends_with(end));
    known && LOOKS_LIKE_POLICY.is_match(document.bytes) && names_capabilities(document.bytes)
}

fn names_capabilities(bytes: &[u8]) -> bool {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        #[expect(clippy::unwrap_used, reason = "a literal, covered by a test")]
        Regex::new(r#"(?-u)\b(?:capabilities|policy)"?\s*[=:]"#).unwrap()
    });
    WORDS.is_match(bytes)
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    const REMEDY: &str =
        "mend the policy; `vault policy fmt FILE` or `bao policy fmt FILE` shows the same error";
    let Ok(text) = std::str::from_utf8(document.bytes) else {
        out.push(document.unreadable("the policy is not UTF-8", "save the file as UTF-8").into());
        return;
    };
    match VaultPolicy::parse_any(text, document.as_of) {
        Ok(policy)
            if policy.rules.iter().all(|r| !r.expired && r.capabilities == Capabilities::NONE) => {}
        Ok(policy) => out.push(record(document, text, &policy).into()),
        Err(_) if !names_its_folder(document.path) && text.trim_start().starts_with('{') => {}
        Err(error) => {
            let (line, column) = LineIndex::new(document.bytes).position(error.offset());
            let why =
                format!("not a policy that Vault accepts: line {line}, column {column}: {error}");
            let mut coverage = document.unreadable(why, REMEDY);
            coverage.kinds = vec!["policy".into()];
            coverage.line = Some(line.into());
            out.push(coverage.into());
        }
    }
}

/// Broken JSON is taken for a broken policy only where its path says so: too much JSON has a `path`.
fn names_its_folder(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.contains("polic") || path.contains("vault")
}

fn record(document: &Document, text: &str, policy: &VaultPolicy) -> Policy {
    let first = policy.rules.first().map_or(0..0, |rule| rule.span.clone());
    let region = LineIndex::new(document.bytes).region(first);
    Policy {
        id: format!("policy:{}:{}", document.src.system, document.path),
        src: document.src.at(document.path),
        as_of: document.as_of,
        language: LANGUAGE.into(),
        subject: format!("vault-policy:{}", name(document.path)),
        document: text.to_owned(),
        location: Some(Location::in_file(document.path, region)),
        ..Policy::default()
    }
}

/// The policy's name by its file: the file name without its endings.
fn name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem =
        [".hcl", ".json", ".policy"].iter().fold(file, |n, end| n.strip_suffix(end).unwrap_or(n));
    stem.strip_suffix(".policy").unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evidence::Src, readers::read_document};
    use jiff::Timestamp;

    fn records(path: &str, text: &str) -> Vec<Record> {
        let src = Src::of("git", "example/repository");
        let as_of = Timestamp::UNIX_EPOCH;
        let mut out = Vec::new();
        let document =
            Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of };
        read_document(&document, &mut out);
        out.retain(|r| matches!(r, Record::Policy(_) | Record::Coverage(_)));
        out
    }

    #[test]
    fn a_policy_keeps_its_name_its_text_and_its_place() {
        let text = "# ci\npath \"a/*\" { capabilities = [\"read\"] }\n";
        let found = records("vault/policies/ci-deploy.policy.hcl", text);
        let [Record::Policy(policy)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(policy.subject, "vault-policy:ci-deploy");
        assert_eq!(policy.document, text);
        assert_eq!(policy.location.as_ref().unwrap().region.unwrap().start_line, 2);
    }

    #[test]
    fn a_broken_policy_is_said_with_its_line() {
        let found = records("policies/a.hcl", "path \"a\" {\n  capabilities = [\"reed\"]\n}\n");
        let [Record::Coverage(coverage)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(coverage.line, Some(2));
        assert!(coverage.why.as_ref().unwrap().contains("`reed`"), "{coverage:?}");
    }

    #[test]
    fn other_languages_are_left_alone() {
        for (path, text) in [
            ("main.hcl", "locals {\n  path = \"a\"\n}\n"),
            ("consul.hcl", "key_prefix \"a\" {\n  policy = \"read\"\n}\n"),
            ("nomad.hcl", "namespace \"default\" {\n  policy = \"read\"\n}\n"),
            ("config.hcl", "storage \"raft\" {\n  path = \"/vault/data\"\n}\n"),
            ("package.json", "{\"path\": {\"to\": \"x\"}, \"name\": \"y\"}"),
            ("openapi.json", "{\"path\": {\"a\": {\"policy\": \"x\"}}, \"other\": 1}"),
        ] {
            assert_eq!(records(path, text), [], "{path}");
        }
    }
}
