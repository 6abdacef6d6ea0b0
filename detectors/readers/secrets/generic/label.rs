//! What generic credentials are called.

use super::super::format::Kind;

/// What a generic credential is called.
#[derive(Debug, PartialEq)]
pub(in super::super) struct Label {
    pub(in super::super) id: &'static str,
    pub(in super::super) name: &'static str,
    pub(in super::super) kind: Kind,
}

pub(super) static PASSWORD: Label =
    Label { id: "generic-password", name: "Password", kind: Kind::Password };

pub(super) static SECRET: Label =
    Label { id: "generic-secret", name: "Secret, key or token", kind: Kind::ApiKey };

pub(super) static URL: Label =
    Label { id: "url-credentials", name: "Password in a URL", kind: Kind::ConnectionString };

pub(super) static HEADER: Label =
    Label { id: "bearer-token", name: "Bearer token", kind: Kind::Token };

pub(super) static BASIC: Label =
    Label { id: "basic-auth", name: "HTTP Basic credentials", kind: Kind::Password };

pub(super) static HASH: Label =
    Label { id: "password-hash", name: "Password hash", kind: Kind::Password };

pub(super) static RAILS: Label =
    Label { id: "rails-master-key", name: "Rails master key", kind: Kind::PrivateKey };

/// The name and kind of a generic format.
pub(in super::super) fn describe(id: &str) -> Option<(&'static str, Kind)> {
    let labels = [&PASSWORD, &SECRET, &URL, &HEADER, &BASIC, &HASH, &RAILS];
    labels.into_iter().find(|label| label.id == id).map(|label| (label.name, label.kind))
}
