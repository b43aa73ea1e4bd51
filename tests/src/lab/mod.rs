//! A real Asterisk with real phones, on a loopback address of its own.
//!
//! - [`Lab`]: one PBX: start, stop, kill, restart; its phones, customers, recordings;
//! - [`Phone`]: a phone (baresip) in the tests' hands, with ears that tell tones apart;
//! - [`softphone`]: our own line as such a phone;
//! - [`Stranger`]: a caller whose name may be anything;
//! - [`Manager`]: a hand on the manager interface, which writes down what it sees;
//! - [`until`]: waiting with a deadline.

mod address;
mod configuration;
mod deadline;
mod decliner;
mod distribution;
mod manager;
mod phone;
mod process;
pub mod scenarios;
pub mod softphone;
mod stranger;
mod tone;

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tokio::net::{TcpStream, UnixStream};

use address::Lease;
use decliner::Says;
use distribution::Distribution;
use process::Process;

pub use address::STANDING;
pub use deadline::{SOON, until};
pub use decliner::Decliner;
pub use distribution::folder;
pub use manager::{Manager, Message};
pub use phone::{Call, Phone, Stage};
pub use stranger::Stranger;
pub use tone::{Heard, Tone};

const MANAGER_PORT: u16 = 5038;

/// The customer whose phone is rung for outside numbers.
pub const CUSTOMER: &str = "13632510278";
/// A customer who only calls in.
pub const OTHER_CUSTOMER: &str = "13421829060";
/// An outside number that is always busy.
pub const BUSY_NUMBER: &str = "13700000001";
/// An outside number where nobody answers.
pub const SILENT_NUMBER: &str = "13700000002";

/// A PBX. Dropping it ends everything that belongs to it.
#[derive(Debug)]
pub struct Lab {
    run: PathBuf,
    extensions: Vec<String>,
    distribution: Distribution,
    asterisk: Option<Process>,
    lease: Lease,
    changes: Vec<Change>,
}

/// A file of the configuration, and what is made of its text, in which `@RUN@` stands for the lab's folder.
pub type Change = (&'static str, fn(String) -> String);

impl Lab {
    /// Starts one with the extensions 801 to 804, on a free address.
    pub async fn start() -> Result<Lab> {
        Lab::start_with(4).await
    }

    /// The same with this many extensions from 801 on, at most 90.
    pub async fn start_with(extensions: u16) -> Result<Lab> {
        Lab::start_on(Lease::any()?, extensions, Vec::new()).await
    }

    /// The same as [`start`](Lab::start) with a configuration that is another one from the first start on.
    pub async fn start_changed(changes: Vec<Change>) -> Result<Lab> {
        Lab::start_on(Lease::any()?, 4, changes).await
    }

    /// The one that `lab up` leaves running.
    pub async fn start_standing() -> Result<Lab> {
        Lab::start_on(Lease::of(STANDING)?, 4, Vec::new()).await
    }

    async fn start_on(lease: Lease, extensions: u16, changes: Vec<Change>) -> Result<Lab> {
        let distribution = Distribution::unpacked().await?;
        let run = folder()?.join("run").join(lease.address.to_string());
        if run.exists() {
            fs::remove_dir_all(&run)?;
        }
        let extensions = (1..=extensions.min(90)).map(|number| (800 + number).to_string()).collect();
        let mut lab = Lab { run, extensions, distribution, asterisk: None, lease, changes };
        lab.boot().await?;
        Ok(lab)
    }

    /// Starts Asterisk after [`stop`](Lab::stop) or [`kill`](Lab::kill), with what it remembered.
    pub async fn boot(&mut self) -> Result<()> {
        configuration::write(&self.run, self.address(), &self.extensions, &self.distribution)?;
        for (name, change) in &self.changes {
            let file = self.run.join("etc").join(name);
            let text = if file.exists() { fs::read_to_string(&file)? } else { String::new() };
            fs::write(&file, change(text).replace("@RUN@", &self.run.to_string_lossy()))?;
        }
        let (program, mut arguments) = self.distribution.asterisk()?;
        let file = self.run.join("etc/asterisk.conf").to_string_lossy().into_owned();
        arguments.extend(["-f".into(), "-C".into(), file]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.asterisk = Some(Process::start(&self.run, "asterisk.out", &program, &arguments)?);
        let booted = until("Asterisk is up", 4 * SOON, async || {
            let Ok(mut admin) = self.manager("admin").await else { return Ok(None) };
            let answer = admin.ask(&[("Action", "Command"), ("Command", "core waitfullybooted")]).await?;
            Ok(answer.get("Output").contains("fully booted").then_some(()))
        });
        booted.await.with_context(|| format!("see {}/log/full", self.run.display()))
    }

    /// Ends Asterisk as an administrator does: calls are hung up, the manager's users are told.
    pub async fn stop(&mut self) -> Result<()> {
        let mut admin = self.manager("admin").await?;
        // It may be gone before it has answered.
        admin.ask(&[("Action", "Command"), ("Command", "core stop now")]).await.ok();
        until("Asterisk has stopped", SOON, async || {
            Ok(UnixStream::connect(self.run.join("run/asterisk.ctl")).await.is_err().then_some(()))
        })
        .await?;
        self.kill().await
    }

    /// Ends Asterisk at once, as a power cut does.
    pub async fn kill(&mut self) -> Result<()> {
        match self.asterisk.take() {
            Some(mut asterisk) => asterisk.kill().await,
            None => Ok(()),
        }
    }

    /// Where it listens: SIP on 5060, the manager on 5038, with TLS on 5039.
    pub fn address(&self) -> Ipv4Addr {
        self.lease.address
    }

    /// The extensions that it knows.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The folder of everything that belongs to it.
    pub fn folder(&self) -> &Path {
        &self.run
    }

    /// The folder that the calls are recorded into.
    pub fn recordings(&self) -> PathBuf {
        self.run.join("spool/monitor")
    }

    /// The folder of the prompts.
    pub fn prompts(&self) -> PathBuf {
        self.run.join("sounds")
    }

    /// The certificate of the manager's port 5039.
    pub fn manager_certificate(&self) -> PathBuf {
        configuration::authority(&self.run.join("etc"))
    }

    /// The secret of a manager's user: `admin`, `uncall`, `nosystem`, `viewer`.
    pub fn secret(user: &str) -> String {
        format!("lab{user}")
    }

    /// Logs in as that user.
    pub async fn manager(&self, user: &str) -> Result<Manager> {
        Manager::login((self.address(), MANAGER_PORT), user, &Lab::secret(user)).await
    }

    /// Whether Asterisk takes connections.
    pub async fn reachable(&self) -> bool {
        TcpStream::connect((self.address(), MANAGER_PORT)).await.is_ok()
    }

    /// Starts the phone of an extension and waits until it is registered.
    pub async fn phone(&self, exten: &str) -> Result<Phone> {
        Phone::extension(&self.run, self.address(), exten).await
    }

    /// Adds an endpoint that registers from so many places at once.
    pub async fn endpoint(&self, name: &str, contacts: u8) -> Result<()> {
        let file = self.run.join("etc/pjsip.conf");
        let text = fs::read_to_string(&file)? + &configuration::endpoint(name, contacts);
        fs::write(file, text)?;
        self.command("module reload res_pjsip.so").await?;
        until(&format!("the endpoint {name} is there"), SOON, async || {
            let answer = self.command(&format!("pjsip show endpoint {name}")).await?;
            Ok((!answer.contains("Unable to find")).then_some(()))
        })
        .await
    }

    /// Replaces a file of the configuration's folder, and has Asterisk take it up by this command.
    pub async fn configure(&self, name: &str, change: impl FnOnce(String) -> String, command: &str) -> Result<()> {
        let file = self.run.join("etc").join(name);
        fs::write(&file, change(fs::read_to_string(&file)?))?;
        self.command(command).await.map(drop)
    }

    /// Carries out a command of Asterisk's console, and gives what it says.
    pub async fn command(&self, command: &str) -> Result<String> {
        let mut admin = self.manager("admin").await?;
        Ok(admin.ask(&[("Action", "Command"), ("Command", command)]).await?.all("Output").join("\n"))
    }

    /// Starts the phone of an endpoint that was added, the `place`th of such phones, and waits until it is registered.
    pub async fn phone_of(&self, name: &str, place: u16, tone: Tone) -> Result<Phone> {
        Phone::further(&self.run, self.address(), name, place, tone).await
    }

    /// Starts the phone of the outside numbers, [`CUSTOMER`] first; it calls in from that one. [`BUSY_NUMBER`] is busy by
    /// itself.
    pub async fn customer(&self) -> Result<Phone> {
        Phone::outside(&self.run, self.address(), &[CUSTOMER, BUSY_NUMBER, SILENT_NUMBER], 15900).await
    }

    /// Starts the phone of [`OTHER_CUSTOMER`], who only calls in.
    pub async fn other_customer(&self) -> Result<Phone> {
        Phone::outside(&self.run, self.address(), &[OTHER_CUSTOMER], 15904).await
    }

    /// Registers something that declines every call (603) in place of an extension's phone.
    pub async fn decliner(&self, exten: &str) -> Result<Decliner> {
        Decliner::start(&self.run, self.address(), exten, Says::No).await
    }

    /// Registers something that says 183 and no 180 in place of an extension's phone, until the caller gives up.
    pub async fn early(&self, exten: &str) -> Result<Decliner> {
        Decliner::start(&self.run, self.address(), exten, Says::Early).await
    }
}
