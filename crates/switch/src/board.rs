//! The call table with a lock around it, and a stream of events for every extension.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{broadcast, watch};
use uncall_contract::event::{CallState, Event};
use uncall_contract::{Call, Uid};

use crate::calls::{Change, Fact, Table};
use crate::item::Item;
use crate::pbx::Sink;
use crate::team::Teams;

/// How many events to keep per extension for a returning stream: those of eight calls,
pub const HISTORY: usize = 32;
/// but none this much older than the newest. Keeping each agent's events of a shift would take several times the memory; a
/// snapshot makes up for older ones.
const KEPT: SignedDuration = SignedDuration::from_mins(15);

/// Who wants to know who talks in which call, to tell later whose its recording is. It is told under the table's lock: it must not
/// wait.
pub trait Talks: Send + Sync {
    /// `exten` talks in the call, or holds it, at `at`.
    fn talked(&self, uid: &str, exten: &str, at: Timestamp);
}

/// The call table as the whole gateway sees it.
pub struct Board {
    inner: Mutex<Inner>,
    /// Part of every event id, so that ids of another process, or of another serving, are not mistaken for this one's.
    epoch: String,
    /// Whether popEvent reports each call only once.
    once: bool,
    /// Told who talks in which call.
    talks: Option<Arc<dyn Talks>>,
}

#[derive(Debug, Default)]
struct Inner {
    table: Table,
    feeds: HashMap<String, Feed>,
    /// With `once`: what popEvent has reported.
    reported: HashSet<(String, Uid)>,
    teams: Teams,
    /// For extensions whose queues somebody follows: what was last reported.
    queues: HashMap<String, watch::Sender<Arc<Item>>>,
}

/// The events of one extension. Readers keep their place by sequence number, so a slow one costs nothing.
#[derive(Debug)]
struct Feed {
    /// The number of the last event; the first is 1.
    last: u64,
    /// Each event with its time.
    history: VecDeque<(Timestamp, Arc<Item>)>,
    news: watch::Sender<u64>,
}

impl Default for Feed {
    fn default() -> Feed {
        Feed { last: 0, history: VecDeque::new(), news: watch::Sender::new(0) }
    }
}

/// Items for a reader.
#[derive(Debug)]
pub struct Batch {
    /// The events, in order.
    pub items: Vec<Arc<Item>>,
    /// Whether they start again with a snapshot.
    pub anew: bool,
    /// The place after these items.
    pub place: u64,
}

impl Board {
    pub(crate) fn new(epoch: String, once: bool) -> Board {
        Board { inner: Mutex::new(Inner::default()), epoch, once, talks: None }
    }

    /// Tells who talks in which call.
    pub(crate) fn telling(self, talks: Option<Arc<dyn Talks>>) -> Board {
        Board { talks, ..self }
    }

    /// Looks at the table.
    pub fn look<T>(&self, look: impl FnOnce(&Table) -> T) -> T {
        look(&self.lock().table)
    }

    /// popEvent.
    pub fn current(&self, exten: &str) -> Option<Call> {
        let mut inner = self.lock();
        if !self.once {
            return inner.table.current(exten, |_| false);
        }
        let exten = exten.trim().to_owned();
        let Inner { table, reported, .. } = &mut *inner;
        let call = table.current(&exten, |uid| reported.contains(&(exten.clone(), uid.clone())))?;
        if let Ok(uid) = Uid::parse(&call.uid) {
            reported.insert((exten, uid));
        }
        Some(call)
    }

    /// Notifies when there is something new for the extension's stream. `None` if the extension does not exist.
    pub fn bell(&self, exten: &str) -> Option<watch::Receiver<u64>> {
        let mut inner = self.lock();
        inner.table.snapshot(exten)?;
        let feed = inner.feeds.entry(exten.to_owned()).or_default();
        Some(feed.news.subscribe())
    }

    /// The place that a `Last-Event-ID` names, if it is one of ours.
    pub fn place_of(&self, id: &str) -> Option<u64> {
        let (epoch, place) = id.trim().rsplit_once('-')?;
        (epoch == self.epoch).then(|| place.parse().ok()).flatten()
    }

    /// The events after `place`, or a snapshot if some of them are no longer kept (or `place` is `None`).
    pub fn since(&self, exten: &str, place: Option<u64>) -> Batch {
        let inner = self.lock();
        let empty = Feed::default();
        let feed = inner.feeds.get(exten).unwrap_or(&empty);
        let oldest = feed.last + 1 - feed.history.len() as u64;
        match place {
            Some(place) if place <= feed.last && place + 1 >= oldest => {
                let skip = usize::try_from(place + 1 - oldest).unwrap_or(usize::MAX);
                Batch {
                    items: feed.history.iter().skip(skip).map(|(_, item)| Arc::clone(item)).collect(),
                    anew: false,
                    place: feed.last,
                }
            }
            Some(_) | None => {
                let snapshot = inner.table.snapshot(exten).map(Event::Snapshot);
                let items = snapshot.iter().map(|event| Arc::new(self.item(feed.last, event))).collect();
                Batch { items, anew: true, place: feed.last }
            }
        }
    }

    /// What a supervisor sees of these members now, and their changes from now on.
    pub fn team(
        &self,
        supervisor: &str,
        members: BTreeSet<String>,
    ) -> (Vec<Arc<Item>>, broadcast::Receiver<Arc<Item>>) {
        self.lock().teams.join(supervisor, members)
    }

    /// The queues of an extension, now and from now on. `None` if it does not exist.
    pub fn queues(&self, exten: &str) -> Option<watch::Receiver<Arc<Item>>> {
        let mut inner = self.lock();
        let now = Arc::new(Item::unnumbered(&Event::Queues(inner.table.queues(exten)?)));
        let told = inner.queues.entry(exten.to_owned()).or_insert_with(|| watch::Sender::new(now));
        Some(told.subscribe())
    }

    #[cfg(test)]
    pub(crate) fn teams<T>(&self, look: impl FnOnce(&Teams) -> T) -> T {
        look(&self.lock().teams)
    }

    fn item(&self, place: u64, event: &Event) -> Item {
        Item { id: Some(format!("{}-{place}", self.epoch)), ..Item::unnumbered(event) }
    }

    fn push(&self, inner: &mut Inner, (exten, event): Change, at: Timestamp) {
        if let Event::Call(call) = &event
            && call.state == CallState::Ended
            && let Ok(uid) = Uid::parse(&call.uid)
        {
            inner.reported.remove(&(exten.as_str().to_owned(), uid));
        }
        if let (Event::Call(call), Some(talks)) = (&event, &self.talks)
            && matches!(call.state, CallState::Talking | CallState::Held)
        {
            talks.talked(&call.uid, exten.as_str(), at);
        }
        let feed = inner.feeds.entry(exten.into()).or_default();
        feed.last += 1;
        let old = |(then, _): &(Timestamp, _)| at.duration_since(*then) > KEPT;
        while feed.history.len() >= HISTORY || feed.history.front().is_some_and(old) {
            feed.history.pop_front();
        }
        feed.history.push_back((at, Arc::new(self.item(feed.last, &event))));
        feed.news.send_replace(feed.last);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Board {
    fn facts(&self, facts: &[Fact], at: Timestamp) {
        let mut inner = self.lock();
        let changes = inner.table.apply(facts, at);
        let mut touched: BTreeSet<String> = changes.iter().map(|(exten, _)| exten.as_str().to_owned()).collect();
        touched.extend(facts.iter().filter_map(|fact| match fact {
            Fact::Line { exten, .. } | Fact::Presence { exten, .. } | Fact::Membership { exten, .. } => {
                Some(exten.as_str().to_owned())
            }
            // Their effects on extensions are among the changes.
            Fact::Reachable(_)
            | Fact::QueueJoined { .. }
            | Fact::QueueLeft { .. }
            | Fact::LegBegan { .. }
            | Fact::LegSince { .. }
            | Fact::LegMeans { .. }
            | Fact::WithPbx { .. }
            | Fact::LegAnswered { .. }
            | Fact::PhoneHold { .. }
            | Fact::Bridged { .. }
            | Fact::Unbridged { .. }
            | Fact::Held { .. }
            | Fact::Transferring { .. }
            | Fact::Aside { .. }
            | Fact::LegEnded { .. } => None,
        }));
        for change in changes {
            self.push(&mut inner, change, at);
        }
        let Inner { table, teams, queues, .. } = &mut *inner;
        for exten in &touched {
            teams.look(exten, table, at);
        }
        if !queues.is_empty() {
            tell_queues(queues, table, facts);
        }
    }
}

/// Reports changes to followers of queues in which something has happened. Forgets extensions that nobody follows any more.
fn tell_queues(queues: &mut HashMap<String, watch::Sender<Arc<Item>>>, table: &Table, facts: &[Fact]) {
    let (mut members, mut busy) = (BTreeSet::new(), BTreeSet::new());
    for fact in facts {
        if let Fact::Membership { exten, .. } = fact {
            members.insert(exten.as_str());
        } else if let Fact::QueueJoined { queue, .. } | Fact::QueueLeft { queue, .. } = fact {
            busy.insert(queue.as_str());
        }
    }
    if members.is_empty() && busy.is_empty() {
        return;
    }
    queues.retain(|exten, told| {
        let concerns = members.contains(exten.as_str()) || busy.iter().any(|queue| table.is_member(exten, queue));
        if concerns && let Some(now) = table.queues(exten) {
            let now = Item::unnumbered(&Event::Queues(now));
            told.send_if_modified(|before| {
                let news = **before != now;
                if news {
                    *before = Arc::new(now);
                }
                news
            });
        }
        told.receiver_count() > 0
    });
}

#[cfg(test)]
mod tests {
    use uncall_contract::Extension;
    use uncall_contract::event::Presence;

    use super::*;

    fn board() -> Board {
        let board = Board::new("e".into(), false);
        board.facts(&[Fact::Line { exten: exten(), registered: true }], Timestamp::UNIX_EPOCH);
        board
    }

    fn exten() -> Extension {
        Extension::parse("801").unwrap()
    }

    fn flip(board: &Board, times: usize) {
        for at in 0..times {
            let presence = if at % 2 == 0 { Presence::Busy } else { Presence::Idle };
            board.facts(&[Fact::Presence { exten: exten(), presence, reason: None }], Timestamp::UNIX_EPOCH);
        }
    }

    #[test]
    fn a_fresh_reader_gets_a_snapshot_and_then_what_follows() {
        let board = board();
        let first = board.since("801", None);
        assert_eq!(
            (first.items.len(), first.items[0].name, first.items[0].id.as_deref()),
            (1, "snapshot", Some("e-0"))
        );
        flip(&board, 2);
        let next = board.since("801", Some(first.place));
        assert_eq!(next.items.iter().map(|item| item.id.as_deref()).collect::<Vec<_>>(), [Some("e-1"), Some("e-2")]);
        assert!(board.since("801", Some(next.place)).items.is_empty());
    }

    #[test]
    fn a_reader_that_is_too_far_behind_gets_a_snapshot() {
        let board = board();
        flip(&board, HISTORY + 1);
        assert_eq!(board.since("801", Some(1)).items.len(), HISTORY);
        let late = board.since("801", Some(0));
        assert_eq!((late.items.len(), late.items[0].name), (1, "snapshot"));
    }

    #[test]
    fn what_is_long_ago_is_not_kept() {
        let board = board();
        let presence = |presence, second| {
            let at = Timestamp::from_second(second).unwrap();
            board.facts(&[Fact::Presence { exten: exten(), presence, reason: None }], at);
        };
        presence(Presence::Busy, 0);
        presence(Presence::Idle, 900);
        assert_eq!(board.since("801", Some(0)).items.len(), 2);
        presence(Presence::Busy, 901);
        assert_eq!(board.since("801", Some(0)).items[0].name, "snapshot");
        assert_eq!(board.since("801", Some(1)).items.len(), 2);
    }

    #[test]
    fn ids_of_others_and_of_the_future_are_not_known() {
        let board = board();
        assert_eq!(board.place_of("e-3"), Some(3));
        for id in ["f-3", "e", "e-", "e-x", "e--1", "", "e-99999999999999999999999"] {
            assert_eq!(board.place_of(id), None, "{id}");
        }
        assert_eq!(board.since("801", Some(9)).items[0].name, "snapshot");
        assert_eq!(board.since("801", Some(u64::MAX)).items[0].name, "snapshot");
    }
}
