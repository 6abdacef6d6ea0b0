//! SARIF locations.

use super::super::anchor::Anchor;
use overstay_detectors::evidence::Region;
use serde_sarif::sarif;

/// The name that stands for the root of the repository.
pub(super) const ROOT: &str = "SRCROOT";

/// A location in a file, with the name in its system when it has one.
pub(super) fn location(anchor: &Anchor, logical: Option<&str>) -> sarif::Location {
    sarif::Location {
        physical_location: Some(sarif::PhysicalLocation {
            artifact_location: Some(artifact(&anchor.path)),
            region: Some(region(anchor.region)),
            ..sarif::PhysicalLocation::default()
        }),
        logical_locations: logical.map(|name| vec![logical_location(name)]),
        ..sarif::Location::default()
    }
}

/// A file of the repository.
pub(super) fn artifact(path: &str) -> sarif::ArtifactLocation {
    sarif::ArtifactLocation {
        uri: Some(uri(path)),
        uri_base_id: Some(ROOT.to_owned()),
        ..sarif::ArtifactLocation::default()
    }
}

fn logical_location(name: &str) -> sarif::LogicalLocation {
    sarif::LogicalLocation {
        fully_qualified_name: Some(name.to_owned()),
        ..sarif::LogicalLocation::default()
    }
}

fn region(region: Region) -> sarif::Region {
    sarif::Region {
        start_line: Some(region.start_line.into()),
        start_column: Some(region.start_column.into()),
        end_line: Some(region.end_line.into()),
        end_column: Some(region.end_column.into()),
        ..sarif::Region::default()
    }
}

/// A relative URI (RFC 3986): what is not unreserved, a sub-delimiter, `@` or `/` is
/// percent-encoded, the colon too, so that no part can be taken for a scheme.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_never_looks_like_a_scheme_or_a_query() {
        assert_eq!(super::uri("a b/c:d?e#f/ü%.tf"), "a%20b/c%3Ad%3Fe%23f/%C3%BC%25.tf");
        assert_eq!(super::uri(".github/workflows/x.yml"), ".github/workflows/x.yml");
    }
}
