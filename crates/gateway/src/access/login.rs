//! Whether a password or token is right.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use ring::{digest, hmac, rand};
use tokio::sync::Semaphore;

use super::agent::Agent;
use super::attempts::Attempts;
use super::roster::Roster;

/// Passwords that were right are remembered so long, and half as long again for some: they shall not all end at once.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// Remembered at most.
const KEPT: usize = 16_384;
/// For a turn at hashing: after a restart all agents come at once.
const TURN: Duration = Duration::from_secs(10);
/// Bytes of a password or token at most; longer ones are wrong.
pub(super) const LONGEST: usize = 1024;

/// Checked for a user that does not exist, so that his absence takes as long as a wrong password: of the kind that
/// [`hash`](super::secret::hash) makes, and nobody's. To make one at the start would leave 19 MiB with the process.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why there was no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// Wrong name, password or token.
    Wrong,
    /// Too many wrong ones before.
    TooMany(Duration),
    /// More logins at once than can be checked.
    Busy,
}

/// Checks logins, and remembers right ones: a desk that polls every three seconds is hashed once.
pub(super) struct Logins {
    /// Of this process only. What is remembered is a keyed hash, which helps nobody who reads the memory.
    key: hmac::Key,
    remembered: Mutex<HashMap<[u8; 32], Instant>>,
    attempts: Mutex<Attempts>,
    /// Hashing takes a core and 19 MiB for a moment.
    turns: Semaphore,
}

impl Logins {
    pub(super) fn new() -> Result<Logins, super::Error> {
        let failed = |_| super::Error::Random;
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new()).map_err(failed)?;
        let turns = std::thread::available_parallelism().map_or(1, NonZero::get).clamp(1, 8);
        let (remembered, attempts) = (Mutex::default(), Mutex::default());
        Ok(Logins { key, remembered, attempts, turns: Semaphore::new(turns) })
    }

    pub(super) async fn password(
        &self,
        roster: &Roster,
        user: &str,
        password: &[u8],
        from: IpAddr,
        now: Instant,
    ) -> Result<Arc<Agent>, Failed> {
        let agent = roster.user(user).filter(|agent| agent.password.is_some());
        let hash = agent.and_then(|agent| agent.password.as_deref()).unwrap_or(NOBODY);
        let mark = self.mark(user, password, hash);
        if let Some(agent) = agent
            && self.remembers(&mark, now)
        {
            return Ok(Arc::clone(agent));
        }
        lock(&self.attempts).take(from, user, now).map_err(Failed::TooMany)?;
        if password.len() > LONGEST {
            return Err(Failed::Wrong);
        }
        let Ok(Ok(_turn)) = tokio::time::timeout(TURN, self.turns.acquire()).await else {
            lock(&self.attempts).give_back(from, user);
            return Err(Failed::Busy);
        };
        // The stream and the first poll of a desk come together; the second finds what the first has shown.
        let right = self.remembers(&mark, now) || verify(password.to_vec(), hash.to_owned()).await;
        match agent {
            Some(agent) if right => {
                lock(&self.attempts).give_back(from, user);
                self.remember(mark, now);
                Ok(Arc::clone(agent))
            }
            Some(_) | None => Err(Failed::Wrong),
        }
    }

    pub(super) fn token(
        &self,
        roster: &Roster,
        token: &[u8],
        from: IpAddr,
        now: Instant,
    ) -> Result<Arc<Agent>, Failed> {
        // A token is random and long: what its digest's comparison takes tells nothing about it.
        let digest = digest::digest(&digest::SHA256, token);
        let agent = <[u8; 32]>::try_from(digest.as_ref()).ok().and_then(|digest| roster.by_token(&digest));
        match agent {
            Some(agent) => Ok(Arc::clone(agent)),
            None => {
                lock(&self.attempts).take(from, "", now).map_err(Failed::TooMany)?;
                Err(Failed::Wrong)
            }
        }
    }

    /// Another password, or another hash in the list, is another mark.
    fn mark(&self, user: &str, password: &[u8], hash: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [user.as_bytes(), password, hash.as_bytes()] {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        let mut mark = [0; 32];
        mark.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        mark
    }

    fn remembers(&self, mark: &[u8; 32], now: Instant) -> bool {
        lock(&self.remembered).get(mark).is_some_and(|until| *until > now)
    }

    fn remember(&self, mark: [u8; 32], now: Instant) {
        let mut remembered = lock(&self.remembered);
        if remembered.len() >= KEPT {
            remembered.retain(|_, until| *until > now);
        }
        if remembered.len() >= KEPT {
            remembered.clear();
        }
        remembered.insert(mark, now + REMEMBERED.mul_f64(1.0 + fastrand::f64() / 2.0));
    }
}

async fn verify(password: Vec<u8>, hash: String) -> bool {
    let verified = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(&password, &hash).is_ok())
    });
    verified.await.unwrap_or(false)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::roster::RosterFile;
    use super::super::secret;
    use super::*;

    #[test]
    fn nobody_takes_as_long_as_somebody() {
        let (nobody, somebody) = (PasswordHash::new(NOBODY).unwrap(), secret::hash(b"geheim").unwrap());
        let somebody = PasswordHash::new(&somebody).unwrap();
        assert_eq!((nobody.algorithm, &nobody.version), (somebody.algorithm, &somebody.version));
        assert_eq!(nobody.params, somebody.params);
        assert_eq!(nobody.hash.unwrap().len(), somebody.hash.unwrap().len());
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 2, 0, 1));

    fn roster(password: &str, token: &str) -> Roster {
        let hash = secret::hash(password.as_bytes()).unwrap();
        let digest = secret::digest(token);
        let text = format!(
            "[agents]\n\"li.na\" = {{ extension = \"801\", password = \"{hash}\", token_sha256 = \"{digest}\" }}"
        );
        Roster::new(&toml::from_str::<RosterFile>(&text).unwrap(), RosterFile::default()).unwrap()
    }

    #[tokio::test]
    async fn a_right_password_is_hashed_once_and_not_for_ever() {
        let (logins, roster, now) = (Logins::new().unwrap(), roster("geheim:ä", "t"), Instant::now());
        let login = async |password: &str, now| logins.password(&roster, "li.na", password.as_bytes(), HERE, now).await;
        assert_eq!(login("geheim:ä", now).await.unwrap().user, "li.na");
        // No turn is left: what is remembered needs none.
        logins.turns.close();
        assert!(login("geheim:ä", now + REMEMBERED / 2).await.is_ok());
        assert_eq!(login("geheim", now).await, Err(Failed::Busy), "another one has to be looked at");
        assert_eq!(login("geheim:ä", now + REMEMBERED * 2).await, Err(Failed::Busy), "and this one again");
    }

    #[tokio::test]
    async fn a_changed_password_ends_what_was_remembered() {
        let (logins, now) = (Logins::new().unwrap(), Instant::now());
        let (before, after) = (roster("eins", "t"), roster("zwei", "t"));
        assert!(logins.password(&before, "li.na", b"eins", HERE, now).await.is_ok());
        assert_eq!(logins.password(&after, "li.na", b"eins", HERE, now).await, Err(Failed::Wrong));
        assert!(logins.password(&after, "li.na", b"zwei", HERE, now).await.is_ok());
    }

    #[tokio::test]
    async fn wrong_ones_are_refused_and_slowed_down() {
        let (logins, roster, now) = (Logins::new().unwrap(), roster("geheim", "t"), Instant::now());
        for (user, password) in
            [("li.na", "Geheim"), ("li.na", ""), ("li.NA", "geheim"), ("", "geheim"), ("nobody", "nobody")]
        {
            assert_eq!(
                logins.password(&roster, user, password.as_bytes(), HERE, now).await,
                Err(Failed::Wrong),
                "{user}"
            );
        }
        for _ in 0..3 {
            assert_eq!(logins.password(&roster, "li.na", b"x", HERE, now).await, Err(Failed::Wrong));
        }
        let slowed = logins.password(&roster, "li.na", b"geheim", HERE, now).await;
        assert!(matches!(slowed, Err(Failed::TooMany(_))), "{slowed:?}");
        assert!(logins.password(&roster, "li.na", b"geheim", HERE, now + Duration::from_secs(11)).await.is_ok());
        let long = vec![b'x'; LONGEST + 1];
        assert_eq!(logins.password(&roster, "long", &long, HERE, now).await, Err(Failed::Wrong));
    }

    #[test]
    fn a_token_is_known_by_its_digest() {
        let (logins, roster, now) = (Logins::new().unwrap(), roster("geheim", "wert"), Instant::now());
        for _ in 0..100 {
            assert_eq!(logins.token(&roster, b"wert", HERE, now).unwrap().user, "li.na");
        }
        for _ in 0..5 {
            assert_eq!(logins.token(&roster, b"falsch", HERE, now), Err(Failed::Wrong));
        }
        assert!(matches!(logins.token(&roster, b"falsch", HERE, now), Err(Failed::TooMany(_))));
        assert!(logins.token(&roster, b"wert", HERE, now).is_ok());
    }
}
