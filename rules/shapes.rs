//! Writes down what the pattern of each credential format says, so that a scan parses none of them.
//! The debug forms of these types are Rust code.

use crate::{
    habitats::formats,
    pattern::{Program, Shape},
};
use std::{error::Error, fmt::Write as _, path::Path};

/// The table of all formats in a folder, sorted by id, as Rust code.
pub(crate) fn table(dir: &Path) -> Result<String, Box<dyn Error>> {
    let mut code = "pub(crate) static SHAPES: &[(&str, Shape)] = &[\n".to_owned();
    for (format, hir) in formats(dir)? {
        writeln!(code, "    ({:?}, {}),", format.id, shape(&Shape::of(&hir, &format.anchors)))?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn shape(shape: &Shape) -> String {
    let Shape { program: one, groups, starts_with_anchor, shortest_secret, secret_bytes, longest } =
        shape;
    let program = one.as_ref().map_or("None".to_owned(), program);
    format!(
        "Shape {{ program: {program}, groups: {groups:?}, starts_with_anchor: {starts_with_anchor}, \
         shortest_secret: {shortest_secret}, secret_bytes: {secret_bytes:?}, longest: {longest:?} }}"
    )
}

fn program(Program { steps, sets, text, first }: &Program) -> String {
    format!(
        "Some(Program {{ steps: Borrowed(&{steps:?}), sets: Borrowed(&{sets:?}), \
         text: Borrowed(&{text:?}), first: {first:?} }})"
    )
}
