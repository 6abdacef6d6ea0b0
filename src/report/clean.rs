//! Text of others, made safe to show: names in evidence are whatever somebody typed.

use std::borrow::Cow;

/// One line without control characters and without the marks that turn the direction of writing.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.contains(is_unsafe) {
        Cow::Owned(text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Control characters, and the bidirectional and invisible marks behind "Trojan Source"
/// (CVE-2021-42574).
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_moves_the_cursor_or_turns_the_writing() {
        assert_eq!(super::line("a\u{1b}[2Jb\u{202e}c\nd"), "a [2Jb c d");
        assert_eq!(super::line("plain – ü"), "plain – ü");
    }
}
