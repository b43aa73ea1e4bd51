//! Names of recordings: parsing any name is harmless and gives consistent results.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/recordings/name.rs"]
mod name;

use name::{Name, key, parties, same};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    // The first line is the file's name, the rest a uid.
    let (file, uid) = text.split_once('\n').unwrap_or((&text, ""));
    assert!(same(file, file));
    for party in parties(file) {
        assert!(!party.is_empty() && file.contains(party));
    }
    let Some(name) = Name::read(file) else { return };
    assert!(file.starts_with(name.body) && file.contains(name.key()) && file.contains(name.when));
    for own in name.uids() {
        assert!(name.is_of(own) && key(own) == name.key(), "{own}");
        assert!(file.contains(own));
    }
    // A name that belongs to a call must have the call's key, by which it is looked up.
    if name.is_of(uid) {
        assert!(!uid.is_empty() && key(uid) == name.key(), "{uid}");
    }
});
