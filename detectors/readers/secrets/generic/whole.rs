//! Files whose whole content is a credential, or whose lines have a fixed form.

use super::{
    Found,
    judge::Judgement,
    label::{PASSWORD, RAILS},
};
use crate::evidence::Confidence;

/// Files whose whole content is a credential, or whose lines have a fixed form.
pub(in super::super) fn whole_file(path: &str, bytes: &[u8], mut report: impl FnMut(Found)) {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    let sure = Judgement { confidence: Confidence::High, lowered: None };
    match name {
        "master.key"
            if bytes.trim_ascii().len() == 32
                && bytes.trim_ascii().iter().all(u8::is_ascii_hexdigit) =>
        {
            report(Found::new(&RAILS, 0..32, sure));
        }
        ".pgpass" | "pgpass.conf" => pgpass(bytes, report),
        _ => {}
    }
}

/// `host:port:database:user:password`, a colon in a field escaped by a backslash.
fn pgpass(bytes: &[u8], mut report: impl FnMut(Found)) {
    let mut start = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let text = line.trim_ascii_end();
        let colons: Vec<usize> = text
            .iter()
            .enumerate()
            .filter(|(i, b)| **b == b':' && (*i == 0 || text.get(i - 1) != Some(&b'\\')))
            .map(|(i, _)| i)
            .collect();
        if let [host, _, database, user, ..] = colons.as_slice()
            && text.first() != Some(&b'#')
            && user + 1 < text.len()
        {
            let sure = Judgement { confidence: Confidence::High, lowered: None };
            let found = Found::new(&PASSWORD, start + user + 1..start + text.len(), sure);
            report(Found {
                user: Some(start + database + 1..start + user),
                host: Some(start..start + host),
                ..found
            });
        }
        start += line.len();
    }
}
