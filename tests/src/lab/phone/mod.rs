//! A phone: one baresip process without a sound card, which sends a tone and writes down what it hears.

mod control;
mod hearing;

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};

use super::{
    deadline::{SOON, until},
    process::Process,
    tone::{Heard, Tone},
};
use control::Control;

pub use control::{Call, Stage};

const PROGRAM: &str = "/usr/bin/baresip";
const MODULES: &str = "/usr/lib/baresip/modules";

/// A phone in the tests' hands. It rings until it is told to answer, unless [`auto_answer`](Phone::auto_answer) is on.
/// Dropping it makes it vanish: no goodbye is said.
#[derive(Debug)]
pub struct Phone {
    number: String,
    account: String,
    pbx: Ipv4Addr,
    folder: PathBuf,
    process: Process,
    control: Control,
}

/// Each phone's SIP port. baresip takes the next one as well, and ten thousand above stands its control connection.
const fn port(number: u16) -> u16 {
    15_000 + (number - 800) * 4
}

impl Phone {
    pub(super) async fn extension(run: &Path, pbx: Ipv4Addr, exten: &str) -> Result<Phone> {
        let number: u16 = exten.parse()?;
        let tone = match number {
            801 => Tone::Phone801,
            802 => Tone::Phone802,
            803 => Tone::Phone803,
            _ => Tone::Phone804,
        };
        let accounts =
            [format!("<sip:{exten}@{pbx}>;auth_pass=pw{exten};regint=3600;audio_codecs=pcmu;answermode=manual")];
        let phone = Phone::start(run, pbx, exten, &accounts, port(number), tone).await?;
        phone.registered(true).await?;
        Ok(phone)
    }

    /// One of an endpoint that is named otherwise, or that another phone is registered for as well.
    pub(super) async fn further(run: &Path, pbx: Ipv4Addr, name: &str, place: u16, tone: Tone) -> Result<Phone> {
        let account = format!("<sip:{name}@{pbx}>;auth_pass=pw{name};regint=3600;audio_codecs=pcmu;answermode=manual");
        let folder = format!("{name}-{place}");
        let phone = Phone::start_in(run, pbx, (name, &folder), &[account], port(890 + place), tone).await?;
        phone.registered(true).await?;
        Ok(phone)
    }

    pub(super) async fn outside(run: &Path, pbx: Ipv4Addr, numbers: &[&str], port: u16) -> Result<Phone> {
        let (first, accounts) = (numbers.first().context("a phone needs a number")?, numbers.iter());
        let accounts: Vec<String> = accounts
            .map(|number| format!("<sip:{number}@{pbx}>;regint=0;audio_codecs=pcmu;answermode=manual"))
            .collect();
        let tone = if port == 15900 { Tone::Customer } else { Tone::OtherCustomer };
        Phone::start(run, pbx, first, &accounts, port, tone).await
    }

    async fn start(run: &Path, pbx: Ipv4Addr, name: &str, accounts: &[String], port: u16, tone: Tone) -> Result<Phone> {
        Phone::start_in(run, pbx, (name, name), accounts, port, tone).await
    }

    async fn start_in(
        run: &Path,
        pbx: Ipv4Addr,
        (name, folder): (&str, &str),
        accounts: &[String],
        port: u16,
        tone: Tone,
    ) -> Result<Phone> {
        ensure!(Path::new(PROGRAM).exists(), "baresip is not installed; `cargo xtask lab up` installs it");
        let folder = run.join("phones").join(folder);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let rtp = 30_000 + (port - 15_000) * 4;
        let control = port + 10_000;
        fs::write(
            folder.join("config"),
            format!(
                "poll_method epoll\nsip_listen {pbx}:{port}\nnet_interface {pbx}\nrtp_ports {rtp}-{}\n\
                 call_local_timeout 600\ncall_max_calls 4\naudio_player aubridge,nil\naudio_source ausine,{}\n\
                 audio_alert aubridge,nil\nausrc_srate 48000\nausrc_channels 2\naudio_level no\nsnd_path .\n\
                 module_path {MODULES}\nmodule g711.so\nmodule aubridge.so\nmodule ausine.so\nmodule sndfile.so\n\
                 module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen {pbx}:{control}\n\
                 menu_bell no\nringback_disabled yes\n",
                rtp + 14,
                tone.frequency(),
            ),
        )?;
        fs::write(folder.join("accounts"), accounts.join("\n") + "\n")?;
        fs::write(folder.join("contacts"), "")?;
        let process = Process::start(&folder, "baresip.out", Path::new(PROGRAM), &["-f", "."])?;
        let control = Control::connect((pbx, control)).await.with_context(|| format!("see {}", folder.display()))?;
        let account = accounts.first().cloned().unwrap_or_default();
        Ok(Phone { number: name.to_owned(), account, pbx, folder, process, control })
    }

    /// Its own number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Its calls, in the order in which they began.
    pub fn calls(&self) -> Vec<Call> {
        self.control.calls()
    }

    /// Waits for a call in this stage, and gives it.
    pub async fn at(&self, stage: Stage) -> Result<Call> {
        let what = format!("{} has a call that is {stage:?}", self.number);
        until(&what, SOON, async || Ok(self.calls().into_iter().find(|call| call.stage == stage))).await
    }

    /// Waits until it has no call.
    pub async fn idle(&self) -> Result<()> {
        let what = format!("{} is on the hook", self.number);
        until(&what, SOON, async || Ok(self.calls().is_empty().then_some(()))).await
    }

    /// Calls a number.
    pub async fn call(&self, number: &str) -> Result<()> {
        self.control.command("uafind", &format!("sip:{}@{}", self.number, self.pbx)).await?;
        self.control.command("dial", &format!("sip:{number}@{}", self.pbx)).await
    }

    /// Waits until it rings, and answers; the call may be over again when this returns.
    pub async fn answer(&self) -> Result<()> {
        let call = self.at(Stage::Ringing).await?;
        self.control.command("accept", "").await?;
        let what = format!("{} has answered", self.number);
        until(&what, SOON, async || {
            let rings = self.calls().iter().any(|now| now.id == call.id && now.stage == Stage::Ringing);
            Ok((!rings).then_some(()))
        })
        .await
    }

    /// Waits until it rings, and says that it is busy (486).
    pub async fn busy(&self) -> Result<()> {
        self.at(Stage::Ringing).await?;
        self.hang_up().await
    }

    /// Ends the current call of its own number.
    pub async fn hang_up(&self) -> Result<()> {
        // Of a phone with several numbers, the one that was called last would be meant.
        self.control.command("uafind", &format!("sip:{}@{}", self.number, self.pbx)).await?;
        self.control.command("hangup", "").await
    }

    /// Presses the hold key in the current call.
    pub async fn hold(&self) -> Result<()> {
        self.control.command("hold", "").await
    }

    /// Sends the other party of the current call elsewhere (REFER).
    pub async fn refer(&self, number: &str) -> Result<()> {
        self.control.command("transfer", &format!("sip:{number}@{}", self.pbx)).await
    }

    /// Makes one of its calls the current one.
    pub async fn choose(&self, call: &Call) -> Result<()> {
        self.control.command("callfind", &call.id).await
    }

    /// Brings the other party of the current call together with that of another one (REFER with Replaces), and leaves both.
    /// `tags` are the other call's, the PBX's and the phone's own.
    pub async fn refer_to(&self, other: &Call, tags: (&str, &str)) -> Result<()> {
        let replaces = format!("{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", other.id, tags.0, tags.1).replace('@', "%40");
        self.control.command("transfer", &format!("<sip:{}@{}?Replaces={replaces}>", other.number, self.pbx)).await
    }

    /// Waits until it has one call only, and takes that back if it holds it; it may have done so by itself.
    pub async fn resume(&self) -> Result<()> {
        let what = format!("{} has one call", self.number);
        until(&what, SOON, async || Ok((self.calls().len() == 1).then_some(()))).await?;
        self.control.command("resume", "").await
    }

    /// Whether it answers by itself.
    pub fn auto_answer(&self, on: bool) {
        self.control.auto_answer(on);
    }

    /// Presses a key in the current call.
    pub async fn press(&self, key: char) -> Result<()> {
        self.control.command("sndcode", &key.to_string()).await
    }

    /// Takes itself out of the PBX's register.
    pub async fn unregister(&self) -> Result<()> {
        self.control.command("uadel", &format!("sip:{}@{}", self.number, self.pbx)).await?;
        self.registered(false).await
    }

    /// Puts itself back.
    pub async fn register(&self) -> Result<()> {
        self.control.command("uanew", &self.account).await?;
        self.registered(true).await
    }

    async fn registered(&self, wanted: bool) -> Result<()> {
        let what = format!("{} is registered: {wanted}", self.number);
        until(&what, SOON, async || Ok((self.control.registered() == wanted).then_some(()))).await
    }

    /// What it hears from now on, over this time.
    pub async fn hears(&self, window: Duration) -> Result<Heard> {
        hearing::listen(&self.folder, window).await
    }

    /// Waits until it hears exactly this.
    pub async fn until_hears(&self, wanted: &Heard) -> Result<()> {
        let mut last = Heard::Nothing;
        let end = tokio::time::Instant::now() + SOON;
        while tokio::time::Instant::now() < end {
            last = self.hears(hearing::WINDOW).await?;
            if last == *wanted {
                return Ok(());
            }
        }
        bail!("{} was to hear {wanted:?} and hears {last:?}", self.number)
    }

    /// Ends without a goodbye, as a phone whose cable is pulled; this one does nothing any more. The PBX takes it off its call
    /// after ten seconds without sound, and knows it as registered for an hour.
    pub async fn vanish(&mut self) -> Result<()> {
        self.process.kill().await
    }
}
