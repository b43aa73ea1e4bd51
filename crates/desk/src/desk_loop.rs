//! The loop around the desk: observations, wishes and answers go in, effects come out. Clock and network are here; every decision
//! is in [`crate::state`].

mod handle;
mod server;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use uncall_client::{Client, Error, Observation};
use uncall_contract::{Extension, Operation, Outcome, Request};

use crate::effect::Effect;
use crate::input::Input;
use crate::journal::{Entry, Receipt};
use crate::line::Said;
use crate::moment::Moment;
use crate::order::{Ended, Order};
use crate::problem::Problem;
use crate::recording::Recording;
use crate::shell::Shell;
use crate::snapshot::Snapshot;
use crate::state::{Desk, Options};

use handle::{Command, locked};
use server::{Nobody, Server, Watcher};

pub use handle::Handle;

/// A safety net: the client has time limits of its own, all shorter.
const ANSWER_WITHIN: Duration = Duration::from_secs(90);
/// How long showing a call waits for the disk.
const COMMITS_WITHIN: Duration = Duration::from_millis(50);
/// How long stopping waits for verbs under way.
const FAREWELL: Duration = Duration::from_secs(2);

/// Starts a desk on the current tokio runtime. `past` is what an earlier one wrote down, oldest first; its calls continue.
///
/// # Panics
/// Outside of a tokio runtime, as `tokio::spawn` does.
pub fn spawn(client: Client, extension: Extension, options: Options, past: Vec<Entry>, shell: impl Shell) -> Handle {
    spawn_on(client, extension, options, past, shell, Moment::now)
}

/// The same without a server: the panel's own phone is all that the desk has.
///
/// # Panics
/// Outside of a tokio runtime, as `tokio::spawn` does.
pub fn spawn_alone(extension: Extension, options: Options, past: Vec<Entry>, shell: impl Shell) -> Handle {
    spawn_on(Nobody, extension, options, past, shell, Moment::now)
}

fn spawn_on<S: Server>(
    server: S,
    extension: Extension,
    options: Options,
    past: Vec<Entry>,
    shell: impl Shell,
    clock: impl Fn() -> Moment + Send + 'static,
) -> Handle {
    let now = clock();
    let recording = Recording::new(&extension, options.clone(), now);
    let recording = if S::IS_THERE { recording } else { recording.alone() };
    let recording = Arc::new(Mutex::new(recording));
    let desk = if S::IS_THERE { Desk::new } else { Desk::alone };
    let mut desk = desk(extension.clone(), options, now);
    desk.resume(past);
    let (commands, wanted) = mpsc::unbounded_channel();
    let (show, shown) = watch::channel(Arc::new(desk.snapshot()));
    let watcher = server.watch(extension);
    let (asks, commits) = (JoinSet::new(), Commits::default());
    let told = Arc::clone(&recording);
    let at_work = AtWork {
        desk,
        server,
        watcher: Some(watcher),
        shell,
        clock,
        show,
        asks,
        commits,
        orders: HashMap::new(),
        recording: told,
        started: now,
    };
    tokio::spawn(at_work.run(wanted));
    Handle { commands, shown, recording }
}

/// Who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Server(Operation),
    Phone,
}

type Answer = (u64, Result<Outcome, Error>);

struct AtWork<S: Server, H: Shell, C> {
    desk: Desk,
    server: S,
    /// `None` once the watch has ended.
    watcher: Option<S::Watcher>,
    shell: H,
    clock: C,
    show: watch::Sender<Arc<Snapshot>>,
    asks: JoinSet<Answer>,
    /// Orders that wait for the answer to an ask, by the ask's id.
    orders: HashMap<u64, (Asked, oneshot::Sender<Ended>)>,
    recording: Arc<Mutex<Recording>>,
    started: Moment,
    commits: Commits,
}

impl<S: Server, H: Shell, C: Fn() -> Moment> AtWork<S, H, C> {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let effects = self.desk.start(self.started);
        self.carry_out(effects).await;
        loop {
            let input = tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Want(intent)) => Input::Wanted(intent),
                    Some(Command::Link(number)) => Input::Linked(number),
                    Some(Command::Said(said)) => Input::Line(said),
                    Some(Command::Renamed) => Input::Renamed,
                    Some(Command::Away(why, on)) => Input::Away { why, on },
                    Some(Command::Disposed(uid, has_result)) => Input::Disposed { uid, has_result },
                    Some(Command::Order(order, tell)) => {
                        self.follow(order, tell).await;
                        continue;
                    }
                    Some(Command::Wake) => {
                        if let Some(watcher) = &self.watcher {
                            watcher.wake();
                        }
                        continue;
                    }
                    Some(Command::Options(options)) => {
                        locked(&self.recording).options(options.clone(), (self.clock)());
                        self.desk.set_options(options);
                        continue;
                    }
                    Some(Command::Stop) | None => break,
                },
                Some(answer) = self.asks.join_next() => match landed(answer) {
                    Some((ask, result)) => Input::Answered { ask, result },
                    None => continue,
                },
                seen = observe(&mut self.watcher) => Input::Seen(seen),
                () = due(self.desk.due(), (self.clock)()) => Input::Due,
            };
            let ended = self.ended(&input);
            let now = (self.clock)();
            locked(&self.recording).input(&input, now);
            let effects = self.desk.handle(input, now);
            self.carry_out(effects).await;
            // Report the end only now, when the snapshot shows it.
            for (tell, ended) in ended {
                let _ = tell.send(ended);
            }
        }
        let effects = self.desk.stop();
        self.carry_out(effects).await;
        let farewell = async { while self.asks.join_next().await.is_some() {} };
        if timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!("stopped before the server had answered every verb");
        }
    }

    /// Gives an order to the desk and remembers who waits for its end.
    async fn follow(&mut self, order: Order, tell: oneshot::Sender<Ended>) {
        let intent = match self.desk.meant(order) {
            Ok(intent) => intent,
            Err(problem) => {
                let _ = tell.send(Ended::not_asked(problem));
                return;
            }
        };
        let (input, now) = (Input::Wanted(intent), (self.clock)());
        locked(&self.recording).input(&input, now);
        let effects = self.desk.handle(input, now);
        let asked = effects.iter().find_map(|effect| match effect {
            Effect::Ask { ask, request } => Some((*ask, Asked::Server(request.operation()))),
            Effect::Phone { ask, .. } => Some((*ask, Asked::Phone)),
            Effect::Journal(_) | Effect::Publish(_) | Effect::Renamed { .. } | Effect::Popup { .. } => None,
            Effect::ClosePopup { .. } | Effect::Notify(_) | Effect::CloseNotification { .. } => None,
            Effect::Refused(_) | Effect::Tray(_) | Effect::Hurry | Effect::Told(_) => None,
        });
        let refused = effects
            .iter()
            .find_map(|effect| if let Effect::Refused(notice) = effect { Some(notice.problem.clone()) } else { None });
        let is_told = effects.iter().any(|effect| matches!(effect, Effect::Told(_)));
        self.carry_out(effects).await;
        match (asked, refused) {
            (Some((ask, asked)), _) => {
                self.orders.insert(ask, (asked, tell));
            }
            // Nobody has to be asked.
            (None, None) if is_told => {
                let _ = tell.send(Ended::Done);
            }
            (None, problem) => {
                let problem = problem.unwrap_or_else(|| Problem::new("under_way", ""));
                let _ = tell.send(Ended::not_asked(problem));
            }
        }
    }

    /// The senders that wait for this answer, and what to send.
    fn ended(&mut self, input: &Input) -> Vec<(oneshot::Sender<Ended>, Ended)> {
        let (ask, ended): (u64, &dyn Fn(Asked) -> Ended) = match input {
            Input::Answered { ask, result } => (*ask, &|asked| match asked {
                Asked::Server(operation) => Ended::of(operation, result),
                Asked::Phone => Ended::Unknown(Problem::new("outcome_unknown", "")),
            }),
            Input::Line(Said::Done { ask, result }) => (*ask, &|_| Ended::of_phone(result)),
            Input::Line(Said::Off) => {
                let of_phone = self.orders.extract_if(|_, (asked, _)| *asked == Asked::Phone);
                let unknown = |(_, (_, tell))| (tell, Ended::Unknown(Problem::new("outcome_unknown", "")));
                return of_phone.map(unknown).collect();
            }
            Input::Line(_) | Input::Due | Input::Seen(_) | Input::Wanted(_) | Input::Linked(_) => return Vec::new(),
            Input::Away { .. } | Input::Disposed { .. } | Input::Renamed => return Vec::new(),
        };
        self.orders.remove(&ask).map(|(asked, tell)| (tell, ended(asked))).into_iter().collect()
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if is_shown(&effect) {
                self.commits.wait().await;
            }
            match effect {
                Effect::Journal(entry) => {
                    log(&entry);
                    self.commits.fresh.extend(self.shell.journal(&entry).map(|receipt| (entry.uid, receipt)));
                }
                Effect::Publish(snapshot) => {
                    self.show.send_replace(Arc::clone(&snapshot));
                    self.shell.publish(&snapshot);
                }
                Effect::Ask { ask, request } => self.ask(ask, request),
                Effect::Phone { ask, command } => self.shell.phone(ask, &command),
                Effect::Renamed { was, began, uid, now_began } => {
                    self.shell.renamed((&was, began), (&uid, now_began));
                }
                Effect::Popup { uid } => self.shell.popup(&uid),
                Effect::ClosePopup { uid } => self.shell.close_popup(&uid),
                Effect::Notify(notification) => self.shell.notify(&notification),
                Effect::CloseNotification { uid } => self.shell.close_notification(&uid),
                Effect::Refused(notice) => self.shell.refused(&notice),
                Effect::Tray(mood) => self.shell.tray(mood),
                Effect::Told(occasion) => self.shell.told(&occasion),
                Effect::Hurry => {
                    if let Some(watcher) = &self.watcher {
                        watcher.hurry();
                    }
                }
            }
        }
    }

    /// Sends a request in a task of its own. The desk gets an answer in any case: a panic counts as an unknown outcome.
    fn ask(&mut self, ask: u64, request: Request) {
        let answer = tokio::spawn(timeout(ANSWER_WITHIN, self.server.ask(request)));
        self.asks.spawn(async move {
            let result = match answer.await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => Err(Error::OutcomeUnknown(format!("nothing in {} s", ANSWER_WITHIN.as_secs()))),
                Err(broken) => Err(Error::OutcomeUnknown(broken.to_string())),
            };
            (ask, result)
        });
    }
}

/// Journal writes that are not known to be on the disk.
#[derive(Debug, Default)]
struct Commits {
    /// Written since the screen last changed.
    fresh: Vec<(String, Receipt)>,
    /// Writes that took too long. While there are any, nothing waits for the disk.
    late: Vec<Receipt>,
}

impl Commits {
    /// Waits until the fresh writes are on the disk, for at most 50 ms. After that the screen goes first, and the log says so.
    async fn wait(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        self.late.retain_mut(|receipt| matches!(receipt.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
        let hangs = !self.late.is_empty();
        let until = Instant::now() + COMMITS_WITHIN;
        for (uid, mut receipt) in std::mem::take(&mut self.fresh) {
            let kept = if hangs { at_once(&mut receipt) } else { timeout_at(until, &mut receipt).await.ok() };
            match kept {
                Some(Ok(true)) => {}
                Some(Ok(false) | Err(_)) => {
                    tracing::warn!(uid, "shown without being in the journal: the disk has not taken it");
                }
                None => {
                    tracing::warn!(uid, "shown before it is in the journal: the disk takes longer than 50 ms");
                    self.late.push(receipt);
                }
            }
        }
    }
}

/// The result of a write, if it is known already.
fn at_once(receipt: &mut Receipt) -> Option<Result<bool, oneshot::error::RecvError>> {
    match receipt.try_recv() {
        Ok(kept) => Some(Ok(kept)),
        Err(oneshot::error::TryRecvError::Empty) => None,
        // The sender is gone, so no result will come.
        Err(oneshot::error::TryRecvError::Closed) => Some(Ok(false)),
    }
}

/// Whether people see this effect. The journal has to be on the disk before they do.
const fn is_shown(effect: &Effect) -> bool {
    match effect {
        Effect::Publish(_) | Effect::Popup { .. } | Effect::Notify(_) | Effect::Tray(_) | Effect::Told(_) => true,
        Effect::Journal(_) | Effect::Ask { .. } | Effect::ClosePopup { .. } | Effect::CloseNotification { .. } => false,
        Effect::Refused(_) | Effect::Hurry | Effect::Phone { .. } | Effect::Renamed { .. } => false,
    }
}

/// The task only waits for another one and should not fail. If it does, there is no answer to pass on.
fn landed(answer: Result<Answer, JoinError>) -> Option<Answer> {
    answer.inspect_err(|error| tracing::error!(%error, "an answer was lost")).ok()
}

/// Waits until the desk is due.
async fn due(due: Option<i64>, now: Moment) {
    match due {
        Some(due) => sleep(Duration::from_millis(due.saturating_sub(now.ms).max(1).unsigned_abs())).await,
        None => std::future::pending().await,
    }
}

/// The next observation. A watch does not end by itself; if it does, that counts as a loss, and nothing more will come.
async fn observe<T: Watcher>(watcher: &mut Option<T>) -> Observation {
    let Some(watching) = watcher else { return std::future::pending().await };
    match watching.next().await {
        Some(observation) => observation,
        None => {
            *watcher = None;
            tracing::error!("the watch has ended");
            Observation::Lost(Error::Unreachable("the watch has ended".into()))
        }
    }
}

/// Logs a journal entry: numbers and times of the call, and nothing else about anyone.
fn log(entry: &Entry) {
    tracing::info!(
        target: "journal",
        uid = ?entry.uid,
        calla = ?entry.calla,
        callb = ?entry.callb,
        direction = entry.direction.as_str(),
        began = %entry.began,
        answered = entry.answered.map(tracing::field::display),
        ended = entry.ended.map(tracing::field::display),
        reason = entry.reason.map(tracing::field::debug),
        end_seen = entry.end_seen,
        missed = ?entry.missed,
        "call"
    );
}

#[cfg(test)]
mod tests;
