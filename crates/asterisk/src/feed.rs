//! The task between link and model: passes events on as they come, and rebuilds the model from the PBX's lists after every
//! (re)connect.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use uncall_recordings::Ledger;
use uncall_switch::calls::Fact;

use super::doubt::Doubt;
use super::link::{Backlog, LinkError, News};
use super::listing::{self, Extent, Listed};
use super::message::Message;
use super::recorded;
use super::state::{Look, Shared};

/// The time between two comparisons of the model with the PBX's lists. They should never find a difference, but if an event was
/// missed, its leg does not stay longer than this.
const COMPARE: Duration = Duration::from_secs(60);
/// The time between two queries of the PBX's database for busy agents: a feature code or another program may have changed it.
const PRESENCES: Duration = Duration::from_secs(10);
/// After a connection, everything is listed again at these times. A PBX that has just started lets the gateway in before it has
/// loaded its modules, and what it lists then may lack phones.
const SETTLES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(15)];
/// How often to check unexplained codes. A code that is still unexplained at the second check is a normal call.
const CODES: Duration = Duration::from_millis(150);
/// How old an event may be when the gateway gets to it.
const LATE: SignedDuration = SignedDuration::from_secs(60);
/// The time before requesting lists again that the PBX did not give.
const AGAIN: Duration = Duration::from_secs(5);

pub(super) async fn run(
    shared: Arc<Shared>,
    mut news: mpsc::UnboundedReceiver<News>,
    mut looks: mpsc::UnboundedReceiver<Look>,
    ledger: Option<Arc<Ledger>>,
) {
    let mut feed = Feed::new(&shared, ledger);
    let mut backlog = Backlog::new();
    let mut compare = interval_at(Instant::now() + COMPARE, COMPARE);
    let mut presences = interval_at(Instant::now() + PRESENCES, PRESENCES);
    compare.set_missed_tick_behavior(MissedTickBehavior::Delay);
    presences.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let settles = feed.settling.front().copied();
        let (doubts, codes) = (feed.doubts(), feed.codes);
        // Events first, because events that came before a list are older than the list.
        tokio::select! {
            biased;
            item = news.recv() => match item {
                Some(item) => {
                    let _warned = backlog.note(news.len());
                    shared.pressure.waiting.set(i64::try_from(news.len()).unwrap_or(i64::MAX));
                    feed.news(item);
                }
                None => return,
            },
            Some(look) = looks.recv() => feed.look(look),
            listed = feed.listed() => {
                while let Ok(item) = news.try_recv() {
                    feed.news(item);
                }
                feed.take(listed);
            }
            () = sleep_until(settles.unwrap_or_else(Instant::now)), if settles.is_some() => {
                feed.settling.pop_front();
                feed.want(Extent::All);
            }
            () = sleep_until(doubts.unwrap_or_else(Instant::now)), if doubts.is_some() => feed.want(Extent::All),
            () = sleep_until(codes.unwrap_or_else(Instant::now)), if codes.is_some() => feed.pass_codes(),
            _ = compare.tick() => feed.want(Extent::All),
            _ = presences.tick() => feed.want(Extent::Presences),
        }
    }
}

/// When an event happened: the PBX's time if it gives one (`timestampevents`) and its clock is close to ours; else now.
fn said_at(message: &Message, now: Timestamp) -> Timestamp {
    let (seconds, micros) = message.get("Timestamp").split_once('.').unwrap_or((message.get("Timestamp"), "0"));
    let micros = micros.parse().unwrap_or(0_i64);
    let said = seconds.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000_000)?.checked_add(micros));
    let said = said.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    said.filter(|said| *said <= now && now.duration_since(*said) < LATE).unwrap_or(now)
}

type Listing = BoxFuture<'static, (u64, Result<Listed, LinkError>)>;

struct Feed<'a> {
    shared: &'a Arc<Shared>,
    /// Counts connections, because a list from an earlier one is useless.
    connection: u64,
    connected: bool,
    /// When to list everything again.
    settling: VecDeque<Instant>,
    listing: Option<Listing>,
    doubt: Doubt,
    /// When to check unexplained codes, if there are any.
    codes: Option<Instant>,
    /// The listing to start when the present one is done.
    wanted: Option<Extent>,
    /// Waiters for the present listing, and for the next.
    looking: Vec<Look>,
    looking_next: Vec<Look>,
    ledger: Option<Arc<Ledger>>,
}

impl Feed<'_> {
    fn new(shared: &Arc<Shared>, ledger: Option<Arc<Ledger>>) -> Feed<'_> {
        Feed {
            shared,
            ledger,
            connection: 0,
            connected: false,
            settling: VecDeque::new(),
            listing: None,
            doubt: Doubt::default(),
            codes: None,
            wanted: None,
            looking: Vec::new(),
            looking_next: Vec::new(),
        }
    }

    fn news(&mut self, item: News) {
        let now = Timestamp::now();
        match item {
            News::Event(message, read) => {
                self.shared.pressure.lag.observe(read.elapsed().as_secs_f64());
                let Some(message) = self.doubt.hold(message, Instant::now()) else { return };
                let now = said_at(&message, now);
                self.note(&message);
                let mut state = self.shared.lock();
                let facts = state.model.take(&message);
                state.tell(&facts, now);
                let codes = state.model.has_codes();
                drop(state);
                self.watch_codes(codes);
                self.keep_in_step();
                // A feature code also sets a lamp; the change of the database alone causes no event.
                if message.event() == "DeviceStateChange" && message.get("Device").starts_with("Custom:DND") {
                    self.want(Extent::Presences);
                }
            }
            News::Up => {
                self.connection += 1;
                self.connected = true;
                self.settling = SETTLES.map(|after| Instant::now() + after).into();
                self.listing = None;
                self.want(Extent::Everything);
            }
            News::Down => {
                self.connected = false;
                self.settling.clear();
                self.listing = None;
                self.wanted = None;
                self.looking.clear();
                self.looking_next.clear();
                self.doubt.forget();
                let mut state = self.shared.lock();
                state.up = false;
                state.tell(&[Fact::Reachable(false)], now);
            }
        }
    }

    /// Checks the codes when it is time.
    fn pass_codes(&mut self) {
        let mut state = self.shared.lock();
        let facts = state.model.codes_wait();
        state.tell(&facts, Timestamp::now());
        self.codes = state.model.has_codes().then(|| Instant::now() + CODES);
    }

    /// Starts or stops the checks of codes.
    fn watch_codes(&mut self, codes: bool) {
        self.codes = codes.then(|| self.codes.unwrap_or_else(|| Instant::now() + CODES));
    }

    fn look(&mut self, look: Look) {
        if !self.connected {
            return;
        }
        // A listing in progress may have begun too early for this request.
        self.looking_next.push(look);
        self.want(Extent::Channels);
    }

    /// When strangers' text requires a list. One that is on its way is useless, since it may have begun before the text.
    fn doubts(&self) -> Option<Instant> {
        self.doubt.due().filter(|_| self.connected && self.listing.is_none())
    }

    /// Notes what the event says about recordings.
    fn note(&self, event: &Message) {
        if let Some(ledger) = &self.ledger {
            recorded::note(ledger, event, Timestamp::now());
        }
    }

    fn want(&mut self, extent: Extent) {
        if !self.connected {
            return;
        }
        if self.listing.is_some() {
            self.wanted = self.wanted.max(Some(extent));
            return;
        }
        self.begin(extent, Duration::ZERO);
    }

    fn begin(&mut self, extent: Extent, after: Duration) {
        self.looking.append(&mut self.looking_next);
        let (shared, connection) = (Arc::clone(self.shared), self.connection);
        if extent >= Extent::All {
            self.doubt.asks(Instant::now());
        }
        self.listing = Some(
            async move {
                tokio::time::sleep(after).await;
                (connection, listing::ask(&shared, extent).await)
            }
            .boxed(),
        );
    }

    /// The present listing, or never.
    async fn listed(&mut self) -> (u64, Result<Listed, LinkError>) {
        match &mut self.listing {
            Some(listing) => listing.await,
            None => std::future::pending().await,
        }
    }

    fn take(&mut self, (connection, listed): (u64, Result<Listed, LinkError>)) {
        // Events read meanwhile may have reported a new connection.
        if connection != self.connection || !self.connected {
            return;
        }
        self.listing = None;
        match listed {
            Ok(listed) => {
                self.rebuild(&listed);
                self.looking.clear();
            }
            Err(error) => {
                tracing::warn!("the PBX did not list what it has, asking again: {error}");
                let extent = if self.shared.is_up() { Extent::Channels } else { Extent::Everything };
                let wanted = self.wanted.take().max(Some(extent)).unwrap_or(extent);
                self.begin(wanted, AGAIN);
                return;
            }
        }
        if let Some(extent) = self.wanted.take() {
            self.begin(extent, Duration::ZERO);
        }
    }

    /// Makes pauses and lamps follow agents who became busy or idle elsewhere.
    fn keep_in_step(&self) {
        let (out_of_step, unpaused) = {
            let model = &mut self.shared.lock().model;
            (model.take_out_of_step(), model.take_unpaused())
        };
        for (exten, presence) in out_of_step {
            let shared = Arc::clone(self.shared);
            tokio::spawn(async move { shared.follow(&exten, presence).await });
        }
        for exten in unpaused {
            let shared = Arc::clone(self.shared);
            tokio::spawn(async move { shared.unpaused(exten).await });
        }
    }

    fn rebuild(&mut self, listed: &Listed) {
        let mut state = self.shared.lock();
        let anew = !state.up;
        if anew {
            state.model.doubt_phone_holds();
        }
        let mut facts = Vec::new();
        if let Some(lists) = &listed.lists {
            let held = lists.devices.as_ref().and_then(|_| self.doubt.settle());
            for event in held.iter().flatten() {
                self.note(event);
            }
            facts = match held {
                Some(held) => state.model.settle(&held, lists),
                None => state.model.rebuild(lists),
            };
        }
        if let Some(queues) = &listed.queues {
            facts.extend(state.model.queues_listed(queues, anew));
        }
        if let Some((busy, asked)) = &listed.busy {
            facts.extend(state.model.presences(busy, *asked));
        }
        if listed.extent == Extent::Everything && !state.up {
            state.up = true;
            state.model.came_up();
            facts.push(Fact::Reachable(true));
            tracing::info!(legs = state.model.parties(), "the PBX is connected, and its calls are known");
        }
        state.tell(&facts, Timestamp::now());
        let codes = state.model.has_codes();
        drop(state);
        self.watch_codes(codes);
        self.keep_in_step();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_pbxs_where_its_clock_is_about_ours() {
        let now = Timestamp::from_microsecond(1_795_346_500_000_000).unwrap();
        let ago = |micros: i64| Timestamp::from_microsecond(now.as_microsecond() - micros).unwrap();
        for (said, at) in [
            ("1795346499.250000", ago(750_000)),
            ("1795346441.000001", ago(58_999_999)),
            ("1795346500", now),
            // A time far in the future or the past: the PBX has a different clock.
            ("1795346501.000000", now),
            ("1795346400.000000", now),
            ("", now),
            ("yesterday", now),
            ("9223372036854775807.9", now),
            ("-1.5", now),
        ] {
            assert_eq!(said_at(&Message::of(&[("Event", "Newstate"), ("Timestamp", said)]), now), at, "{said:?}");
        }
        assert_eq!(said_at(&Message::of(&[("Event", "Newstate")]), now), now);
    }
}
