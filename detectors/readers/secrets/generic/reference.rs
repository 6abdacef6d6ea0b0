//! Values that stand for something computed, kept elsewhere, or absent.

use super::{
    judge::Candidate,
    name::Promise,
    shape::{Shape, contains},
    style::Style,
    words::reads_like_words,
};

/// Values that say that there is no value.
pub(super) fn is_nothing(value: &[u8]) -> bool {
    const NOTHING: &[&str] = &[
        "",
        "null",
        "none",
        "nil",
        "true",
        "false",
        "undefined",
        "empty",
        "string",
        "string!",
        "str",
        "yes",
        "no",
        "on",
        "off",
        "default",
        "required",
        "optional",
        "hidden",
        "redacted",
        "[redacted]",
        "masked",
        "filtered",
        "[filtered]",
        "%5bfiltered%5d",
        "secret",
        "password",
        "passwd",
        "pass",
        "pwd",
        "pswd",
        "token",
        "key",
        "todo",
        "tbd",
        "n/a",
        "example",
        "foo",
        "bar",
        "baz",
        "test",
        "value",
        "text",
        "any",
        "object",
        "number",
        "int",
        "bool",
        "boolean",
        "bytes",
        "self",
        "this",
        "changeme",
        "change_me",
        "change-me",
        "changeit",
        "placeholder",
        "your_password",
        "yourpassword",
        "mypassword",
        "my_password",
        "my-password",
        "the_password",
        "somepassword",
        "some_password",
        "apikey",
        "api_key",
        "mysecret",
        "my_secret",
        "user",
        "username",
        "prompt",
        "always",
        "on_create",
        "ask",
        "unset",
        "disabled",
        "enabled",
        "inherit",
        "plain",
        "plaintext",
        "base64",
        "md5",
        "sha256",
        "unknown",
        "localhost",
        "undef",
        "pass:",
    ];
    let trimmed = value.trim_ascii();
    // `?string`: a type that may be absent.
    let trimmed = trimmed.strip_prefix(b"?").unwrap_or(trimmed);
    NOTHING.iter().any(|nothing| trimmed.eq_ignore_ascii_case(nothing.as_bytes()))
        || trimmed.iter().all(|b| b"*.x-_?#X0 =~".contains(b))
        || trimmed.iter().all(|b| Some(b) == trimmed.first())
}

/// `Adgangskode`, `SMTP-Passwort`: the word for a password, in the languages that write it with Latin
/// letters; a translation of the name, not a value.
pub(super) fn is_translated(value: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "adgangskode",
        "wachtwoord",
        "wachtwurd",
        "wagwoord",
        "lozinka",
        "lozinku",
        "heslo",
        "salasana",
        "senha",
        "contrasenya",
        "contrasinal",
        "contrasigno",
        "passwort",
        "kennwort",
        "parola",
        "parole",
        "parool",
        "pasahitza",
        "pasfhocal",
        "passord",
        "passwuert",
        "jelszo",
        "geslo",
        "cyfrinair",
        "pasvorto",
        "iphasiwedi",
        "katalaluan",
        "sandi",
        "nenosiri",
        "slaptazodis",
        "fjalekalim",
        "motdepasse",
        "parol",
        "passordet",
        "adgangskoden",
        "wachtwoorden",
        "lykilor",
    ];
    let last = value.rsplit(|b| b"- _".contains(b)).find(|part| !part.is_empty());
    let last = last.unwrap_or_default().trim_ascii();
    let word = last.strip_suffix(b":").unwrap_or(last);
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// Words that a file kept for credentials may really hold as a password.
pub(super) fn is_poor(value: &[u8]) -> bool {
    [&b"password"[..], b"pass", b"secret", b"test", b"default"].contains(&value)
}

/// The code between two pieces of a text that is put together: `' + password + '`.
pub(super) fn is_pasted(value: &[u8]) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(|b| b"`'\"+".contains(b));
    let inner = value.trim_ascii();
    (ends(inner.first()) && ends(inner.last()))
        || [&b"\" ."[..], b"\".", b"\" +", b"\"+"].iter().any(|end| inner.starts_with(end))
        || (inner.first() == Some(&b'+') && inner.contains(&b'('))
        || inner.starts_with(b"+ ")
        || inner.starts_with(b". ")
        || (inner.first() == Some(&b'.') && matches!(inner.last(), Some(b'(' | b'[')))
        || inner.ends_with(b" +")
        // `"Password: ") + bold("%s"`: a label, and what is called with the next text.
        || (inner.starts_with(b")") && inner.ends_with(b"("))
        // `ask("Password: ") { |q| q.echo = "*" }`: and a block behind the call.
        || inner.starts_with(b") {")
        // `copy(last, "Auth-Pass: ", sizeof("Auth-Pass: "))`: and its next argument.
        || (matches!(inner.first(), Some(b',' | b')')) && inner.iter().any(|b| b"(){}[];= ".contains(b)))
}

/// Values that stand for something computed or kept elsewhere.
pub(super) fn is_expression(value: &[u8], candidate: &Candidate) -> bool {
    const STARTS: &[&[u8]] = &[
        b"$",
        b"{{",
        b"{%",
        b"<",
        b"%(",
        b"%{",
        b"%s",
        b"%d",
        b"%v",
        b"@{",
        b"#{",
        b"process.env",
        b"os.environ",
        b"os.getenv",
        b"env.",
        b"ENV[",
        b"env(",
        b"getenv",
        b"self.",
        b"this.",
        b"#/",
        b";",
        b"vault:",
        b"secret:",
        b"arn:",
        b"ref+",
        b"op://",
        b"ssm:",
        b"sm://",
        b"!vault",
        b"!secret",
        b"!Ref",
        b"!Sub",
        b"!env",
        b"lookup(",
        b"var.",
        b"local.",
        b"data.",
        b"module.",
        b"secrets.",
        b"config.",
        b"settings.",
        b"/",
        b"./",
        b"../",
        b"~/",
        b"file:",
        b"pass:$",
        b"AQICAH",
        b"ENC[",
        b"EJ[",
        b"{cipher}",
        b"kv/",
        b"projects/",
        b"data:",
        b"&",
        b"*",
        b"base64:{{",
        b"@Microsoft.KeyVault",
        b"keyvault",
        b"resolve:",
        b"\\",
        b"-----",
    ];
    if STARTS.iter().any(|start| value.starts_with(start)) && !allowed_start(value, candidate) {
        return true;
    }
    // In a text of code a brace opens what is filled in, though it may close behind the value.
    let closed = value.contains(&b'}') || candidate.file.style == Style::Code;
    let braced = value.contains(&b'{') && closed && !candidate.delimited;
    let format = [&b"{}"[..], b"{0}", b"%s", b"${", b"{{", b"#{", b"$(", b"\\(", b"%@", b"<%"];
    let named = value.first() == Some(&b'{') && value.last() == Some(&b'}');
    // `!model.password`, `{plain`: a condition, the scheme before a password of Dovecot.
    let negated = value.first() == Some(&b'!') && value.contains(&b'.') && reads_like_words(value);
    // `e.link`: a field, in code that was made short; `"base64:" +`: what stands before the value.
    let field = !candidate.delimited
        && value.iter().position(|b| *b == b'.').is_some_and(|dot| (1..=2).contains(&dot))
        && value.iter().all(|b| b.is_ascii_alphabetic() || *b == b'.');
    // `-p$PW` in a script, `n,a=$USERNAME` in a text of code.
    let least = if candidate.file.style == Style::Shell { 2 } else { 5 };
    let expanded = candidate.file.style != Style::Store
        && value.split(|b| *b == b'$').skip(1).any(|name| {
            name.iter().take_while(|b| b.is_ascii_uppercase() || **b == b'_').count() >= least
        });
    let filled_in = is_filled_in(value);
    let variable = value.len() > 2
        && value.first() == Some(&b'%')
        && value.last() == Some(&b'%')
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'%' | b'_'));
    let call = !candidate.delimited
        && (without_stop(value).ends_with(b")") || value.contains(&b'(') || value.contains(&b'['));
    // `%HOSTIP:%PORT`: names that a script fills in.
    let mut holes = value.split(|b| *b == b'%').skip(1);
    let hole = holes.any(|hole| {
        let name = hole.iter().take_while(|b| b.is_ascii_uppercase()).count();
        name >= 4 && hole.iter().take(name).any(|b| !b.is_ascii_hexdigit())
    });
    // `{Offset0}` in an interpolated text.
    let slot = value.split(|b| *b == b'{').skip(1).any(|slot| {
        let name = slot.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        name >= 2 && slot.get(name) == Some(&b'}')
    });
    let escaped = [&b"\\r"[..], b"\\n", b"\\u00"].iter().any(|escape| contains(value, escape));
    braced
        || slot
        || negated
        || field
        || (escaped && candidate.promise == Promise::Password)
        || hole
        || named
        || variable
        || filled_in
        || expanded
        || call
        || format.iter().any(|hole| contains(value, hole))
}

/// The text without the stop or comma of the sentence around it.
fn without_stop(value: &[u8]) -> &[u8] {
    value.strip_suffix(b".").or_else(|| value.strip_suffix(b",")).unwrap_or(value)
}

/// A leading `$`, `&`, `*` or `/` may begin a password or base64 in quotes.
pub(super) fn allowed_start(value: &[u8], candidate: &Candidate) -> bool {
    let mixed = Shape::of(value).digits >= 2 && value.len() >= 8;
    let punctuation = matches!(value.first(), Some(b'&' | b'*' | b'<' | b'/' | b'$' | b'%'));
    let path = value.first() == Some(&b'/')
        && (value.iter().filter(|b| **b == b'/').count() > 2 || reads_like_words(value));
    let variable = value.first() == Some(&b'$')
        && value.get(1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && (value.iter().skip(1).all(|b| b.is_ascii_alphanumeric() || *b == b'_')
            || [&b"["[..], b"->", b":$"].iter().any(|access| contains(value, access)));
    let tag = value.first() == Some(&b'<') && value.last() == Some(&b'>');
    let pattern = value.starts_with(b"/^");
    candidate.delimited && punctuation && mixed && !path && !variable && !tag && !pattern
}

/// The value repeats its name: `password: "password"`, `token = my_token`, `API_KEY: "API key"`.
pub(super) fn echoes_name(value: &[u8], name: &[u8]) -> bool {
    let squeeze = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let (value, name) = (squeeze(value), squeeze(name));
    if value.is_empty() || value == name {
        return true;
    }
    let core = &value;
    let trailing = core.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let stem = core.get(..core.len() - trailing.min(2)).unwrap_or_default();
    stem.len() >= 3
        && (name.ends_with(stem) || (stem.len() <= 24 && stem.ends_with(&name) && name.len() >= 5))
}

/// `###NAME###`, `@@NAME@@`, `__NAME__`, `@NAME@`, `|NAME|`, `[NAME]`: marks that a template engine or a
/// script replaces.
fn is_filled_in(value: &[u8]) -> bool {
    let (Some(first), Some(last)) = (value.first(), value.last()) else { return false };
    let pairs = matches!(
        (first, last),
        (b'#', b'#') | (b'@', b'@') | (b'|', b'|') | (b'[', b']') | (b'_', b'_')
    );
    let inner = value.trim_ascii_start();
    let inner: Vec<u8> = inner.iter().copied().filter(|b| !b"#@|[]_.- ".contains(b)).collect();
    pairs
        && inner.len() >= 2
        && reads_like_words(&inner)
        && inner.iter().all(u8::is_ascii_alphanumeric)
}
