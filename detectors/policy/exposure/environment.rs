//! Which environment a file is for, by its path.

/// The environment that a path names; `None` when it names none, or two.
pub(crate) fn of_path(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or(&path);
    let of = |text: &str, word: fn(&str) -> Option<&'static str>| -> Vec<&'static str> {
        let mut found: Vec<_> = text.split(['/', '.', '_', '-', '!']).filter_map(word).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let mut named = of(&path, environment);
    // A folder of tests is no environment; `.env.test` and `application-test.yml` are for one.
    named.extend(of(file, |part| (part == "test").then_some("test")));
    match named.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

fn environment(part: &str) -> Option<&'static str> {
    Some(match part {
        "prod" | "production" | "prd" => "production",
        "dev" | "develop" | "development" => "development",
        "staging" | "stage" | "stg" => "staging",
        "qa" => "qa",
        "uat" => "uat",
        "preprod" | "nonprod" => "preproduction",
        "sandbox" => "sandbox",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_environments() {
        for (path, expected) in [
            ("deploy/prod/app.env", Some("production")),
            (".env.development", Some("development")),
            ("src/main/resources/application-test.yml", Some("test")),
            ("config/staging.yml", Some("staging")),
            ("tests/config.yml", None),
            ("src/test/resources/app.yml", None),
            ("src/product/devices.rs", None),
            ("prod/overlays/dev/app.yml", None),
            ("app.yml", None),
        ] {
            assert_eq!(of_path(path), expected, "{path}");
        }
    }
}
