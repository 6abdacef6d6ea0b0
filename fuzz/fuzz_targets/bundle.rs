//! A git bundle in a folder, made of any objects: it is weighed, laid out, and all of its history searched.
//!
//! The data is a list of objects. Ids, sizes, compression and the checksum of the pack are put right, as no
//! change at random would, so that what is read are objects and deltas, not the wrapping.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overstay::{config::Walk, sources::git::search_bundle};
use overstay_detectors::readers::secrets::{FingerprintKey, Matcher};
use sha1::{Digest, Sha1};
use std::{io::Write, sync::LazyLock};

static MATCHER: LazyLock<Matcher> =
    LazyLock::new(|| Matcher::built_in(&FingerprintKey::new(b"fuzz")));

/// Small, so that long blobs are met too.
const WALK: fn() -> Walk =
    || Walk { max_file_bytes: 4 << 10, max_searched_bytes: 64 << 10, ..Walk::default() };

/// More objects are not made of one input.
const MOST: usize = 24;

#[derive(Default)]
struct Pack {
    entries: Vec<u8>,
    /// Of each entry: where it starts, the id (of a whole object), the size of what it makes.
    made: Vec<(usize, [u8; 20], usize)>,
}

impl Pack {
    fn push(&mut self, kind: u8, before: &[u8], data: &[u8], id: [u8; 20], size: usize) {
        self.made.push((self.entries.len(), id, size));
        let mut left = data.len() >> 4;
        let mut byte = kind << 4 | (data.len() & 15) as u8;
        while left > 0 {
            self.entries.push(byte | 0x80);
            byte = (left & 0x7f) as u8;
            left >>= 7;
        }
        self.entries.push(byte);
        self.entries.extend(before);
        let mut zlib =
            flate2::write::ZlibEncoder::new(&mut self.entries, flate2::Compression::fast());
        let _ = zlib.write_all(data).and_then(|()| zlib.try_finish());
    }

    fn whole(&mut self, kind: u8, data: &[u8]) {
        let name = ["commit", "tree", "blob", "tag"][usize::from(kind - 1) % 4];
        let head = format!("{name} {}\0", data.len());
        let id = Sha1::new().chain_update(head).chain_update(data).finalize().into();
        self.push(kind, &[], data, id, data.len());
    }

    /// A delta of the object that stands so many before, with sizes that are right if `data` begins so.
    fn delta(&mut self, back: usize, by_id: bool, data: &[u8]) {
        let at = self.made.len().saturating_sub(1 + back);
        let Some(&(start, id, size)) = self.made.get(at) else { return };
        let result = data.first_chunk().map_or(0, |two| usize::from(u16::from_le_bytes(*two)));
        let ops = data.get(2..).unwrap_or_default();
        let delta = [varint(size), varint(result), ops.to_vec()].concat();
        if by_id {
            self.push(7, &id, &delta, [0; 20], result);
        } else {
            let distance = distance(self.entries.len() - start);
            self.push(6, &distance, &delta, [0; 20], result);
        }
    }

    fn id(&self, byte: u8) -> [u8; 20] {
        let at = usize::from(byte).checked_rem(self.made.len());
        at.and_then(|at| self.made.get(at)).map_or([byte; 20], |made| made.1)
    }
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7f {
        out.push(0x80 | (number & 0x7f) as u8);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

fn distance(mut number: usize) -> Vec<u8> {
    let mut out = vec![(number & 0x7f) as u8];
    while number > 0x7f {
        number = (number >> 7) - 1;
        out.insert(0, 0x80 | (number & 0x7f) as u8);
    }
    out
}

fn hex(id: [u8; 20]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One object: what it is, how long, and its bytes.
fn object(pack: &mut Pack, op: u8, data: &[u8]) {
    let byte = |at: usize| data.get(at).copied().unwrap_or_default();
    match op % 10 {
        0 => pack.whole(3, data),
        // A few bytes many times: a long blob.
        1 => pack.whole(3, &data.repeat(usize::from(op) + 1)),
        2 => pack.whole(2, data),
        // Entries: a name and an object each.
        3 => {
            let entry = |pair: &[u8]| {
                let mode = if pair[0] & 1 == 0 { "100644" } else { "40000" };
                let name = char::from(b'a' + pair[0] % 26);
                let id = pack.id(*pair.last().unwrap_or(&0));
                [format!("{mode} {name}\0").as_bytes(), &id].concat()
            };
            let tree = data.chunks(2).flat_map(entry).collect::<Vec<_>>();
            pack.whole(2, &tree);
        }
        4 | 5 => {
            let parents = data.iter().skip(1).take(usize::from(op / 64));
            let parents: String =
                parents.map(|parent| format!("parent {}\n", hex(pack.id(*parent)))).collect();
            let who = format!("A <a@example.com> {} +0000", u32::from(byte(3)) << 20);
            let message = String::from_utf8_lossy(data);
            let tree = hex(pack.id(byte(0)));
            let commit =
                format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\n{message}\n");
            pack.whole(1, commit.as_bytes());
        }
        6 => pack.whole(4, data),
        kind => pack.delta(usize::from(op >> 4), kind == 9, data),
    }
}

fuzz_target!(|data: &[u8]| {
    let mut pack = Pack::default();
    let mut rest = data;
    while let [op, length, after @ ..] = rest {
        if pack.made.len() == MOST {
            break;
        }
        let (data, after) = after.split_at(usize::from(*length).min(after.len()));
        object(&mut pack, *op, data);
        rest = after;
    }
    let count = (pack.made.len() as u32).to_be_bytes();
    let mut packed = [&b"PACK\0\0\0\x02"[..], &count, &pack.entries].concat();
    let sum = Sha1::digest(&packed);
    packed.extend(sum);
    let last = hex(pack.made.last().map_or([0; 20], |made| made.1));
    let bundle =
        [format!("# v2 git bundle\n{last} refs/heads/main\n\n").as_bytes(), &packed].concat();
    let _ = search_bundle(&MATCHER, "a.bundle", &bundle, &WALK());
});
