//! Two gateways on one PBX, and the desks that use them. One of the gateways is killed while there are calls in every state.
//!
//! The traffic is the judge: each call that rang at a desk must have popped up there once, whichever gateway reported it.

pub mod wire;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use uncall_client::{Client, Settings};
use uncall_contract::{Extension, Request};
use uncall_desk::{
    Handle, Options, Shell,
    effect::Notification,
    snapshot::{Mood, Snapshot},
};
use uncall_gateway::{
    pbx::{Gesture, Hands, Pbx},
    simulator::{self, Simulator},
};

use crate::gateway::Gateway;
use wire::{State, Wire};

/// The desks' extensions. The first half is called, and transfers to the second half.
const EXTENSIONS: [&str; 8] = ["801", "802", "803", "804", "805", "806", "807", "808"];
const CALLED: usize = 4;
/// How long a server may be silent before a desk changes to the other one. A panel waits six times as long, but then ten kills
/// would take a minute.
const PATIENCE: Duration = Duration::from_millis(400);
/// The time limit for things that have to happen. Their speed is measured, but not judged here.
const AMPLE: Duration = Duration::from_secs(30);

/// The counts of a history.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// How often one of the two was killed.
    pub kills: usize,
    /// Calls that rang at a desk.
    pub offers: usize,
    /// Those that began to ring while a gateway was down.
    pub meanwhile: usize,
    /// The longest time from the start of such a call to its pop-up.
    pub slowest: Duration,
}

impl Tally {
    /// Adds the counts of another history.
    pub fn add(&mut self, other: Tally) {
        let Tally { kills, offers, meanwhile, slowest } = other;
        self.kills += kills;
        self.offers += offers;
        self.meanwhile += meanwhile;
        self.slowest = self.slowest.max(slowest);
    }
}

/// The state of a call at a kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Nothing,
    Rings,
    Talks,
    HeldAtPhone,
    Held,
    Transferring,
    Over,
}

const STEPS: [Step; 7] =
    [Step::Nothing, Step::Rings, Step::Talks, Step::HeldAtPhone, Step::Held, Step::Transferring, Step::Over];

struct Floor {
    simulator: Arc<Simulator>,
    gateways: [Gateway; 2],
    wires: [Wire; 2],
    desks: Vec<Desk>,
    random: fastrand::Rng,
    /// Each call that rang, and at which desk.
    offers: Vec<(usize, String)>,
    tally: Tally,
}

struct Desk {
    exten: &'static str,
    announced: Announced,
    handle: Handle,
}

/// Kills one of two gateways this many times, with calls in states chosen by `seed`.
///
/// # Errors
/// With what was lost or doubled.
pub async fn history(seed: u64, kills: usize) -> Result<Tally> {
    let mut floor = Floor::open(seed).await?;
    for kill in 0..kills {
        floor.kill().await.with_context(|| format!("kill {kill} of seed {seed}"))?;
    }
    floor.judge()?;
    for desk in &floor.desks {
        desk.handle.stop().await;
    }
    Ok(floor.tally)
}

impl Floor {
    async fn open(seed: u64) -> Result<Floor> {
        let simulator = Simulator::start(simulator::Options { control: true, ..simulator::Options::default() });
        let gateways = [Gateway::start_on(simulator.clone()).await?, Gateway::start_on(simulator.clone()).await?];
        let wires = [Wire::to(gateways[0].address).await?, Wire::to(gateways[1].address).await?];
        let desks = EXTENSIONS.map(|exten| {
            let announced = Announced::default();
            let client = client(&wires, PATIENCE)?;
            let extension = Extension::parse(exten)?;
            let handle = uncall_desk::spawn(client, extension, Options::default(), Vec::new(), announced.clone());
            anyhow::Ok(Desk { exten, announced, handle })
        });
        let desks = desks.into_iter().collect::<Result<_>>()?;
        let random = fastrand::Rng::with_seed(seed);
        Ok(Floor { simulator, gateways, wires, desks, random, offers: Vec::new(), tally: Tally::default() })
    }

    const fn wire(&self, first: bool) -> &Wire {
        let [one, two] = &self.wires;
        if first { one } else { two }
    }

    fn hands(&self) -> Result<&dyn Hands> {
        self.simulator.hands().context("the simulator has no hands")
    }

    /// One kill. Begins and ends with all phones on the hook.
    async fn kill(&mut self) -> Result<()> {
        let mut steps = Vec::new();
        for desk in 0..CALLED {
            let step = self.random.choice(STEPS).unwrap_or(Step::Nothing);
            self.bring_to(desk, step).await.with_context(|| format!("{step:?} at {}", exten(desk)))?;
            steps.push(step);
        }
        let dead = self.random.bool();
        let state = if self.random.bool() { State::Cut } else { State::Silent };
        self.wire(dead).set(state);
        self.tally.kills += 1;
        sleep(PATIENCE.mul_f64(2.0 * self.random.f64())).await;
        for (desk, step) in steps.into_iter().enumerate() {
            self.go_on(desk, step)?;
        }
        self.all_seen().await?;
        self.wire(dead).set(State::Whole);
        // Half of the time this is long enough for the desks to return to it before the next kill.
        sleep(PATIENCE.mul_f64(6.0 * self.random.f64())).await;
        self.rest().await
    }

    /// Brings a call at this desk into this state, and waits until the desk knows.
    async fn bring_to(&mut self, desk: usize, step: Step) -> Result<()> {
        if step == Step::Nothing {
            return Ok(());
        }
        let uid = self.offer(desk)?;
        self.seen(desk, &uid).await?;
        if step == Step::Rings {
            return Ok(());
        }
        let exten = exten(desk);
        self.hands()?.extension(exten, Gesture::Answer)?;
        match step {
            Step::HeldAtPhone => self.hands()?.extension(exten, Gesture::Hold)?,
            Step::Held => self.ask(&Request::Hold { exten: exten.into(), uid: None }).await?,
            Step::Transferring => {
                let target = CALLED + desk;
                let to = self::exten(target);
                let request = Request::Transfer { agent: exten.into(), target: to.into(), uid: None };
                // The answer comes when the target picks up, which may never happen.
                let client = self.straight()?;
                tokio::spawn(async move { client.call(&request).await });
                self.until("the transfer rings", |floor| Ok(floor.rings(to))).await?;
                self.offers.push((target, uid));
                self.tally.offers += 1;
            }
            Step::Over => self.hands()?.extension(exten, Gesture::HangUp)?,
            Step::Nothing | Step::Rings | Step::Talks => {}
        }
        Ok(())
    }

    /// Continues the call at this desk while a gateway is down.
    fn go_on(&mut self, desk: usize, step: Step) -> Result<()> {
        let exten = exten(desk);
        let go = self.random.bool();
        match step {
            Step::Nothing | Step::Over => {
                self.offer(desk)?;
                self.tally.meanwhile += 1;
            }
            Step::Rings if go => self.hands()?.extension(exten, Gesture::Answer)?,
            Step::Talks if go => self.hands()?.extension(exten, Gesture::HangUp)?,
            Step::HeldAtPhone if go => self.hands()?.extension(exten, Gesture::Resume)?,
            Step::Transferring if go => self.hands()?.extension(self::exten(CALLED + desk), Gesture::Answer)?,
            Step::Rings | Step::Talks | Step::HeldAtPhone | Step::Held | Step::Transferring => {}
        }
        Ok(())
    }

    fn offer(&mut self, desk: usize) -> Result<String> {
        let uid = self.hands()?.call(&caller(self.offers.len()), exten(desk))?.to_string();
        self.offers.push((desk, uid.clone()));
        self.tally.offers += 1;
        Ok(uid)
    }

    /// A client connected directly to a gateway, because the history's own verbs are not under test.
    fn straight(&self) -> Result<Client> {
        Ok(Client::new(Settings::new(self.gateways[0].wsdl().parse()?))?)
    }

    async fn ask(&self, request: &Request) -> Result<()> {
        let outcome = self.straight()?.call(request).await?;
        outcome.map(drop).map_err(|refusal| anyhow::anyhow!("{request:?} was refused: {}", refusal.message))
    }

    /// Whether the extension's phone rings, according to the PBX.
    fn rings(&self, exten: &str) -> bool {
        let Ok(hands) = self.hands() else { return false };
        let state = hands.state();
        let calls = state.get("calls").and_then(Value::as_array).into_iter().flatten();
        let mut legs = calls.filter_map(|call| call.get("legs")?.as_array()).flatten();
        let says = |leg: &Value, name: &str, value: &str| leg.get(name).is_some_and(|said| said == value);
        legs.any(|leg| says(leg, "party", exten) && says(leg, "place", "ringing"))
    }

    fn has_told(&self, desk: usize, uid: &str) -> bool {
        self.desks.get(desk).is_some_and(|desk| desk.announced.has(uid))
    }

    /// Waits until this call has popped up at this desk.
    async fn seen(&mut self, desk: usize, uid: &str) -> Result<()> {
        let began = Instant::now();
        self.until(&format!("{uid} pops up"), |floor| Ok(floor.has_told(desk, uid))).await?;
        self.tally.slowest = self.tally.slowest.max(began.elapsed());
        Ok(())
    }

    /// Waits until each call that has rung has popped up at its desk. Those still ringing go on ringing.
    async fn all_seen(&mut self) -> Result<()> {
        let began = Instant::now();
        self.until("every call pops up", |floor| Ok(floor.offers.iter().all(|(desk, uid)| floor.has_told(*desk, uid))))
            .await?;
        self.tally.slowest = self.tally.slowest.max(began.elapsed());
        Ok(())
    }

    /// Hangs everybody up, and waits until every desk knows.
    async fn rest(&mut self) -> Result<()> {
        self.until("every phone and desk is at rest", |floor| {
            for exten in EXTENSIONS {
                // Refused if there is nothing to end.
                let hands = floor.hands()?;
                let _ = hands.extension(exten, Gesture::Decline);
                let _ = hands.extension(exten, Gesture::Resume);
                let _ = hands.extension(exten, Gesture::HangUp);
            }
            let hands = floor.hands()?;
            for number in floor.offers.len().saturating_sub(2 * CALLED)..floor.offers.len() {
                let _ = hands.number(&caller(number), Gesture::HangUp);
            }
            let calls = hands.state().get("calls").and_then(Value::as_array).map_or(0, Vec::len);
            Ok(calls == 0 && floor.desks.iter().all(|desk| desk.handle.snapshot().calls.is_empty()))
        })
        .await
    }

    /// Checks that each call that rang has popped up once.
    fn judge(&self) -> Result<()> {
        for (place, desk) in self.desks.iter().enumerate() {
            let mut rang: Vec<&str> =
                self.offers.iter().filter(|(at, _)| *at == place).map(|(_, uid)| &**uid).collect();
            let pops = desk.announced.look(|announced| announced.clone());
            let mut popped: Vec<&str> = pops.keys().map(|uid| &**uid).collect();
            rang.sort_unstable();
            popped.sort_unstable();
            ensure!(rang == popped, "{}: rang {rang:?}, popped {popped:?}", desk.exten);
            let twice: Vec<_> = pops.iter().filter(|(_, times)| **times != 1).collect();
            ensure!(twice.is_empty(), "{}: announced more than once: {twice:?}", desk.exten);
        }
        Ok(())
    }

    async fn until(&self, what: &str, mut done: impl FnMut(&Floor) -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + AMPLE;
        while !done(self)? {
            if Instant::now() >= deadline {
                let desks = self.desks.iter().map(|desk| desk.handle.snapshot());
                let shown: Vec<_> = desks.map(|desk| (desk.connection.state, desk.calls.len())).collect();
                bail!("not in {AMPLE:?}: {what}; the desks show {shown:?}");
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

/// A client of the gateways behind these wires, which prefers the first.
///
/// # Errors
/// Never with the addresses of wires.
pub fn client(wires: &[Wire; 2], patience: Duration) -> Result<Client> {
    let wsdl = |wire: &Wire| format!("http://{}/uncall_services_api/index.php?wsdl", wire.address).parse();
    let further = vec![wsdl(&wires[1])?];
    Ok(Client::new(Settings { patience, further, ..Settings::new(wsdl(&wires[0])?) })?)
}

fn exten(desk: usize) -> &'static str {
    EXTENSIONS.get(desk).copied().unwrap_or_default()
}

fn caller(offer: usize) -> String {
    format!("1342182{:04}", offer % 10_000)
}

/// Counts how often each call was announced. A pop-up that returns after an outage announces nothing.
#[derive(Debug, Clone, Default)]
pub struct Announced(Arc<Mutex<HashMap<String, usize>>>);

impl Announced {
    /// By uid, how often.
    pub fn look<T>(&self, look: impl FnOnce(&mut HashMap<String, usize>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn has(&self, uid: &str) -> bool {
        self.look(|announced| announced.contains_key(uid))
    }
}

impl Shell for Announced {
    fn publish(&mut self, _: &Arc<Snapshot>) {}

    fn popup(&mut self, _: &str) {}

    fn close_popup(&mut self, _: &str) {}

    fn notify(&mut self, notification: &Notification) {
        self.look(|announced| *announced.entry(notification.uid.clone()).or_default() += 1);
    }

    fn close_notification(&mut self, _: &str) {}

    fn tray(&mut self, _: Mood) {}
}
