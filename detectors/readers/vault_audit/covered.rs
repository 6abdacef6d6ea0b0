//! What the files of a log vouch for, and what they leave open.

use super::{records::Telling, sums::File};
use crate::evidence::{Coverage, Record};
use jiff::{SignedDuration, Timestamp};

/// What an audit log vouches for. Not for `issuance`: that Vault handed nothing out does not say
/// that no other system did.
const KINDS: [&str; 2] = ["use", "revocation"];
/// A silence that a quiet server may have.
const QUIET: SignedDuration = SignedDuration::from_mins(15);

impl Telling<'_> {
    /// The windows that the files cover, the silences between them, and what was not read.
    pub(super) fn covered(&self) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for file in &self.log.files {
            records.extend(self.unread(file).into_iter().map(Record::from));
        }
        if self.log.folded + self.log.not_kept > 0 {
            let why = format!(
                "the log is larger than what is kept one by one: {} requests are told apart by \
                 mount only, {} hand-outs or revocations are not kept",
                self.log.folded, self.log.not_kept
            );
            let mut record = self.coverage("limits", self.window());
            record.why = Some(why);
            record.remedy = Some("read the log in pieces, one day at a time".into());
            records.push(record.into());
        }
        let mut files: Vec<(&File, Timestamp, Timestamp)> = self
            .log
            .files
            .iter()
            .filter_map(|file| file.window.map(|(from, to)| (file, from, to)))
            .collect();
        files.sort_by_key(|(file, from, to)| (*from, *to, self.text(file.name)));
        let silence = files.iter().map(|(file, ..)| file.longest_silence).max().unwrap_or_default();
        let mut open: Option<(Timestamp, Timestamp)> = None;
        for (_, from, to) in files {
            match &mut open {
                Some((_, end)) if end.duration_until(from) <= silence.max(QUIET) => {
                    *end = (*end).max(to);
                }
                Some((start, end)) => {
                    records.push(self.whole(*start, *end).into());
                    records.push(self.gap(*end, from).into());
                    open = Some((from, to));
                }
                None => open = Some((from, to)),
            }
        }
        records.extend(open.map(|(from, to)| Record::from(self.whole(from, to))));
        records
    }

    fn window(&self) -> (Timestamp, Timestamp) {
        let windows = self.log.files.iter().filter_map(|file| file.window);
        windows.reduce(|(a, b), (c, d)| (a.min(c), b.max(d))).unwrap_or((self.as_of, self.as_of))
    }

    fn coverage(&self, part: &str, (from, to): (Timestamp, Timestamp)) -> Coverage {
        Coverage {
            id: format!("coverage:vault:audit-log:{part}"),
            src: self.src.at(part),
            as_of: self.as_of,
            system: "vault".into(),
            kinds: KINDS.iter().map(|kind| (*kind).to_owned()).collect(),
            from,
            to,
            part: Some(part.to_owned()),
            ..Coverage::default()
        }
    }

    fn whole(&self, from: Timestamp, to: Timestamp) -> Coverage {
        let name = format!("audit log from {from}");
        Coverage { complete: true, ..self.coverage(&name, (from, to)) }
    }

    /// A silence longer than any inside the files: a file may be missing. What lies on either side is
    /// whole.
    fn gap(&self, from: Timestamp, to: Timestamp) -> Coverage {
        Coverage {
            kinds: Vec::new(),
            why: Some(format!("no file of the audit log covers {from} to {to}")),
            remedy: Some("give the rotated file of that time as well".into()),
            ..self.coverage(&format!("audit log after {from}"), (from, to))
        }
    }

    fn unread(&self, file: &File) -> Vec<Coverage> {
        let name = self.text(file.name);
        let window = file.window.unwrap_or((self.as_of, self.as_of));
        let mut records = Vec::new();
        for (line, why) in &file.bad_lines {
            let mut record = self.coverage(&format!("{name}:{line}"), window);
            record.line = Some(*line);
            record.why = Some(why.clone());
            record.remedy = Some("the other lines were read; look at what broke this one".into());
            records.push(record);
        }
        let named = u64::try_from(file.bad_lines.len()).unwrap_or(u64::MAX);
        if file.bad > named {
            let mut record = self.coverage(&format!("{name}: more lines"), window);
            record.why = Some(format!(
                "{} lines of {} are not audit entries; the first {named} are named",
                file.bad,
                file.bad + file.entries
            ));
            record.remedy = Some("give the file that the audit device writes".into());
            records.push(record);
        }
        let nothing = (file.entries == 0 && file.bad == 0 && file.unread.is_none())
            .then(|| "the file is empty".to_owned());
        if let Some(why) = file.unread.clone().or(nothing) {
            let mut record = self.coverage(name, window);
            record.why = Some(why);
            record.remedy = Some("give a file that the audit device of Vault wrote".into());
            records.push(record);
        }
        records
    }
}
