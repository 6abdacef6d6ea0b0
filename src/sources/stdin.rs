//! Standard input: one text, whatever it is, searched for credentials and given to the readers.

use super::{
    Collecting, Context, Source,
    content::{UNPACK, credentials, is_binary},
    coverage, parts,
};
use overstay_detectors::{
    evidence::{LineIndex, Location, Record, Sighting, Src},
    readers::{
        Document, read_document,
        secrets::{FingerprintKey, Hit, Matcher, exposures},
    },
};
use std::io::{self, Read};

/// What the text is called in reports.
const NAME: &str = "stdin";

struct Stdin;

/// `stdin`; takes no argument.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    match arg {
        None => Ok(Box::new(Stdin)),
        Some(_) => Err("takes no argument".to_owned()),
    }
}

impl Source for Stdin {
    fn name(&self) -> &'static str {
        NAME
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        let context = context.clone();
        Box::pin(async move {
            let reading = tokio::task::spawn_blocking({
                let context = context.clone();
                move || read(io::stdin().lock(), &context)
            });
            reading.await.unwrap_or_else(|_| {
                let why = ("reading stopped unexpectedly".into(), "report this as a bug".into());
                vec![coverage(&Src::new(NAME), context.now, NAME, Some(why)).into()]
            })
        })
    }
}

fn read(mut input: impl Read, context: &Context) -> Vec<Record> {
    let src = Src::new(NAME);
    let matcher = Matcher::built_in(&FingerprintKey::new(&context.fingerprint_key));
    let limit = context.config.walk.max_file_bytes;
    let (mut records, mut hits) = (Vec::new(), Vec::new());
    let mut unread = Vec::new();
    let mut bytes = Vec::new();
    let begun = input.by_ref().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    if begun.is_ok() && bytes.len() as u64 > limit {
        let whole = bytes.as_slice().chain(input);
        let done = parts::credentials(&matcher, NAME, whole, &mut |hit, region| {
            let location = Location::in_file(NAME, region);
            hits.push((hit, Sighting { location, ..Sighting::default() }));
        });
        unread.extend(done.err().map(|why| (NAME.to_owned(), why.to_string(), AGAIN)));
    } else {
        unread.extend(begun.err().map(|why| (NAME.to_owned(), why.to_string(), AGAIN)));
        let left_out = credentials(&matcher, NAME, &bytes, limit, &mut |hit, steps| {
            let place = sighting(&bytes, &hit, steps);
            hits.push((hit, place));
        });
        unread.extend(left_out.into_iter().map(|(part, why)| (part, why.to_string(), UNPACK)));
        if !is_binary(&bytes) {
            let (src, as_of) = (&src, context.now);
            let document = Document { path: NAME, bytes: &bytes, src, repository: None, as_of };
            read_document(&document, &mut records);
        }
    }
    records.extend(exposures(&src, context.now, hits).into_iter().map(Record::from));
    let complete = unread.is_empty().then(|| coverage(&src, context.now, NAME, None).into());
    records.extend(complete);
    records.extend(unread.into_iter().map(|(part, why, remedy)| {
        coverage(&src, context.now, &part, Some((why, remedy.to_owned()))).into()
    }));
    records
}

/// What mends an input that ended with an error.
const AGAIN: &str = "scan it again";

fn sighting(bytes: &[u8], hit: &Hit, steps: &[String]) -> Sighting {
    let location = match steps {
        [] => Location::in_file(NAME, LineIndex::new(bytes).region(hit.range.clone())),
        _ => Location::file(NAME),
    };
    Sighting { location, through: steps.to_vec(), ..Sighting::default() }
}
