//! The environment that a path names.

const PRODUCTION: &[&str] = &["prod", "production", "prd", "live"];
const OTHERS: &[&str] = &[
    "dev",
    "develop",
    "development",
    "test",
    "testing",
    "tst",
    "qa",
    "uat",
    "int",
    "stage",
    "staging",
    "stg",
    "sandbox",
    "sbx",
    "nonprod",
    "preprod",
    "preview",
    "demo",
];

/// True for production, false for another environment, `None` where the path names none or both.
pub fn is_production(path: &str) -> Option<bool> {
    let lower = path.to_ascii_lowercase();
    let spelled = lower.replace("non-prod", "nonprod").replace("pre-prod", "preprod");
    let mut words = spelled.split(|c: char| !c.is_ascii_alphanumeric());
    let mut found = (false, false);
    for word in words.by_ref() {
        found.0 |= PRODUCTION.contains(&word);
        found.1 |= OTHERS.contains(&word);
    }
    match found {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_production;

    #[test]
    fn environments_are_whole_words() {
        assert_eq!(is_production("secret/data/prod/app"), Some(true));
        assert_eq!(is_production("pg-prod/creds/ro"), Some(true));
        assert_eq!(is_production("secret/data/non-prod/app"), Some(false));
        assert_eq!(is_production("secret/data/products"), None);
        assert_eq!(is_production("secret/data/prod/test"), None);
        assert_eq!(is_production("secret/data/latest"), None);
    }
}
