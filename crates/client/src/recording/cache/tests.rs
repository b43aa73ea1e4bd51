//! What the cache keeps, for how long, and from whom.

use super::{super::identity::Identity, *};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn name(of: &str) -> Name {
    Name::of(of, "")
}

/// Stores a complete recording of this content, last played at `now`.
fn keep(cache: &Cache, of: &str, bytes: &[u8], now: SystemTime) -> CachedFile {
    let kept = CachedFile::in_memory();
    assert!(!cache.open(&name(of), &kept, now).unwrap());
    kept.put(0, bytes).unwrap();
    kept.identify(Identity { total: Some(bytes.len() as u64), validator: None }).unwrap();
    cache.complete(&name(of), &kept).unwrap();
    // A finished download no longer locks the file.
    assert!(File::open(cache.path(&name(of), "", WHOLE)).unwrap().try_lock().is_ok());
    assert!(has(cache, of, now));
    kept
}

/// Whether the complete recording is there. Counts as playing it.
fn has(cache: &Cache, of: &str, now: SystemTime) -> bool {
    cache.open(&name(of), &CachedFile::in_memory(), now).unwrap()
}

fn files(cache: &Cache) -> Vec<String> {
    let names = fs::read_dir(&cache.folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "lock").collect();
    names.sort();
    names
}

fn is_there(cache: &Cache, of: &str) -> bool {
    cache.path(&name(of), "", WHOLE).exists()
}

#[test]
fn what_was_not_heard_for_long_goes() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path(), Bounds { bytes: u64::MAX, age: 7 * DAY });
    let now = SystemTime::now();
    keep(&cache, "a", b"aaa", now);
    keep(&cache, "b", b"bbb", now);
    assert!(has(&cache, "a", now + 6 * DAY));
    cache.sweep(now + 7 * DAY).unwrap();
    assert!(is_there(&cache, "a") && is_there(&cache, "b"));
    cache.sweep(now + 8 * DAY).unwrap();
    assert!(is_there(&cache, "a") && !is_there(&cache, "b"));
    // A clock that was set back must not remove anything.
    cache.sweep(now - 30 * DAY).unwrap();
    assert!(is_there(&cache, "a"));
}

#[test]
fn the_longest_unheard_goes_first_when_there_is_too_much() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path(), Bounds { bytes: 3 * 2048, age: 100 * DAY });
    let now = SystemTime::now();
    for (at, of) in ["a", "b", "c"].into_iter().enumerate() {
        keep(&cache, of, &[7; 1024], now + Duration::from_secs(at as u64));
    }
    assert!(has(&cache, "a", now + DAY));
    cache.sweep(now + DAY).unwrap();
    assert_eq!(files(&cache).len(), 3);
    keep(&cache, "d", &[7; 1024], now + DAY);
    cache.sweep(now + DAY).unwrap();
    assert_eq!(["a", "b", "c", "d"].map(|of| is_there(&cache, of)), [true, false, true, true]);
}

#[test]
fn strangers_files_and_downloads_that_go_on_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path(), Bounds { bytes: 0, age: Duration::ZERO });
    let now = SystemTime::now();
    let strange = ["notes.txt".into(), format!("{}.part", "g".repeat(64)), format!("{}.wav", "a".repeat(64))];
    for name in &strange {
        fs::create_dir_all(folder.path()).unwrap();
        fs::write(folder.path().join(name), "x").unwrap();
    }
    let coming = CachedFile::in_memory();
    cache.open(&name("a"), &coming, now).unwrap();
    coming.put(0, b"abc").unwrap();
    cache.sweep(now + DAY).unwrap();
    assert_eq!(files(&cache).len(), 4);
    drop(coming);
    cache.sweep(now + DAY).unwrap();
    assert_eq!(files(&cache).len(), 3);
    cache.clear().unwrap();
    assert_eq!(files(&cache).len(), 3);
}

#[test]
fn two_panels_at_one_recording_do_not_disturb_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (CachedFile::in_memory(), CachedFile::in_memory());
    let now = SystemTime::now();
    let cache = Cache::new(folder.path(), Bounds::default());
    assert!(!cache.open(&name("a"), &one, now).unwrap());
    one.put(0, b"ab").unwrap();
    assert!(!cache.open(&name("a"), &two, now).unwrap());
    assert_eq!((two.len(), files(&cache).len()), (0, 2));
    let whole = Identity { total: Some(4), validator: None };
    for kept in [&two, &one] {
        kept.put(kept.len(), &b"abcd"[kept.len() as usize..]).unwrap();
        kept.identify(whole.clone()).unwrap();
        cache.complete(&name("a"), kept).unwrap();
        assert_eq!(kept.read(0, 9, None).unwrap().unwrap().0, b"abcd"[..]);
    }
    assert_eq!(files(&cache), [format!("{}.{WHOLE}", name("a").0)]);
    // A second download that was killed is of no use to anybody.
    let (one, two) = (CachedFile::in_memory(), CachedFile::in_memory());
    cache.open(&name("b"), &one, now).unwrap();
    cache.open(&name("b"), &two, now).unwrap();
    drop((one, two));
    cache.sweep(now).unwrap();
    assert_eq!(files(&cache).len(), 2, "the part is gone on with, the other one is not");
}

#[test]
fn a_whole_recording_that_is_not_whole_is_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path(), Bounds::default());
    let now = SystemTime::now();
    keep(&cache, "a", b"abcdef", now);
    let path = cache.path(&name("a"), "", WHOLE);
    let good = fs::read(&path).unwrap();
    for bad in [&good[..good.len() - 1], &good[..500], b"", &[good.as_slice(), b"x"].concat(), &good[1..]] {
        fs::write(&path, bad).unwrap();
        assert!(!has(&cache, "a", now));
        assert!(!path.exists());
    }
}

#[test]
fn clearing_takes_all_and_who_listens_hears_on() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path().join("not/yet/there"), Bounds::default());
    cache.clear().unwrap();
    let now = SystemTime::now();
    let kept = keep(&cache, "a", b"abcdef", now);
    let coming = CachedFile::in_memory();
    cache.open(&name("b"), &coming, now).unwrap();
    cache.clear().unwrap();
    assert!(files(&cache).is_empty());
    assert_eq!(kept.read(2, 9, None).unwrap().unwrap().0, b"cdef"[..]);
    coming.put(0, b"abc").unwrap();
    assert!(cache.complete(&name("b"), &coming).is_err());
    assert_eq!(coming.read(0, 9, None).unwrap().unwrap().0, b"abc"[..]);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("recordings");
    fs::create_dir(&inside).unwrap();
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
    let cache = Cache::new(&inside, Bounds::default());
    keep(&cache, "a", b"abcdef", SystemTime::now());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inside), 0o700);
    for name in fs::read_dir(&inside).unwrap() {
        assert_eq!(mode(&name.unwrap().path()), 0o600);
    }
    let name = files(&cache).remove(0);
    assert!(name.len() == HASH + 6 && kind(&name) == Some(false), "{name}");
}

#[test]
fn a_listener_does_not_hear_what_was_fetched_for_another() {
    assert_ne!(Name::of("http://pbx/x", "801").0, Name::of("http://pbx/x", "802").0);
    assert_ne!(Name::of("http://pbx/x", "801").0, Name::of("http://pbx/x8", "01").0);
}
