//! Remembers right logins: the password of a desk that polls every three seconds is hashed once, and not again after a restart.
//!
//! A login is remembered as a keyed hash of user, password and the list's hash, so it changes with the password, the list's hash
//! and the key. The state folder has the entries sealed (`logins.sealed`) and the key beside them (`logins.key`), both readable
//! only by their owner.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};
use ring::{aead, hmac};

use super::changes::Stamp;
use super::error::Error;

/// How long to remember a login after its last use: from Friday evening to the Tuesday after a long weekend.
pub(super) const REMEMBERED: Duration = Duration::from_secs(4 * 24 * 3600);
/// A use is written to disk only if it extends the time by this much.
const WORTH_WRITING: Duration = Duration::from_secs(6 * 3600);
/// The most logins to remember. Beyond that, the least recently used eighth is forgotten.
const KEPT: usize = 65_536;
const KEY: &str = "logins.key";
const SEALED: &str = "logins.sealed";
/// The sealed file's kind and format version.
const KIND: &[u8] = b"uncall logins 1";
const SECRET: usize = 32;
/// A mark, and until when it is remembered, in seconds since 1970.
const ENTRY: usize = MARK + 8;
const MARK: usize = 32;

/// A remembered login.
pub(super) type Mark = [u8; MARK];

/// The remembered logins.
pub(super) struct Sessions {
    folder: Option<PathBuf>,
    known: Mutex<Known>,
}

struct Known {
    keys: Keys,
    /// The state of the key's file when it was read or written.
    stamp: Option<Stamp>,
    until: HashMap<Mark, Instant>,
    unsaved: bool,
}

/// Both derived from one secret.
struct Keys {
    marks: hmac::Key,
    seal: aead::LessSafeKey,
}

impl Sessions {
    /// Reads the folder, and makes a key if there is none. If the folder cannot be used, that is logged, and logins are forgotten
    /// at the next restart.
    pub(super) fn open(folder: Option<&Path>, now: Instant) -> Result<Sessions, Error> {
        let Some(folder) = folder else { return Sessions::of_this_run() };
        match Known::read(folder, now) {
            Ok(known) => Ok(Sessions { folder: Some(folder.to_owned()), known: Mutex::new(known) }),
            Err(error) => {
                tracing::error!(folder = %folder.display(), %error, "logins are not remembered over a restart");
                Sessions::of_this_run()
            }
        }
    }

    fn of_this_run() -> Result<Sessions, Error> {
        let keys = Keys::of(&secret().ok_or(Error::Random)?).ok_or(Error::Random)?;
        let known = Known { keys, stamp: None, until: HashMap::new(), unsaved: false };
        Ok(Sessions { folder: None, known: Mutex::new(known) })
    }

    /// The mark of a login. It changes with the password and with the list's hash.
    pub(super) fn mark(&self, user: &str, password: &[u8], hash: &str) -> Mark {
        let mut context = hmac::Context::with_key(&self.known().keys.marks);
        for part in [user.as_bytes(), password, hash.as_bytes()] {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        array(context.sign().as_ref())
    }

    /// Whether this login was right before. If so, extends the time it is remembered.
    pub(super) fn knows(&self, mark: &Mark, now: Instant) -> bool {
        let known = &mut *self.known();
        let Some(until) = known.until.get_mut(mark).filter(|until| **until > now) else { return false };
        let longer = now + REMEMBERED;
        if longer.saturating_duration_since(*until) >= WORTH_WRITING {
            *until = longer;
            known.unsaved = true;
        }
        true
    }

    pub(super) fn remember(&self, mark: Mark, now: Instant) {
        let mut known = self.known();
        if known.until.len() >= KEPT {
            known.make_room(now);
        }
        known.until.insert(mark, now + REMEMBERED);
        known.unsaved = true;
    }

    /// Writes changes to disk. Forgets all logins if the key was removed or changed.
    pub(super) fn follow(&self, now: Instant) {
        let Some(folder) = &self.folder else { return };
        let stamp = self.known().stamp;
        if Stamp::of(&folder.join(KEY)) != stamp {
            match Known::read(folder, now) {
                Ok(known) => {
                    tracing::info!("the key of the remembered logins is another one: all log in anew");
                    *self.known() = known;
                }
                Err(error) => tracing::error!(folder = %folder.display(), %error, "cannot read the logins' key"),
            }
        }
        let sealed = {
            let mut known = self.known();
            if !std::mem::take(&mut known.unsaved) {
                return;
            }
            known.until.retain(|_, until| *until > now);
            known.seal(now)
        };
        let written = sealed.ok_or(std::io::ErrorKind::Other.into());
        if let Err(error) = written.and_then(|sealed| uncall_files::replace(&folder.join(SEALED), &sealed)) {
            tracing::error!(folder = %folder.display(), %error, "cannot write down who has logged in");
            self.known().unsaved = true;
        }
    }

    /// Whether the logins outlive the process.
    pub(super) fn is_kept(&self) -> bool {
        self.folder.is_some()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn read(folder: &Path, now: Instant) -> std::io::Result<Known> {
        let path = folder.join(KEY);
        let random = || std::io::Error::other("the system gives no random numbers");
        let there = match std::fs::read(&path) {
            Ok(bytes) => <[u8; SECRET]>::try_from(bytes).ok(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let made = there.is_none();
        let secret = there.or_else(secret).ok_or_else(random)?;
        if made {
            uncall_files::replace(&path, &secret)?;
        }
        let keys = Keys::of(&secret).ok_or_else(random)?;
        let mut known = Known { keys, stamp: Stamp::of(&path), until: HashMap::new(), unsaved: made };
        if !made {
            match std::fs::read(folder.join(SEALED)) {
                Ok(sealed) => {
                    if known.unseal(sealed, now).is_none() {
                        tracing::warn!("the remembered logins are not of this key: all log in anew");
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    fn make_room(&mut self, now: Instant) {
        self.until.retain(|_, until| *until > now);
        if self.until.len() < KEPT {
            return;
        }
        let mut ends: Vec<Instant> = self.until.values().copied().collect();
        let (_, soon, _) = ends.select_nth_unstable(KEPT / 8);
        let soon = *soon;
        self.until.retain(|_, until| *until > soon);
    }

    /// Nonce and sealed entries.
    fn seal(&self, now: Instant) -> Option<Vec<u8>> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let mut entries = Vec::with_capacity(self.until.len() * ENTRY + aead::NONCE_LEN + aead::MAX_TAG_LEN);
        for (mark, until) in &self.until {
            let end = seconds + until.saturating_duration_since(now);
            entries.extend_from_slice(mark);
            entries.extend_from_slice(&end.as_secs().to_le_bytes());
        }
        let mut nonce = [0; aead::NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        let sealing = aead::Nonce::assume_unique_for_key(nonce);
        self.keys.seal.seal_in_place_append_tag(sealing, aead::Aad::from(KIND), &mut entries).ok()?;
        Some([&nonce, entries.as_slice()].concat())
    }

    fn unseal(&mut self, mut sealed: Vec<u8>, now: Instant) -> Option<()> {
        let (nonce, entries) = sealed.split_at_mut_checked(aead::NONCE_LEN)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
        let entries = self.keys.seal.open_in_place(nonce, aead::Aad::from(KIND), entries).ok()?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        for entry in entries.chunks_exact(ENTRY).take(KEPT) {
            let (mark, end) = entry.split_at_checked(MARK)?;
            let left = Duration::from_secs(u64::from_le_bytes(array(end))).saturating_sub(seconds);
            if !left.is_zero() {
                self.until.insert(array(mark), now + left.min(REMEMBERED));
            }
        }
        Some(())
    }
}

impl Keys {
    fn of(secret: &[u8; SECRET]) -> Option<Keys> {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = |purpose: &[u8]| hmac::sign(&secret, purpose);
        let marks = hmac::Key::new(hmac::HMAC_SHA256, derived(b"marks").as_ref());
        let seal = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, derived(b"seal").as_ref()).ok()?;
        Some(Keys { marks, seal: aead::LessSafeKey::new(seal) })
    }
}

fn secret() -> Option<[u8; SECRET]> {
    let mut secret = [0; SECRET];
    SystemRandom::new().fill(&mut secret).ok()?;
    Some(secret)
}

/// The first bytes of a slice that is long enough.
fn array<const LENGTH: usize>(bytes: &[u8]) -> [u8; LENGTH] {
    let mut array = [0; LENGTH];
    array.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    fn open(folder: &Path, now: Instant) -> Sessions {
        Sessions::open(Some(folder), now).unwrap()
    }

    fn knows(memory: &Sessions, password: &str, now: Instant) -> bool {
        memory.knows(&memory.mark("li.na", password.as_bytes(), HASH), now)
    }

    fn remembering(folder: &Path, passwords: &[&str], now: Instant) -> Sessions {
        let memory = open(folder, now);
        for password in passwords {
            memory.remember(memory.mark("li.na", password.as_bytes(), HASH), now);
        }
        memory.follow(now);
        memory
    }

    #[test]
    fn a_restart_forgets_nobody_and_nothing_stands_there_to_read() {
        let (folder, now) = (tempfile::tempdir().unwrap(), Instant::now());
        let before = remembering(folder.path(), &["geheim", "wort"], now);
        let after = open(folder.path(), now);
        assert!(knows(&after, "geheim", now) && knows(&after, "wort", now) && !knows(&after, "Geheim", now));
        assert!(!after.knows(&after.mark("li.na", b"geheim", "another hash"), now), "a changed password");
        assert!(!after.knows(&after.mark("wang", b"geheim", HASH), now), "another user");
        let sealed = std::fs::read(folder.path().join(SEALED)).unwrap();
        let mark = before.mark("li.na", b"geheim", HASH);
        assert!(!sealed.windows(MARK).any(|part| part == mark), "sealed");
        #[cfg(unix)]
        for name in [KEY, SEALED] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn each_use_makes_it_longer_and_its_end_outlives_a_restart() {
        let (folder, now) = (tempfile::tempdir().unwrap(), Instant::now());
        let memory = remembering(folder.path(), &["used", "unused"], now);
        let later = now + REMEMBERED * 3 / 4;
        assert!(knows(&memory, "used", later));
        memory.follow(later);
        let end = now + REMEMBERED + Duration::from_secs(5);
        assert!(knows(&memory, "used", end) && !knows(&memory, "unused", end));
        let again = open(folder.path(), later);
        let of = |memory: &Sessions, password: &str| {
            let mark = memory.mark("li.na", password.as_bytes(), HASH);
            memory.known().until[&mark] - later
        };
        let (used, unused) = (of(&again, "used"), of(&again, "unused"));
        assert!(used > REMEMBERED - Duration::from_secs(60) && unused < REMEMBERED / 2, "{used:?} {unused:?}");
    }

    #[test]
    fn what_is_not_of_the_key_is_not_believed() {
        let (folder, now) = (tempfile::tempdir().unwrap(), Instant::now());
        let memory = remembering(folder.path(), &["geheim"], now);
        let (key, sealed) = (folder.path().join(KEY), folder.path().join(SEALED));
        let whole = std::fs::read(&sealed).unwrap();
        for at in [0, 20, whole.len() - 1] {
            let mut other = whole.clone();
            other[at] ^= 1;
            std::fs::write(&sealed, other).unwrap();
            assert!(!knows(&open(folder.path(), now), "geheim", now), "byte {at}");
        }
        for cut in [0, 5, whole.len() - 1] {
            std::fs::write(&sealed, &whole[..cut]).unwrap();
            assert!(!knows(&open(folder.path(), now), "geheim", now), "{cut} bytes");
        }
        std::fs::write(&sealed, &whole).unwrap();
        assert!(knows(&open(folder.path(), now), "geheim", now));

        assert!(knows(&memory, "geheim", now));
        std::fs::remove_file(&key).unwrap();
        memory.follow(now);
        assert!(!knows(&memory, "geheim", now), "who takes the key away ends it for all");
        assert!(!knows(&open(folder.path(), now), "geheim", now));
        assert_eq!(std::fs::read(&key).unwrap().len(), SECRET, "and a new one is there");
    }

    #[test]
    fn a_folder_that_cannot_be_used_costs_no_login() {
        let (file, now) = (tempfile::NamedTempFile::new().unwrap(), Instant::now());
        let memory = open(&file.path().join("below a file"), now);
        memory.remember(memory.mark("li.na", b"geheim", HASH), now);
        memory.follow(now);
        assert!(knows(&memory, "geheim", now));
    }

    #[test]
    fn memory_is_bounded_and_the_latest_are_kept() {
        let (memory, now) = (Sessions::open(None, Instant::now()).unwrap(), Instant::now());
        let mark = |at: u32| array::<MARK>(&at.to_le_bytes());
        let many = u32::try_from(KEPT).unwrap() + 10;
        for at in 0..many {
            memory.remember(mark(at), now + Duration::from_millis(at.into()));
        }
        assert!(memory.known().until.len() <= KEPT);
        let last = now + Duration::from_millis(many.into());
        assert!(
            memory.knows(&mark(many - 1), last) && memory.knows(&mark(many / 2), last) && !memory.knows(&mark(0), last)
        );
    }
}
