//! Delivers webhooks, and tries again until they are taken.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};

use crate::carrier::{Carrier, Response};
use crate::outbox::{Fate, Outbox};
use crate::parcel::Parcel;
use crate::post::Post;
use crate::rule::{Action, Rule};
use crate::shelf::Shelf;

/// How many requests are under way at a time.
const AT_ONCE: usize = 4;
/// The receiver wants no more of this.
const GONE: u16 = 410;

/// The pauses between two tries of one webhook, which double from the first to the longest.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { first: Duration::from_secs(1), longest: Duration::from_secs(300) }
    }
}

/// What has become of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It was taken, and this was answered.
    Taken {
        /// The webhook.
        parcel: Box<Parcel>,
        /// The body of the answer.
        body: Vec<u8>,
    },
    /// It was not taken and is tried again. Only told the first time.
    Delayed {
        /// The rule's name.
        rule: String,
        /// Why, for the log.
        why: String,
    },
    /// It is given up.
    GivenUp {
        /// The rule's name.
        rule: String,
        /// Why, for the log.
        why: String,
    },
}

/// The handle to the task that delivers webhooks. Ends with its last clone; what was not taken stays on the shelf.
#[derive(Debug, Clone)]
pub struct Courier(UnboundedSender<Order>);

#[derive(Debug)]
enum Order {
    Deliver(Box<Parcel>),
    Rules(Arc<[Rule]>),
}

impl Courier {
    /// A courier and its work, which the caller has to spawn. It begins with the first rules, with what is on the shelf. Without a
    /// shelf nothing outlives the program. `now` is the wall clock.
    pub fn new(
        shelf: Option<Shelf>,
        carrier: impl Carrier,
        pace: Pace,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        tell: impl FnMut(News) + Send + 'static,
    ) -> (Courier, impl Future<Output = ()> + Send) {
        let (orders, taken) = unbounded_channel();
        let round = Round {
            shelf,
            pace,
            now,
            tell,
            carrier,
            outbox: Outbox::default(),
            rules: None,
            under_way: JoinSet::new(),
            delayed: HashSet::new(),
        };
        (Courier(orders), round.run(taken))
    }

    /// Uses these rules from now on. A waiting webhook whose rule is gone is dropped.
    pub fn set_rules(&self, rules: Arc<[Rule]>) {
        self.send(Order::Rules(rules));
    }

    /// Delivers a webhook.
    pub fn deliver(&self, parcel: Parcel) {
        self.send(Order::Deliver(Box::new(parcel)));
    }

    fn send(&self, order: Order) {
        if self.0.send(order).is_err() {
            tracing::error!("nobody delivers webhooks any more");
        }
    }
}

struct Round<C, N, T> {
    shelf: Option<Shelf>,
    pace: Pace,
    now: N,
    tell: T,
    carrier: C,
    outbox: Outbox,
    /// `None` until they are known, and until the shelf was read.
    rules: Option<Arc<[Rule]>>,
    under_way: JoinSet<Tried>,
    /// Of which the delay was told, by id.
    delayed: HashSet<String>,
}

struct Tried {
    parcel: Parcel,
    result: Result<Response, String>,
}

impl<C: Carrier, N: Fn() -> Timestamp + Send + Sync, T: FnMut(News) + Send> Round<C, N, T> {
    async fn run(mut self, mut orders: UnboundedReceiver<Order>) {
        loop {
            self.send();
            let pause = self.outbox.next().map(|due| until(due, (self.now)()));
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.take(order).await,
                    None => return,
                },
                Some(tried) = self.under_way.join_next() => self.tried(tried).await,
                () = tokio::time::sleep(pause.unwrap_or(Duration::MAX)), if self.may_send() && pause.is_some() => {}
            }
        }
    }

    fn may_send(&self) -> bool {
        self.rules.is_some() && self.under_way.len() < AT_ONCE
    }

    async fn take(&mut self, order: Order) {
        match order {
            Order::Rules(rules) => {
                let is_first = self.rules.replace(rules).is_none();
                if let Some(shelf) = self.shelf.clone().filter(|_| is_first) {
                    for parcel in beside(move || shelf.all()).await.unwrap_or_default() {
                        self.outbox.add(parcel, (self.now)());
                    }
                }
            }
            Order::Deliver(parcel) => {
                if let Some(shelf) = self.shelf.clone() {
                    let kept = parcel.clone();
                    if let Some(Err(error)) = beside(move || shelf.keep(&kept)).await {
                        tracing::warn!("a webhook would not outlive the program: {error}");
                    }
                }
                if let Some(dropped) = self.outbox.add(*parcel, (self.now)()) {
                    self.give_up(dropped, "too many webhooks wait".to_owned()).await;
                }
            }
        }
    }

    /// Sends what is due.
    fn send(&mut self) {
        let Some(rules) = self.rules.clone() else { return };
        let now = (self.now)();
        for parcel in self.outbox.due(now, AT_ONCE) {
            let request = post_of(&rules, &parcel.rule).map(|post| post.request(&parcel, now));
            let carrier = self.carrier.clone();
            self.under_way.spawn(async move {
                let result = match request {
                    Some(Ok(request)) => carrier.post(request).await,
                    Some(Err(misfit)) => Err(misfit.to_string()),
                    None => Ok(Response { status: GONE, body: Vec::new() }),
                };
                Tried { parcel, result }
            });
        }
    }

    async fn tried(&mut self, tried: Result<Tried, JoinError>) {
        // A task that panicked has taken its parcel with it; the shelf still has it for the next start.
        let Ok(Tried { parcel, result }) = tried else { return };
        let why = match result {
            Ok(Response { status: 200..=299, body }) => {
                self.outbox.remove(&parcel.id);
                self.forget(&parcel).await;
                return (self.tell)(News::Taken { parcel: Box::new(parcel), body });
            }
            Ok(Response { status: GONE, .. }) => {
                self.outbox.remove(&parcel.id);
                return self.give_up(parcel, "its receiver wants no more of it".to_owned()).await;
            }
            Ok(Response { status, .. }) => format!("HTTP status {status}"),
            Err(why) => why,
        };
        match self.outbox.failed(&parcel.id, (self.now)(), (self.pace.first, self.pace.longest)) {
            Fate::Later(due) => {
                tracing::debug!(rule = parcel.rule, why, %due, "a webhook was not taken");
                if self.delayed.insert(parcel.id.clone()) {
                    (self.tell)(News::Delayed { rule: parcel.rule, why });
                }
            }
            Fate::GivenUp => self.give_up(parcel, why).await,
        }
    }

    async fn give_up(&mut self, parcel: Parcel, why: String) {
        self.forget(&parcel).await;
        (self.tell)(News::GivenUp { rule: parcel.rule, why });
    }

    async fn forget(&mut self, parcel: &Parcel) {
        self.delayed.remove(&parcel.id);
        if let Some(shelf) = self.shelf.clone() {
            let parcel = parcel.clone();
            beside(move || shelf.forget(&parcel)).await;
        }
    }
}

fn post_of<'a>(rules: &'a [Rule], name: &str) -> Option<&'a Post> {
    rules.iter().filter(|rule| rule.name == name).find_map(|rule| match &rule.action {
        Action::Post(post) => Some(post),
        Action::Open(_) | Action::Run(_) => None,
    })
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    due.duration_since(now).try_into().unwrap_or_default()
}

/// Does what waits for the disk on a thread for that.
async fn beside<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(what).await.ok()
}
