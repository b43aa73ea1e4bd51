//! SIP phones on an Asterisk of their own.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use uncall_asterisk::{
    Asterisk, Options,
    device::{Listed, Technology},
};
use uncall_files::Secret;
use uncall_gateway::Settings;
use uncall_recordings::Recordings;

use super::{AGENTS, CALLER, Phones};
use crate::{
    gateway::Gateway,
    lab::{Heard, Lab, Phone, Stage, Tone},
};

/// How long an ear listens before it says what it hears.
const LISTEN: Duration = Duration::from_millis(300);

/// Real phones.
#[derive(Debug)]
pub struct Real {
    phones: Vec<Phone>,
    /// Their PBX.
    pub lab: Lab,
}

impl Real {
    /// How a gateway reaches this PBX, as the user `uncall` or `nosystem`.
    pub fn options(lab: &Lab, user: &str) -> Options {
        Options {
            address: format!("{}:5038", lab.address()),
            user: user.to_owned(),
            secret: Secret::new(Lab::secret(user)),
            tls: None,
            technology: Technology::PjSip,
            extensions: Vec::new(),
            phones: Listed::default(),
            transfer_rings: super::TRANSFER_RINGS,
            phone_rings: Duration::from_secs(20),
            hold_reminder: Duration::from_secs(600),
            without_system: user == "nosystem",
            queue_member: None,
        }
    }

    /// All phones of a PBX.
    pub async fn on(lab: Lab) -> Result<Real> {
        let mut phones = futures::future::try_join_all(AGENTS.map(|exten| lab.phone(exten))).await?;
        phones.push(lab.customer().await?);
        Ok(Real { phones, lab })
    }

    /// After a start the gateway lists everything again, the last time after 15 s. A scenario that begins before is healed by that
    /// list; this waits until events alone tell the gateway what happens.
    pub async fn settled() {
        tokio::time::sleep(Duration::from_secs(17)).await;
    }

    /// A gateway on this PBX, with its recordings.
    pub async fn gateway(lab: &Lab, options: Options) -> Result<Gateway> {
        let recordings = Recordings::open(&uncall_recordings::Options::Folder(lab.recordings()))?;
        let asterisk = Asterisk::start(options, Some(Arc::clone(&recordings)));
        Gateway::start_with_recordings(asterisk, recordings, Settings::default()).await
    }

    /// The phone of a party.
    pub fn phone(&self, party: &str) -> Result<&Phone> {
        self.phones.iter().find(|phone| phone.number() == party).with_context(|| format!("nobody has {party}"))
    }
}

impl Phones for Real {
    async fn start() -> Result<(Real, Gateway)> {
        let real = Real::on(Lab::start().await?).await?;
        let gateway = Real::gateway(&real.lab, Real::options(&real.lab, "uncall")).await?;
        Ok((real, gateway))
    }

    async fn calls(&self, from: &str, to: &str) -> Result<()> {
        self.phone(from)?.call(to).await?;
        self.phone(to)?.at(Stage::Ringing).await.map(drop)
    }

    async fn tries(&self, from: &str, to: &str) -> Result<()> {
        self.phone(from)?.call(to).await
    }

    async fn answers(&self, party: &str) -> Result<()> {
        self.phone(party)?.answer().await.map(drop)
    }

    async fn hangs_up(&self, party: &str) -> Result<()> {
        self.phone(party)?.hang_up().await
    }

    async fn declines(&self, party: &str) -> Result<()> {
        self.phone(party)?.busy().await
    }

    async fn holds(&self, exten: &str) -> Result<()> {
        self.phone(exten)?.hold().await
    }

    async fn resumes(&self, exten: &str) -> Result<()> {
        self.phone(exten)?.resume().await
    }

    async fn pauses(&self, queue: &str, exten: &str, paused: bool) -> Result<()> {
        let (interface, paused) = (format!("PJSIP/{exten}"), if paused { "true" } else { "false" });
        let action =
            [("Action", "QueuePause"), ("Queue", queue), ("Interface", interface.as_str()), ("Paused", paused)];
        let answer = self.lab.manager("admin").await?.ask(&action).await?;
        ensure!(answer.get("Response") == "Success", "{action:?}: {answer:?}");
        Ok(())
    }

    async fn unregisters(&self, exten: &str) -> Result<()> {
        self.phone(exten)?.unregister().await
    }

    async fn hears(&self, party: &str) -> Result<Vec<String>> {
        Ok(match self.phone(party)?.hears(LISTEN).await? {
            Heard::Nothing | Heard::Silence => Vec::new(),
            Heard::Tones(tones) => tones.into_iter().map(|tone| word(tone).to_owned()).collect(),
        })
    }

    async fn channel(&self, party: &str) -> Result<String> {
        let begin = format!("PJSIP/{}-", if party == CALLER { "trunk" } else { party });
        let legs = self.lab.manager("viewer").await?.list(&[("Action", "CoreShowChannels")]).await?;
        let leg = legs.iter().map(|leg| leg.get("Channel")).find(|leg| leg.starts_with(&begin));
        leg.map(str::to_owned).with_context(|| format!("{party} has no leg"))
    }

    async fn is_on_hook(&self, party: &str) -> Result<bool> {
        Ok(self.phone(party)?.calls().is_empty())
    }
}

const fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Phone801 => "801",
        Tone::Phone802 => "802",
        Tone::Phone803 => "803",
        Tone::Phone804 => "804",
        Tone::SecondPhone => "second phone",
        Tone::ThirdPhone => "third phone",
        Tone::Customer => CALLER,
        Tone::OtherCustomer => "other customer",
        Tone::Music => "music",
        Tone::Transferring => "transferring",
        Tone::BusyPrompt => "busy",
        Tone::SurveyPrompt => "survey",
        Tone::ThanksPrompt => "thanks",
    }
}
