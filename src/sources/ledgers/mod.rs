//! Exported ledgers: a file, or a folder of files, of systems that approve, issue, know people or
//! keep an audit log. `overstay-ledgers.toml` beside them says what each holds.

mod declared;

use super::{Collecting, Context, Source, coverage, required_path};
use declared::Register;
use overstay_detectors::{
    evidence::{Coverage, Record, Src},
    readers::ledgers::{Declared, Export, Ledger, Mappings},
};
use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// How large an export may be once unpacked.
const MAX_BYTES: u64 = 2 << 30;

struct Ledgers {
    path: PathBuf,
}

/// `ledger=PATH`.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    let path = required_path(arg)?;
    if path.exists() {
        Ok(Box::new(Ledgers { path }))
    } else {
        Err(format!("{} does not exist", path.display()))
    }
}

impl Source for Ledgers {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        Box::pin(async move { read(&self.path, context) })
    }
}

fn read(path: &Path, context: &Context) -> Vec<Record> {
    let src = Src::of("ledger", &path.display().to_string());
    let unread = |part: &Path, why: String, remedy: &str| -> Record {
        let why = Some((why, remedy.to_owned()));
        coverage(&src, context.now, &part.display().to_string(), why).into()
    };
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let mut records = Vec::new();
    let mut mappings = Mappings::built_in();
    let register = Register::load(folder, &mut mappings).unwrap_or_else(|error| {
        records.push(unread(&folder.join(declared::FILE_NAME), error, "correct the file"));
        Register::default()
    });
    let (files, refused) = exports(path);
    records.extend(refused.into_iter().map(|error| unread(path, error, "allow reading it")));
    let mut ledger = Ledger::new(&mappings);
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        match unpacked(&file) {
            Ok(bytes) => {
                let declared = register.about(&name);
                ledger.read(&Export { path: &name, bytes: &bytes, now: context.now, declared });
            }
            Err(error) => {
                records.push(unread(&file, error.to_string(), "check that it can be read"))
            }
        }
    }
    records.extend(
        register
            .unmatched()
            .map(|(pattern, declared)| missing(&src, pattern, declared, &mappings, context).into()),
    );
    records.extend(ledger.finish());
    records
}

/// What a ledger may hold when nobody says which it is.
const ANY: &[&str] =
    &["entitlement", "exception", "identity", "issuance", "review", "revocation", "use"];

/// An export that should be there: what it would have proven is not known, never absent.
fn missing(
    src: &Src,
    pattern: &str,
    declared: &Declared,
    mappings: &Mappings,
    context: &Context,
) -> Coverage {
    let remedy = "put the export there, or correct `files` in overstay-ledgers.toml".to_owned();
    let why = (format!("no file matches `{pattern}`"), remedy);
    let record = coverage(src, context.now, pattern, Some(why));
    match declared.mapping.as_deref().and_then(|name| mappings.get(name)) {
        Some(mapping) => {
            Coverage { system: mapping.system.clone(), kinds: mapping.kinds(), ..record }
        }
        None => Coverage { kinds: ANY.iter().map(|kind| (*kind).to_owned()).collect(), ..record },
    }
}

/// The exports of a folder, in order, without what describes them; and what could not be listed.
fn exports(path: &Path) -> (Vec<PathBuf>, Vec<String>) {
    if !path.is_dir() {
        return (vec![path.to_owned()], Vec::new());
    }
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    for entry in ignore::WalkBuilder::new(path).standard_filters(false).hidden(true).build() {
        match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                let describes = entry
                    .path()
                    .extension()
                    .is_some_and(|ending| ending == "toml" || ending == "md");
                if is_file && !describes {
                    files.push(entry.into_path());
                }
            }
            Err(error) => refused.push(error.to_string()),
        }
    }
    files.sort();
    (files, refused)
}

/// The content of a file, unpacked when it is gzip or zstd.
fn unpacked(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    let mut plain = Vec::new();
    match bytes.as_slice() {
        [0x1f, 0x8b, ..] => {
            flate2::read::MultiGzDecoder::new(&*bytes).take(MAX_BYTES).read_to_end(&mut plain)?
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            zstd::stream::Decoder::new(&*bytes)?.take(MAX_BYTES).read_to_end(&mut plain)?
        }
        _ => return whole(bytes),
    };
    whole(plain)
}

fn whole(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if bytes.len() as u64 == MAX_BYTES {
        return Err(io::Error::other("larger than 2 GiB: split the export"));
    }
    Ok(bytes)
}
