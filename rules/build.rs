//! Reads every card, checks it, and writes `RuleId` and the catalogue. A bad card fails the build
//! with its file name and the reason, so that a rule cannot ship half described.

#[expect(unreachable_pub, reason = "it is part of the library as well")]
mod alphabet;
mod habitats;
#[expect(unreachable_pub, unused_imports, dead_code, reason = "it is part of the library as well")]
mod pattern;
mod shapes;

use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const PLANES: &[&str] =
    &["agents", "aws", "ci", "entra", "exposure", "federation", "github", "governance", "vault"];
const BANDS: &[&str] = &["critical", "high", "medium", "low", "note"];
const PRECISIONS: &[&str] = &["very-high", "high", "medium", "low"];
const PERSONAS: &[&str] = &["regular", "auditor"];
const SECTIONS: &[&str] = &[
    "## Why it matters",
    "## How to fix it",
    "## What a false positive looks like",
    "## Examples",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    nhi: Vec<String>,
    cwe: Vec<String>,
    band: String,
    cap: Option<String>,
    precision: String,
    persona: String,
    sources: Vec<String>,
    since: String,
    #[serde(default)]
    aliases: Vec<String>,
}

struct Card {
    slug: String,
    plane: String,
    path: PathBuf,
    front: FrontMatter,
    summary: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut cards = Vec::new();
    for plane in PLANES {
        let dir = root.join(plane);
        println!("cargo::rerun-if-changed={}", dir.display());
        if !dir.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "md") {
                println!("cargo::rerun-if-changed={}", path.display());
                cards.push(read_card(plane, path)?);
            }
        }
    }
    cards.sort_by(|a, b| a.slug.cmp(&b.slug));
    check_names(&cards)?;
    check_crosswalk(&root, &cards)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("catalogue.rs"), catalogue(&cards)?)?;
    fs::write(out.join("secrets.rs"), embed_json(&root.join("secrets"), "SECRET_FORMATS")?)?;
    fs::write(out.join("habitats.rs"), habitats::table(&root.join("secrets"))?)?;
    fs::write(out.join("shapes.rs"), shapes::table(&root.join("secrets"))?)?;
    fs::write(out.join("ledgers.rs"), embed_dir(&root.join("ledgers"), "LEDGERS")?)?;
    fs::write(out.join("tables.rs"), embed_dir(&root.join("tables"), "TABLES")?)?;
    Ok(())
}

fn read_card(plane: &str, path: PathBuf) -> Result<Card, Box<dyn Error>> {
    let fail = |why: String| format!("{}: {why}", path.display());
    let text = fs::read_to_string(&path)?;
    let (front, body) = text
        .strip_prefix("+++\n")
        .and_then(|rest| rest.split_once("\n+++\n"))
        .ok_or_else(|| fail("needs TOML front matter between two `+++` lines".into()))?;
    let front: FrontMatter = toml::from_str(front).map_err(|e| fail(e.to_string()))?;
    let slug = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let kebab = |s: &str| {
        !s.is_empty()
            && s.starts_with(|c: char| c.is_ascii_lowercase())
            && !s.ends_with('-')
            && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if !kebab(&slug) {
        return Err(fail("the file name must be a kebab-case slug".into()).into());
    }
    if front.title.is_empty() || front.title.len() > 80 {
        return Err(fail("title must have 1 to 80 characters".into()).into());
    }
    for code in &front.nhi {
        let number = code.strip_prefix("NHI").and_then(|c| c.strip_suffix(":2025"));
        if !number.and_then(|n| n.parse().ok()).is_some_and(|n: u8| (1..=10).contains(&n)) {
            return Err(fail(format!("`{code}` is not NHI1:2025 … NHI10:2025")).into());
        }
    }
    if front.nhi.is_empty() {
        return Err(fail("needs at least one nhi code".into()).into());
    }
    if front.cwe.is_empty() || front.cwe.iter().any(|c| !c.starts_with("CWE-")) {
        return Err(fail("needs at least one CWE, written CWE-123".into()).into());
    }
    let bands = std::iter::once(&front.band).chain(&front.cap);
    for (value, allowed) in bands
        .map(|b| (b, BANDS))
        .chain([(&front.precision, PRECISIONS), (&front.persona, PERSONAS)])
    {
        if !allowed.contains(&value.as_str()) {
            return Err(fail(format!("`{value}` is not one of {allowed:?}")).into());
        }
    }
    for section in SECTIONS {
        if !body.contains(&format!("\n{section}\n")) {
            return Err(fail(format!("section `{section}` is missing")).into());
        }
    }
    for kind in ["\n### Reported", "\n### Not reported"] {
        if !body.contains(kind) {
            return Err(fail(format!("no example headed `{}`", kind.trim())).into());
        }
    }
    let summary = body.trim_start().split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let summary = summary.trim().to_string();
    if !summary.ends_with('.') || summary.len() > 1024 || summary.starts_with('#') {
        return Err(fail(
            "the first paragraph is the description: at most 1024 bytes, ends with a period".into(),
        )
        .into());
    }
    Ok(Card { slug, plane: plane.into(), path, front, summary })
}

fn check_names(cards: &[Card]) -> Result<(), Box<dyn Error>> {
    let mut seen = BTreeSet::new();
    for card in cards {
        for name in std::iter::once(&card.slug).chain(&card.front.aliases) {
            if !seen.insert(name) {
                return Err(format!("{}: the name `{name}` is taken", card.path.display()).into());
            }
        }
    }
    Ok(())
}

/// Every CWE that a card names must be in the crosswalk, with its title.
fn check_crosswalk(root: &Path, cards: &[Card]) -> Result<(), Box<dyn Error>> {
    let path = root.join("crosswalk.toml");
    println!("cargo::rerun-if-changed={}", path.display());
    println!("cargo::rerun-if-changed={}", root.join("severity.toml").display());
    let table: BTreeMap<String, toml::Value> = toml::from_str(&fs::read_to_string(&path)?)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    let known = table.get("cwe").and_then(toml::Value::as_table).ok_or("crosswalk needs [cwe]")?;
    for card in cards {
        for cwe in &card.front.cwe {
            if !known.contains_key(cwe) {
                return Err(format!(
                    "{}: {cwe} has no title in rules/crosswalk.toml [cwe]",
                    card.path.display()
                )
                .into());
            }
        }
    }
    Ok(())
}

fn catalogue(cards: &[Card]) -> Result<String, Box<dyn Error>> {
    let mut code = String::from(
        "/// The rules, one variant per card.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
         pub enum RuleId {\n",
    );
    for card in cards {
        writeln!(code, "    /// {}\n    {},", card.front.title, pascal(&card.slug))?;
    }
    code.push_str("}\n\n/// All cards, sorted by slug; indexed by `RuleId as usize`.\n");
    code.push_str("pub static CATALOGUE: &[Rule] = &[\n");
    for card in cards {
        let f = &card.front;
        writeln!(
            code,
            "    Rule {{ id: RuleId::{}, slug: {:?}, name: {:?}, plane: {:?}, title: {:?}, \
             summary: {:?}, nhi: &{:?}, cwe: &{:?}, band: Band::{}, cap: {}, precision: {:?}, \
             persona: Persona::{}, sources: &{:?}, since: {:?}, aliases: &{:?}, \
             card: include_str!({:?}) }},",
            pascal(&card.slug),
            card.slug,
            pascal(&card.slug),
            card.plane,
            f.title,
            card.summary,
            f.nhi,
            f.cwe,
            pascal(&f.band),
            f.cap.as_ref().map_or("None".into(), |c| format!("Some(Band::{})", pascal(c))),
            f.precision,
            pascal(&f.persona),
            f.sources,
            f.since,
            f.aliases,
            card.path.display().to_string(),
        )?;
    }
    code.push_str("];\n");
    Ok(code)
}

/// Embeds every `.toml` file of a folder as `(stem, text)`, sorted, after checking that it parses.
fn embed_dir(dir: &Path, name: &str) -> Result<String, Box<dyn Error>> {
    embed(dir, name, |path, _| Ok(format!("include_str!({:?})", path.display().to_string())))
}

/// The same as JSON.
fn embed_json(dir: &Path, name: &str) -> Result<String, Box<dyn Error>> {
    embed(dir, name, |_, table| Ok(format!("{:?}", serde_json::to_string(table)?)))
}

fn embed(
    dir: &Path,
    name: &str,
    text: impl Fn(&Path, &toml::Table) -> Result<String, Box<dyn Error>>,
) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", dir.display());
    let mut files: Vec<PathBuf> = Vec::new();
    if dir.is_dir() {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut code = format!("pub(crate) static {name}: &[(&str, &str)] = &[\n");
    for path in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let table = toml::from_str::<toml::Table>(&fs::read_to_string(&path)?)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        writeln!(code, "    ({stem:?}, {}),", text(&path, &table)?)?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn pascal(slug: &str) -> String {
    slug.split('-')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
        })
        .collect()
}
