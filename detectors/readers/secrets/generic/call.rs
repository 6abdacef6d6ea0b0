//! Calls that take a user and a password by position: `HTTPBasicAuth("user", "password")`.

use super::{command::Given, cursor::Cursor};
use std::ops::Range;

/// Every call, and at which place its password stands; the user stands before it.
const CALLS: &[(&str, usize)] = &[
    ("BasicAuth(", 1),
    ("BasicAuthentication(", 1),
    ("DriverManager.getConnection(", 2),
    ("MySQLdb.connect(", 2),
    ("NetworkCredential(", 1),
    ("PDO(", 2),
    ("PasswordAuthentication(", 1),
    ("UsernamePasswordCredential(", 1),
    ("UsernamePasswordCredentials(", 1),
    ("auth=(", 1),
    ("basic_auth(", 1),
    ("basicAuth(", 1),
    ("ftp_login(", 2),
    ("mysql_connect(", 2),
    ("mysqli(", 2),
    ("mysqli_connect(", 2),
    ("pymysql.connect(", 2),
];

/// The names of all calls, each with its parenthesis.
pub(super) fn calls() -> impl Iterator<Item = &'static str> {
    CALLS.iter().map(|(name, _)| *name)
}

/// User and password of the call whose name and parenthesis stand at `call`. Only texts in quotes
/// count: whatever is computed is not in the file.
pub(super) fn in_call(bytes: &[u8], call: &Range<usize>) -> Option<Given> {
    let name = bytes.get(call.clone())?;
    let (_, place) = CALLS.iter().find(|(known, _)| known.as_bytes() == name)?;
    let mut cursor = Cursor::new(bytes, call.end, 400);
    let mut user = None;
    for _ in 0..*place {
        user = argument(&mut cursor)?;
    }
    let secret = argument(&mut cursor)??;
    Some(Given { user, secret })
}

/// Steps over one argument and what ends it. Gives its inside when it is a text in quotes.
fn argument(cursor: &mut Cursor) -> Option<Option<Range<usize>>> {
    cursor.spaces_and_newlines();
    for wrapper in [&b"Some("[..], b"b", b"@", b"String::from("] {
        if cursor.starts_with(wrapper) && cursor.rest().get(wrapper.len()).is_some_and(is_quote) {
            cursor.at += wrapper.len();
        }
    }
    let Some(quote) = cursor.peek().filter(is_quote) else {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.$->[]'\" ".contains(&b);
        cursor.skip(80, plain);
        return cursor.eat(b",").then_some(None);
    };
    cursor.at += 1;
    let inside = cursor.until(|b| b == quote || b == b'\n' || b == b'\\')?;
    cursor.at = inside.end;
    (cursor.peek() == Some(quote)).then_some(())?;
    cursor.at += 1;
    cursor.spaces_and_newlines();
    let last = cursor.skip(4, |b| b == b')') > 0;
    cursor.spaces_and_newlines();
    (cursor.eat(b",") || last).then_some(Some(inside))
}

fn is_quote(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given<'a>(text: &'a str, call: &str) -> Option<&'a str> {
        let start = text.find(call)?;
        let given = in_call(text.as_bytes(), &(start..start + call.len()))?;
        text.get(given.secret)
    }

    #[test]
    fn passwords_by_position() {
        for (text, call) in [
            ("HTTPBasicAuth('app', 'q7w8e9')", "BasicAuth("),
            ("new PDO('mysql:host=h;dbname=d', $user, 'q7w8e9', $options)", "PDO("),
            (".basic_auth(\"app\", Some(\"q7w8e9\"))", "basic_auth("),
            ("requests.get(url, auth=('app', 'q7w8e9'))", "auth=("),
        ] {
            assert_eq!(given(text, call), Some("q7w8e9"), "{text}");
        }
        for (text, call) in [
            ("HTTPBasicAuth('app', password)", "BasicAuth("),
            ("HTTPBasicAuth('app', 'a' + b)", "BasicAuth("),
            ("new PDO($dsn, $user, $password)", "PDO("),
            ("auth=(user, 'a", "auth=("),
        ] {
            assert_eq!(given(text, call), None, "{text}");
        }
    }
}
