//! Our own line as a phone of the lab: what an extension needs on the PBX, a card that sends a tone and listens, and what the line has told.

use std::{
    collections::VecDeque,
    f32::consts::TAU,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject as _};
use uncall_headset::{CaptureEnd, Card, CardError, CardEvent, Device, FRAME, PlaybackEnd, RATE, Running, Wanted};
use uncall_phone::{Leg, LegId, LegState, Line, LineEvent, LineHandle, LineSettings, Secret, Srtp};

use super::{
    Change, Lab,
    deadline::{SOON, until},
    tone::{self, Heard, Tone},
};

/// The extension that registers over UDP.
pub const UDP: &str = "811";
/// Over TCP.
pub const TCP: &str = "812";
/// Over TLS, with encrypted sound.
pub const TLS: &str = "813";
/// Over UDP, a colleague.
pub const COLLEAGUE: &str = "814";

/// What a PBX has that these register at: transports, extensions with every codec, encryption; and a header with the call's uid.
pub fn changes() -> Vec<Change> {
    vec![
        ("pjsip.conf", endpoints),
        ("modules.conf", |text| {
            let more = ["codec_opus_open_source", "res_format_attr_opus", "res_srtp", "app_playtones"];
            more.iter().fold(text, |text, module| format!("{text}load={module}.so\n"))
        }),
        ("extensions.conf", |text| text.replace("[lab-groups]\n", EXTENSIONS)),
    ]
}

/// 871 to 874 ring 811 to 814 with the uid in a header. 875 lets a tone be heard before it is busy. 876 tells which four keys are pressed.
const EXTENSIONS: &str = "[soft-leg]
exten => s,1,Set(PJSIP_HEADER(add,X-Uncall-Uid)=${CHANNEL(linkedid)})
 same => n,Return()
[lab-groups]
exten => _87[1-4],1,Dial(PJSIP/81${EXTEN:2},60,b(soft-leg^s^1))
 same => n,Hangup()
exten => 876,1,Answer()
 same => n,Read(KEYS,,4,,1,60)
 same => n,UserEvent(SoftKeys,Keys: ${KEYS})
 same => n,Hangup()
exten => 875,1,Progress()
 same => n,Playtones(1790)
 same => n,Wait(30)
 same => n,Hangup(17)
";

fn endpoints(mut text: String) -> String {
    let address = text.split("bind=").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or_default().to_owned();
    text.push_str(&format!(
        "[tcp]\ntype=transport\nprotocol=tcp\nbind={address}:5060\n\
         [tls]\ntype=transport\nprotocol=tls\nbind={address}:5061\ncert_file=@RUN@/etc/ami.crt\npriv_key_file=@RUN@/etc/ami.key\n\
         method=tlsv1_2\n\
         [soft](!)\ntype=endpoint\ncontext=from-internal\ndisallow=all\nallow=opus,g722,alaw,ulaw\ndirect_media=no\n\
         dtmf_mode=rfc4733\nrtp_symmetric=yes\nrewrite_contact=yes\nforce_rport=yes\nmedia_address={address}\n\
         bind_rtp_to_media_address=yes\nmoh_suggest=uncall-hold\nsend_pai=yes\ntrust_id_outbound=yes\n"
    ));
    for (exten, more) in [(UDP, ""), (TCP, ""), (TLS, "media_encryption=sdes\n"), (COLLEAGUE, "")] {
        text.push_str(&format!(
            "[{exten}](soft)\n{more}auth={exten}\naors={exten}\ncallerid=Agent {exten} <{exten}>\n\
             [{exten}](auth)\nusername={exten}\npassword=pw{exten}\n[{exten}](aor)\nminimum_expiration=10\n"
        ));
    }
    text
}

/// A line, and what it has told.
#[derive(Debug)]
pub struct Softphone {
    /// To ask it by.
    pub line: LineHandle,
    told: Arc<Mutex<Vec<LineEvent>>>,
    ear: Arc<Mutex<VecDeque<f32>>>,
}

impl Softphone {
    /// Starts the line of an extension with this secret, and does not wait for anything.
    pub fn start_with(lab: &Lab, exten: &str, secret: &str, tone: Tone) -> Result<Softphone> {
        let address = lab.address();
        let registrar = match exten {
            TCP => format!("sip:{address};transport=tcp"),
            TLS => format!("sips:{address}"),
            _ => format!("sip:{address}"),
        };
        let mut settings = LineSettings::new(registrar.parse()?, exten, Secret::new(secret));
        settings.srtp = Srtp::WithTls;
        settings.trust = Some(trust(&lab.manager_certificate())?);
        let ear = Arc::default();
        let card = Toned { tone, ear: Arc::clone(&ear) };
        let (line, mut events) = Line::start(settings, Box::new(card))?;
        let told = Arc::<Mutex<Vec<LineEvent>>>::default();
        let tells = Arc::clone(&told);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                tells.lock().unwrap_or_else(PoisonError::into_inner).push(event);
            }
        });
        Ok(Softphone { line, told, ear })
    }

    /// Starts the line of an extension and waits until it is registered.
    pub async fn start(lab: &Lab, exten: &str, tone: Tone) -> Result<Softphone> {
        let phone = Softphone::start_with(lab, exten, &format!("pw{exten}"), tone)?;
        phone.until("registered", |event| (*event == LineEvent::Registered).then_some(())).await?;
        Ok(phone)
    }

    /// What was told so far.
    pub fn told(&self) -> Vec<LineEvent> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was told so far.
    pub fn forget(&self) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits for something that is told, or was told since it was last forgotten.
    pub async fn until<T>(&self, what: &str, look: impl Fn(&LineEvent) -> Option<T>) -> Result<T> {
        let waited = until(what, 4 * SOON, async || Ok(self.told().iter().find_map(&look))).await;
        waited.with_context(|| {
            format!("told: {:?}", self.told().iter().filter(|event| !trifle(event)).collect::<Vec<_>>())
        })
    }

    /// Waits for a call that stands so.
    pub async fn leg(&self, state: LegState) -> Result<Leg> {
        self.leg_where(&format!("a call that is {state:?}"), |leg| leg.state == state).await
    }

    /// Waits until a call stands so.
    pub async fn is(&self, id: LegId, state: LegState) -> Result<Leg> {
        self.leg_where(&format!("{id:?} is {state:?}"), |leg| leg.id == id && leg.state == state).await
    }

    /// Waits for a call that is so, as it was told last.
    pub async fn leg_where(&self, what: &str, look: impl Fn(&Leg) -> bool) -> Result<Leg> {
        let waited = until(what, 4 * SOON, async || Ok(self.legs().into_iter().find(&look))).await;
        waited.with_context(|| format!("calls: {:?}", self.legs()))
    }

    /// All calls since it was last forgotten, as they were told last.
    pub fn legs(&self) -> Vec<Leg> {
        let mut legs: Vec<Leg> = Vec::new();
        for event in self.told() {
            if let LineEvent::Leg(leg) = event {
                legs.retain(|known| known.id != leg.id);
                legs.push(*leg);
            }
        }
        legs
    }

    /// Waits until it hears exactly this.
    pub async fn until_hears(&self, wanted: &Heard) -> Result<()> {
        let mut last = Heard::Nothing;
        let end = Instant::now() + 2 * SOON;
        while Instant::now() < end {
            self.ear().clear();
            let filled = until("sound", SOON, async || Ok((self.ear().len() >= WINDOW).then_some(())));
            filled.await.context("the card plays nothing")?;
            last = Heard::in_samples(&thinned(&self.ear().iter().copied().collect::<Vec<f32>>()));
            if last == *wanted {
                return Ok(());
            }
        }
        bail!("it was to hear {wanted:?} and hears {last:?}")
    }

    fn ear(&self) -> std::sync::MutexGuard<'_, VecDeque<f32>> {
        self.ear.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn trifle(event: &LineEvent) -> bool {
    matches!(event, LineEvent::Quality(_) | LineEvent::Device(_))
}

/// Long enough to tell the tones apart: 300 ms.
const WINDOW: usize = FRAME * 30;

/// As many samples a second as the lab's ears have.
fn thinned(sound: &[f32]) -> Vec<i16> {
    let sixth = RATE as usize / tone::RATE;
    sound.chunks(sixth).map(|part| (part.iter().sum::<f32>() / part.len() as f32 * 32_767.0) as i16).collect()
}

fn trust(certificate: &Path) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).context("a certificate")?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// A card that says a tone, by this machine's clock, and keeps the last that it was given to play.
struct Toned {
    tone: Tone,
    ear: Arc<Mutex<VecDeque<f32>>>,
}

impl Card for Toned {
    fn devices(&self) -> Result<Vec<Device>, CardError> {
        Ok(Vec::new())
    }

    fn record(&self, _: Wanted, mut end: CaptureEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        let _ = events.send(CardEvent::Runs { captures: true, device: None });
        let (step, mut at) = (self.tone.frequency() as f32 * TAU / RATE as f32, 0u32);
        Ok(every_ten_milliseconds(move || {
            let frame: Vec<f32> = (0..FRAME as u32).map(|n| 0.3 * ((at + n) as f32 * step).sin()).collect();
            // Whole periods of every whole frequency.
            at = (at + FRAME as u32) % RATE;
            end.put(&frame);
        }))
    }

    fn play(&self, _: Wanted, mut end: PlaybackEnd, events: Sender<CardEvent>) -> Result<Running, CardError> {
        let _ = events.send(CardEvent::Runs { captures: false, device: None });
        let ear = Arc::clone(&self.ear);
        Ok(every_ten_milliseconds(move || {
            let mut frame = [0f32; FRAME];
            end.fill(&mut frame);
            let mut ear = ear.lock().unwrap_or_else(PoisonError::into_inner);
            ear.extend(frame);
            let over = ear.len().saturating_sub(2 * WINDOW);
            ear.drain(..over);
        }))
    }
}

/// Runs something until what is given is dropped. What was missed is made up for, as a card's clock does not wait.
fn every_ten_milliseconds(mut what: impl FnMut() + Send + 'static) -> Running {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    thread::spawn(move || {
        let mut next = Instant::now();
        while !stopped.load(Ordering::Relaxed) {
            what();
            next += Duration::from_millis(10);
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    });
    Running::until(Stop(stop))
}

struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
