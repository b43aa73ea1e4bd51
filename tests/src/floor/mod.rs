//! The same working day on either PBX: one gateway, asked over SOAP and watched over its push stream, and phones that tests hold
//! in their hands. [`Simulated`] phones are the simulator's, [`Real`] ones are SIP phones on an Asterisk, which hear tones.

mod cutter;
mod process;
mod real;
mod requests;
mod simulated;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{task::JoinHandle, time::Instant};
use uncall_client::{Client, Observation, Settings, Watch};
use uncall_contract::{
    Call, Extension, Outcome, Reply, Request,
    event::{Event, Snapshot},
};

pub use cutter::{Cutter, Moment};
pub use process::Process;
pub use real::Real;
pub use requests::*;
pub use simulated::Simulated;

use crate::{gateway::Gateway, lab::CUSTOMER};

/// The customer, who calls in and is called.
pub const CALLER: &str = CUSTOMER;
/// The agents.
pub const AGENTS: [&str; 4] = ["801", "802", "803", "804"];
/// How long a transfer's target rings.
const TRANSFER_RINGS: Duration = Duration::from_secs(3);
/// How long a queue rings one of its members.
const QUEUE_RINGS: Duration = Duration::from_secs(8);
/// How long anything may take that is not waited for on purpose.
pub const SOON: Duration = Duration::from_secs(20);

/// Phones in the tests' hands. A party is an extension or [`CALLER`].
#[expect(async_fn_in_trait, reason = "tests await these where they stand")]
pub trait Phones: Sized {
    /// The phones of [`AGENTS`] and of [`CALLER`], all on the hook, and a gateway on their PBX.
    async fn start() -> Result<(Self, Gateway)>;
    /// `from` calls `to`, which rings when this is done.
    async fn calls(&self, from: &str, to: &str) -> Result<()>;
    /// The same, whether anything rings or not.
    async fn tries(&self, from: &str, to: &str) -> Result<()>;
    /// Waits until the party's phone rings, and picks up.
    async fn answers(&self, party: &str) -> Result<()>;
    /// Puts the receiver down.
    async fn hangs_up(&self, party: &str) -> Result<()>;
    /// Waits until the party's phone rings, and says that it is busy.
    async fn declines(&self, party: &str) -> Result<()>;
    /// Presses the phone's own hold key in the conversation.
    async fn holds(&self, exten: &str) -> Result<()>;
    /// Takes the call back that the phone's own key holds, unless the phone has done so by itself.
    async fn resumes(&self, exten: &str) -> Result<()>;
    /// A supervisor pauses an extension in a queue, or takes that back.
    async fn pauses(&self, queue: &str, exten: &str, paused: bool) -> Result<()>;
    /// Takes an idle phone off the PBX's register.
    async fn unregisters(&self, exten: &str) -> Result<()>;
    /// What the party hears right now: parties, `music`, `transferring`, `busy`, `survey`. A ringback tone counts as nothing.
    async fn hears(&self, party: &str) -> Result<Vec<String>>;
    /// The name of the one leg that the party has.
    async fn channel(&self, party: &str) -> Result<String>;
    /// Whether the party has no call and nothing rings.
    async fn is_on_hook(&self, party: &str) -> Result<bool>;
}

/// A gateway, its phones, and what its streams have told.
pub struct Floor<P> {
    /// The hands.
    pub phones: P,
    /// The gateway.
    pub gateway: Gateway,
    client: Client,
    told: Vec<(&'static str, Arc<Mutex<Vec<String>>>)>,
    watches: Watches,
}

#[derive(Default)]
struct Watches(Vec<JoinHandle<()>>);

impl Drop for Watches {
    fn drop(&mut self) {
        for watch in &self.0 {
            watch.abort();
        }
    }
}

impl<P: Phones> Floor<P> {
    /// Everybody is on the hook, and the streams are open.
    pub async fn start() -> Result<Floor<P>> {
        let (phones, gateway) = P::start().await?;
        Floor::with(phones, gateway).await
    }

    /// The same with a gateway and phones that are there.
    pub async fn with(phones: P, gateway: Gateway) -> Result<Floor<P>> {
        let client = Client::new(Settings::new(gateway.wsdl().parse()?))?;
        let mut floor = Floor { phones, gateway, client, told: Vec::new(), watches: Watches::default() };
        floor.connected().await?;
        for exten in AGENTS {
            floor.watch(exten).await?;
        }
        Ok(floor)
    }

    async fn watch(&mut self, exten: &'static str) -> Result<()> {
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut watch = self.client.watch(Extension::parse(exten)?);
        while !matches!(watch.next().await.context("the watch has ended")?, Observation::Pushed(Event::Snapshot(_))) {}
        self.told.push((exten, Arc::clone(&told)));
        self.watches.0.push(tokio::spawn(async move {
            while let Some(seen) = watch.next().await {
                let word = match seen {
                    Observation::Pushed(Event::Call(call)) => {
                        let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                        let state = serde_json::to_value(call.state).map(word).unwrap_or_default();
                        let reason = call.reason.and_then(|reason| serde_json::to_value(reason).ok()).map(word);
                        reason.map_or(state.clone(), |reason| format!("{state} {reason}"))
                    }
                    Observation::Pushed(Event::Presence(presence)) => format!("{:?}", presence.presence).to_lowercase(),
                    Observation::Pushed(Event::Snapshot(_) | Event::Team(_) | Event::Member(_) | Event::Queues(_)) => {
                        "snapshot".to_owned()
                    }
                    Observation::Described(_)
                    | Observation::Connected(_)
                    | Observation::Lost(_)
                    | Observation::Polled(_) => continue,
                };
                told.lock().unwrap_or_else(PoisonError::into_inner).push(word);
            }
        }));
        Ok(())
    }

    /// A client of the gateway.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A new watch of an extension that asks for its queues, too.
    pub fn watch_queues(&self, exten: &str) -> Result<Watch> {
        let settings = Settings { queues: true, ..Settings::new(self.gateway.wsdl().parse()?) };
        Ok(Client::new(settings)?.watch(Extension::parse(exten)?))
    }

    /// What a new stream of the extension begins with.
    pub async fn snapshot(&self, exten: &str) -> Result<Snapshot> {
        let mut watch = self.client.watch(Extension::parse(exten)?);
        loop {
            if let Observation::Pushed(Event::Snapshot(now)) = watch.next().await.context("the watch has ended")? {
                return Ok(now);
            }
        }
    }

    /// The gateway's answer.
    pub async fn ask(&self, request: Request) -> Result<Outcome> {
        Ok(self.client.call(&request).await?)
    }

    /// `Message` of what has to succeed.
    pub async fn ok(&self, request: Request) -> Result<String> {
        match self.ask(request.clone()).await? {
            Ok(Reply::Done { message } | Reply::Dialled { message, .. }) => Ok(message),
            Ok(Reply::Held { channel }) => Ok(channel),
            Ok(Reply::Pong { text }) => Ok(text),
            Ok(Reply::Recording { files }) => Ok(files),
            other => bail!("{request:?}: {other:?}"),
        }
    }

    /// `Message` of what has to be refused.
    pub async fn no(&self, request: Request) -> Result<String> {
        match self.ask(request.clone()).await? {
            Err(refusal) => Ok(refusal.message),
            Ok(done) => bail!("{request:?}: {done:?}"),
        }
    }

    /// It has to be refused with this `Message`.
    pub async fn refused(&self, request: Request, message: &str) -> Result<()> {
        let what = format!("{request:?}");
        let said = self.no(request).await?;
        ensure!(said == message, "{what}: {said:?} instead of {message:?}");
        Ok(())
    }

    /// Asks while the test goes on.
    pub fn begin(&self, request: Request) -> JoinHandle<Result<Outcome>> {
        let client = self.client.clone();
        tokio::spawn(async move { Ok(client.call(&request).await?) })
    }

    /// popEvent.
    pub async fn current(&self, exten: &str) -> Result<Option<Call>> {
        match self.ask(Request::Current { exten: exten.to_owned() }).await? {
            Ok(Reply::Current { call }) => Ok(call),
            other => bail!("popEvent({exten}): {other:?}"),
        }
    }

    /// Caller, called and direction, as popEvent says from its first word: a desk polls until there is a call.
    pub async fn pops(&self, exten: &str, calla: &str, callb: &str, status: &str) -> Result<String> {
        let has_call = async |floor: &Self| Ok(floor.current(exten).await?.is_some());
        self.until(&format!("popEvent({exten}) has a call"), has_call).await?;
        let call = self.current(exten).await?.with_context(|| format!("popEvent({exten}) has no call any more"))?;
        let said = (call.calla.as_str(), call.callb.as_str(), call.status.as_str());
        ensure!(said == (calla, callb, status), "popEvent({exten}): {said:?}");
        Ok(call.uid)
    }

    /// Waits until the stream of an extension has told exactly this.
    pub async fn tells(&self, exten: &str, words: &[&str]) -> Result<()> {
        self.until(&format!("{exten} is told {words:?}"), async |floor| {
            let said = floor.told(exten);
            ensure!(said.len() <= words.len(), "{exten} was told {said:?}");
            Ok(said == words)
        })
        .await
        .with_context(|| format!("{exten} was told {:?}", self.told(exten)))
    }

    /// What the stream of an extension has told.
    pub fn told(&self, exten: &str) -> Vec<String> {
        let told = self.told.iter().find(|(who, _)| *who == exten);
        told.map(|(_, told)| told.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// Waits until the party hears exactly this.
    pub async fn hears(&self, party: &str, sounds: &[&str]) -> Result<()> {
        let mut wanted: Vec<&str> = sounds.to_vec();
        wanted.sort_unstable();
        let last = Mutex::new(Vec::new());
        let what = format!("{party} hears {wanted:?}");
        let heard = self.until(&what, async |floor| {
            let mut heard = floor.phones.hears(party).await?;
            heard.sort_unstable();
            let same = heard == wanted;
            *last.lock().unwrap_or_else(PoisonError::into_inner) = heard;
            Ok(same)
        });
        heard.await.with_context(|| format!("{party} hears {:?}", last.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Waits until the party of a conference hears these others. A mixer that is late gives somebody his own voice, too.
    pub async fn hears_others(&self, party: &str, others: &[&str]) -> Result<()> {
        let what = format!("{party} hears {others:?}");
        self.until(&what, async |floor| {
            let heard = floor.phones.hears(party).await?;
            let told = others.iter().all(|other| heard.iter().any(|sound| sound == other));
            Ok(told && heard.iter().all(|sound| sound == party || others.contains(&sound.as_str())))
        })
        .await
    }

    /// Waits until all of these are on the hook.
    pub async fn on_hook(&self, parties: &[&str]) -> Result<()> {
        for party in parties {
            self.until(&format!("{party} is on the hook"), async |floor| floor.phones.is_on_hook(party).await).await?;
        }
        Ok(())
    }

    /// Waits until these agents are on the hook and their desks have no call: a phone knows a moment earlier than its PBX that its
    /// call is over, and until then the PBX refuses another one.
    pub async fn free(&self, extens: &[&str]) -> Result<()> {
        self.on_hook(extens).await?;
        for exten in extens {
            self.until(&format!("{exten} has no call"), async |floor| Ok(floor.current(exten).await?.is_none()))
                .await?;
        }
        Ok(())
    }

    /// 801 talks with the customer; the call's uid.
    pub async fn talking(&self) -> Result<String> {
        self.phones.calls(CALLER, "801").await?;
        self.phones.answers("801").await?;
        self.tells("801", &["ringing", "talking"]).await?;
        Ok(self.current("801").await?.context("801 has no call")?.uid)
    }

    /// Waits until the gateway has its PBX again.
    pub async fn connected(&self) -> Result<()> {
        self.until("the PBX is connected", async |floor| Ok(floor.no(hold("899")).await? == "Agent not in use")).await
    }

    /// Waits until the gateway has listed what there is for the last time after its start (1, 4 and 15 s after it has connected):
    /// what it loses of the events from here on, no list heals within a minute.
    pub async fn settled(&self) {
        tokio::time::sleep(Duration::from_secs(17)).await;
    }

    /// The same phones with another gateway; the present one goes.
    pub async fn anew(self, gateway: Gateway) -> Result<Floor<P>> {
        let Floor { phones, .. } = self;
        Floor::with(phones, gateway).await
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, so: impl AsyncFn(&Self) -> Result<bool>) -> Result<()> {
        let end = Instant::now() + SOON;
        while !so(self).await? {
            ensure!(Instant::now() < end, "not within {SOON:?}: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}
