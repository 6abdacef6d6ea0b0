//! Of what tokens are made: shared by the build, which reads off each pattern where its matches can
//! stand, and by the matcher, which looks only there.

/// The least length of the run of token bytes with which a [`Habitat::RunStart`] goes on.
///
/// [`Habitat::RunStart`]: crate::Habitat::RunStart
pub const TOKEN_RUN: usize = 16;
/// The least length of a long run of letters and digits.
pub const LONG_ALNUM: usize = 20;
/// The least length of a long run of letters, digits, `+` and `/`.
pub const LONG_BASE64: usize = 32;

/// Words of which one is part of the name of nearly every credential, in lower case.
pub const NAME_WORDS: &[&str] =
    &["key", "token", "secret", "pass", "pwd", "auth", "bearer", "salt", "cred"];

/// Letters and digits.
pub const fn is_alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// The digits of base64.
pub const fn is_base64(byte: u8) -> bool {
    is_alnum(byte) || matches!(byte, b'+' | b'/')
}

/// What stands inside tokens and URLs of tokens.
pub const fn is_token(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'_' | b'-' | b'.' | b':' | b'=' | b'%')
}
