//! The path that fits both a request of a sink and the pattern of a rule.

/// A name of a sink and what it stands for; `within` is the namespace before every path.
pub(super) type Bound = (String, String);

/// False where the first segments already differ: a quick look, since most patterns speak of other mounts.
pub(super) fn can_fit(shape: &str, pattern: &str, bound: &[Bound]) -> bool {
    let first = |text| str::split(text, '/').next().unwrap_or_default();
    if !value(bound, "within").is_empty() {
        return true;
    }
    let wanted = match first(shape) {
        "{mount}" => first(value(bound, "mount")),
        wanted => wanted,
    };
    let given = first(pattern);
    let open = given.strip_suffix('*').filter(|_| !pattern.contains('/'));
    wanted.is_empty()
        || wanted.starts_with(['{', '<'])
        || given == "+"
        || given == wanted
        || open.is_some_and(|start| wanted.starts_with(start))
}

/// The most general path that fits a sink's shape and a pattern, and what its names stand for.
pub(super) fn unify(shape: &str, pattern: &str, bound: &[Bound]) -> Option<(String, Vec<Bound>)> {
    let shape = format!("{}{}", value(bound, "within"), fill_mount(shape, bound));
    let (text, prefix) = match pattern.strip_suffix('*') {
        Some(text) => (text, true),
        None => (pattern, false),
    };
    let wanted: Vec<&str> = text.split('/').collect();
    let segments: Vec<&str> = shape.split('/').collect();
    if wanted.len() > segments.len() || (!prefix && wanted.len() < segments.len()) {
        return None;
    }
    let mut bound = bound.to_vec();
    let mut path: Vec<String> = Vec::with_capacity(segments.len());
    for (i, segment) in segments.iter().enumerate() {
        let pattern_segment = wanted.get(i).copied();
        let open = prefix && i + 1 >= wanted.len();
        path.push(unify_segment(segment, pattern_segment, open, &mut bound)?);
    }
    Some((path.join("/"), bound))
}

/// What a name is bound to; nothing when it is not.
pub(super) fn value<'b>(bound: &'b [Bound], name: &str) -> &'b str {
    bound.iter().find(|(bound, _)| bound == name).map_or("", |(_, value)| value)
}

fn fill_mount(shape: &str, bound: &[Bound]) -> String {
    match bound.iter().find(|(name, _)| name == "mount") {
        Some((_, mount)) => shape.replace("{mount}", mount),
        None => shape.to_owned(),
    }
}

/// One segment: of the shape literal or a name, of the pattern literal, `+`, open at its end, or
/// not there any more.
fn unify_segment(
    segment: &str,
    pattern: Option<&str>,
    open: bool,
    bound: &mut Vec<Bound>,
) -> Option<String> {
    let fits = |text: &str| match pattern {
        None | Some("+") => true,
        Some(pattern) if open => text.starts_with(pattern),
        Some(pattern) => pattern == text,
    };
    let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) else {
        return fits(segment).then(|| segment.to_owned());
    };
    if let Some((_, value)) = bound.iter().find(|(bound, _)| bound == name) {
        return fits(value).then(|| value.clone());
    }
    let value = match pattern {
        None | Some("+") => format!("<{name}>"),
        Some(pattern) if open => format!("{pattern}<{name}>"),
        Some("") => return None,
        Some(pattern) => pattern.to_owned(),
    };
    bound.push((name.to_owned(), value.clone()));
    Some(value)
}
