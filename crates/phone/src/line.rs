//! The line: one task that owns its state.

mod attach;
mod calls;
mod dialogue;
mod offers;
mod sounds;
mod transfer;
mod wants;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{
    Notify,
    mpsc::{self, UnboundedReceiver, UnboundedSender},
};
use uncall_headset::Card;

use crate::{
    Ended, Leg, LegId, LegState, LineEvent, LineHandle, LineSettings, Why,
    command::{Asked, Done, Want},
    media::{self, Media},
    sip::{Seen, Sip},
};
use attach::Attached;
use dialogue::{Dialogue, Work};
use sounds::Sounding;

/// Further incoming calls get 486.
const MOST_LEGS: usize = 8;
/// Queued commands; senders wait beyond that.
const WAITING: usize = 32;

/// A SIP line.
#[derive(Debug)]
pub struct Line;

impl Line {
    /// Starts a line that runs until its last handle is dropped. Must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the sound thread cannot be started.
    pub fn start(
        settings: LineSettings,
        card: Box<dyn Card>,
    ) -> io::Result<(LineHandle, UnboundedReceiver<LineEvent>)> {
        let (events, told) = mpsc::unbounded_channel();
        let (wants, wanted) = mpsc::channel(WAITING);
        let (sounds, heard) = mpsc::unbounded_channel();
        let (seen, seeing) = mpsc::unbounded_channel();
        let (work, working) = mpsc::unbounded_channel();
        let media = Media::start(card, settings.devices.clone(), sounds)?;
        let ids = Arc::new(AtomicU64::new(1));
        let nudge = Arc::new(Notify::new());
        let attaching = attach::run(settings.clone(), Arc::clone(&ids), seen, work.clone(), Arc::clone(&nudge));
        let attached = tokio::spawn(attaching);
        let state = State {
            settings,
            media,
            ids,
            sip: None,
            registered: false,
            dialogues: Vec::new(),
            events,
            work,
            nudge,
            sounding: Sounding::default(),
        };
        tokio::spawn(async move {
            run(state, wanted, seeing, working, heard).await;
            attached.abort();
        });
        Ok((LineHandle(wants), told))
    }
}

/// Answers a command after its events were sent.
#[derive(Debug)]
struct Reply {
    asked: Asked,
    answers: UnboundedSender<(Asked, Done)>,
}

impl Reply {
    fn send(self, done: Done) {
        // If the line has ended, dropping `asked` says so.
        let _ = self.answers.send((self.asked, done));
    }
}

struct State {
    settings: LineSettings,
    media: Media,
    ids: Arc<AtomicU64>,
    sip: Option<Arc<Sip>>,
    registered: bool,
    dialogues: Vec<Dialogue>,
    events: UnboundedSender<LineEvent>,
    work: UnboundedSender<Work>,
    nudge: Arc<Notify>,
    sounding: Sounding,
}

async fn run(
    mut state: State,
    mut wants: mpsc::Receiver<(Want, Asked)>,
    mut seen: UnboundedReceiver<Seen>,
    mut work: UnboundedReceiver<Work>,
    mut sounds: UnboundedReceiver<media::Told>,
) {
    let (answers, mut answered) = mpsc::unbounded_channel::<(Asked, Done)>();
    loop {
        tokio::select! {
            want = wants.recv() => match want {
                Some((Want::End, asked)) => {
                    state.end().await;
                    // The caller may have stopped waiting.
                    let _ = asked.send(Ok(None));
                    return;
                }
                Some((want, asked)) => state.want(want, Reply { asked, answers: answers.clone() }),
                None => return state.end().await,
            },
            Some(seen) = seen.recv() => state.see(seen),
            Some(done) = work.recv() => state.done(done),
            Some(told) = sounds.recv() => state.hear(told),
        }
        state.settle();
        while let Ok((asked, done)) = answered.try_recv() {
            // The caller may have stopped waiting.
            let _ = asked.send(done);
        }
    }
}

impl State {
    fn next_id(&self) -> LegId {
        LegId(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    fn dialogue(&mut self, leg: LegId) -> Option<&mut Dialogue> {
        self.dialogues.iter_mut().find(|dialogue| dialogue.leg.id == leg && dialogue.leg.state != LegState::Ended)
    }

    fn tell(&self, event: LineEvent) {
        // The receiver may be gone; the line lives as long as its handle.
        let _ = self.events.send(event);
    }

    /// Updates sounds and emits changed calls after each step.
    fn settle(&mut self) {
        let sounding = sounds::of(&self.dialogues, self.settings.rings);
        sounding.order(&self.sounding, &self.media);
        self.sounding = sounding;
        let changed: Vec<Leg> = self.dialogues.iter_mut().filter_map(Dialogue::changed).collect();
        for leg in changed {
            self.tell(LineEvent::Leg(Box::new(leg)));
        }
        self.dialogues.retain(|dialogue| dialogue.leg.state != LegState::Ended);
    }

    /// Marks a call as ended. The other side knows already.
    fn ended(&mut self, leg: LegId, why: Why, code: Option<u16>, detail: &str) {
        let detail = detail.chars().filter(|sign| !sign.is_control()).take(200).collect();
        if let Some(dialogue) = self.dialogue(leg) {
            dialogue.leg.state = LegState::Ended;
            dialogue.leg.ended = Some(Ended { why, code, detail });
            dialogue.leg.quality = dialogue.seconds.whole();
            dialogue.answer_all();
            let evidence = dialogue.evidence.take().filter(|evidence| evidence.came_back.is_some());
            self.media.order(media::Order::End(leg));
            if let Some(evidence) = evidence {
                self.tell(LineEvent::Echo { leg, verdict: evidence.verdict() });
            }
        }
    }

    /// Handles the results of spawned tasks.
    fn done(&mut self, work: Work) {
        match work {
            Work::Attached(attached) => self.attached(attached),
            Work::Offered { leg, offer, result } => self.concluded(leg, &offer, result),
            Work::Referred { leg, result } => self.referred(leg, result),
            Work::Unreferred { leg, turn } => self.unreferred(leg, turn),
            Work::Due { leg, turn } => self.due(leg, turn),
            // It may have ended before.
            Work::Echoed(leg) => drop(self.hang_up(leg)),
        }
    }

    fn attached(&mut self, attached: Attached) {
        match attached {
            Attached::Registering => self.tell(LineEvent::Registering),
            Attached::Registered { first } => {
                self.registered = true;
                if first {
                    self.tell(LineEvent::Registered);
                    self.check_all();
                }
            }
            Attached::Lost { why, again_in } => {
                self.registered = false;
                self.tell(LineEvent::Lost { why, again_in: again_in.as_secs() });
            }
            Attached::Stack(sip) => self.move_to(sip),
        }
    }

    fn hear(&mut self, told: media::Told) {
        match told {
            media::Told::Quality(mut quality) => {
                let nudge = Arc::clone(&self.nudge);
                if let Some(dialogue) = self.dialogue(quality.leg) {
                    let quiet = quality.nothing_arrives && !dialogue.leg.held_by_other;
                    if quiet && !std::mem::replace(&mut dialogue.quiet, quiet) {
                        // Registering now shows whether the server is still there.
                        nudge.notify_one();
                    } else if !quiet {
                        dialogue.quiet = false;
                    }
                    // Who has put this side on hold need not send anything.
                    quality.nothing_arrives = quiet;
                    if !dialogue.holds && !dialogue.leg.held_by_other {
                        dialogue.seconds.add(quality);
                    }
                    if let Some(evidence) = dialogue.evidence.as_mut() {
                        evidence.add(quality.levels);
                    }
                    self.tell(LineEvent::Quality(quality));
                }
            }
            media::Told::Dead(leg) => {
                if let Some(dialogue) = self.dialogue(leg)
                    && !dialogue.leg.held_by_other
                    && !dialogue.holds
                {
                    dialogue.call.end();
                    self.ended(leg, Why::Silence, None, "");
                }
            }
            media::Told::Device(change) => self.tell(LineEvent::Device(change)),
            // Only a test of the devices has these.
            media::Told::Playback(..) | media::Told::Levels(_) => {}
        }
    }

    /// Hangs up everything and unregisters.
    async fn end(&mut self) {
        for dialogue in &self.dialogues {
            dialogue.hang_up();
        }
        let legs: Vec<LegId> = self.dialogues.iter().map(|dialogue| dialogue.leg.id).collect();
        for leg in legs {
            self.ended(leg, Why::Here, None, "");
        }
        self.settle();
        if let Some(sip) = self.sip.take() {
            if self.registered {
                attach::leave(&sip).await;
            }
            sip.stop();
        }
    }
}
