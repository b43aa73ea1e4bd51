//! The loop with a scripted server.

use uncall_client::Means;
use uncall_contract::{Call, Direction, Reply};

use super::*;
use crate::effect::Notification;
use crate::input::Intent;
use crate::shell::Recorder;
use crate::snapshot::{Link, Mood, Notice, Verb};

type Reckoning = (Request, oneshot::Sender<Result<Outcome, Error>>);

/// What the loop did to its watch.
#[derive(Debug, PartialEq, Eq)]
enum Nudged {
    Hurry,
    Wake,
}

struct Played {
    asked: mpsc::UnboundedSender<Reckoning>,
    watcher: std::sync::Mutex<Option<PlayedWatcher>>,
}

struct PlayedWatcher {
    seen: mpsc::UnboundedReceiver<Observation>,
    nudged: mpsc::UnboundedSender<Nudged>,
}

impl Server for Played {
    type Watcher = PlayedWatcher;

    fn ask(&self, request: Request) -> impl Future<Output = Result<Outcome, Error>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        let poison = matches!(&request, Request::Busy { .. });
        self.asked.send((request, answer)).unwrap();
        async move {
            assert!(!poison, "a client that panics");
            answered.await.unwrap()
        }
    }

    fn watch(&self, extension: Extension) -> PlayedWatcher {
        assert_eq!(extension.as_str(), "801");
        self.watcher.lock().unwrap().take().unwrap()
    }
}

impl Watcher for PlayedWatcher {
    async fn next(&mut self) -> Option<Observation> {
        self.seen.recv().await
    }

    fn hurry(&self) {
        self.nudged.send(Nudged::Hurry).unwrap();
    }

    fn wake(&self) {
        self.nudged.send(Nudged::Wake).unwrap();
    }
}

struct Stage {
    handle: Handle,
    recorder: Recorder,
    see: mpsc::UnboundedSender<Observation>,
    asked: mpsc::UnboundedReceiver<Reckoning>,
    nudged: mpsc::UnboundedReceiver<Nudged>,
}

impl Stage {
    fn set() -> Stage {
        let recorder = Recorder::default();
        Stage::with(recorder.clone(), recorder)
    }

    fn with(recorder: Recorder, shell: impl Shell) -> Stage {
        let (see, seen) = mpsc::unbounded_channel();
        let (ask, asked) = mpsc::unbounded_channel();
        let (nudge, nudged) = mpsc::unbounded_channel();
        let watcher = PlayedWatcher { seen, nudged: nudge };
        let server = Played { asked: ask, watcher: std::sync::Mutex::new(Some(watcher)) };
        let extension = Extension::parse("801").unwrap();
        let began = tokio::time::Instant::now();
        let clock = move || {
            let ms = i64::try_from(began.elapsed().as_millis()).unwrap();
            Moment { at: jiff::Timestamp::from_millisecond(1_372_123_000_000 + ms).unwrap(), ms }
        };
        let handle = spawn_on(server, extension, Options::default(), Vec::new(), shell, clock);
        Stage { handle, recorder, see, asked, nudged }
    }

    async fn until(&mut self, what: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        Arc::clone(&*self.handle.shown.wait_for(|snapshot| what(snapshot)).await.unwrap())
    }

    fn poll(&self, uid: &str) {
        let status = Direction::Callin;
        let call = Call { calla: "13421829060".into(), callb: "801".into(), uid: uid.into(), status };
        self.see.send(Observation::Polled(Some(call))).unwrap();
    }

    async fn with_call() -> Stage {
        let mut stage = Stage::set();
        stage.see.send(Observation::Connected(Means::Poll)).unwrap();
        stage.poll("1.17");
        stage.until(|shown| !shown.calls.is_empty()).await;
        stage
    }
}

fn hold() -> Intent {
    Intent::Hold { uid: "1.17".into() }
}

#[tokio::test]
async fn a_call_goes_from_the_watch_to_the_shell() {
    let stage = Stage::with_call().await;
    stage.handle.stop().await;
    let effects = stage.recorder.effects();
    let place = |what: &dyn Fn(&Effect) -> bool| effects.iter().position(what).unwrap();
    let journal = place(&|effect| matches!(effect, Effect::Journal(entry) if entry.uid == "1.17"));
    let publish = place(&|effect| matches!(effect, Effect::Publish(snapshot) if !snapshot.calls.is_empty()));
    let popup = place(&|effect| matches!(effect, Effect::Popup { uid } if uid == "1.17"));
    assert!(journal < publish && publish < popup, "{effects:?}");
}

#[tokio::test]
async fn asks_run_beside_each_other_and_their_answers_find_back() {
    let mut stage = Stage::with_call().await;
    stage.handle.want(hold());
    let (held, answer_hold) = stage.asked.recv().await.unwrap();
    assert_eq!(held, Request::Hold { exten: "801".into(), uid: None });
    stage.handle.want(Intent::Dial { number: "802".into(), sure: false });
    let (_, answer_dial) = stage.asked.recv().await.unwrap();
    answer_dial.send(Ok(Ok(Reply::Done { message: String::new() }))).unwrap();
    assert_eq!(stage.nudged.recv().await, Some(Nudged::Hurry));
    stage.until(|shown| shown.pending.is_empty() && shown.calls[0].pending == Some(Verb::Hold)).await;
    answer_hold.send(Ok(Ok(Reply::Held { channel: "SIP/801-1".into() }))).unwrap();
    stage.until(|shown| shown.calls[0].pending.is_none()).await;
    stage.handle.want(Intent::Restore { uid: "1.17".into() });
    let (restored, _answer) = stage.asked.recv().await.unwrap();
    assert_eq!(restored, Request::Restore { agent: "801".into(), channel: "SIP/801-1".into() });
}

#[tokio::test]
async fn a_panic_while_asking_is_an_unknown_outcome() {
    let mut stage = Stage::with_call().await;
    stage.handle.want(Intent::Busy { reason: None });
    let shown = stage.until(|shown| shown.notice.is_some()).await;
    assert_eq!(shown.notice.as_ref().unwrap().problem.code, "outcome_unknown");
    assert!(shown.pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_answers_is_an_unknown_outcome_in_the_end() {
    let mut stage = Stage::with_call().await;
    stage.handle.want(hold());
    let (_, _answer) = stage.asked.recv().await.unwrap();
    let shown = stage.until(|shown| shown.notice.is_some()).await;
    assert_eq!(shown.notice.as_ref().unwrap().problem.code, "outcome_unknown");
}

#[tokio::test]
async fn a_watch_that_ends_is_a_loss() {
    let mut stage = Stage::with_call().await;
    stage.see = mpsc::unbounded_channel().0;
    let shown = stage.until(|shown| shown.connection.state == Link::Offline).await;
    assert_eq!(shown.connection.problem.as_ref().unwrap().code, "unreachable");
    // The desk still takes wishes.
    stage.handle.want(Intent::Dial { number: "x".into(), sure: false });
    stage.until(|shown| shown.notice.is_some()).await;
}

#[tokio::test]
async fn a_wake_reaches_the_watch() {
    let mut stage = Stage::set();
    stage.handle.wake();
    assert_eq!(stage.nudged.recv().await, Some(Nudged::Wake));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_verbs_under_way_but_not_for_ever() {
    let mut stage = Stage::with_call().await;
    stage.handle.want(hold());
    let (_, answer) = stage.asked.recv().await.unwrap();
    let before = tokio::time::Instant::now();
    stage.handle.stop().await;
    assert_eq!(before.elapsed().as_secs(), 2);
    assert!(!answer.is_closed(), "what was sent is not called back");
    stage.handle.want(hold());
    stage.handle.stop().await;
}

#[tokio::test]
async fn a_stopped_desk_leaves_nothing_on_the_screen() {
    let stage = Stage::with_call().await;
    stage.handle.stop().await;
    let effects = stage.recorder.effects();
    let published = |effect: &Effect| if let Effect::Publish(shown) = effect { Some(Arc::clone(shown)) } else { None };
    let last = effects.iter().rev().find_map(published).unwrap();
    assert!(last.popups.is_empty() && last.calls.len() == 1, "{last:?}");
    assert!(effects.contains(&Effect::ClosePopup { uid: "1.17".into() }), "{effects:?}");
    assert!(effects.contains(&Effect::CloseNotification { uid: "1.17".into() }), "{effects:?}");
    let written = |effect: &Effect| if let Effect::Journal(entry) = effect { Some(entry.clone()) } else { None };
    assert!(effects.iter().rev().find_map(written).unwrap().ended.is_none(), "the call goes on");
}

#[tokio::test]
async fn the_desk_ends_with_its_last_handle() {
    let Stage { handle, see, recorder, asked, nudged } = Stage::set();
    drop((handle, recorder, asked, nudged));
    see.closed().await;
}

/// Sends an order and waits until the desk has taken it.
fn ordered(stage: &Stage, order: &str) -> tokio::task::JoinHandle<Ended> {
    let (handle, order) = (stage.handle.clone(), Order::parse(order).unwrap());
    tokio::spawn(async move { handle.order(order).await })
}

#[tokio::test]
async fn an_order_means_the_call_that_the_desk_means_and_ends_with_the_servers_answer() {
    let mut stage = Stage::with_call().await;
    let refusal = uncall_contract::Refusal::new(Operation::Hold, uncall_contract::Reason::NotInBridge);
    for (answer, status, code) in [
        (Ok(Err(refusal)), 1, Some("not_in_bridge")),
        (Err(Error::Unreachable("gone".into())), 3, Some("unreachable")),
        (Err(Error::Http(502)), 4, Some("http")),
        (Err(Error::OutcomeUnknown("lost".into())), 5, Some("outcome_unknown")),
        (Ok(Ok(Reply::Held { channel: "SIP/802-00000023".into() })), 0, None),
    ] {
        let order = ordered(&stage, "hold");
        let (request, tell) = stage.asked.recv().await.unwrap();
        assert_eq!(request, Request::Hold { exten: "801".into(), uid: None });
        // A repetition is ignored, and reported as such.
        let again = ordered(&stage, "hold").await.unwrap();
        assert_eq!((again.status(), again.problem().unwrap().code.as_str()), (1, "not_now"));
        tell.send(answer).unwrap();
        let ended = order.await.unwrap();
        assert_eq!((ended.status(), ended.problem().map(|problem| problem.code.as_str())), (status, code));
    }
    // When the order is reported as done, the snapshot shows it.
    assert_eq!(stage.handle.snapshot().targets.restore.as_deref(), Some("1.17"));
    let order = ordered(&stage, "restore");
    let (request, kept) = stage.asked.recv().await.unwrap();
    assert_eq!(request, Request::Restore { agent: "801".into(), channel: "SIP/802-00000023".into() });
    drop(kept);
    stage.handle.stop().await;
    assert_eq!(order.await.unwrap().status(), 5, "it was sent, and nobody heard of its end");
}

#[tokio::test]
async fn a_screen_pop_by_hand_is_done_at_once_and_asks_nobody() {
    let mut stage = Stage::with_call().await;
    assert_eq!(ordered(&stage, "pop").await.unwrap(), Ended::Done);
    let told = |effect: &Effect| matches!(effect, Effect::Told(occasion) if occasion.entry.uid == "1.17");
    assert!(stage.recorder.effects().iter().filter(|effect| told(effect)).count() >= 2, "it rang, and was popped");
    assert!(stage.asked.try_recv().is_err());
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_and_nothing_is_asked() {
    let mut stage = Stage::set();
    stage.see.send(Observation::Connected(Means::Poll)).unwrap();
    stage.until(|shown| shown.connection.state == Link::Poll).await;
    for (order, code) in [
        ("hold", "agent_not_in_use"),
        ("decline", "agent_not_in_use"),
        ("transfer:802", "agent_not_in_use"),
        ("dial:x", "number_invalid"),
        ("dial:802/803", "number_which"),
    ] {
        let ended = ordered(&stage, order).await.unwrap();
        assert_eq!((ended.status(), ended.problem().unwrap().code.as_str()), (1, code), "{order}");
    }
    let dial = ordered(&stage, "dial:802");
    let (request, tell) = stage.asked.recv().await.unwrap();
    assert!(matches!(request, Request::Dial { number, .. } if number == "802"));
    assert_eq!(ordered(&stage, "dial:803").await.unwrap().problem().unwrap().code, "under_way");
    tell.send(Ok(Ok(Reply::Done { message: String::new() }))).unwrap();
    assert_eq!(dial.await.unwrap(), Ended::Done);
    stage.see.send(Observation::Lost(Error::Unreachable("cable".into()))).unwrap();
    stage.until(|shown| shown.connection.state == Link::Offline).await;
    assert_eq!(ordered(&stage, "busy").await.unwrap().status(), 3);
    assert!(stage.asked.try_recv().is_err());
    stage.handle.stop().await;
    assert_eq!(ordered(&stage, "busy").await.unwrap().status(), 5);
}

#[tokio::test]
async fn a_call_that_rings_is_declined() {
    let mut stage = Stage::with_call().await;
    let order = ordered(&stage, "decline");
    let (request, tell) = stage.asked.recv().await.unwrap();
    assert!(matches!(request, Request::HangUp { .. }), "{request:?}");
    tell.send(Ok(Ok(Reply::Done { message: String::new() }))).unwrap();
    assert_eq!(order.await.unwrap(), Ended::Done);
    assert!(stage.handle.snapshot().calls.is_empty());
}

/// A shell with a disk that hangs until the test supplies a result.
struct Hanging {
    recorder: Recorder,
    disk: mpsc::UnboundedSender<(Entry, oneshot::Sender<bool>)>,
}

impl Shell for Hanging {
    fn journal(&mut self, entry: &Entry) -> Option<Receipt> {
        let (tell, told) = oneshot::channel();
        self.recorder.journal(entry);
        self.disk.send((entry.clone(), tell)).unwrap();
        Some(told)
    }

    fn publish(&mut self, snapshot: &Arc<Snapshot>) {
        self.recorder.publish(snapshot);
    }

    fn popup(&mut self, uid: &str) {
        self.recorder.popup(uid);
    }

    fn close_popup(&mut self, uid: &str) {
        self.recorder.close_popup(uid);
    }

    fn notify(&mut self, notification: &Notification) {
        self.recorder.notify(notification);
    }

    fn close_notification(&mut self, uid: &str) {
        self.recorder.close_notification(uid);
    }

    fn refused(&mut self, notice: &Notice) {
        self.recorder.refused(notice);
    }

    fn tray(&mut self, mood: Mood) {
        self.recorder.tray(mood);
    }
}

impl Stage {
    fn hanging() -> (Stage, mpsc::UnboundedReceiver<(Entry, oneshot::Sender<bool>)>) {
        let recorder = Recorder::default();
        let (disk, writes) = mpsc::unbounded_channel();
        let stage = Stage::with(recorder.clone(), Hanging { recorder, disk });
        stage.see.send(Observation::Connected(Means::Poll)).unwrap();
        (stage, writes)
    }

    fn has_popped(&self, uid: &str) -> bool {
        self.recorder.effects().contains(&Effect::Popup { uid: uid.into() })
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_on_the_disk_before_it_is_on_the_screen() {
    let (mut stage, mut disk) = Stage::hanging();
    stage.poll("1.17");
    let (entry, tell) = disk.recv().await.unwrap();
    assert_eq!((entry.uid.as_str(), entry.popped), ("1.17", true));
    sleep(Duration::from_millis(49)).await;
    assert!(!stage.has_popped("1.17") && stage.handle.snapshot().calls.is_empty(), "not yet");
    tell.send(true).unwrap();
    stage.until(|shown| !shown.calls.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_hangs_costs_a_call_fifty_milliseconds_once() {
    let (mut stage, mut disk) = Stage::hanging();
    stage.until(|shown| shown.connection.state == Link::Poll).await;
    let before = Instant::now();
    stage.poll("1.17");
    stage.until(|shown| shown.calls.len() == 1).await;
    assert!((50..=51).contains(&before.elapsed().as_millis()), "{:?}", before.elapsed());
    let (_, tell) = disk.recv().await.unwrap();
    // While it hangs, the next call does not wait.
    let before = Instant::now();
    stage.poll("2.17");
    stage.until(|shown| shown.calls.len() == 2).await;
    assert!(before.elapsed().is_zero() && stage.has_popped("1.17"), "{:?}", before.elapsed());
    let mut rest = Vec::new();
    while let Ok((_, tell)) = disk.try_recv() {
        rest.push(tell);
    }
    // The disk has caught up, so calls are on it first again.
    std::iter::once(tell).chain(rest).for_each(|tell| tell.send(true).unwrap_or_default());
    let before = Instant::now();
    stage.poll("3.17");
    let (_, tell) = disk.recv().await.unwrap();
    sleep(Duration::from_millis(20)).await;
    assert!(!stage.has_popped("3.17"));
    tell.send(true).unwrap();
    stage.until(|shown| shown.calls.len() == 3).await;
    assert!((20..=21).contains(&before.elapsed().as_millis()), "{:?}", before.elapsed());
    // A full disk reports that at once, so the call is shown at once.
    stage.poll("4.17");
    disk.recv().await.unwrap().1.send(false).unwrap();
    stage.until(|shown| shown.calls.len() == 4).await;
}

#[tokio::test(start_paused = true)]
async fn asks_do_not_wait_for_the_disk() {
    let (mut stage, mut disk) = Stage::hanging();
    stage.poll("1.17");
    stage.until(|shown| !shown.calls.is_empty()).await;
    drop(disk.recv().await);
    let before = Instant::now();
    stage.handle.want(hold());
    let (_, answer) = stage.asked.recv().await.unwrap();
    assert!(before.elapsed().is_zero());
    answer.send(Ok(Ok(Reply::Held { channel: "SIP/801-1".into() }))).unwrap();
    let (entry, _) = disk.recv().await.unwrap();
    assert_eq!(entry.holds.len(), 1);
}
