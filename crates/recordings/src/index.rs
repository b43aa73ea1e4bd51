//! An index of recordings by uid and name that needs few bytes per file: a table of positions, and the names themselves one after
//! the other, folder by folder.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::name::{self, Half, Name};

/// The bytes before each name: the last listing that has seen it, and its length.
const HEAD: usize = 2;
/// Marks a removed name.
const DEAD: u8 = 0;
/// How many bytes of removed names are not worth tidying.
const UNTIDY: usize = 16 * 1024;

/// The index.
#[derive(Default)]
pub(super) struct Index {
    table: HashTable<Entry>,
    folders: Vec<Folder>,
    by_path: HashMap<Box<str>, u32>,
    /// Slots of removed folders, which are reused.
    free: Vec<u32>,
    hasher: RandomState,
}

/// The position of a name.
#[derive(Clone, Copy)]
struct Entry {
    /// The hash of the uid without a system's name.
    hash: u32,
    folder: u32,
    /// The position in the folder's names.
    at: u32,
}

#[derive(Default)]
struct Folder {
    path: Box<str>,
    names: Vec<u8>,
    dead_bytes: usize,
    /// The number of the current or last listing, 1 to 255.
    listing: u8,
}

/// A file of the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Its folder relative to the store's, without slashes at the ends; empty for the store's own.
    pub(super) folder: String,
    pub(super) name: String,
}

impl Folder {
    fn head(&self, at: usize) -> Option<(u8, usize)> {
        Some((*self.names.get(at)?, usize::from(*self.names.get(at + 1)?)))
    }

    fn name(&self, at: usize) -> Option<&str> {
        let (_, length) = self.head(at)?;
        let bytes = self.names.get(at + HEAD..at + HEAD + length)?;
        std::str::from_utf8(bytes).ok()
    }

    fn mark(&mut self, at: usize, listing: u8) {
        if let Some(mark) = self.names.get_mut(at) {
            *mark = listing;
        }
    }

    /// The positions of names whose last listing satisfies `wanted`.
    fn places(&self, wanted: impl Fn(u8) -> bool) -> Vec<usize> {
        let (mut at, mut found) = (0, Vec::new());
        while let Some((seen, length)) = self.head(at) {
            if wanted(seen) {
                found.push(at);
            }
            at += HEAD + length;
        }
        found
    }
}

/// Spreads the hash, because the table needs varying bits at both ends.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Index {
    /// The number of known files.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Paths of all folders.
    pub(super) fn paths(&self) -> Vec<String> {
        self.by_path.keys().map(|path| String::from(&**path)).collect()
    }

    pub(super) fn knows(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// Begins a listing of the folder.
    pub(super) fn begin(&mut self, path: &str) {
        let folder = self.folder(path);
        if let Some(folder) = self.folders.get_mut(folder as usize) {
            folder.listing = if folder.listing == u8::MAX { 1 } else { folder.listing + 1 };
        }
    }

    /// Adds a file of the folder. False if it is not a recording's, or already known.
    pub(super) fn add(&mut self, path: &str, name: &str) -> bool {
        let Some(read) = Name::read(name) else { return false };
        let hash = self.hash(read.key());
        let number = self.folder(path);
        let Some(folder) = self.folders.get_mut(number as usize) else { return false };
        let known = self.table.find(spread(hash), |entry| {
            entry.hash == hash && entry.folder == number && folder.name(entry.at as usize) == Some(name)
        });
        if let Some(known) = known {
            folder.mark(known.at as usize, folder.listing);
            return false;
        }
        let (Ok(at), Ok(length)) = (u32::try_from(folder.names.len()), u8::try_from(name.len())) else { return false };
        folder.names.extend_from_slice(&[folder.listing, length]);
        folder.names.extend_from_slice(name.as_bytes());
        self.table.insert_unique(spread(hash), Entry { hash, folder: number, at }, |entry| spread(entry.hash));
        true
    }

    /// Ends the listing, and removes everything that it has not seen.
    pub(super) fn finish(&mut self, path: &str) {
        let Some(&number) = self.by_path.get(path) else { return };
        let Some(folder) = self.folders.get(number as usize) else { return };
        let listing = folder.listing;
        for at in folder.places(|seen| seen != DEAD && seen != listing) {
            self.kill(number, at);
        }
        self.tidy(number);
        if let Some(folder) = self.folders.get_mut(number as usize) {
            folder.names.shrink_to_fit();
        }
    }

    /// Removes a file.
    pub(super) fn remove(&mut self, path: &str, name: &str) {
        let (Some(&number), Some(read)) = (self.by_path.get(path), Name::read(name)) else { return };
        let hash = self.hash(read.key());
        let Some(folder) = self.folders.get(number as usize) else { return };
        let found = self.table.find(spread(hash), |entry| {
            entry.folder == number && entry.hash == hash && folder.name(entry.at as usize) == Some(name)
        });
        if let Some(at) = found.map(|entry| entry.at as usize) {
            self.kill(number, at);
            self.tidy(number);
        }
    }

    /// Removes a folder and those below it.
    pub(super) fn remove_folder(&mut self, path: &str) {
        let below = |known: &str| {
            path.is_empty() || known.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let gone: Vec<(Box<str>, u32)> = self
            .by_path
            .iter()
            .filter(|(known, _)| below(known))
            .map(|(known, number)| (known.clone(), *number))
            .collect();
        for (path, number) in gone {
            let places = self.folders.get(number as usize).map(|folder| folder.places(|seen| seen != DEAD));
            for at in places.unwrap_or_default() {
                self.kill(number, at);
            }
            if let Some(folder) = self.folders.get_mut(number as usize) {
                *folder = Folder::default();
            }
            self.by_path.remove(&path);
            self.free.push(number);
        }
    }

    /// The recordings of a call, newest first; among those of the same second, whole ones before halves, and formats that are
    /// easier to play first.
    pub(super) fn of_call(&self, uid: &str) -> Vec<Place> {
        let mut found = self.places(name::key(uid), |read, _| read.is_of(uid));
        found.sort_by(|one, other| {
            let (one_name, other_name) = (Name::read(&one.name), Name::read(&other.name));
            let when = |name: &Option<Name<'_>>| name.as_ref().map(|name| name.when.to_owned());
            let ease = |name: &Option<Name<'_>>| name.as_ref().map(|name| (name.half, name.ending));
            (when(&other_name).cmp(&when(&one_name)))
                .then_with(|| ease(&one_name).cmp(&ease(&other_name)))
                .then_with(|| (&other.folder, &other.name).cmp(&(&one.folder, &one.name)))
        });
        found
    }

    /// The file of this name, exact if there is one, else with blanks for pluses. If several folders have one, the last of them
    /// by path.
    pub(super) fn named(&self, name: &str) -> Option<Place> {
        let found = self.places(Name::read(name)?.key(), |_, known| name::same(known, name));
        found.into_iter().max_by(|one, other| (one.name == name, &one.folder).cmp(&(other.name == name, &other.folder)))
    }

    /// Both halves of the call that would have this name if they were one file.
    pub(super) fn halves(&self, whole: &str) -> Option<(Place, Place)> {
        let wanted = Name::read(whole).filter(|read| read.half.is_none())?;
        let halves = self.places(wanted.key(), |read, _| read.half.is_some() && name::same(read.body, wanted.body));
        let of = |place: &Place, half| {
            Name::read(&place.name).filter(|read| read.half == Some(half)).map(|read| read.ending)
        };
        let pairs = halves.iter().filter_map(|one| {
            let ending = of(one, Half::In)?;
            let fits = |other: &&Place| other.folder == one.folder && of(other, Half::Out) == Some(ending);
            Some((one, halves.iter().find(fits)?))
        });
        pairs.max_by(|one, other| one.0.folder.cmp(&other.0.folder)).map(|(one, other)| (one.clone(), other.clone()))
    }

    fn places(&self, key: &str, wanted: impl Fn(&Name<'_>, &str) -> bool) -> Vec<Place> {
        let hash = self.hash(key);
        let same = self.table.iter_hash(spread(hash)).filter(|entry| entry.hash == hash);
        same.filter_map(|entry| {
            let folder = self.folders.get(entry.folder as usize)?;
            let name = folder.name(entry.at as usize)?;
            let read = Name::read(name)?;
            let place = || Place { folder: String::from(&*folder.path), name: name.to_owned() };
            wanted(&read, name).then(place)
        })
        .collect()
    }

    fn hash(&self, key: &str) -> u32 {
        let [a, b, c, d, ..] = self.hasher.hash_one(key.replace('+', " ")).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    fn folder(&mut self, path: &str) -> u32 {
        if let Some(&number) = self.by_path.get(path) {
            return number;
        }
        let folder = Folder { path: path.into(), listing: 1, ..Folder::default() };
        let number = match self.free.pop() {
            Some(number) => {
                if let Some(place) = self.folders.get_mut(number as usize) {
                    *place = folder;
                }
                number
            }
            None => {
                self.folders.push(folder);
                u32::try_from(self.folders.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.by_path.insert(path.into(), number);
        number
    }

    /// Removes a name from the table and marks it as dead.
    fn kill(&mut self, number: u32, at: usize) {
        let Some(uid) =
            self.folders.get(number as usize).and_then(|folder| Name::read(folder.name(at)?)).map(|name| name.key())
        else {
            return;
        };
        let hash = self.hash(uid);
        let entry = self.table.find_entry(spread(hash), |entry| entry.folder == number && entry.at as usize == at);
        if let Ok(entry) = entry {
            entry.remove();
        }
        if let Some(folder) = self.folders.get_mut(number as usize) {
            folder.dead_bytes += HEAD + folder.head(at).map_or(0, |(_, length)| length);
            folder.mark(at, DEAD);
        }
    }

    /// Compacts the names if most of their bytes belong to dead ones.
    fn tidy(&mut self, number: u32) {
        let Some(folder) = self.folders.get(number as usize) else { return };
        if folder.dead_bytes < UNTIDY || folder.dead_bytes * 2 < folder.names.len() {
            return;
        }
        let mut names = Vec::with_capacity(folder.names.len() - folder.dead_bytes);
        for at in folder.places(|seen| seen != DEAD) {
            let (Some((_, length)), Some(name)) = (folder.head(at), folder.name(at)) else { continue };
            let (Some(read), Ok(new)) = (Name::read(name), u32::try_from(names.len())) else { continue };
            let hash = self.hash(read.key());
            if let Some(entry) =
                self.table.find_mut(spread(hash), |entry| entry.folder == number && entry.at as usize == at)
            {
                entry.at = new;
            }
            names.extend_from_slice(folder.names.get(at..at + HEAD + length).unwrap_or_default());
        }
        if let Some(folder) = self.folders.get_mut(number as usize) {
            folder.names = names;
            folder.dead_bytes = 0;
        }
    }
}
