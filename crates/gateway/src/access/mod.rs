//! Who may do what: open networks, logins and a trusted proxy's word; the rights of agents and supervisors; TLS; the audit
//! log.
//!
//! The old API has no login. There are three ways in, in this order: the user that a trusted proxy names, a login (basic or
//! bearer), an open network. `Caller` decides what the caller may do then. The list of agents and groups is read again while the
//! service runs, the rest only at its start.

mod audit;
mod caller;
mod changes;
mod error;
mod logins;
mod networks;
mod roster;
mod rules;
pub mod secret;
mod sessions;
mod tls;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use tokio::sync::watch;
use uncall_files::others_read;

pub(crate) use audit::{Audit, Record};
pub(crate) use caller::{Caller, Denied};
pub use error::Error;
pub(crate) use error::Refused;
pub(crate) use networks::{Client, holds, may_be_rebound};
pub use networks::{Network, NoNetwork};
pub use roster::{AgentEntry, AgentError, Group, ListError, Right, RosterError, RosterFile};
pub(crate) use roster::{Roster, mistake};
pub use rules::Rules;
pub(crate) use tls::Identity;
pub use tls::{Tls, TlsError};

use caller::Way;
use changes::Watched;
use logins::{Credentials, Failed, Logins, credentials};
use roster::Agent;

/// The present access rules.
#[derive(Debug)]
pub(crate) struct Access {
    rules: Rules,
    trusted: Vec<Network>,
    user_header: Option<HeaderName>,
    roster: watch::Sender<Arc<Roster>>,
    logins: Logins,
    pub(crate) audit: Arc<Audit>,
    pub(crate) identity: Option<Arc<Identity>>,
    files: Mutex<Files>,
}

/// The files to read again.
#[derive(Debug)]
struct Files {
    agents: Option<Watched>,
    /// Certificate and key.
    pair: Vec<Watched>,
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

impl Access {
    /// Reads the files that the rules name, for a service at `local` behind these proxies. `state`: the folder in which it is kept who
    /// has logged in.
    pub(crate) fn new(
        rules: &Rules,
        trusted: &[Network],
        tls: Option<&Tls>,
        state: Option<&Path>,
        local: SocketAddr,
    ) -> Result<Access, Error> {
        let rules = rules.clone();
        let user_header = rules.user_header.as_deref().map(|name| {
            let header = name.parse::<HeaderName>().map_err(|_| Error::Header(name.to_owned()))?;
            if trusted.is_empty() { Err(Error::NoProxy) } else { Ok(header) }
        });
        let user_header = user_header.transpose()?;
        let identity = tls.map(Identity::load).transpose()?;
        let pair = identity.as_deref().map(|identity| [identity.certificate(), identity.key()]);
        let pair = pair.into_iter().flatten().map(Watched::new).collect();
        let files = Mutex::new(Files { agents: rules.agents_file.as_deref().map(Watched::new), pair });
        let roster = read_roster(&rules)?;
        let beyond = !local.ip().to_canonical().is_loopback();
        if beyond && rules.open.is_none() && !roster.has_logins() && user_header.is_none() {
            return Err(Error::NobodySaid(local));
        }
        let audit = Audit::open(rules.audit_file.as_deref()).map(Arc::new).map_err(|error| {
            Error::Audit(rules.audit_file.as_deref().unwrap_or(Path::new("")).display().to_string(), error)
        })?;
        let trusted = trusted.to_vec();
        let (logins, roster) = (Logins::new(state)?, watch::Sender::new(Arc::new(roster)));
        Ok(Access { rules, trusted, user_header, roster, logins, audit, identity, files })
    }

    /// Logs what an administrator should know.
    pub(crate) fn announce(&self, local: SocketAddr) {
        let roster = self.roster.borrow();
        if roster.agents() > 0 {
            tracing::info!(agents = roster.agents(), "agents can log in");
        }
        self.announce_open(&roster);
        let everything = |networks: &[Network]| networks.iter().any(|network| network.is_everything());
        if self.rules.open.as_deref().is_some_and(everything) {
            tracing::warn!("`open` holds every address: whoever reaches {local} acts for every agent");
        }
        if everything(&self.trusted) {
            tracing::warn!(
                "`trusted_proxies` holds every address: whoever reaches {local} says himself where he comes from"
            );
        }
        let keys = self.identity.as_deref().map(|identity| identity.key());
        for secret in self.rules.agents_file.as_deref().into_iter().chain(keys).filter(|path| others_read(path)) {
            tracing::warn!(
                "{} holds secrets, and other users of this machine may read it: chmod 600 it",
                secret.display()
            );
        }
        let beyond = !local.ip().to_canonical().is_loopback();
        if beyond && self.identity.is_none() && roster.has_logins() {
            tracing::warn!("no [tls]: whoever sees the traffic to {local} reads the agents' passwords and tokens");
        }
    }

    fn announce_open(&self, roster: &Roster) {
        let open = self.rules.open(roster);
        tracing::info!("{open}");
        if self.rules.has_ways(roster) && open.holds_this_machine() {
            tracing::warn!(
                "`open` holds this machine: whoever comes through a proxy, a tunnel or a forwarded port on it needs no login"
            );
        }
    }

    /// The client, behind trusted proxies.
    pub(crate) fn client(&self, headers: &HeaderMap, peer: SocketAddr) -> Client {
        Client::of(headers, peer, &self.trusted)
    }

    /// Identifies the sender of a request with these headers.
    pub(crate) async fn identify(&self, headers: &HeaderMap, client: Client, now: Instant) -> Result<Caller, Refused> {
        let roster = Arc::clone(&self.roster.borrow());
        let by = |way, agent| Caller { way, client, agent, roster: Arc::clone(&roster) };
        if let Some(user) = self.named_by_proxy(headers, client) {
            let agent = user.to_str().ok().and_then(|user| roster.user(user.trim())).ok_or(Refused::UnknownUser)?;
            return Ok(by(Way::Proxy, Some(Arc::clone(agent))));
        }
        let sent = headers.get(header::AUTHORIZATION).filter(|_| roster.has_logins());
        if let Some(sent) = sent {
            let (way, agent) = self.login(&roster, sent, client, now).await?;
            return Ok(by(way, Some(agent)));
        }
        if client.known && self.rules.open(&roster).holds(client.address) {
            return Ok(by(Way::Open, None));
        }
        Err(if roster.has_logins() { Refused::LoginNeeded } else { Refused::NotOpen })
    }

    fn named_by_proxy<'a>(&self, headers: &'a HeaderMap, client: Client) -> Option<&'a HeaderValue> {
        let header = self.user_header.as_ref().filter(|_| client.via.is_some())?;
        // A proxy adds its line after the client's, so the last one is true.
        headers.get_all(header).iter().next_back()
    }

    async fn login(
        &self,
        roster: &Roster,
        sent: &HeaderValue,
        client: Client,
        now: Instant,
    ) -> Result<(Way, Arc<Agent>), Refused> {
        let (user, way, checked) = match credentials(sent) {
            Some(Credentials::Basic(user, password)) => {
                let checked = self.logins.password(roster, &user, &password, client.address, now).await;
                (Some(user), Way::Password, checked)
            }
            Some(Credentials::Bearer(token)) => {
                (None, Way::Token, self.logins.token(roster, token, client.address, now))
            }
            None => (None, Way::Password, Err(Failed::Wrong)),
        };
        let refused = match checked {
            Ok(agent) => return Ok((way, agent)),
            Err(Failed::Wrong) => Refused::WrongLogin,
            Err(Failed::TooMany(wait)) => Refused::TooMany(wait),
            Err(Failed::Busy(away)) => Refused::Busy(away),
        };
        // Attempts that are not even checked are not written down either, because they could fill the disk.
        if refused == Refused::WrongLogin {
            let user = user.as_deref().filter(|user| roster.user(user).is_some());
            self.audit.write(Record::before(client, user, "401", Timestamp::now()));
        }
        Err(refused)
    }

    /// Whether another site's page may have sent the request. Only checked for callers without a login.
    pub(crate) fn may_be_strangers_page(&self, caller: &Caller, headers: &HeaderMap, host: Option<&str>) -> bool {
        caller.way == Way::Open && may_be_rebound(headers, host, &self.rules.names)
    }

    /// Whether a program on this machine sends this, rather than a proxy on it or another site's page.
    pub(crate) fn is_this_machine(&self, headers: &HeaderMap, peer: SocketAddr) -> bool {
        let own = peer.ip().to_canonical();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::trim);
        let forwarded = networks::is_forwarded(headers) || holds(&self.trusted, own);
        own.is_loopback() && !forwarded && !may_be_rebound(headers, host, &self.rules.names)
    }

    /// Notifies when the list of agents and groups has changed.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<Roster>> {
        self.roster.subscribe()
    }

    /// The caller by the present list. `None` if no longer on it, or changed.
    pub(crate) fn still(&self, caller: &Caller) -> Option<Caller> {
        let roster = self.roster.borrow();
        let open = caller.client.known && self.rules.open(&roster).holds(caller.client.address);
        if caller.way == Way::Open && !open { None } else { caller.by(&roster) }
    }

    /// Whether any file has to be watched.
    pub(crate) fn has_files(&self) -> bool {
        self.rules.agents_file.is_some()
            || self.rules.audit_file.is_some()
            || self.identity.is_some()
            || self.logins.sessions.is_kept()
    }

    /// Writes new logins to disk.
    fn keep(&self) {
        self.logins.sessions.follow(Instant::now());
    }

    /// Writes everything that has to outlive the service.
    pub(crate) fn finish(&self) {
        self.keep();
        self.audit.finish();
    }

    /// Reads changed files again, or all if `anyway`. Logs broken ones and keeps the old content.
    pub(crate) fn follow(&self, anyway: bool) {
        self.audit.follow(anyway);
        self.keep();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agents) = &mut files.agents
            && (agents.look() || anyway)
        {
            let read = read_roster(&self.rules);
            if agents.take() {
                self.take_roster(read, anyway);
            }
        }
        let changed = files.pair.iter_mut().filter_map(|file| file.look().then_some(())).count() > 0;
        if let Some(identity) = self.identity.as_deref().filter(|_| changed || anyway) {
            let read = identity.reload();
            // A file that was written to meanwhile differs at the next check.
            files.pair.iter_mut().for_each(|file| _ = file.take());
            match read {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => tracing::error!("{error}; the certificate stays as it was"),
            }
        }
    }

    /// Takes over a list. One without logins does not replace one with logins by itself: it is probably an empty moment of the
    /// file and not intended, and would open this machine.
    fn take_roster(&self, read: Result<Roster, RosterError>, meant: bool) {
        let had_logins = self.roster.borrow().has_logins();
        match read {
            Ok(roster) if had_logins && !roster.has_logins() && !meant => tracing::error!(
                "nobody in the agents file can log in any more; the agents stay as they were until SIGHUP or a restart says \
                 that it is meant"
            ),
            Ok(roster) => {
                tracing::info!(agents = roster.agents(), "the agents file was read again");
                if roster.has_logins() != had_logins {
                    self.announce_open(&roster);
                }
                self.roster.send_replace(Arc::new(roster));
            }
            Err(error) => tracing::error!("{error}; the agents stay as they were"),
        }
    }
}

/// From where no login is needed by these rules, in a sentence; reads the agents file and changes nothing.
pub(crate) fn who_is_open(rules: &Rules) -> Result<String, Error> {
    let roster = read_roster(rules)?;
    Ok(rules.open(&roster).to_string())
}

fn read_roster(rules: &Rules) -> Result<Roster, RosterError> {
    let file = rules.agents_file.as_deref().map(RosterFile::read).transpose()?;
    Roster::new(&rules.roster, file.unwrap_or_default())
}

#[cfg(test)]
mod tests;
