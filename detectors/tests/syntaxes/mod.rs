//! The notations, by family.

mod code;
mod commands;
mod config;
mod encoded;
mod resembling;
mod resembling_in_code;
mod stores;
mod urls;

/// One notation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// What it is.
    pub(super) name: &'static str,
    /// Where it would stand.
    pub(super) path: &'static str,
    /// A text with a credential.
    pub(super) text: &'static str,
    /// A text like it without one.
    pub(super) near: &'static str,
}

/// Every notation.
pub(super) fn cases() -> impl Iterator<Item = &'static Case> {
    [
        code::CASES,
        commands::CASES,
        config::CASES,
        encoded::CASES,
        resembling::CASES,
        resembling_in_code::CASES,
        stores::CASES,
        urls::CASES,
    ]
    .into_iter()
    .flatten()
}

/// One notation, shorter to write.
const fn case(
    name: &'static str,
    path: &'static str,
    text: &'static str,
    near: &'static str,
) -> Case {
    Case { name, path, text, near }
}
