//! Programs that a script fetches and runs at once: an installer piped into a shell, a package without a
//! version.

use crate::evidence::pipeline::Pin;

/// A program fetched by a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fetched<'a> {
    /// The address or the package.
    pub name: &'a str,
    /// The version, tag or range asked for.
    pub reference: Option<&'a str>,
    /// How firmly it is fixed.
    pub pin: Pin,
    /// Where the name stands, in bytes.
    pub offset: usize,
}

/// Programs that run what they read.
const SHELLS: &[&str] = &[
    "sh", "bash", "zsh", "dash", "ash", "python", "python3", "node", "perl", "ruby", "iex", "pwsh",
];
/// Words before a program that change nothing about it.
const WRAPPERS: &[&str] = &["sudo", "-E", "-H", "-n", "env", "exec", "command", "time"];
/// Installers and runners of packages, and what parts a package from its version.
const INSTALLERS: &[(&[&str], &str)] = &[
    (&["npx"], "@"),
    (&["pnpm", "dlx"], "@"),
    (&["yarn", "dlx"], "@"),
    (&["bunx"], "@"),
    (&["npm", "install", "-g"], "@"),
    (&["npm", "i", "-g"], "@"),
    (&["npm", "install", "--global"], "@"),
    (&["yarn", "global", "add"], "@"),
    (&["pnpm", "add", "-g"], "@"),
    (&["uvx"], "@"),
    (&["pipx", "run"], "=="),
    (&["pipx", "install"], "=="),
    (&["pip", "install"], "=="),
    (&["pip3", "install"], "=="),
    (&["go", "install"], "@"),
];
/// Options of the installers that take a value.
const WITH_VALUE: &[&str] = &[
    "-r",
    "-c",
    "-i",
    "-t",
    "-f",
    "-e",
    "-p",
    "--index-url",
    "--extra-index-url",
    "--target",
    "--package",
    "--registry",
    "--prefix",
    "--python",
    "--from",
    "--requirement",
    "--constraint",
];

/// The programs that a script fetches and runs.
pub(crate) fn fetched(script: &str) -> Vec<Fetched<'_>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in script.split_inclusive('\n') {
        if !line.trim_start().starts_with('#') {
            if line.contains("://") {
                found.extend(piped(line, offset));
            }
            packages(line, offset, &mut found);
        }
        offset += line.len();
    }
    found
}

/// `curl URL | sh`, `bash <(curl URL)`, `sh -c "$(curl URL)"`, `iex (iwr URL)`.
fn piped(line: &str, offset: usize) -> Option<Fetched<'_>> {
    let fetch = ["curl", "wget", "iwr", "irm", "Invoke-WebRequest", "DownloadString("]
        .iter()
        .filter_map(|word| line.find(word))
        .min()?;
    let url = line[fetch..].find("https://").or_else(|| line[fetch..].find("http://"))? + fetch;
    let end = line[url..]
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '|' | ';' | '>' | '`'))
        .map_or(line.len(), |end| url + end);
    let into_shell = line[end..].split('|').skip(1).any(runs)
        || ["<(", "$(", "`", "("].iter().any(|open| {
            line[..fetch].trim_end_matches(['"', '\'']).trim_end().strip_suffix(open).is_some_and(
                |before| before.trim_end_matches(['"', '\'', ' ']).split_whitespace().any(is_shell),
            )
        });
    if !into_shell {
        return None;
    }
    let name = &line[url..end];
    let fixed = name
        .split(['/', '@', '='])
        .any(|part| part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit()));
    let pin = match fixed {
        true => Pin::Digest,
        false if name.contains('$') => Pin::Dynamic,
        false => Pin::Floating,
    };
    Some(Fetched { name, reference: None, pin, offset: offset + url })
}

fn runs(command: &str) -> bool {
    let mut words =
        command.split_whitespace().filter(|word| !WRAPPERS.contains(word) && !word.contains('='));
    words.next().is_some_and(is_shell)
}

fn is_shell(word: &str) -> bool {
    let word = word.trim_end_matches([';', ')']);
    SHELLS.contains(&word.rsplit('/').next().unwrap_or(word))
}

/// `npx PACKAGE@latest`, `pip install PACKAGE`.
fn packages<'a>(line: &'a str, offset: usize, found: &mut Vec<Fetched<'a>>) {
    if !["npx", "dlx", "bunx", "-g", "global", "uvx", "pipx", "pip", "go install"]
        .iter()
        .any(|word| line.contains(word))
    {
        return;
    }
    for command in line.split(['|', ';', '&', '(', ')']) {
        let words: Vec<&str> =
            command.split_whitespace().filter(|word| !WRAPPERS.contains(word)).collect();
        let Some((head, mark)) = INSTALLERS.iter().find(|(head, _)| words.starts_with(head)) else {
            continue;
        };
        let arguments = words.get(head.len()..).unwrap_or_default();
        if arguments
            .iter()
            .any(|word| matches!(*word, "-r" | "--requirement" | "--require-hashes" | "-e"))
        {
            continue;
        }
        let several = head.contains(&"install") || head.contains(&"add") || head.contains(&"i");
        let mut named = 0;
        let mut previous = "";
        for word in arguments {
            let is_value = WITH_VALUE.contains(&previous);
            previous = word;
            let text = word.trim_matches(['"', '\'', '`']);
            if is_value || text.starts_with('-') || (!several && named > 0) {
                continue;
            }
            named += 1;
            let Some(fetched) = package(text, mark, head) else { continue };
            let place = text.as_ptr() as usize - line.as_ptr() as usize;
            found.push(Fetched { offset: offset + place, ..fetched });
        }
    }
}

/// A package of a registry; nothing for paths, the installers themselves, and programs that a lock file of
/// the project can fix.
fn package<'a>(text: &'a str, mark: &str, head: &[&str]) -> Option<Fetched<'a>> {
    let fixes_itself =
        matches!(text, "pip" | "setuptools" | "wheel" | "npm" | "yarn" | "pnpm" | "corepack");
    let path = text.starts_with(['.', '/', '$', '<', '>', '~'])
        || text.contains("://")
        || text.contains('*');
    if text.is_empty() || fixes_itself || path {
        return None;
    }
    let from = usize::from(text.starts_with('@'));
    let (name, reference) = match text[from..].find(mark) {
        Some(at) => (&text[..from + at], Some(&text[from + at + mark.len()..])),
        None => (text, None),
    };
    let exact = |r: &str| {
        r.split('.').count() >= 3
            && r.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
    };
    let pin = match reference {
        Some(r) if r.contains('$') => Pin::Dynamic,
        Some(r) if exact(r) || mark == "==" => Pin::Digest,
        Some(r) if r.starts_with(|c: char| c.is_ascii_digit()) => Pin::Tag,
        // `npx tool` runs what the project has installed, at the version of its lock file.
        None if matches!(head, ["npx" | "bunx"]) => return None,
        _ => Pin::Floating,
    };
    Some(Fetched { name, reference, pin, offset: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn movable(script: &str) -> Vec<&str> {
        let all = fetched(script);
        for one in &all {
            assert!(script[one.offset..].starts_with(one.name), "{one:?}");
        }
        all.into_iter().filter(|one| one.pin.is_movable()).map(|one| one.name).collect()
    }

    #[test]
    fn installers_piped_into_a_shell() {
        for script in [
            "curl -sSfL https://x.example/i.sh | sudo -E bash -s -- -y",
            "a\nbash <(curl -s https://x.example/i.sh)",
            "sh -c \"$(curl -fsSL https://x.example/i.sh)\"",
            "wget -qO- https://x.example/i.sh | VERSION=1 sh",
        ] {
            assert_eq!(movable(script), ["https://x.example/i.sh"], "{script}");
        }
        for script in [
            "curl https://x.example/i.sh -o i.sh",
            "# curl https://x.example/i.sh | sh",
            "curl https://x.example/a.tgz | tar xz",
            "curl -s https://x.example/api | jq .x | tee y",
            "X=$(curl https://x.example/v)",
        ] {
            assert!(movable(script).is_empty(), "{script}");
        }
        let commit = "0123456789012345678901234567890123456789";
        assert!(movable(&format!("curl https://x.example/{commit}/i.sh | sh")).is_empty());
    }

    #[test]
    fn packages_without_a_version() {
        assert_eq!(movable("npx semantic-release@latest --dry-run x"), ["semantic-release"]);
        assert_eq!(movable("npx -y @scope/tool@17 run"), ["@scope/tool"]);
        assert_eq!(
            movable("sudo pip install --upgrade pip twine 'awscli' && twine upload dist/x"),
            ["twine", "awscli"]
        );
        assert_eq!(movable("npm install -g firebase-tools serverless@3.38.0"), ["firebase-tools"]);
        assert_eq!(
            movable("go install example.org/x@latest; uvx ruff check"),
            ["example.org/x", "ruff"]
        );
        for script in [
            "npx tsc",
            "npm ci",
            "npm install",
            "pip install -r requirements.txt",
            "pip install .",
            "pip install twine==5.0.0",
            "npx tool@1.2.3",
            "pip install ./dist/x.whl",
            "echo npx",
            "npx tool@$VERSION",
            "pip install -e .[test]",
        ] {
            assert!(movable(script).is_empty(), "{script}");
        }
    }
}
