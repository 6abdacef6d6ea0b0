//! Every object of a repository: packs, loose objects, and those of its alternates, numbered.

use super::pack::{Kind, MAX_OBJECT, Object, Pack, PackError, Unpacker, Visit};
use flate2::read::ZlibDecoder;
use gix::odb::loose;
use rayon::prelude::*;
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    sync::Mutex,
};

/// So many bytes of packs are read at once and kept; larger packs are read part by part.
const KEPT: u64 = 128 << 20;

/// All objects. Their numbers run through the packs in order and then through the loose objects.
pub(super) struct Objects {
    packs: Vec<(u32, Pack)>,
    loose: Vec<Loose>,
    loose_start: u32,
    /// How many objects there are, those that several packs hold counted as often.
    count: u32,
    /// The object folders, and in the same order the stores of loose objects in them.
    folders: Vec<PathBuf>,
    loose_stores: Vec<loose::Store>,
    loose_by_id: HashMap<gix::ObjectId, u32>,
    hash_len: usize,
}

/// One loose object.
struct Loose {
    id: gix::ObjectId,
    kind: Kind,
    size: u64,
    store: usize,
}

/// What could not be opened or read.
#[derive(Debug)]
pub(super) struct Damage {
    /// The file, below the repository.
    pub(super) part: String,
    pub(super) why: String,
}

/// A visitor that gets the objects of all packs under their numbers.
struct Numbered<'a, V> {
    start: u32,
    part: String,
    objects: &'a Objects,
    damage: &'a Mutex<Vec<Damage>>,
    visitor: V,
}

impl<V: Visit> Visit for Numbered<'_, V> {
    type Note = V::Note;

    fn object(&mut self, object: &Object, base: Option<&V::Note>) -> V::Note {
        let number = self.start + object.number;
        self.visitor.object(&Object { number, ..*object }, base)
    }

    fn is_long(&self, size: u64) -> bool {
        self.visitor.is_long(size)
    }

    fn stream(&mut self, number: u32, size: u64, content: &mut dyn Read) -> io::Result<()> {
        self.visitor.stream(self.start + number, size, content)
    }

    fn too_large(&mut self, number: u32) -> bool {
        self.visitor.too_large(self.start + number)
    }

    fn damaged(&mut self, error: PackError) {
        let damage = Damage { part: self.part.clone(), why: error.to_string() };
        self.objects.say(self.damage, damage);
    }
}

impl Objects {
    /// Opens the object database of a repository.
    pub(super) fn open(repository: &gix::Repository) -> (Objects, Vec<Damage>) {
        let hash = repository.object_hash();
        let mut damage = Vec::new();
        let own = repository.objects.store_ref().path().to_owned();
        let mut folders = vec![own];
        match repository.objects.store_ref().alternate_db_paths() {
            Ok(alternates) => folders.extend(alternates),
            Err(error) => damage.push(Damage {
                part: "objects/info/alternates".to_owned(),
                why: error.to_string(),
            }),
        }
        let mut packs = Vec::new();
        let (mut next, mut room) = (0_u32, KEPT);
        for index in folders.iter().flat_map(|folder| pack_indexes(folder)) {
            match Pack::open(&index, hash.len_in_bytes(), &mut room) {
                Ok(pack) => {
                    if pack.adrift() > 0 {
                        let why = PackError::Adrift(pack.adrift()).to_string();
                        damage.push(Damage { part: part(pack.path()), why });
                    }
                    let start = next;
                    next = next.saturating_add(u32::try_from(pack.len()).unwrap_or(u32::MAX));
                    packs.push((start, pack));
                }
                Err(error) => {
                    damage.push(Damage { part: part(&index), why: error.to_string() });
                }
            }
        }
        let loose_stores: Vec<_> =
            folders.iter().map(|folder| loose::Store::at(folder.clone(), hash)).collect();
        let mut objects = Objects {
            packs,
            loose: Vec::new(),
            loose_start: next,
            count: next,
            folders,
            loose_stores,
            loose_by_id: HashMap::new(),
            hash_len: hash.len_in_bytes(),
        };
        objects.list_loose(&mut damage);
        (objects, damage)
    }

    fn list_loose(&mut self, damage: &mut Vec<Damage>) {
        for (store, database) in self.loose_stores.iter().enumerate() {
            for id in database.iter() {
                let Ok(id) = id else { continue };
                let (size, kind) = match database.try_header(&id) {
                    Ok(Some((size, gix::objs::Kind::Commit))) => (size, Kind::Commit),
                    Ok(Some((size, gix::objs::Kind::Tree))) => (size, Kind::Tree),
                    Ok(Some((size, gix::objs::Kind::Blob))) => (size, Kind::Blob),
                    Ok(Some((size, gix::objs::Kind::Tag))) => (size, Kind::Tag),
                    Ok(None) => continue,
                    Err(error) => {
                        damage
                            .push(Damage { part: format!("object {id}"), why: error.to_string() });
                        continue;
                    }
                };
                self.loose.push(Loose { id, kind, size, store });
            }
        }
        // The order of a folder listing is nobody's promise.
        self.loose.sort_by_key(|a| a.id);
        self.loose.dedup_by_key(|object| object.id);
        let loose = u32::try_from(self.loose.len()).unwrap_or(u32::MAX);
        self.count = self.loose_start.saturating_add(loose);
        let numbers = self.loose_start..self.count;
        self.loose_by_id = self.loose.iter().map(|object| object.id).zip(numbers).collect();
    }

    /// How many bytes an id has.
    pub(super) fn hash_len(&self) -> usize {
        self.hash_len
    }

    /// One more than the highest number.
    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// The id of an object.
    pub(super) fn id(&self, number: u32) -> Option<gix::ObjectId> {
        if let Some(loose) = number.checked_sub(self.loose_start) {
            return self.loose.get(loose as usize).map(|object| object.id);
        }
        let at = self.packs.partition_point(|(start, _)| *start <= number).checked_sub(1)?;
        let (start, pack) = self.packs.get(at)?;
        gix::ObjectId::try_from(pack.id(number - start)).ok()
    }

    /// The number of an object; the lowest one, if it has several.
    pub(super) fn find(&self, id: &[u8]) -> Option<u32> {
        for (start, pack) in &self.packs {
            if let Some(number) = pack.find(id) {
                return Some(start + number);
            }
        }
        if self.loose_by_id.is_empty() {
            return None;
        }
        self.loose_by_id.get(&gix::ObjectId::try_from(id).ok()?).copied()
    }

    /// False for an object that a pack before it, or a pack beside the loose objects, holds as well.
    pub(super) fn is_first(&self, number: u32) -> bool {
        if self.packs.len() + usize::from(!self.loose.is_empty()) < 2 {
            return true;
        }
        self.id(number).and_then(|id| self.find(id.as_bytes())) == Some(number)
    }

    /// Visits every object of a kind, in parallel, with as many visitors as it takes.
    pub(super) fn visit<V: Visit>(
        &self,
        kind: Kind,
        damage: &Mutex<Vec<Damage>>,
        visitor: impl Fn() -> V + Sync,
    ) {
        self.visit_some(kind, None::<fn(u32) -> bool>, damage, visitor);
    }

    /// Visits the wanted objects of a kind, and those that they are made from.
    pub(super) fn visit_some<V: Visit>(
        &self,
        kind: Kind,
        wanted: Option<impl Fn(u32) -> bool + Sync>,
        damage: &Mutex<Vec<Damage>>,
        visitor: impl Fn() -> V + Sync,
    ) {
        for (start, pack) in &self.packs {
            let numbered = || Numbered {
                start: *start,
                part: part(pack.path()),
                objects: self,
                damage,
                visitor: visitor(),
            };
            let wanted_here = wanted.as_ref().map(|wanted| move |at: u32| wanted(start + at));
            let needed = wanted_here.map(|wanted| pack.needed(kind, wanted));
            pack.roots(kind).par_iter().with_min_len(16).for_each_init(
                || (Unpacker::default(), numbered()),
                |(unpacker, visitor), root| {
                    pack.visit(*root, needed.as_deref(), unpacker, visitor);
                },
            );
        }
        let numbered = self.loose.par_iter().zip(self.loose_start..self.count);
        let is_wanted = |number: u32| wanted.as_ref().is_none_or(|wanted| wanted(number));
        let numbered = numbered.filter(|(object, at)| object.kind == kind && is_wanted(*at));
        numbered.for_each_init(
            || (Vec::new(), visitor()),
            |(buffer, visitor), (object, number)| {
                if let Err(why) = self.visit_loose(object, number, buffer, visitor) {
                    self.say(damage, Damage { part: format!("object {}", object.id), why });
                }
            },
        );
    }

    fn visit_loose<V: Visit>(
        &self,
        object: &Loose,
        number: u32,
        buffer: &mut Vec<u8>,
        visitor: &mut V,
    ) -> Result<(), String> {
        if visitor.is_long(object.size) {
            let content = self.loose_content(object);
            let read =
                content.and_then(|mut content| visitor.stream(number, object.size, &mut content));
            return read.map_err(|why| why.to_string());
        }
        if object.size > MAX_OBJECT as u64 {
            let noted = visitor.too_large(number);
            return if noted { Ok(()) } else { Err(format!("it has {} bytes", object.size)) };
        }
        let Some(store) = self.loose_stores.get(object.store) else { return Ok(()) };
        let data = store.try_find(&object.id, buffer).map_err(|why| why.to_string())?;
        if let Some(data) = data {
            visitor.object(&Object { number, bytes: data.data, applied: None }, None);
        }
        Ok(())
    }

    /// The content of an object, to be read on; `None` for one that is stored as a difference.
    pub(super) fn content(&self, number: u32) -> Option<Box<dyn Read + '_>> {
        if let Some(loose) = number.checked_sub(self.loose_start) {
            let content = self.loose_content(self.loose.get(loose as usize)?);
            return Some(Box::new(content.ok()?));
        }
        let at = self.packs.partition_point(|(start, _)| *start <= number).checked_sub(1)?;
        let (start, pack) = self.packs.get(at)?;
        pack.content(number - start).map(|content| Box::new(content) as Box<dyn Read>)
    }

    /// What a loose object holds, behind the head that says its kind and size.
    fn loose_content(&self, object: &Loose) -> io::Result<impl Read + use<>> {
        let folder = self.folders.get(object.store).map(PathBuf::as_path).unwrap_or(Path::new(""));
        let id = object.id.to_hex().to_string();
        let (first, rest) = id.split_at(2);
        let file = File::open(folder.join(first).join(rest))?;
        let mut content = BufReader::new(ZlibDecoder::new(file));
        content.skip_until(0)?;
        Ok(content.take(object.size))
    }

    /// Takes note of damage.
    pub(super) fn say(&self, all: &Mutex<Vec<Damage>>, damage: Damage) {
        all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(damage);
    }
}

/// The indexes of the packs in an object folder, sorted.
fn pack_indexes(folder: &Path) -> Vec<PathBuf> {
    let Ok(listing) = std::fs::read_dir(folder.join("pack")) else { return Vec::new() };
    let paths = listing.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut indexes: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|name| name == "idx")).collect();
    indexes.sort();
    indexes
}

fn part(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
