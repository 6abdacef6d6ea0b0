//! The credentials in one version of a file, as git holds it.

use super::{arrivals::Missing, history::MAX_OBJECT};
use crate::{
    config::Walk,
    sources::{
        archive,
        content::{self, Steps, UNPACK},
        parts,
    },
};
use overstay_detectors::{
    evidence::{LineIndex, Region},
    readers::secrets::{Hit, Matcher},
};
use std::io::{self, Read};

/// Something that was not read: the part, why, and what would mend it.
pub(super) type Unread = (String, String, String);

/// Gets a credential, its region unless it stands inside an archive, and the steps into that.
pub(super) type See<'a> = &'a mut dyn FnMut(Hit, Option<Region>, Steps);

/// Reports the credentials in a blob; what is over the limit for whole files is read in parts. Gives
/// what could not be read.
pub(super) fn credentials(
    matcher: &Matcher,
    path: &str,
    bytes: &[u8],
    walk: &Walk,
    see: See,
) -> Vec<Unread> {
    let limit = walk.max_file_bytes;
    if bytes.len() as u64 <= limit {
        let mut lines = None;
        let left_out = content::credentials(matcher, path, bytes, limit, &mut |hit, steps| {
            let region = steps.is_empty().then(|| {
                lines.get_or_insert_with(|| LineIndex::new(bytes)).region(hit.range.clone())
            });
            see(hit, region, steps);
        });
        let unread =
            |(part, why): (String, archive::LeftOut)| (part, why.to_string(), UNPACK.into());
        return left_out.into_iter().map(unread).collect();
    }
    if archive::sniff(bytes).is_some() || content::is_bundle(bytes) {
        let why = format!("an archive of {} bytes, over the limit of {limit}", bytes.len());
        return vec![(path.to_owned(), why, "raise walk.max_file_bytes".to_owned())];
    }
    // Reading from memory does not fail.
    let _ = in_parts(matcher, path, bytes, see);
    Vec::new()
}

/// Reports the credentials in a text that is too long to be held.
///
/// # Errors
/// When reading fails.
pub(super) fn in_parts(
    matcher: &Matcher,
    path: &str,
    content: impl Read,
    see: See,
) -> io::Result<()> {
    parts::credentials(matcher, path, content, &mut |hit, region| see(hit, Some(region), &[]))
}

/// Reads a blob; or says why it is not held, and what would mend that.
pub(super) fn read<'a>(
    repository: &'a gix::Repository,
    id: gix::ObjectId,
    walk: &Walk,
) -> Result<Result<gix::Object<'a>, (String, String)>, Missing> {
    let size = repository.find_header(id).map_err(|_| Missing(id))?.size();
    let searched = walk.max_searched_bytes.max(walk.max_file_bytes);
    let (limit, remedy) = match searched <= MAX_OBJECT as u64 {
        true => (searched, "raise walk.max_searched_bytes"),
        false => (MAX_OBJECT as u64, "scan with --history, which reads it part by part"),
    };
    if size > limit {
        let why = format!("it has {size} bytes, over the limit of {limit}");
        return Ok(Err((why, remedy.to_owned())));
    }
    Ok(Ok(repository.find_object(id).map_err(|_| Missing(id))?))
}
