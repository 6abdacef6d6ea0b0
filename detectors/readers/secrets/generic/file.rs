//! What kind of file it is: how credentials are written in it, and how likely they are real.

use super::style::{Style, style_of};

/// What is known of a file from its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct FileKind {
    pub(super) style: Style,
    /// Tests, fixtures, examples.
    pub(in super::super) test: bool,
    /// Nothing in it is a setting: lock files, minified code, translations, word lists.
    pub(super) barren: bool,
}

/// What a path says about a file.
pub(in super::super) fn kind_of(path: &str) -> FileKind {
    let test = is_test(path);
    let path = path.to_ascii_lowercase();
    let name = path.rsplit(['/', '!']).next().unwrap_or(&path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    FileKind {
        style: style_of(&path, name, extension),
        test,
        barren: is_barren(&path, name, extension),
    }
}

/// Words of a path that say that what stands below is a test or an example.
const TRIALS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "testcase",
    "testcases",
    "testsuite",
    "testsuites",
    "testutil",
    "testutils",
    "testlib",
    "testhelper",
    "testhelpers",
    "unittest",
    "unittests",
    "selftest",
    "selftests",
    "smoketest",
    "smoketests",
    "spec",
    "specs",
    "fixture",
    "fixtures",
    "example",
    "examples",
    "sample",
    "samples",
    "mock",
    "mocks",
    "demo",
    "demos",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "cassettes",
    "e2e",
    "tutorial",
    "tutorials",
    "quickstart",
    "quickstarts",
];

/// True for the path of a test or an example, by a folder (`tests/`), by a part of a name (`api_test.go`)
/// or by a word in capitals and small letters (`UserServiceTest.java`, `TestLogin.cs`).
fn is_test(path: &str) -> bool {
    let named = |part: &str| {
        (3..=11).contains(&part.len())
            && TRIALS.iter().any(|word| part.len() == word.len() && part.eq_ignore_ascii_case(word))
    };
    path.split(['/', '.', '_', '-', '!']).any(|part| named(part) || is_test_name(part))
        || path.split('/').any(|folder| folder == "t")
}

/// `UserServiceTest`, `TestLogin`, `LoginSpec`, `MockServer`: named for a test by a word of its own.
fn is_test_name(part: &str) -> bool {
    const LAST: &[&str] =
        &["Test", "Tests", "TestCase", "TestSuite", "Spec", "Specs", "Fixture", "Fixtures", "Mock"];
    const FIRST: &[&str] = &["Test", "Mock", "Fake"];
    let capital = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
    let named = |rest: &str| rest.ends_with(|c: char| c.is_ascii_alphanumeric());
    LAST.iter().any(|word| part.strip_suffix(word).is_some_and(named))
        || FIRST.iter().any(|word| part.strip_prefix(word).is_some_and(capital))
}

fn is_barren(path: &str, name: &str, extension: &str) -> bool {
    const LOCKS: &[&str] = &[
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "npm-shrinkwrap.json",
        "cargo.lock",
        "poetry.lock",
        "pipfile.lock",
        "composer.lock",
        "gemfile.lock",
        "go.sum",
        "go.mod",
        "flake.lock",
        "uv.lock",
        "bun.lock",
        "mix.lock",
        "pubspec.lock",
        "podfile.lock",
        "packages.lock.json",
        ".terraform.lock.hcl",
        "deno.lock",
        "license",
        "copying",
        "cargo_vcs_info.json",
        ".cargo-checksum.json",
        "changelog.md",
        "maintainers",
        "nsswitch.conf",
    ];
    LOCKS.contains(&name)
        || name.split('.').any(is_of_words)
        || matches!(
            extension,
            "po" | "pot"
                | "mo"
                | "xlf"
                | "xliff"
                | "arb"
                | "resx"
                | "strings"
                | "svg"
                | "map"
                | "snap"
                | "sum"
                | "lock"
                | "css"
                | "scss"
                | "less"
                | "pbxproj"
                | "ttf"
                | "ps"
                | "eps"
        )
        || is_localised(name, extension)
        || path.rsplit('/').skip(1).any(|folder| folder == ".yarn" || is_of_languages(folder))
        || is_message(path)
}

/// `messages/hu/auth.php`: the texts of a program by language, as Yii and Rails keep them.
fn is_message(path: &str) -> bool {
    let mut folders = path.rsplit('/').skip(1);
    let language = folders.next().and_then(|folder| folder.split(['-', '_']).next());
    language.is_some_and(is_language) && folders.next() == Some("messages")
}

/// True for a part of a name that tells code made short (`app.min.js`) or a list of words for a spell checker.
fn is_of_words(part: &str) -> bool {
    let tells = |word| part.starts_with(word) || part.ends_with(word);
    part == "min" || tells("cspell") || tells("wordlist")
}

/// True for a folder of texts in several languages: `locales`, and `values-de` of Android's resources.
/// <https://developer.android.com/guide/topics/resources/providing-resources>
fn is_of_languages(folder: &str) -> bool {
    let language = || folder.strip_prefix("values-").and_then(|rest| rest.split('-').next());
    matches!(
        folder,
        "locales"
            | "locale"
            | "i18n"
            | "lang"
            | "translations"
            | "l10n"
            | "localization"
            | "localisation"
            | "nls"
            | "locale-data"
            | "language"
    ) || language().is_some_and(is_language)
}

/// `messages_de.properties`, `login_pt_BR.properties`, `strings/fo.json`, `de-3180b0b7.json`: the texts of a
/// program in one language. <https://docs.oracle.com/javase/8/docs/api/java/util/ResourceBundle.html>
fn is_localised(name: &str, extension: &str) -> bool {
    const FORMATS: &[&str] = &["json", "json5", "yml", "yaml", "js", "ts", "php", "inc", "lang"];
    let mut parts = name.split('.');
    let stem = parts.next().unwrap_or(name);
    let stem = stem.split('-').next().filter(|_| extension != "properties").unwrap_or(stem);
    if extension == "properties" {
        let mut parts = stem.rsplit('_');
        return match (parts.next(), parts.next(), parts.next()) {
            (Some(last), Some(before), more) => {
                is_language(last) || (more.is_some() && last.len() == 2 && is_language(before))
            }
            _ => false,
        };
    }
    let formats = FORMATS.contains(&extension) || parts.any(|part| FORMATS.contains(&part));
    formats && is_language(stem.split('_').next().unwrap_or(stem))
}

/// Languages by ISO 639-1 into which programs are translated.
fn is_language(code: &str) -> bool {
    const LANGUAGES: &str = "af ar az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fo fr fy ga gl gu he hi \
        hr hu hy ia id in is it iw ja ka kk km kn ko ku lb lt lv mk ml mn mr ms nb ne nl nn no pa pl ps pt ro ru \
        si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh zu";
    LANGUAGES.split_ascii_whitespace().any(|known| known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_how_values_are_written() {
        assert_eq!(kind_of("web/.env").style, Style::Store);
        assert_eq!(kind_of("web/.env.example").style, Style::Config);
        assert_eq!(kind_of("web/.env.production").style, Style::Store);
        assert_eq!(kind_of("env.sh").style, Style::Store);
        assert_eq!(kind_of("src/Env.cs").style, Style::Code);
        assert_eq!(kind_of("a/b.go").style, Style::Code);
        assert_eq!(kind_of("k8s/app.yaml").style, Style::Config);
        assert_eq!(kind_of("Dockerfile.prod").style, Style::Shell);
        assert!(kind_of("pkg/api_test.go").test);
        assert!(kind_of("src/main/UserServiceTest.java").test);
        assert!(kind_of("Acme.Auth/TestLogin.cs").test);
        assert!(kind_of("AcmeNGTests/Login.cs").test);
        assert!(kind_of("perl/t/login.pl").test);
        assert!(!kind_of("contest/latest.go").test);
        assert!(!kind_of("src/Contest.java").test);
        assert!(!kind_of("lib/Testament.rb").test);
        assert!(kind_of("web/package-lock.json").barren);
        assert!(kind_of("core/Jenkins/login_pt_BR.properties").barren);
        assert!(kind_of("core/Jenkins/login_sv.properties").barren);
        assert!(!kind_of("conf/jdbc_db.properties").barren);
        assert!(kind_of("src/strings/fo.json").barren);
        assert!(kind_of("lang/pt-BR.json").barren);
        assert!(kind_of("app/res/values-pt-rBR/strings.xml").barren);
        assert!(!kind_of("app/res/values/strings.xml").barren);
        assert!(kind_of("user/messages/hu/auth.php").barren);
        assert!(!kind_of("user/messages/queue/auth.php").barren);
        assert!(kind_of("static/bs-e04e7e232b.json.gz").barren);
        assert!(!kind_of("conf/default.json").barren);
        assert_eq!(kind_of("generators/USAGE").style, Style::Prose);
    }
}
