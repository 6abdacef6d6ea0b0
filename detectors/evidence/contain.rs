//! Whether one grant contains another: what decides between "approved" and "wider than approved".

use super::value::{Grant, Rank};

/// The answer to "does what was approved contain what was found?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Containment {
    /// It does.
    Contains,
    /// It does not, and one reaches into the other: the wider of two related grants.
    Narrower,
    /// The two have nothing to do with each other.
    Unrelated,
    /// The systems name their permissions differently and no rank compares them.
    Incomparable,
}

impl Grant {
    /// How much the grant allows: its rank, or what the permission's name plainly says.
    pub fn effective_rank(&self) -> Option<Rank> {
        self.rank.or_else(|| {
            Some(match self.privilege.to_ascii_lowercase().as_str() {
                "root" | "superuser" | "sudo" => Rank::Root,
                "admin" | "administrator" | "administratoraccess" | "owner" | "*" => Rank::Admin,
                "write" | "editor" | "contributor" | "update" => Rank::Write,
                "read" | "reader" | "viewer" | "list" | "get" => Rank::Read,
                _ => return None,
            })
        })
    }

    /// True for administration and more.
    pub fn is_privileged(&self) -> bool {
        self.effective_rank() >= Some(Rank::Admin)
    }

    /// Whether this grant contains another one.
    pub fn contains(&self, other: &Grant) -> Containment {
        if !self.system.eq_ignore_ascii_case(&other.system) {
            return Containment::Unrelated;
        }
        let (mine, theirs) = (place(&self.resource), place(&other.resource));
        if !covers(mine, theirs) {
            return if covers(theirs, mine) {
                Containment::Narrower
            } else {
                Containment::Unrelated
            };
        }
        match (&self.scope, &other.scope) {
            (Some(_), None) => return Containment::Narrower,
            (Some(a), Some(b)) if !covers(place(a), place(b)) => {
                return if covers(place(b), place(a)) {
                    Containment::Narrower
                } else {
                    Containment::Unrelated
                };
            }
            _ => {}
        }
        match (self.effective_rank(), other.effective_rank()) {
            (Some(a), Some(b)) if a >= b => Containment::Contains,
            (Some(_), Some(_)) => Containment::Narrower,
            _ if self.privilege.eq_ignore_ascii_case(&other.privilege) => Containment::Contains,
            _ => Containment::Incomparable,
        }
    }

    /// True when the other grant is contained, or nothing says that it is not.
    pub fn may_contain(&self, other: &Grant) -> bool {
        matches!(self.contains(other), Containment::Contains | Containment::Incomparable)
    }
}

/// A resource without the wildcard that only says "and everything below".
fn place(resource: &str) -> &str {
    resource.trim().trim_end_matches('*').trim_end_matches(['/', ':'])
}

/// True when `wide` is `narrow` or an ancestor of it. `*` inside `wide` stands for any text.
fn covers(wide: &str, narrow: &str) -> bool {
    if wide.is_empty() {
        return true;
    }
    if wide.contains('*') {
        return glob(wide.as_bytes(), narrow.as_bytes());
    }
    let Some(head) = narrow.get(..wide.len()) else { return false };
    head.eq_ignore_ascii_case(wide)
        && (narrow.len() == wide.len() || matches!(narrow.as_bytes()[wide.len()], b'/' | b':'))
}

/// Wildcard match of a pattern against a text or an ancestor of it; linear in both by backtracking
/// to the last `*` only.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if p == pattern.len() && (t == text.len() || matches!(text[t], b'/' | b':')) {
            return true;
        }
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && t < text.len() && pattern[p].eq_ignore_ascii_case(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((sp, st)) = star.filter(|(_, st)| *st < text.len()) {
            star = Some((sp, st + 1));
            p = sp + 1;
            t = st + 1;
        } else {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(resource: &str, rank: Rank) -> Grant {
        Grant {
            system: "vault".into(),
            resource: resource.into(),
            privilege: "p".into(),
            rank: Some(rank),
            scope: None,
        }
    }

    #[test]
    fn an_ancestor_contains_and_a_neighbour_does_not() {
        use Containment::*;
        for (approved, found, expected) in [
            ("prod/db", "prod/db/payments", Contains),
            ("prod/db/payments", "prod/db", Narrower),
            ("prod/db", "prod/dbx", Unrelated),
            ("prod/db/*", "prod/db", Contains),
            ("prod/db/", "prod/db/payments", Contains),
            ("prod/*/payments", "prod/db/payments/x", Contains),
            ("prod/*/payments", "prod/db/billing", Unrelated),
            ("arn:aws:s3:::a", "arn:aws:s3:::a/key", Contains),
            ("*", "anything", Contains),
            ("PROD/db", "prod/DB/x", Contains),
        ] {
            let answer = grant(approved, Rank::Read).contains(&grant(found, Rank::Read));
            assert_eq!(answer, expected, "{approved} against {found}");
        }
    }

    #[test]
    fn ranks_decide_before_names_and_names_before_nothing() {
        let read = grant("r", Rank::Read);
        let admin = grant("r", Rank::Admin);
        assert_eq!(read.contains(&admin), Containment::Narrower);
        assert_eq!(admin.contains(&read), Containment::Contains);
        let named =
            |privilege: &str| Grant { privilege: privilege.into(), rank: None, ..read.clone() };
        assert_eq!(
            named("Storage Blob Reader").contains(&named("storage blob reader")),
            Containment::Contains
        );
        assert_eq!(
            named("Storage Blob Reader").contains(&named("roles/x")),
            Containment::Incomparable
        );
        assert_eq!(named("reader").contains(&named("owner")), Containment::Narrower);
    }

    #[test]
    fn an_unscoped_grant_is_wider_than_a_scoped_approval() {
        let scoped = Grant { scope: Some("eu".into()), ..grant("r", Rank::Read) };
        assert_eq!(scoped.contains(&grant("r", Rank::Read)), Containment::Narrower);
        assert_eq!(grant("r", Rank::Read).contains(&scoped), Containment::Contains);
    }
}
