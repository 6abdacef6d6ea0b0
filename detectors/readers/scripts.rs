//! What a shell script says about credentials: the variables it expands and sets, and passwords that stand
//! in a command.

use super::ci;

/// Something in a script that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding<'a> {
    /// A credential written out.
    Literal {
        /// The command or variable that it is given to.
        command: &'a str,
        /// Where the value stands, in bytes.
        offset: usize,
        /// How many characters it has.
        length: usize,
        /// A well-known placeholder.
        throwaway: bool,
    },
}

/// Commands that take a password behind one of these options.
const LOGINS: &[(&str, &[&str])] = &[
    ("docker login", &["-p", "--password"]),
    ("podman login", &["-p", "--password"]),
    ("buildah login", &["-p", "--password"]),
    ("helm registry login", &["-p", "--password"]),
    ("oras login", &["-p", "--password"]),
    ("skopeo login", &["-p", "--password"]),
    ("crane auth login", &["-p", "--password"]),
    ("az login", &["-p", "--password"]),
    ("ibmcloud login", &["--apikey"]),
    ("oc login", &["--token", "-p", "--password"]),
    ("vault login", &["-token", "--token"]),
    ("sshpass", &["-p"]),
];

/// Commands that sign in with what stands behind one of these words, and how the tables name them.
/// Without words: with what is piped or written to it.
const SIGN_INS: &[(&str, &[&str], &str)] = &[
    ("ssh-add", &[], "sh:ssh-add"),
    (".ssh/id_", &[], "sh:ssh-add"),
    ("gcloud auth activate-service-account", &["--key-file"], "sh:gcloud auth"),
    ("az login", &["-p", "--password"], "sh:az login"),
    ("aws configure set", &["aws_secret_access_key"], "sh:aws configure"),
    ("oc login", &["--token"], "sh:oc login"),
    ("kubectl config set-credentials", &["--token"], "sh:kubectl config"),
    ("vault login", &["-token", "--token"], "sh:vault login"),
    ("ibmcloud login", &["--apikey"], "sh:ibmcloud login"),
    ("doctl auth init", &["-t", "--access-token"], "sh:doctl auth"),
];

/// Commands that publish to PyPI, and the variable from which each takes its token unless it is told
/// otherwise. <https://twine.readthedocs.io/en/stable/#environment-variables>,
/// <https://docs.astral.sh/uv/reference/environment/>, <https://python-poetry.org/docs/configuration/>,
/// <https://hatch.pypa.io/latest/publish/>, <https://flit.pypa.io/en/stable/upload.html>
const PUBLISHERS: &[(&str, &str)] = &[
    ("twine upload", "TWINE_PASSWORD"),
    ("uv publish", "UV_PUBLISH_TOKEN"),
    ("poetry publish", "POETRY_PYPI_TOKEN_PYPI"),
    ("hatch publish", "HATCH_INDEX_AUTH"),
    ("flit publish", "FLIT_PASSWORD"),
];

/// Options that name another registry, or the login.
const TOLD: &[&str] = &[
    "-a",
    "--auth",
    "--config-file",
    "--dry-run",
    "--index",
    "-p",
    "--password",
    "--publish-url",
    "-r",
    "--repo",
    "--repository",
    "--repository-url",
    "-t",
    "--token",
];

/// The publishing commands that are told neither a registry nor a login: where each stands, and the variable
/// that it reads.
pub(crate) fn untold_publishers(script: &str) -> Vec<(usize, &'static str, &'static str)> {
    let of = |command: &'static str, variable: &'static str| {
        script.match_indices(command).filter_map(move |(place, _)| {
            let rest = &script[place + command.len()..];
            let mut broken = rest.match_indices(['\n', ';', '&', '|']);
            let end = broken.find(|(at, sign)| *sign != "\n" || !rest[..*at].ends_with('\\'));
            let arguments = &rest[..end.map_or(rest.len(), |(at, _)| at)];
            let option = |word: &str| TOLD.contains(&word.split('=').next().unwrap_or(word));
            (!arguments.split_whitespace().any(option)).then_some((place, command, variable))
        })
    };
    PUBLISHERS.iter().flat_map(|(command, variable)| of(command, variable)).collect()
}

/// The command that signs in with the variable which stands at a place of a script.
pub(crate) fn receiver(script: &str, place: usize) -> Option<&'static str> {
    let start = script[..place].rfind('\n').map_or(0, |at| at + 1);
    let end = script[place..].find('\n').map_or(script.len(), |at| place + at);
    let (before, after) = (&script[start..place], &script[place..end]);
    SIGN_INS
        .iter()
        .find(|(run, words, _)| match words {
            [] => after
                .split_once(['|', '>'])
                .is_some_and(|(_, rest)| rest.contains(run) && !rest.contains(".pub")),
            _ => {
                let argument = before.trim_end_matches(['"', '\'', '=', ' ', '\t']);
                let quoted = before.len() > argument.len();
                quoted && before.contains(run) && words.iter().any(|word| argument.ends_with(word))
            }
        })
        .map(|(_, _, name)| *name)
}

/// The credentials that are written out in a script.
pub(crate) fn scan(script: &str) -> Vec<Finding<'_>> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in script.split_inclusive('\n') {
        if line.contains("login") || line.contains("sshpass") {
            for (command, options) in LOGINS.iter().filter(|(command, _)| line.contains(command)) {
                found.extend(
                    options
                        .iter()
                        .filter_map(|option| literal_after(line, command, option, offset)),
                );
            }
        }
        if line.contains('=') {
            found.extend(assigned_literal(line, offset));
        }
        offset += line.len();
    }
    found
}

fn literal_after<'a>(
    line: &'a str,
    command: &'static str,
    option: &str,
    offset: usize,
) -> Option<Finding<'a>> {
    let start = line.find(command)? + command.len();
    let rest = &line[start..];
    let place = rest.match_indices(option).find(|(place, _)| {
        let after = &rest[place + option.len()..];
        rest[..*place].ends_with(char::is_whitespace) && after.starts_with([' ', '='])
    })?;
    let value_at = place.0 + option.len() + 1;
    let value = rest[value_at..].split_whitespace().next()?.trim_matches(['"', '\'']);
    let usable =
        value.len() >= 4 && !value.contains(['$', '{', '<', '`']) && !value.starts_with('-');
    usable.then(|| Finding::Literal {
        command,
        offset: offset + start + value_at,
        length: value.chars().count(),
        throwaway: ci::is_throwaway(command, value),
    })
}

/// `export NAME=value` and `NAME=value` at the start of a line.
fn assigned_literal(line: &str, offset: usize) -> Option<Finding<'_>> {
    let start = line.len() - line.trim_start().len();
    let mut at = start;
    if let Some(rest) = line[start..].strip_prefix("export ") {
        at = line.len() - rest.trim_start().len();
    }
    let (name, rest) = line[at..].split_once('=')?;
    let value = rest.split([' ', '\n', ';', '\t']).next()?.trim_matches(['"', '\'']);
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_name && ci::is_literal_credential(name, value) && !value.contains(['(', '`', '*'])).then(
        || Finding::Literal {
            command: name,
            offset: offset + at + name.len() + 1,
            length: value.chars().count(),
            throwaway: ci::is_throwaway(name, value),
        },
    )
}

/// The variables that a text expands, with their place: `$NAME`, `${NAME}`. `$$` is a dollar sign.
pub(crate) fn variables(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('$').filter_map(move |(place, _)| {
        let bytes = text.as_bytes();
        if place > 0 && (bytes[place - 1] == b'$' || bytes[place - 1] == b'\\') {
            return None;
        }
        let rest = &text[place + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()))
            .then_some((place, name))
    })
}

/// The variables that a script sets: `NAME=…`, `export NAME=…`, `read NAME`.
pub(crate) fn assigned(script: &str) -> impl Iterator<Item = &str> {
    script.split(['\n', ';', '&', '|', '(']).filter_map(|command| {
        let command = command.trim_start();
        let command = ["export ", "local ", "declare ", "readonly "]
            .iter()
            .find_map(|word| command.strip_prefix(word))
            .unwrap_or(command)
            .trim_start();
        if let Some(read) = command.strip_prefix("read ") {
            return read.split_whitespace().last();
        }
        let (name, _) = command.split_once('=')?;
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        is_name.then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(script: &str) -> Vec<&str> {
        scan(script).into_iter().map(|Finding::Literal { command, .. }| command).collect()
    }

    #[test]
    fn passwords_on_the_command_line_are_seen() {
        assert_eq!(literals("docker login -u me -p horsebattery"), ["docker login"]);
        assert_eq!(literals("make\ndocker login --password=horsebattery reg"), ["docker login"]);
        assert_eq!(literals("export DB_PASSWORD=horsebattery"), ["DB_PASSWORD"]);
        assert!(literals("docker login -u me -p $PASS; docker login --password-stdin").is_empty());
        assert!(literals("docker login -p ${{ secrets.X }}").is_empty());
        assert!(literals("TOKEN=$(get-token)\nif [ \"$PASSWORD\" == x ]; then").is_empty());
        assert!(literals("echo docker login; docker pull -p x").is_empty());
    }

    #[test]
    fn a_command_that_publishes_reads_its_variable_unless_it_is_told_otherwise() {
        let variables = |script: &str| -> Vec<&str> {
            untold_publishers(script).into_iter().map(|(_, _, variable)| variable).collect()
        };
        assert_eq!(variables("python -m twine upload dist/*"), ["TWINE_PASSWORD"]);
        assert_eq!(variables("uv build && uv publish; rm -r dist"), ["UV_PUBLISH_TOKEN"]);
        assert!(variables("twine upload \\\n  --repository-url $URL dist/*").is_empty());
        assert!(variables("twine upload -u me -p $PASS dist/*").is_empty());
        assert!(variables("uv publish --token=$T; twine check dist/*").is_empty());
    }

    #[test]
    fn the_command_that_signs_in_is_known() {
        let receiver = |script: &str| receiver(script, script.find("$X").unwrap());
        assert_eq!(receiver("a\necho \"$X\" | tr -d '\\r' | ssh-add -\nb"), Some("sh:ssh-add"));
        assert_eq!(
            receiver("(umask 077; echo $X | base64 -d > ~/.ssh/id_rsa)"),
            Some("sh:ssh-add")
        );
        assert_eq!(receiver("az login --service-principal -u $A -p \"$X\""), Some("sh:az login"));
        assert_eq!(
            receiver("gcloud auth activate-service-account --key-file=$X"),
            Some("sh:gcloud auth")
        );
        assert_eq!(receiver("echo $X > ~/.ssh/id_rsa.pub"), None);
        assert_eq!(receiver("az login -u $X -p $Y"), None);
        assert_eq!(receiver("ssh-add -; echo $X > out"), None);
        assert_eq!(receiver("az account show -p $X"), None);
    }

    #[test]
    fn variables_expanded_and_set() {
        let names: Vec<&str> = variables("a $B ${C} $$D \\$E $1 ${F:-x}").map(|(_, n)| n).collect();
        assert_eq!(names, ["B", "C", "F"]);
        let set: Vec<&str> = assigned("A=1; export B=2\nread -r C\nif [ x = y ]").collect();
        assert_eq!(set, ["A", "B", "C"]);
    }
}
