//! `overstay.toml`: one typed struct, every default written down once.

use crate::sources::Spec;
use jiff::civil::Date;
use overstay_detectors::evidence::Thresholds;
use overstay_rules::{Band, Persona};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The file's name.
pub const FILE_NAME: &str = "overstay.toml";

/// Everything that a project can set.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The lowest band that makes the exit code 3.
    pub fail_on: Band,
    /// Whose rules run.
    pub persona: Persona,
    /// Rules, by slug or alias, that do not run.
    pub disable: BTreeSet<String>,
    /// What is walked.
    pub walk: Walk,
    /// How a live Vault is read.
    pub vault: Vault,
    /// What policies of the user's own may take.
    pub policies: Policies,
    /// What counts as late, old or long.
    pub thresholds: Thresholds,
    /// How live AWS accounts are read.
    pub aws: Aws,
    /// What is read when the command line names nothing, `NAME` or `NAME=ARG`. Only of a file that the
    /// user names: the settings of a checkout must not choose whom our credentials are sent to.
    pub sources: Vec<Spec>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            fail_on: Band::Low,
            persona: Persona::Regular,
            disable: BTreeSet::new(),
            walk: Walk::default(),
            vault: Vault::default(),
            policies: Policies::default(),
            thresholds: Thresholds::default(),
            aws: Aws::default(),
            sources: Vec::new(),
        }
    }
}

/// What is walked in a checkout.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Walk {
    /// Larger files are only searched for credentials, part by part; larger archives are named and
    /// not read.
    pub max_file_bytes: u64,
    /// Files larger than this many bytes are named and not read.
    pub max_searched_bytes: u64,
    /// Paths, in `.gitignore` syntax, that are not read; the scan says so.
    pub exclude: Vec<String>,
    /// Whether files that git ignores are read too.
    pub ignored: bool,
}

impl Default for Walk {
    fn default() -> Walk {
        Walk {
            max_file_bytes: 32 << 20,
            max_searched_bytes: 1 << 30,
            exclude: Vec::new(),
            ignored: false,
        }
    }
}

/// How a live Vault is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vault {
    /// Whether the server is asked for the hashes under which its audit devices write the accessors
    /// that it names. On by itself when an audit log is read in the same run.
    pub audit_hashes: bool,
}

/// How live AWS accounts are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Aws {
    /// Regions in which secrets, parameters and Roles Anywhere are read; the profile's when empty.
    pub regions: Vec<String>,
    /// The name of the role in each account of an organisation.
    pub org_role: String,
    /// Accounts of an organisation that are read at once.
    pub accounts_at_once: usize,
    /// Principals of an account that are asked what they used, the mightiest first: a job each.
    pub last_accessed: usize,
}

impl Default for Aws {
    fn default() -> Aws {
        Aws {
            regions: Vec::new(),
            org_role: "overstay-read".to_owned(),
            accounts_at_once: 8,
            last_accessed: 20,
        }
    }
}

/// What policies of the user's own (`--policy`) may take before they are stopped.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Seconds for each set of denials.
    pub max_seconds: u64,
    /// Mebibytes of the whole process.
    pub max_memory_mib: u64,
}

impl Default for Policies {
    fn default() -> Policies {
        Policies { max_seconds: 30, max_memory_mib: 4096 }
    }
}

/// A TOML date without a time: `2027-01-31`, not in quotes.
///
/// # Errors
/// When the value is anything else.
pub(crate) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    let whole_day = written.time.is_none() && written.offset.is_none();
    let date = written.date.filter(|_| whole_day);
    date.and_then(|date| date.to_string().parse().ok())
        .ok_or_else(|| D::Error::custom("expected a date without a time"))
}

/// Why the configuration could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {why}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The file is not what it should be. `detail` has line, column and key.
    #[error("{path}: {detail}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column, key and the nearest valid key.
        detail: String,
    },
    /// A value that is well formed and yet makes no sense.
    #[error("{path}: {why}")]
    Value {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl Config {
    /// Reads a named file, or `overstay.toml` in `root` when there is one, or takes the defaults.
    pub fn load(named: Option<&Path>, root: &Path) -> Result<Config, ConfigError> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => root.join(FILE_NAME),
        };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut config = Config::parse(&text, &path)?;
                let folder = path.parent().unwrap_or(Path::new(""));
                config.sources.iter_mut().for_each(|source| source.look_in(folder));
                if named.is_none() && !config.sources.is_empty() {
                    tracing::warn!("{}: `sources` counts only with --config", path.display());
                    config.sources.clear();
                }
                Ok(config)
            }
            Err(why) if named.is_none() && why.kind() == io::ErrorKind::NotFound => {
                Ok(Config::default())
            }
            Err(why) => Err(ConfigError::Read { path, why }),
        }
    }

    /// Reads the text of a file that is called `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| ConfigError::Parse {
            path: path.to_owned(),
            detail: describe(&error),
        })?;
        let value = |why: String| ConfigError::Value { path: path.to_owned(), why };
        for name in &config.disable {
            if overstay_rules::find(name).is_none() {
                let near = nearest(name, overstay_rules::CATALOGUE.iter().map(|rule| rule.slug));
                return Err(value(format!("`disable` names no rule `{name}`{near}")));
            }
        }
        Ok(config)
    }
}

/// The parser's words, with the nearest valid key when a key is unknown.
fn describe(error: &toml::de::Error) -> String {
    let mut quoted = error.message().split('`').skip(1).step_by(2);
    let near = match quoted.next() {
        Some(unknown) if error.message().starts_with("unknown field") => nearest(unknown, quoted),
        _ => String::new(),
    };
    format!("{}{near}", error.to_string().trim_end())
}

/// `, did you mean …?` when a candidate is near enough to be a misspelling.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse(text, Path::new("overstay.toml")).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_names_file_line_and_the_nearest_key() {
        let error = error("persona = \"auditor\"\nfail_onn = \"high\"\n");
        assert!(error.starts_with("overstay.toml: "), "{error}");
        assert!(error.contains("line 2") && error.contains("fail_onn"), "{error}");
        assert!(error.contains("did you mean `fail_on`?"), "{error}");
    }

    #[test]
    fn sources_are_taken_from_a_named_file_only_and_lie_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("exports")).unwrap();
        let file = folder.path().join(FILE_NAME);
        std::fs::write(&file, "sources = [\"ledger=exports\", \"evidence=elsewhere\"]").unwrap();
        let named = Config::load(Some(&file), folder.path()).unwrap().sources;
        let exports = folder.path().join("exports").display().to_string();
        assert_eq!(named[0].arg.as_deref(), Some(exports.as_str()));
        assert_eq!(named[1].arg.as_deref(), Some("elsewhere"));
        assert!(Config::load(None, folder.path()).unwrap().sources.is_empty());
        assert!(error("sources = [\"vualt\"]").contains("no source `vualt`"));
    }

    #[test]
    fn a_disabled_rule_must_exist() {
        let error = error("disable = [\"vault-policy-root-equivalen\"]");
        assert!(error.contains("did you mean `vault-policy-root-equivalent`?"), "{error}");
    }
}
