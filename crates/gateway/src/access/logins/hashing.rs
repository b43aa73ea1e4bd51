//! Hashes passwords in turns, a few at once, in memory that one turn hands on to the next.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most turns at once, whatever the number of cores: each takes a core and 19 MiB for a moment.
const MOST: usize = 4;
/// How long a login may wait for its turn. One that would wait longer is told when to come back.
const WAIT: Duration = Duration::from_secs(10);
/// The longest time that anybody is told to stay away.
const AWAY: Duration = Duration::from_secs(60);
/// The least that memory for hashing is asked for: 33 MiB, of which only what is used becomes real. glibc maps what is larger than
/// 32 MiB by itself and unmaps it when it is freed. Anything smaller it maps only until the first such piece was freed; from then on
/// pieces of 19 MiB come from the heaps of its threads, which never shrink below what is in use beside them: 26 MB of a gateway became
/// 160 to 300 by bursts of wrong logins.
const MAPPED: usize = 33 * 1024;
/// The initial estimate of how long a turn takes.
const TURN: Duration = Duration::from_millis(50);

/// The turns, and the memory of finished ones.
#[derive(Clone)]
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    count: usize,
    waiting: Arc<AtomicUsize>,
    appointments: Arc<Mutex<Appointments>>,
    free: Arc<Mutex<Vec<Vec<Block>>>>,
}

/// Appointments for logins that find no room, spaced by the duration of a turn, so that 2,000 who come at once are sent away once
/// each and not over and over.
#[derive(Debug)]
struct Appointments {
    /// How long a turn has recently taken.
    turn: Duration,
    last: Option<Instant>,
}

impl Appointments {
    /// How long one more login has to stay away when this many wait for one of `turns`. `None` if the wait is short.
    fn away(&mut self, waiting: usize, turns: usize, now: Instant) -> Option<Duration> {
        let each = self.turn / u32::try_from(turns.max(1)).unwrap_or(1);
        let wait = each.saturating_mul(u32::try_from(waiting).unwrap_or(u32::MAX));
        if wait <= WAIT {
            return None;
        }
        // There certainly is room once half of those who may wait have had their turns.
        let room = now + (wait - WAIT / 2).min(AWAY);
        let next = self.last.map_or(room, |last| last.max(room) + each);
        let next = if next > now + AWAY { room } else { next };
        self.last = Some(next);
        Some(next - now)
    }

    fn took(&mut self, turn: Duration) {
        self.turn = (self.turn * 7 + turn) / 8;
    }
}

/// The right to hash one password.
pub(super) struct Turn {
    hashing: Hashing,
    _permit: OwnedSemaphorePermit,
}

/// A waiting login, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hashing {
    pub(super) fn new() -> Hashing {
        let turns = std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST);
        let appointments = Arc::new(Mutex::new(Appointments { turn: TURN, last: None }));
        Hashing {
            turns: Arc::new(Semaphore::new(turns)),
            count: turns,
            waiting: Arc::default(),
            appointments,
            free: Arc::default(),
        }
    }

    /// Waits for a turn. The error is how long to stay away if there is none in time.
    pub(super) async fn turn(&self) -> Result<Turn, Duration> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if let Some(away) = self.appointments().away(before, self.count, Instant::now()) {
            return Err(away);
        }
        match tokio::time::timeout(WAIT, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn { hashing: self.clone(), _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(WAIT),
        }
    }

    fn appointments(&self) -> MutexGuard<'_, Appointments> {
        self.appointments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all turns until the result is dropped.
    #[cfg(test)]
    pub(super) async fn hold(&self) -> OwnedSemaphorePermit {
        let all = u32::try_from(self.turns.available_permits()).unwrap();
        Arc::clone(&self.turns).acquire_many_owned(all).await.unwrap()
    }

    /// Stops giving turns.
    #[cfg(test)]
    pub(super) fn close(&self) {
        self.turns.close();
    }

    fn memory(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Whether this is the hash's password. The turn lasts until that is known, even if nobody waits for it any more.
    pub(super) async fn verify(self, password: Vec<u8>, hash: String) -> bool {
        let verified = tokio::task::spawn_blocking(move || {
            let mut blocks = self.hashing.memory().pop().unwrap_or_default();
            let began = Instant::now();
            let right = is_right(&password, &hash, &mut blocks).unwrap_or(false);
            self.hashing.appointments().took(began.elapsed());
            let mut free = self.hashing.memory();
            if self.hashing.waiting.load(Ordering::Relaxed) > 0 {
                free.push(blocks);
            } else {
                // The last turn returns the memory to the system.
                free.clear();
            }
            right
        });
        verified.await.unwrap_or(false)
    }
}

fn is_right(password: &[u8], hash: &str, blocks: &mut Vec<Block>) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
    let params = Params::try_from(&hash).ok()?;
    let (salt, expected) = (hash.salt?, hash.hash?);
    let needed = params.block_count();
    if blocks.capacity() < needed {
        *blocks = Vec::with_capacity(needed.max(MAPPED));
    }
    if blocks.len() < needed {
        blocks.resize(needed, Block::default());
    }
    let mut bytes = [0; Output::MAX_LENGTH];
    let out = bytes.get_mut(..expected.len())?;
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password, &salt, out, blocks.get_mut(..needed)?)
        .ok()?;
    // Both are compared in constant time.
    Some(Output::new(out).ok()? == expected)
}

#[cfg(test)]
mod tests {
    use super::super::super::secret;
    use super::*;

    #[test]
    fn memory_that_was_used_gives_the_same_answers() {
        let mut blocks = Vec::new();
        let large = secret::hash(b"geheim").unwrap();
        // A test vector of the reference implementation, of 256 KiB.
        let small = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        for _ in 0..2 {
            assert_eq!(is_right(b"password", small, &mut blocks), Some(true));
            assert_eq!(is_right(b"Password", small, &mut blocks), Some(false));
            assert_eq!(is_right(b"geheim", &large, &mut blocks), Some(true));
            assert_eq!(is_right(b"", &large, &mut blocks), Some(false));
        }
        assert_eq!(is_right(b"password", "no hash", &mut blocks), None);
    }

    #[test]
    fn whoever_would_wait_too_long_is_sent_away_once() {
        let now = Instant::now();
        let mut appointments = Appointments { turn: Duration::from_millis(50), last: None };
        // 2,000 on two cores: those that fit into ten seconds wait, and the others come back one after another when these are
        // done.
        let mut away: Vec<Duration> =
            (0..2_000).filter_map(|before| appointments.away(before.min(401), 2, now)).collect();
        assert_eq!(away.len(), 2_000 - 401);
        away.dedup();
        assert!(away.is_sorted() && away.len() == 2_000 - 401, "nobody at the same time");
        let last = away.last().unwrap().as_secs();
        assert!((44..=46).contains(&last), "as long as all turns take: {last}");
        // Nobody has to stay away for long, however many come.
        let mut many = (0..100_000).filter_map(|_| appointments.away(100_000, 2, now));
        assert!(many.all(|away| away <= AWAY));
        assert_eq!(appointments.away(3, 2, now), None);
    }

    #[tokio::test]
    async fn the_memory_is_given_back_when_nobody_waits() {
        let hashing = Hashing::new();
        let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let ask = || async { hashing.turn().await.unwrap().verify(b"password".to_vec(), hash.to_owned()).await };
        let asked = futures::future::join_all((0..20).map(|_| ask())).await;
        assert!(asked.into_iter().all(|right| right) && hashing.memory().is_empty());
    }
}
