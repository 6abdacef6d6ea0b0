//! What a command fetches and runs: the package behind `npx`, the image behind `docker run`.

use crate::{
    evidence::{
        Region,
        pipeline::{Component, ComponentKind, Pin},
    },
    readers::ci::image_reference,
};

/// Runners that execute code of the project itself; what they are called with is no server.
const LOCAL_RUNNERS: &[&str] = &["tsx", "ts-node", "nodemon", "tsc", "nx", "turbo"];

/// Options of `docker run` that take a value.
const DOCKER_VALUES: &[&str] = &[
    "-e",
    "--env",
    "--env-file",
    "-v",
    "--volume",
    "--mount",
    "--name",
    "-p",
    "--publish",
    "--network",
    "--net",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--entrypoint",
    "--platform",
    "--add-host",
    "-l",
    "--label",
    "--pull",
    "-m",
    "--memory",
    "--cpus",
    "--gpus",
    "-h",
    "--hostname",
    "--cap-add",
    "--cap-drop",
    "--security-opt",
    "--device",
];

/// A word of a command line with its place.
pub(super) type Word = (String, Option<Region>);

/// The program's own name: without folder and ending.
fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    [".exe", ".cmd", ".bat"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// Takes `cmd /c`, `env A=b`, `wsl` and `sudo` away from the front of a command.
pub(super) fn unwrap(words: &[Word]) -> &[Word] {
    let Some((first, rest)) = words.split_first() else { return words };
    let skip = match program(&first.0) {
        "cmd" if rest.first().is_some_and(|w| w.0.eq_ignore_ascii_case("/c")) => 2,
        "wsl" | "sudo" => 1,
        "env" => 1 + rest.iter().take_while(|w| w.0.contains('=')).count(),
        _ => return words,
    };
    words.get(skip..).unwrap_or_default()
}

/// The package or image that a command line runs, if it fetches one.
pub(super) fn package(words: &[Word]) -> Option<(Component, Option<Region>)> {
    let (first, rest) = unwrap(words).split_first()?;
    let second = rest.first().map_or("", |w| w.0.as_str());
    match program(&first.0) {
        "npx" | "bunx" | "pnpx" => npm(rest),
        "npm" if matches!(second, "exec" | "x") => npm(&rest[1..]),
        "pnpm" | "yarn" if second == "dlx" => npm(&rest[1..]),
        "bun" if second == "x" => npm(&rest[1..]),
        "uvx" => python(rest),
        "uv" if second == "tool" => python(rest.get(2..)?),
        "pipx" if second == "run" => python(&rest[1..]),
        "docker" | "podman" if second == "run" => image(&rest[1..]),
        _ => None,
    }
}

/// The first word that is no option; an option of `named` names it.
fn target<'w>(words: &'w [Word], named: &[&str], values: &[&str]) -> Option<&'w Word> {
    let mut iter = words.iter();
    while let Some(word) = iter.next() {
        let (option, value) = word.0.split_once('=').unwrap_or((&word.0, ""));
        if named.contains(&option) && value.is_empty() {
            return iter.next();
        }
        if values.contains(&word.0.as_str()) {
            iter.next();
        } else if !word.0.starts_with('-') {
            return Some(word);
        }
    }
    None
}

fn npm(words: &[Word]) -> Option<(Component, Option<Region>)> {
    let (text, region) = target(words, &["-p", "--package"], &["--registry", "-c"])?;
    // `@scope/name@1.2.3`: the first character is no separator.
    let at = text.char_indices().skip(1).filter(|(_, c)| *c == '@').map(|(at, _)| at).last();
    let (name, version) = match at {
        Some(at) if !text.contains("://") => (&text[..at], Some(&text[at + 1..])),
        _ => (text.as_str(), None),
    };
    let local = name.starts_with(['.', '/']) || LOCAL_RUNNERS.contains(&name);
    if local || name.contains('$') {
        return None;
    }
    let pin = match version {
        Some(version) if is_exact(version) => Pin::Digest,
        _ => commit_pin(text),
    };
    Some((component(name, version, pin), *region))
}

fn python(words: &[Word]) -> Option<(Component, Option<Region>)> {
    let values = ["--python", "-p", "--with", "--index-url", "--index", "--directory"];
    let (text, region) = target(words, &["--from", "--spec"], &values)?;
    if text.starts_with(['.', '/']) || text.contains('$') {
        return None;
    }
    let (name, version) = text
        .split_once("==")
        .or_else(|| text.split_once('@').filter(|_| !text.contains("://")))
        .map_or((text.as_str(), None), |(name, version)| (name, Some(version)));
    let pin = match version {
        Some(version) if is_exact(version) => Pin::Digest,
        _ => commit_pin(text),
    };
    Some((component(name, version, pin), *region))
}

fn image(words: &[Word]) -> Option<(Component, Option<Region>)> {
    let (text, region) = target(words, &[], DOCKER_VALUES)?;
    let (name, reference, pin) = image_reference(text, text.contains('$'));
    // An image without a registry and without a namespace other than Docker's own may be built here.
    let mut component = component(&name, reference.as_deref(), pin);
    component.kind = ComponentKind::Image;
    if !name.contains('/') {
        component.pin = Pin::Local;
    }
    Some((component, *region))
}

fn component(name: &str, version: Option<&str>, pin: Pin) -> Component {
    Component {
        kind: ComponentKind::Tool,
        name: name.to_owned(),
        reference: version.map(str::to_owned),
        pin,
        ..Component::default()
    }
}

/// A version that the registry gives out once and never again: npm and PyPI do not let one be replaced.
fn is_exact(version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain.split('.').count() >= 3
        && plain.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        || version.split('.').count() == 2
            && version.len() > 3
            && version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// A git address is fixed when it ends with a full commit.
fn commit_pin(text: &str) -> Pin {
    let last = text.rsplit(['#', '@']).next().unwrap_or_default();
    if crate::readers::ci::is_commit(last) { Pin::Digest } else { Pin::Floating }
}

/// What `docker run` mounts from this machine.
pub(super) fn mounts(words: &[Word]) -> Vec<(&str, Option<Region>)> {
    let words = unwrap(words);
    if !words.first().is_some_and(|w| matches!(program(&w.0), "docker" | "podman")) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut iter = words.iter().peekable();
    while let Some((text, region)) = iter.next() {
        let (option, value) = text.split_once('=').unwrap_or((text, ""));
        let (value, region) = match option {
            "-v" | "--volume" | "--mount" if value.is_empty() => match iter.next() {
                Some((value, region)) => (value.as_str(), region),
                None => continue,
            },
            "-v" | "--volume" => (value, region),
            "--mount" => (text.trim_start_matches("--mount="), region),
            _ => continue,
        };
        let source = value
            .split(',')
            .find_map(|part| part.strip_prefix("src=").or_else(|| part.strip_prefix("source=")));
        let host = source.unwrap_or_else(|| before_colon(value));
        found.push((host, *region));
    }
    found
}

/// `C:\x:/y` has a colon of its own.
fn before_colon(value: &str) -> &str {
    let drive = matches!(value.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let from = if drive { 2 } else { 0 };
    value[from..].find(':').map_or(value, |at| &value[..from + at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        text.split(' ').map(|w| (w.to_owned(), None)).collect()
    }

    fn found(text: &str) -> Option<(String, Pin)> {
        package(&words(text)).map(|(c, _)| (c.name, c.pin))
    }

    #[test]
    fn packages_behind_their_runners() {
        let is = |name: &str, pin| Some((name.to_owned(), pin));
        assert_eq!(found("npx -y @scope/server"), is("@scope/server", Pin::Floating));
        assert_eq!(found("npx -y @scope/server@latest x"), is("@scope/server", Pin::Floating));
        assert_eq!(found("npx @scope/server@1.2.3"), is("@scope/server", Pin::Digest));
        assert_eq!(found("npx server@^1.2.3"), is("server", Pin::Floating));
        assert_eq!(found("cmd /c npx -y server@2"), is("server", Pin::Floating));
        assert_eq!(found("C:\\node\\npx.cmd server"), is("server", Pin::Floating));
        assert_eq!(found("npx -y --package=server tool"), is("tool", Pin::Floating));
        assert_eq!(found("npx -p server@1.0.0 tool"), is("server", Pin::Digest));
        assert_eq!(found("uvx --from server==2025.4.1 tool"), is("server", Pin::Digest));
        assert_eq!(found("uvx --python 3.12 server"), is("server", Pin::Floating));
        assert_eq!(
            found("docker run -i --rm -e TOKEN ghcr.io/a/b"),
            is("ghcr.io/a/b", Pin::Floating)
        );
        assert_eq!(found("docker run --env=A=b a/b:1 --flag"), is("a/b", Pin::Tag));
        assert_eq!(found("docker run -i mine"), is("mine", Pin::Local));
        assert_eq!(found("npx tsx server.ts"), None);
        assert_eq!(found("npx ./server"), None);
        assert_eq!(found("uv run server.py"), None);
        assert_eq!(found("node dist/index.js"), None);
        assert_eq!(found("npx"), None);
    }

    #[test]
    fn folders_that_docker_mounts() {
        let mounted = |text: &str| -> Vec<String> {
            mounts(&words(text)).into_iter().map(|(m, _)| m.to_owned()).collect()
        };
        assert_eq!(mounted("docker run -v /:/host -v C:\\Users:/u a/b"), ["/", "C:\\Users"]);
        assert_eq!(mounted("docker run --mount type=bind,src=/home/me,dst=/x a/b"), ["/home/me"]);
        assert_eq!(mounted("docker run --mount=type=bind,src=/a,dst=/x a/b"), ["/a"]);
        assert!(mounted("npx -v /:/x").is_empty());
    }
}
