//! Where a value stands in a row, and text made of such values: `entra:{principalId|lower}`.

use crate::readers::secrets;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// One step into a row.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// A member, by name.
    Key(String),
    /// The element of a list whose member has a value: `[key=Justification]`.
    Where(String, String),
}

/// Where a value stands: `scheduleInfo.expiration.endDateTime`, `events."https://…".reason`,
/// `additionalDetails[key=Justification].value`, `targetResources.0.id`; `.` is the row itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    text: String,
    steps: Vec<Step>,
}

impl Path {
    /// Reads a path.
    pub(super) fn parse(text: &str) -> Result<Path, String> {
        let (mut steps, mut rest) = (Vec::new(), text.trim());
        if rest == "." {
            return Ok(Path { text: text.to_owned(), steps });
        }
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (key, after) = quoted.split_once('"').ok_or("a quote is not closed")?;
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            } else if let Some(choice) = rest.strip_prefix('[') {
                let (choice, after) = choice.split_once(']').ok_or("a bracket is not closed")?;
                let (key, value) = choice.split_once('=').ok_or("expected [member=value]")?;
                steps.push(Step::Where(key.trim().to_owned(), value.trim().to_owned()));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                steps.push(Step::Key(rest[..end].trim().to_owned()));
                rest = &rest[end..];
            }
            if let Some(after) = rest.strip_prefix('.') {
                rest = after;
            }
        }
        Ok(Path { text: text.trim().to_owned(), steps })
    }

    /// The path as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The value in a row. A column whose whole name is the path comes first: CSV headers have dots.
    pub(super) fn find<'v>(&self, row: &'v Value) -> Option<&'v Value> {
        if let Some(value) = row.as_object().and_then(|object| object.get(&self.text)) {
            return Some(value);
        }
        self.steps.iter().try_fold(row, |value, step| match step {
            Step::Key(key) => match value {
                Value::Object(members) => members.get(key),
                Value::Array(elements) => elements.get(key.parse::<usize>().ok()?),
                _ => None,
            },
            Step::Where(key, wanted) => value.as_array()?.iter().find(|element| {
                element.get(key).and_then(text_of).is_some_and(|is| is.eq_ignore_ascii_case(wanted))
            }),
        })
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        Path::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A single value as text; `None` for null, blanks, lists and objects.
pub(super) fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// What is done to a value before it goes into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    /// Lower case.
    Lower,
    /// What follows the last `/`, `\` or `:`.
    Last,
    /// What stands before the first `@`.
    Local,
    /// The account of an Amazon resource name.
    Account,
    /// A URL without its scheme and its last slash: how issuers are written.
    Host,
    /// `owner/name` of a repository in a URL of GitHub's API.
    Repository,
    /// The fingerprint of a public key as OpenSSH writes it (`SHA256:…`).
    SshFingerprint,
    /// The fingerprint of the public key of a certificate in base64, written in the same way.
    CertificateKey,
    /// The address of a service account in a resource name of Google Cloud.
    ServiceAccount,
    /// Bytes, in base64 or in hexadecimal digits, as lower-case hexadecimal digits.
    Hex,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Path, Vec<Filter>),
}

/// Text with places for values. It gives nothing when one of its values is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

impl Template {
    /// Reads a template.
    pub(super) fn parse(text: &str) -> Result<Template, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (inside, after) = after.split_once('}').ok_or("a brace is not closed")?;
            let mut words = inside.split('|');
            let path = Path::parse(words.next().unwrap_or_default())?;
            parts.push(Part::Value(path, words.map(filter).collect::<Result<_, _>>()?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Template(parts))
    }

    /// The text for a row; the innermost scope that has a value gives it.
    pub(super) fn fill(&self, scopes: &[&Value]) -> Option<String> {
        self.0.iter().try_fold(String::new(), |mut text, part| {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Value(path, filters) => {
                    let found = scopes.iter().find_map(|row| path.find(row).and_then(text_of))?;
                    let value = filters.iter().fold(found, |value, f| f.apply(value));
                    text.push_str(Some(value.as_str()).filter(|value| !value.is_empty())?);
                }
            }
            Some(text)
        })
    }

    /// The value itself where the template is nothing but one path.
    pub(super) fn whole<'v>(&self, scopes: &[&'v Value]) -> Option<&'v Value> {
        match self.0.as_slice() {
            [Part::Value(path, filters)] if filters.is_empty() => {
                scopes.iter().find_map(|scope| path.find(scope))
            }
            _ => None,
        }
    }

    /// The paths that it names.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(path, _) => Some(path.text()),
            Part::Text(_) => None,
        })
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Template, D::Error> {
        Template::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn filter(word: &str) -> Result<Filter, String> {
    match word.trim() {
        "lower" => Ok(Filter::Lower),
        "last" => Ok(Filter::Last),
        "local" => Ok(Filter::Local),
        "account" => Ok(Filter::Account),
        "host" => Ok(Filter::Host),
        "repository" => Ok(Filter::Repository),
        "ssh_fingerprint" => Ok(Filter::SshFingerprint),
        "certificate_key" => Ok(Filter::CertificateKey),
        "service_account" => Ok(Filter::ServiceAccount),
        "hex" => Ok(Filter::Hex),
        other => Err(format!(
            "no filter `{other}`; there are: lower, last, local, account, host, repository, ssh_fingerprint, certificate_key, service_account, hex"
        )),
    }
}

impl Filter {
    fn apply(self, value: String) -> String {
        match self {
            Filter::Lower => value.to_lowercase(),
            Filter::Last => value.rsplit(['/', '\\', ':']).next().unwrap_or_default().to_owned(),
            Filter::Local => value.split('@').next().unwrap_or_default().to_owned(),
            Filter::Account => value.split(':').nth(4).unwrap_or_default().to_owned(),
            Filter::Host => {
                let rest = value.split_once("://").map_or(value.as_str(), |(_, rest)| rest);
                rest.trim_end_matches('/').to_owned()
            }
            Filter::Repository => {
                let rest = value.split_once("/repos/").map_or("", |(_, rest)| rest);
                rest.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")
            }
            Filter::SshFingerprint => {
                let blob = value.split_whitespace().find_map(|word| STANDARD.decode(word).ok());
                blob.filter(|blob| blob.len() > 16)
                    .map_or_else(String::new, |blob| secrets::ssh_fingerprint(&blob))
            }
            Filter::CertificateKey => {
                let key =
                    STANDARD.decode(&value).ok().and_then(|der| secrets::certificate_key(&der));
                key.unwrap_or_default()
            }
            Filter::ServiceAccount => {
                let rest = value.split_once("/serviceAccounts/").map_or("", |(_, rest)| rest);
                rest.split('/').next().unwrap_or_default().to_owned()
            }
            Filter::Hex => hex(&value),
        }
    }
}

/// Digits stay digits; base64 of bytes, or of digits, becomes digits.
fn hex(value: &str) -> String {
    let is_digits = |text: &str| text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_digits(value) {
        return value.to_ascii_lowercase();
    }
    let bytes = STANDARD.decode(value).unwrap_or_default();
    match std::str::from_utf8(&bytes) {
        Ok(text) if is_digits(text) => text.to_ascii_lowercase(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
