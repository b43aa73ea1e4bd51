//! Checks passwords and tokens.

mod attempts;
mod credentials;
mod hashing;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::digest;
use tokio::sync::OnceCell;

use super::error::Error;
use super::roster::{Agent, Roster};
use super::sessions::{Mark, Sessions};
use attempts::Attempts;
pub(super) use credentials::{Credentials, credentials};
use hashing::Hashing;

/// The longest password or token in bytes; longer ones are wrong.
pub(super) const LONGEST: usize = 1024;

/// The hash to check for an unknown user, so that this takes as long as a wrong password. It is of the kind that
/// [`hash`](super::secret::hash) makes, and of no password. Making one at the start would cost the process 19 MiB for good.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a login failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// Wrong name, password or token.
    Wrong,
    /// Too many failures before.
    TooMany(Duration),
    /// Too many logins at once to check them all.
    Busy(Duration),
}

/// Checks logins. Remembers right ones, and counts wrong ones once they are known to be wrong.
pub(super) struct Logins {
    pub(super) sessions: Sessions,
    attempts: Mutex<Attempts>,
    hashing: Hashing,
    looks: Mutex<Looks>,
}

/// Passwords being checked, by address: the same password meanwhile gets the same answer. A desk's stream and first poll come
/// together, and so do a CRM's.
type Looks = HashMap<(Mark, IpAddr), Arc<OnceCell<Result<(), Failed>>>>;

/// One request's share in a check, until dropped.
struct Look<'a> {
    looks: &'a Mutex<Looks>,
    key: (Mark, IpAddr),
    answer: Arc<OnceCell<Result<(), Failed>>>,
}

impl Logins {
    /// `state` is the folder for data that outlives the process.
    pub(super) fn new(state: Option<&Path>) -> Result<Logins, Error> {
        let sessions = Sessions::open(state, Instant::now())?;
        Ok(Logins { sessions, attempts: Mutex::default(), hashing: Hashing::new(), looks: Mutex::default() })
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
        let mark = self.sessions.mark(user, password, hash);
        if let Some(agent) = agent
            && self.sessions.knows(&mark, now)
        {
            return Ok(Arc::clone(agent));
        }
        lock(&self.attempts).ready(from, user, now).map_err(Failed::TooMany)?;
        let look = Look::join(&self.looks, (mark, from));
        let hashed = look.answer.get_or_init(|| async {
            let turn = self.hashing.turn().await.map_err(Failed::Busy)?;
            // Count it while it is checked, which happens to a few at a time, and take that back if it is right.
            lock(&self.attempts).take(from, user, now).map_err(Failed::TooMany)?;
            if password.len() > LONGEST || !turn.verify(password.to_vec(), hash.to_owned()).await || agent.is_none() {
                return Err(Failed::Wrong);
            }
            lock(&self.attempts).give_back(from, user);
            self.sessions.remember(mark, now);
            Ok(())
        });
        (*hashed.await)?;
        agent.cloned().ok_or(Failed::Wrong)
    }

    pub(super) fn token(
        &self,
        roster: &Roster,
        token: &[u8],
        from: IpAddr,
        now: Instant,
    ) -> Result<Arc<Agent>, Failed> {
        // A token is random and long, so the time to compare its digest reveals nothing.
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
}

impl Look<'_> {
    /// Joins a check: the first request performs it, and if that goes away, the next one does.
    fn join(looks: &Mutex<Looks>, key: (Mark, IpAddr)) -> Look<'_> {
        let answer = Arc::clone(lock(looks).entry(key).or_default());
        Look { looks, key, answer }
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        let mut looks = lock(self.looks);
        // Only the map and this one hold it.
        if Arc::strong_count(&self.answer) <= 2 {
            looks.remove(&self.key);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;
    use argon2::{Argon2, Params, PasswordHasher};
    use futures::future::join_all;

    use super::super::roster::RosterFile;
    use super::super::secret;
    use super::super::sessions::REMEMBERED;
    use super::*;

    fn logins() -> Logins {
        Logins::new(None).unwrap()
    }

    /// A cheap hash.
    fn cheap(password: &str) -> String {
        let argon2 = Argon2::from(Params::new(8, 1, 1, None).unwrap());
        argon2.hash_password(password.as_bytes()).unwrap().to_string()
    }

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
        let hash = cheap(password);
        let digest = secret::digest(token);
        let text = format!(
            "[agents]\n\"li.na\" = {{ extension = \"801\", password = \"{hash}\", token_sha256 = \"{digest}\" }}"
        );
        Roster::new(&toml::from_str::<RosterFile>(&text).unwrap(), RosterFile::default()).unwrap()
    }

    #[tokio::test]
    async fn a_right_password_is_hashed_once_and_not_for_ever() {
        let (logins, roster, now) = (logins(), roster("geheim:ä", "t"), Instant::now());
        let login = async |password: &str, now| logins.password(&roster, "li.na", password.as_bytes(), HERE, now).await;
        assert_eq!(login("geheim:ä", now).await.unwrap().user, "li.na");
        // No turn is left, but remembered logins need none.
        logins.hashing.close();
        assert!(login("geheim:ä", now + REMEMBERED / 2).await.is_ok());
        let is_busy = |login| matches!(login, Err(Failed::Busy(_)));
        assert!(is_busy(login("geheim", now).await), "another one has to be looked at");
        assert!(login("geheim:ä", now + REMEMBERED + Duration::from_secs(1)).await.is_ok(), "it was used meanwhile");
        assert!(is_busy(login("geheim:ä", now + REMEMBERED * 3).await), "and this one again");
    }

    #[tokio::test]
    async fn a_changed_password_ends_what_was_remembered() {
        let (logins, now) = (logins(), Instant::now());
        let (before, after) = (roster("eins", "t"), roster("zwei", "t"));
        assert!(logins.password(&before, "li.na", b"eins", HERE, now).await.is_ok());
        assert_eq!(logins.password(&after, "li.na", b"eins", HERE, now).await, Err(Failed::Wrong));
        assert!(logins.password(&after, "li.na", b"zwei", HERE, now).await.is_ok());
    }

    #[tokio::test]
    async fn wrong_ones_are_refused_and_slowed_down() {
        let (logins, roster, now) = (logins(), roster("geheim", "t"), Instant::now());
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

    #[tokio::test]
    async fn right_ones_that_come_together_are_all_let_in() {
        let (logins, now) = (logins(), Instant::now());
        let agents: String = (0..150)
            .map(|at| {
                format!("a{at} = {{ extension = \"{}\", password = \"{}\" }}\n", 801 + at, cheap(&format!("p{at}")))
            })
            .collect();
        let file = toml::from_str::<RosterFile>(&format!("[agents]\n{agents}")).unwrap();
        let roster = Roster::new(&file, RosterFile::default()).unwrap();
        let login = async |at: usize| {
            let (user, password) = (format!("a{at}"), format!("p{at}"));
            logins.password(&roster, &user, password.as_bytes(), HERE, now).await.is_ok()
        };
        // The first ten users come ten times each, like a CRM; the others once each, like agents after a restart.
        let come = (0..100).map(|at| at / 10).chain(0..150);
        assert!(join_all(come.map(login)).await.into_iter().all(|right| right));
        assert!(lock(&logins.looks).is_empty());
    }

    #[tokio::test]
    async fn one_wrong_password_is_one_however_often_it_comes_at_once() {
        let (logins, roster, now) = (logins(), roster("geheim", "t"), Instant::now());
        let wrong = |password: String| {
            let (logins, roster) = (&logins, &roster);
            async move { logins.password(roster, "li.na", password.as_bytes(), HERE, now).await }
        };
        // None is processed before all have arrived.
        let held = logins.hashing.hold().await;
        let (same, ()) = tokio::join!(join_all((0..10).map(|_| wrong("alt".to_owned()))), async { drop(held) });
        assert!(same.iter().all(|failed| *failed == Err(Failed::Wrong)), "{same:?}");
        let others = join_all((0..100).map(|at| wrong(at.to_string()))).await;
        let looked_at = others.iter().filter(|failed| **failed == Err(Failed::Wrong)).count();
        assert_eq!(looked_at, 4, "guesses at once are not more than guesses one by one");
        assert!(logins.password(&roster, "li.na", b"geheim", HERE, now + Duration::from_secs(11)).await.is_ok());
    }

    #[tokio::test]
    async fn when_the_one_who_looks_goes_away_the_next_one_looks() {
        let (logins, roster, now) = (logins(), roster("geheim", "t"), Instant::now());
        let login = || Box::pin(logins.password(&roster, "li.na", b"geheim", HERE, now));
        let (mut first, second) = (login(), login());
        let held = logins.hashing.hold().await;
        assert!(futures::poll!(&mut first).is_pending());
        let waits = tokio::join!(second, async { drop((first, held)) });
        assert!(waits.0.is_ok() && lock(&logins.looks).is_empty());
    }

    #[test]
    fn a_token_is_known_by_its_digest() {
        let (logins, roster, now) = (logins(), roster("geheim", "wert"), Instant::now());
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
