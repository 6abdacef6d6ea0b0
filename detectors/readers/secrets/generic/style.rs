//! How credentials are written in a file, by its name.

/// How values are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Style {
    /// A file whose purpose is to hold credentials: `.netrc`, `.env`, `wp-config.php`.
    Store,
    /// Settings: values need no quotes.
    Config,
    /// A script for a shell: values need no quotes, flags abound.
    Shell,
    /// Source code: only a quoted text is a value.
    Code,
    /// Prose: only what stands in code style is a value.
    Prose,
}

pub(super) fn style_of(path: &str, name: &str, extension: &str) -> Style {
    let usual = usual_style(name, extension);
    // `.env.production` holds settings; `Env.cs` and `env.d.ts` are code.
    let environment = name.starts_with(".env.") || name.starts_with("env.");
    let store = is_store(path, name, extension) || environment && usual != Style::Code;
    let template = |name: &str| {
        ["example", "sample", "template", "dist", "tmpl"].iter().any(|word| name.contains(word))
    };
    if store && !template(name) { Style::Store } else { usual }
}

/// Names of texts without an ending.
const PROSE: &[&str] = &[
    "readme",
    "usage",
    "news",
    "todo",
    "authors",
    "install",
    "hacking",
    "changes",
    "changelog",
    "history",
    "contributing",
    "faq",
    "notes",
    "thanks",
    "upgrading",
];

/// Names of scripts without an ending, in Ruby and Python.
const SCRIPTS: &[&str] = &[
    "rakefile",
    "gemfile",
    "podfile",
    "fastfile",
    "appfile",
    "matchfile",
    "brewfile",
    "guardfile",
    "capfile",
    "berksfile",
    "dangerfile",
    "vagrantfile",
    "puppetfile",
    "sconstruct",
    "wscript",
    "build",
    "workspace",
];

/// How values are written in files of a type.
fn usual_style(name: &str, extension: &str) -> Style {
    match extension {
        "sh" | "bash" | "zsh" | "fish" | "ps1" | "psm1" | "bat" | "cmd" | "mk" => Style::Shell,
        _ if PROSE.contains(&name.split('.').next().unwrap_or(name)) && !is_code(extension) => {
            Style::Prose
        }
        "md" | "rst" | "txt" | "adoc" | "asciidoc" | "html" | "htm" | "tex" | "org" | "mdx"
        | "markdown" | "1" | "5" | "7" | "8" | "log" | "csv" | "texi" => Style::Prose,
        _ if name.starts_with("dockerfile") || name.starts_with("containerfile") => Style::Shell,
        _ if matches!(name, "makefile" | "jenkinsfile" | "justfile" | "procfile") => Style::Shell,
        _ if SCRIPTS.contains(&name) => Style::Code,
        _ if is_code(extension) => Style::Code,
        _ if extension.is_empty() || name.starts_with('.') || is_settings(extension) => {
            Style::Config
        }
        _ => Style::Prose,
    }
}

/// Types of files that hold settings, and what copies of them end with.
fn is_settings(extension: &str) -> bool {
    matches!(
        extension,
        "yml"
            | "yaml"
            | "json"
            | "json5"
            | "jsonc"
            | "toml"
            | "ini"
            | "conf"
            | "cfg"
            | "cnf"
            | "cf"
            | "config"
            | "properties"
            | "props"
            | "prefs"
            | "settings"
            | "xml"
            | "plist"
            | "xsl"
            | "xslt"
            | "wsdl"
            | "jmx"
            | "env"
            | "hcl"
            | "tf"
            | "tfvars"
            | "pp"
            | "sls"
            | "ks"
            | "service"
            | "repo"
            | "ldif"
            | "reg"
            | "inf"
            | "rc"
            | "csproj"
            | "nuspec"
            | "http"
            | "har"
            | "tpl"
            | "tmpl"
            | "gotmpl"
            | "template"
            | "example"
            | "sample"
            | "dist"
            | "default"
            | "defaults"
            | "local"
            | "dev"
            | "prod"
            | "production"
            | "development"
            | "staging"
            | "test"
            | "bak"
            | "old"
            | "orig"
            | "backup"
            | "append"
            | "edn"
            | "jsonnet"
            | "libsonnet"
            | "bicep"
            | "bicepparam"
            | "cue"
            | "ron"
            | "kdl"
            | "netdev"
            | "network"
            | "nmconnection"
            | "mobileconfig"
            | "udl"
            | "dsn"
            | "rest"
            | "remmina"
            | "rdp"
            | "session"
            | "ovpn"
    )
}

fn is_code(extension: &str) -> bool {
    matches!(
        extension,
        "py" | "pyi"
            | "js"
            | "mjs"
            | "cjs"
            | "jsx"
            | "ts"
            | "tsx"
            | "vue"
            | "svelte"
            | "java"
            | "kt"
            | "kts"
            | "scala"
            | "groovy"
            | "go"
            | "rs"
            | "c"
            | "h"
            | "cc"
            | "cpp"
            | "cxx"
            | "hpp"
            | "hh"
            | "m"
            | "mm"
            | "swift"
            | "cs"
            | "vb"
            | "fs"
            | "rb"
            | "erb"
            | "php"
            | "pl"
            | "pm"
            | "lua"
            | "r"
            | "jl"
            | "ex"
            | "exs"
            | "erl"
            | "hs"
            | "elm"
            | "clj"
            | "cljs"
            | "ml"
            | "mli"
            | "dart"
            | "sol"
            | "zig"
            | "nim"
            | "asm"
            | "s"
            | "sql"
            | "proto"
            | "graphql"
            | "css"
            | "scss"
            | "less"
            | "sass"
            | "gradle"
            | "feature"
            | "ipynb"
            | "v"
            | "sv"
            | "vhd"
            | "vhdl"
            | "d"
            | "pas"
            | "f90"
            | "tcl"
            | "cmake"
            | "dts"
            | "dtsi"
            | "in"
            | "y"
            | "l"
            | "rake"
            | "nix"
            | "bzl"
            | "ejs"
            | "jsp"
            | "cshtml"
            | "razor"
            | "hbs"
            | "twig"
            | "j2"
            | "jinja"
            | "jinja2"
            | "patch"
            | "diff"
            | "coffee"
            | "haml"
            | "slim"
            | "pug"
            | "cr"
            | "raku"
            | "t"
            | "hrl"
            | "jelly"
            | "ftl"
            | "vm"
            | "mustache"
            | "liquid"
            | "xhtml"
            | "gsp"
            | "jspx"
            | "cfm"
            | "prisma"
    )
}

fn is_store(path: &str, name: &str, extension: &str) -> bool {
    const NAMES: &[&str] = &[
        ".netrc",
        "_netrc",
        ".pgpass",
        "pgpass.conf",
        ".git-credentials",
        ".npmrc",
        ".pypirc",
        ".yarnrc",
        ".dockercfg",
        ".dockerconfigjson",
        ".s3cfg",
        ".boto",
        "credentials",
        ".credentials",
        ".env",
        ".htpasswd",
        "htpasswd",
        "shadow",
        ".my.cnf",
        ".mylogin.cnf",
        "sftp.json",
        "sftp-config.json",
        ".ftpconfig",
        ".remote-sync.json",
        "recentservers.xml",
        "sitemanager.xml",
        "filezilla.xml",
        "webservers.xml",
        "wp-config.php",
        "secrets.yml",
        "secrets.yaml",
        "secrets.json",
        "secrets.toml",
        "terraform.tfstate",
        "kubeconfig",
        "data-sources.xml",
        "datasources.xml",
        "logins.json",
        "robomongo.json",
        "credentials.json",
        "credentials.xml",
        "master.key",
        "deployment-config.json",
        ".tugboat",
        ".esmtprc",
        ".msmtprc",
        ".fetchmailrc",
        ".muttrc",
        ".bash_profile",
        ".bashrc",
        ".zshrc",
        ".profile",
        ".zshenv",
        ".bash_history",
        ".zsh_history",
        ".psql_history",
        ".mysql_history",
        "proftpdpasswd",
        "passwd",
        "database.yml",
        "connectionstrings.config",
        "settings-security.xml",
        ".envrc",
        ".travis.yml",
        "hub",
        ".pry_history",
    ];
    const SUFFIXES: &[&str] = &["tfvars", "tfstate", "ovpn", "env", "kdbx", "pgpass", "netrc"];
    NAMES.contains(&name)
        || SUFFIXES.contains(&extension)
        || path.ends_with(".docker/config.json")
        || path.ends_with(".kube/config")
        || path.ends_with(".aws/config")
}
