//! The words that decide what a name promises. The long lists are sorted, to be searched by halves.

/// Words after the decisive one that do not change what the value is.
pub(super) const TRAILERS: &[&[u8]] = &[
    b"admin",
    b"b64",
    b"base",
    b"base64",
    b"current",
    b"data",
    b"default",
    b"dev",
    b"development",
    b"env",
    b"external",
    b"global",
    b"internal",
    b"live",
    b"local",
    b"main",
    b"master",
    b"new",
    b"old",
    b"plain",
    b"plaintext",
    b"previous",
    b"primary",
    b"prod",
    b"production",
    b"raw",
    b"readonly",
    b"root",
    b"sandbox",
    b"secondary",
    b"stage",
    b"staging",
    b"string",
    b"test",
    b"testing",
    b"text",
    b"v1",
    b"v2",
    b"value",
];

/// Words before `key` that make it a secret one.
pub(super) const KEY_QUALIFIERS: &[&[u8]] = &[
    b"access",
    b"account",
    b"admin",
    b"aes",
    b"api",
    b"app",
    b"application",
    b"auth",
    b"authentication",
    b"authorization",
    b"cipher",
    b"client",
    b"consumer",
    b"cookie",
    b"crypt",
    b"crypto",
    b"csrf",
    b"deploy",
    b"des",
    b"dev",
    b"developer",
    b"encrypt",
    b"encryption",
    b"encryptor",
    b"functions",
    b"hmac",
    b"host",
    b"in",
    b"ingestion",
    b"instrumentation",
    b"integration",
    b"jwt",
    b"license",
    b"logged",
    b"mac",
    b"master",
    b"nonce",
    b"oauth",
    b"passwordless",
    b"primary",
    b"private",
    b"publish",
    b"root",
    b"rsa",
    b"sas",
    b"secondary",
    b"secret",
    b"security",
    b"server",
    b"service",
    b"session",
    b"shared",
    b"sign",
    b"signature",
    b"signing",
    b"storage",
    b"subscription",
    b"token",
    b"tsig",
    b"user",
    b"webhook",
    b"write",
];

/// Words that turn a secret's name into the name of something about it.
pub(super) const NEGATIONS: &[&[u8]] = &[
    b"bad",
    b"bcrypt",
    b"cache",
    b"cancellation",
    b"checksum",
    b"continuation",
    b"count",
    b"cursor",
    b"delta",
    b"description",
    b"digest",
    b"disable",
    b"disabled",
    b"dummy",
    b"empty",
    b"enable",
    b"enabled",
    b"endpoint",
    b"error",
    b"expires",
    b"expiry",
    b"fake",
    b"field",
    b"file",
    b"foreign",
    b"forgot",
    b"guid",
    b"has",
    b"hash",
    b"hashed",
    b"hide",
    b"hint",
    b"id",
    b"ids",
    b"invalid",
    b"is",
    b"label",
    b"length",
    b"list",
    b"max",
    b"md5",
    b"message",
    b"min",
    b"missing",
    b"msg",
    b"next",
    b"no",
    b"num",
    b"page",
    b"pagination",
    b"paging",
    b"partition",
    b"path",
    b"pattern",
    b"placeholder",
    b"prompt",
    b"pub",
    b"public",
    b"regex",
    b"require",
    b"required",
    b"reset",
    b"resumption",
    b"salted",
    b"sha1",
    b"sha256",
    b"sha512",
    b"show",
    b"skip",
    b"sort",
    b"title",
    b"ttl",
    b"type",
    b"uri",
    b"url",
    b"use",
    b"uuid",
    b"wrong",
];

/// Words before `salt` that make it a secret one: those of WordPress and of CakePHP. Other salts may be known.
/// <https://developer.wordpress.org/advanced-administration/wordpress/wp-config/#security-keys>
pub(super) const SECRET_SALTS: &[&[u8]] = &[b"auth", b"in", b"nonce", b"security"];

/// Words that say that a key is no use without another one.
pub(super) const SEALS: &[&[u8]] = &[b"encrypted", b"wrapped"];

/// Words before `pass` that make it a pass over something: `firstPass`.
pub(super) const ROUNDS: &[&[u8]] =
    &[b"first", b"second", b"third", b"one", b"two", b"final", b"last"];

/// Words before `pass` in the directives of nginx that hand a request on: `fastcgi_pass`.
pub(super) const GATEWAYS: &[&[u8]] = &[b"fastcgi", b"uwsgi", b"scgi", b"grpc", b"memcached"];

/// Users of which `pass` is the end: `dbpass`.
pub(super) const PASS_USERS: &[&[u8]] = &[
    b"db", b"user", b"my", b"ftp", b"smtp", b"mail", b"mysql", b"root", b"admin", b"sql", b"ssh",
    b"login", b"irc", b"pg", b"redis", b"key", b"http", b"proxy",
];

/// True for a word of a sorted list.
pub(super) fn lists(sorted: &[&[u8]], word: &[u8]) -> bool {
    sorted.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_by_halves_is_sorted() {
        for list in [TRAILERS, KEY_QUALIFIERS, NEGATIONS, SEALS] {
            assert!(list.is_sorted());
        }
    }
}
