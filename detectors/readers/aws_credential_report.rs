//! `aws iam get-credential-report`, decoded to CSV: passwords, MFA and keys of every user and of
//! root. It names no key ids (IAM User Guide, "Generate credential reports").

use super::aws_gaad::moment;
use crate::{
    evidence::{
        Attrs, Coverage, Credential, Identity, IdentityType, LineIndex, Location, Record, Src,
        Status, When,
    },
    policy::aws::account_of,
    readers::{Document, Reader},
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// Reads credential reports.
pub(crate) const READER: Reader = Reader { name: "aws-credential-report", accepts, read };

const HEAD: &str = "user,arn,user_creation_time,password_enabled,";

fn accepts(document: &Document) -> bool {
    document
        .bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(document.bytes)
        .starts_with(HEAD.as_bytes())
}

fn read(document: &Document, out: &mut Vec<Record>) {
    let text = String::from_utf8_lossy(document.bytes);
    let lines = LineIndex::new(document.bytes);
    let place = |line: usize, arn: &str| Location {
        path: Some(document.path.to_owned()),
        region: u32::try_from(line).ok().map(|line| {
            let length = lines.line_text(line).len();
            let mut region = crate::evidence::Region::line(line);
            region.end_column = u32::try_from(length + 1).unwrap_or(u32::MAX);
            region
        }),
        logical: Some(arn.to_owned()),
    };
    let sheet =
        Sheet { text: &text, reference: document.path, as_of: document.as_of, place: &place };
    let rows = rows(&sheet, out);
    if let Some(first) = rows.bad.first() {
        let why = format!(
            "{} rows have the wrong number of fields, the first at line {first}",
            rows.bad.len(),
        );
        out.push(document.unreadable(why, "generate the report again").into());
    }
    if let Some(account) = rows.account {
        out.push(covered(&sheet, &account, rows.bad.is_empty()).into());
    }
}

/// A report and how a row of it is shown to people.
pub(crate) struct Sheet<'a> {
    /// The decoded report.
    pub(crate) text: &'a str,
    /// The file, or the API call.
    pub(crate) reference: &'a str,
    /// When it was true.
    pub(crate) as_of: Timestamp,
    /// Where a row stands: its line, from 1, and its ARN.
    pub(crate) place: &'a dyn Fn(usize, &str) -> Location,
}

/// What was in a report.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// The account of its users.
    pub(crate) account: Option<String>,
    /// Lines that could not be read, from 1.
    pub(crate) bad: Vec<usize>,
}

/// Turns a report into identities and credentials.
pub(crate) fn rows(sheet: &Sheet, out: &mut Vec<Record>) -> Rows {
    let mut found = Rows::default();
    let mut rows = sheet.text.trim_start_matches('\u{feff}').lines().enumerate();
    let Some((_, head)) = rows.next() else { return found };
    let columns: Vec<&str> = head.split(',').map(str::trim).collect();
    for (index, line) in rows.filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let Some(arn) =
            fields.get(1).filter(|a| fields.len() == columns.len() && account_of(a).is_some())
        else {
            found.bad.push(index + 1);
            continue;
        };
        found.account = account_of(arn).map(str::to_owned).or(found.account);
        let row = Row {
            fields: columns.iter().copied().zip(fields.iter().copied()).collect(),
            arn,
            src: Src::of("aws", account_of(arn).unwrap_or_default()).at(sheet.reference),
            as_of: sheet.as_of,
            place: (sheet.place)(index + 1, arn),
        };
        row.records(out);
    }
    found
}

/// What a report covers: the static credentials of an account.
pub(crate) fn covered(sheet: &Sheet, account: &str, complete: bool) -> Coverage {
    Coverage {
        id: format!("coverage:aws:{account}:credential-report"),
        src: Src::of("aws", account).at(sheet.reference),
        as_of: sheet.as_of,
        system: "aws".into(),
        kinds: vec!["credential".into()],
        from: sheet.as_of,
        to: sheet.as_of,
        complete,
        part: (!complete).then(|| sheet.reference.to_owned()),
        why: (!complete).then(|| "some rows could not be read".to_owned()),
        ..Coverage::default()
    }
}

struct Row<'a> {
    fields: BTreeMap<&'a str, &'a str>,
    arn: &'a str,
    src: Src,
    as_of: Timestamp,
    place: Location,
}

impl Row<'_> {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).copied().unwrap_or_default()
    }

    /// `N/A` and `no_information` after a column that says it is on mean never; `not_supported`
    /// (root) and an absent column mean that nobody knows.
    fn when(&self, name: &str) -> When {
        match self.field(name) {
            "N/A" | "no_information" => When::Never,
            text => moment(text).map_or(When::Unknown, When::At),
        }
    }

    fn is(&self, name: &str) -> bool {
        self.field(name).eq_ignore_ascii_case("true")
    }

    fn records(&self, out: &mut Vec<Record>) {
        let root = self.field("user") == "<root_account>";
        let password = self.is("password_enabled");
        let keys: Vec<u8> = [1, 2].into_iter().filter(|n| self.has_key(*n)).collect();
        let active = keys.iter().any(|n| self.is(&format!("access_key_{n}_active")));
        let attrs: Attrs = [
            ("aws".to_owned(), json!(if root { "root" } else { "user" })),
            ("account".to_owned(), json!(account_of(self.arn))),
            ("password".to_owned(), json!(password)),
            ("mfa".to_owned(), json!(self.is("mfa_active"))),
            ("report".to_owned(), json!(true)),
            (
                "certificates".to_owned(),
                json!(self.is("cert_1_active") || self.is("cert_2_active")),
            ),
        ]
        .into();
        out.push(
            Identity {
                id: format!("identity:aws-credential-report:{}", self.arn),
                src: self.src.clone(),
                as_of: self.as_of,
                // Keys without a password are a program's; a password alone is a person's.
                kind: match (password, active) {
                    (false, true) => IdentityType::Service,
                    (true, false) => IdentityType::Human,
                    _ => IdentityType::Unknown,
                },
                status: Status::Active,
                aliases: vec![format!("aws:{}", self.arn)],
                name: Some(self.field("user").to_owned()),
                created_at: moment(self.field("user_creation_time")),
                last_used: self.last_used(&keys),
                location: Some(self.place.clone()),
                attrs,
                ..Identity::default()
            }
            .into(),
        );
        if password {
            out.push(self.password().into());
        }
        for key in keys {
            out.push(self.key(key).into());
        }
    }

    fn has_key(&self, n: u8) -> bool {
        self.is(&format!("access_key_{n}_active"))
            || moment(self.field(&format!("access_key_{n}_last_rotated"))).is_some()
    }

    fn last_used(&self, keys: &[u8]) -> When {
        let mut moments = vec![self.when("password_last_used")];
        moments.extend(keys.iter().map(|n| self.when(&format!("access_key_{n}_last_used_date"))));
        moments.into_iter().max_by_key(|when| when.at()).unwrap_or_default()
    }

    fn credential(&self, what: &str, kind: &str) -> Credential {
        Credential {
            id: format!("credential:aws:{}#{what}", self.arn),
            src: self.src.clone(),
            as_of: self.as_of,
            subject: format!("aws:{}", self.arn),
            kind: kind.to_owned(),
            status: Status::Active,
            expires_at: When::Never,
            location: Some(self.place.clone()),
            ..Credential::default()
        }
    }

    fn password(&self) -> Credential {
        Credential {
            rotated_at: self.when("password_last_changed"),
            last_used: self.when("password_last_used"),
            ..self.credential("password", "aws-console-password")
        }
    }

    fn key(&self, n: u8) -> Credential {
        let active = self.is(&format!("access_key_{n}_active"));
        let rotated = moment(self.field(&format!("access_key_{n}_last_rotated")));
        let region = self.field(&format!("access_key_{n}_last_used_region"));
        let service = self.field(&format!("access_key_{n}_last_used_service"));
        Credential {
            status: if active { Status::Active } else { Status::Disabled },
            created_at: rotated,
            rotated_at: rotated.map_or(When::Unknown, When::At),
            last_used: self.when(&format!("access_key_{n}_last_used_date")),
            attrs: [("slot", json!(n)), ("region", json!(region)), ("service", json!(service))]
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect(),
            ..self.credential(&format!("access-key-{n}"), "aws-access-key")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
<root_account>,arn:aws:iam::111122223333:root,2019-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n\
ci,arn:aws:iam::111122223333:user/ci,2024-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2024-01-01T00:00:00+00:00,2026-11-20T00:00:00+00:00,eu-west-1,s3,true,2025-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A\n\
short,row\n";

    fn records() -> Vec<Record> {
        let src = Src::new("git");
        let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
        let document = Document {
            path: "report.csv",
            bytes: REPORT.as_bytes(),
            src: &src,
            repository: None,
            as_of,
        };
        let mut out = Vec::new();
        assert!(accepts(&document));
        read(&document, &mut out);
        out
    }

    #[test]
    fn keys_keep_their_own_columns_and_root_has_none() {
        let records = records();
        let keys: Vec<&Credential> = records
            .iter()
            .filter_map(|r| match r {
                Record::Credential(c) => Some(c),
                _ => None,
            })
            .collect();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0].last_used, When::At("2026-11-20T00:00:00Z".parse().unwrap()));
        assert_eq!(keys[1].last_used, When::Never);
        assert_eq!(keys[1].rotated_at, When::At("2025-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_said() {
        let said = records().into_iter().any(
            |r| matches!(r, Record::Coverage(c) if !c.complete && c.why.as_deref().is_some_and(|w| w.contains("line 4"))),
        );
        assert!(said);
    }
}
