//! Terraform and OpenTofu files that define things of a Vault server: policies, roles, tokens,
//! entities, engines. Each resource becomes the answer that the server would give once it is applied,
//! and the converter of the live source makes the evidence, so the same rules fire on a pull request,
//! at the resource's line.
//!
//! What a file does not say (a variable without default, another module) is unknown and stays so.
//!
//! Facts: the documentation of the Terraform provider `hashicorp/vault`.

mod answers;
mod arguments;
mod policy;
mod resources;
#[cfg(test)]
mod tests;
mod values;

use super::Document;
use crate::evidence::{LineIndex, Record};
use hcl_edit::{parser::parse_body, structure::Block};
use values::Values;

/// True for Terraform and OpenTofu files that name a resource or data source of Vault.
pub(super) fn accepts(document: &Document) -> bool {
    [".tf", ".tofu", ".tf.json"].iter().any(|end| document.path.ends_with(end))
        && memchr::memmem::find(document.bytes, b"\"vault_").is_some()
}

pub(super) fn read(document: &Document, out: &mut Vec<Record>) {
    let Ok(text) = std::str::from_utf8(document.bytes) else {
        out.push(document.unreadable("the file is not UTF-8", "save it as UTF-8").into());
        return;
    };
    if document.path.ends_with(".json") {
        let remedy = "scan the server as well (`--source vault`), or write the resources in HCL";
        out.push(
            document.unreadable("Terraform in JSON is not read for Vault resources", remedy).into(),
        );
        return;
    }
    let body = match parse_body(text) {
        Ok(body) => body,
        Err(error) => {
            let line = error.location().line();
            let why = format!("not Terraform that can be read: line {line}");
            let mut coverage = document
                .unreadable(why, "mend the file; `terraform validate` shows the same error");
            coverage.line = u64::try_from(line).ok();
            out.push(coverage.into());
            return;
        }
    };
    let values = Values::new(text, &body);
    let file = File { document, index: LineIndex::new(document.bytes), values };
    policy::read(&file, out);
    answers::read(&file, out);
}

/// One Terraform file.
struct File<'a> {
    document: &'a Document<'a>,
    index: LineIndex<'a>,
    values: Values<'a>,
}

impl File<'_> {
    fn line_of(&self, span: Option<std::ops::Range<usize>>) -> u32 {
        self.index.position(span.map_or(0, |span| span.start)).0
    }

    /// What cannot be known of a block, and where it stands.
    fn gap(
        &self,
        address: &str,
        why: String,
        remedy: &str,
        line: u32,
    ) -> crate::evidence::Coverage {
        let mut coverage = self.document.unreadable(why, remedy);
        coverage.id = format!("{}#{address}", coverage.id);
        coverage.line = Some(line.into());
        coverage
    }
}

/// The second label: the resource's own name.
fn label(block: &Block) -> &str {
    block.labels.get(1).map_or("unnamed", |label| label.as_str())
}
