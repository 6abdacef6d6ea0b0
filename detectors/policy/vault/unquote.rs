//! What a quoted text or a heredoc says.

/// Takes the quotes and the escapes off. With `interpolated`, what stands in `${…}` stays as it is.
/// `None` when an escape names no character.
pub(super) fn unquote(quoted: &str, interpolated: bool) -> Option<String> {
    let quoted = quoted.replace("\r\n", "\n");
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '$' if interpolated && chars.as_str().starts_with('{') => {
                out.push(b'$');
                copy_braces(&mut chars, &mut out)?;
            }
            '\n' => return None,
            '\\' => unescape(&mut chars, &mut out, interpolated)?,
            _ => push(&mut out, c),
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn copy_braces(chars: &mut std::str::Chars, out: &mut Vec<u8>) -> Option<()> {
    let mut depth = 0_usize;
    for c in chars.by_ref() {
        push(out, c);
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(());
        }
    }
    None
}

fn unescape(chars: &mut std::str::Chars, out: &mut Vec<u8>, lenient: bool) -> Option<()> {
    let byte = match chars.next()? {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        'x' => u8::try_from(digits(chars, 2, 16, 0)?).ok()?,
        'u' => return character(digits(chars, 4, 16, 0)?, out, lenient),
        'U' => return character(digits(chars, 8, 16, 0)?, out, lenient),
        c => u8::try_from(digits(chars, 2, 8, c.to_digit(8)?)?).ok()?,
    };
    out.push(byte);
    Some(())
}

fn digits(chars: &mut std::str::Chars, count: usize, base: u32, start: u32) -> Option<u32> {
    (0..count)
        .try_fold(start, |n, _| n.checked_mul(base)?.checked_add(chars.next()?.to_digit(base)?))
}

/// Half a surrogate pair is an error in JSON and the replacement character in HCL.
fn character(code: u32, out: &mut Vec<u8>, lenient: bool) -> Option<()> {
    let c = match char::from_u32(code) {
        None if lenient && code <= 0xDFFF => char::REPLACEMENT_CHARACTER,
        c => c?,
    };
    push(out, c);
    Some(())
}

/// The lines of a heredoc. With `<<-`, the indentation of the closing line is taken off every line,
/// if every line has it.
pub(super) fn heredoc(token: &str) -> Option<String> {
    let token = token.replace("\r\n", "\n");
    let (anchor, rest) = token.split_once('\n')?;
    let indented = anchor.starts_with("<<-");
    let name = anchor.trim_start_matches('<').trim_start_matches('-');
    let body = rest.strip_suffix('\n')?.trim_end_matches('\r').strip_suffix(name)?;
    if !indented {
        return Some(body.to_owned());
    }
    let mut lines: Vec<&str> = body.split('\n').collect();
    let margin = lines.pop()?;
    if lines.iter().all(|line| line.starts_with(margin)) {
        Some(lines.iter().map(|line| format!("{}\n", &line[margin.len()..])).collect())
    } else {
        Some(body.trim_end_matches([' ', '\t']).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_interpolations() {
        assert_eq!(unquote(r#""a\\b\n\x41\101\u00e9""#, true).unwrap(), "a\\b\nAA\u{e9}");
        assert_eq!(unquote(r#""a${"\q"}b""#, true).unwrap(), r#"a${"\q"}b"#);
        assert_eq!(unquote(r#""\ud800""#, false), None);
        assert_eq!(unquote(r#""\400""#, true), None);
        assert_eq!(unquote("\"", true), None);
    }

    #[test]
    fn heredocs_lose_the_margin_of_their_last_line() {
        assert_eq!(heredoc("<<E\n a\nE\n").unwrap(), " a\n");
        assert_eq!(heredoc("<<-E\n  a\n   b\n  E\n").unwrap(), "a\n b\n");
        assert_eq!(heredoc("<<-E\na\n  E\n").unwrap(), "a\n");
    }
}
