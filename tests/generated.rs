//! Pages that are made from the code and the cards, and kept in the repository for readers.
//! `OVERSTAY_BLESS=1 cargo test --test generated` writes them anew.
#![expect(clippy::unwrap_used, reason = "tests")]

use overstay_rules::{CATALOGUE, Persona};
use std::{fmt::Write as _, fs, path::Path};

fn assert_current(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("OVERSTAY_BLESS").is_some() {
        fs::write(&path, made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/{name} is out of date: OVERSTAY_BLESS=1 cargo test --test generated"
    );
}

#[test]
fn the_evidence_schema_is_current() {
    let schema = overstay_detectors::evidence::schema();
    assert_current(
        "evidence.schema.json",
        &(serde_json::to_string_pretty(&schema).unwrap() + "\n"),
    );
}

#[test]
fn the_list_of_rules_is_current() {
    let mut page = String::from(
        "# Rules\n\nMade from the cards in `rules/`; each card is the rule's full page and its test.\n",
    );
    let mut plane = "";
    let mut rules: Vec<_> = CATALOGUE.iter().collect();
    rules.sort_by_key(|rule| (rule.plane, rule.slug));
    for rule in rules {
        if rule.plane != plane {
            plane = rule.plane;
            write!(
                page,
                "\n## {plane}\n\n| rule | reports | NHI | band | persona |\n|---|---|---|---|---|\n"
            )
            .unwrap();
        }
        let persona = if rule.persona == Persona::Auditor { "auditor" } else { "regular" };
        let aliases = match rule.aliases {
            [] => String::new(),
            names => format!(" ({})", names.join(", ")),
        };
        writeln!(
            page,
            "| [`{slug}`](../rules/{plane}/{slug}.md){aliases} | {} | {} | {} | {persona} |",
            rule.title,
            rule.nhi.join(", "),
            rule.band,
            slug = rule.slug,
        )
        .unwrap();
    }
    assert_current("rules.md", &page);
}
