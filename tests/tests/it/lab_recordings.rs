//! Recordings that a real Asterisk makes of calls between real phones, in every kind of file: what is heard is known by the phones' tones,
//! and who may hear it by who talked.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result, ensure};
use uncall_asterisk::Asterisk;
use uncall_gateway::{Settings, access::secret};
use uncall_recordings::{Ledger, LedgerOptions, Recordings};
use uncall_tests::{
    floor::*,
    gateway::Gateway,
    lab::{Heard, Lab, SOON, Tone, until},
    wire,
};

const PATH: &str = "/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=";

/// A file by its name, from a login or none.
async fn get(address: SocketAddr, file: &str, more: &str, token: Option<&str>) -> Result<wire::Response> {
    let encoded: String = file.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let login = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    wire::exchange(address, format!("GET {PATH}{encoded}{more} HTTP/1.1\r\nHost: pbx\r\n{login}\r\n").as_bytes()).await
}

/// What is in a WAV file with 16-bit PCM, on each side, without its first and last moments, in which one of the two may be missing.
fn voices(wav: &[u8]) -> Result<Vec<Heard>> {
    let number = |at: usize, bytes: usize| -> Result<usize> {
        let bytes = wav.get(at..at + bytes).context("a header")?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    };
    let (sides, rate) = (number(22, 2)?, number(24, 4)?);
    ensure!(rate == 8000 || rate == 16_000, "{rate} samples a second");
    let samples: Vec<i16> =
        wav.get(44..).context("samples")?.as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two)).collect();
    let length = samples.len() / sides / (rate / 8000);
    ensure!(length > 8000 && length < 8 * 8000, "{length} samples of a call of some seconds");
    Ok((0..sides)
        .map(|side| {
            let of_side: Vec<i16> = samples.iter().skip(side).step_by(sides * (rate / 8000)).copied().collect();
            let middle = of_side.len() / 4..of_side.len() / 4 * 3;
            Heard::in_samples(of_side.get(middle).unwrap_or_default())
        })
        .collect())
}

/// The names in the folder that are of this call.
fn names(lab: &Lab, uid: &str) -> Result<Vec<String>> {
    let files = std::fs::read_dir(lab.recordings())?.filter_map(Result::ok);
    Ok(files.filter_map(|file| file.file_name().into_string().ok()).filter(|name| name.contains(uid)).collect())
}

#[tokio::test]
async fn every_kind_of_file_sounds_as_the_call_did() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    floor.phones.tries(CALLER, "889").await?;
    floor.tells("801", &["ringing"]).await?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    // The ears have listened for a while; another while, so that the middle of each file has both.
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.ok(hang_up("801")).await?;
    until("the recording is ready", SOON, async || Ok(floor.ok(recording(&uid)).await.ok())).await?;
    let both = [Heard::tones([Tone::Phone801, Tone::Customer])];
    let names = names(&floor.phones.lab, &uid)?;
    ensure!(names.len() == 11, "{names:?}");
    for ending in ["ulaw", "alaw", "gsm", "sln", "sln16", "wav16", "g722", "wav"] {
        let name = names.iter().find(|name| name.ends_with(&format!(".{ending}")) && !name.starts_with("half"));
        let name = name.with_context(|| format!("no .{ending} in {names:?}"))?;
        let heard = get(floor.gateway.address, name, "&format=wav", None).await?;
        ensure!(voices(&heard.body)? == both, "{name}: {:?}", voices(&heard.body)?);
    }
    // What came from the caller's phone on the left, what he was given to hear on the right.
    let halves = get(floor.gateway.address, &format!("half-{uid}.wav"), "", None).await?;
    let sides = [Heard::tones([Tone::Customer]), Heard::tones([Tone::Phone801])];
    ensure!(voices(&halves.body)? == sides, "{:?}", voices(&halves.body)?);
    Ok(())
}

/// A gateway that wants a login: 801's token is `one`, 802's is `two`.
async fn with_logins(lab: &Lab, ledger: LedgerOptions) -> Result<Gateway> {
    let folder = uncall_recordings::Options::Folder(lab.recordings());
    let recordings = Recordings::keeping(&folder, Ledger::open(ledger))?;
    let asterisk = Asterisk::start(Real::options(lab, "uncall"), Some(Arc::clone(&recordings)));
    asterisk.ready(SOON).await;
    let agents = [("801", "one"), ("802", "two")];
    let agents = agents.map(|(exten, token)| {
        format!("a{exten} = {{ extension = \"{exten}\", token_sha256 = \"{}\" }}\n", secret::digest(token))
    });
    let mut settings = Settings::default();
    settings.access.roster.agents = toml::from_str(&agents.concat())?;
    settings.access.open = Some(Vec::new());
    Gateway::start_with_recordings(asterisk, recordings, settings).await
}

#[tokio::test]
async fn an_agent_hears_the_queues_call_that_he_took_and_a_colleague_does_not() -> Result<()> {
    let floor = Floor::<Real>::start().await?;
    let lab = &floor.phones.lab;
    let state = lab.folder().join("state");
    let keeping = LedgerOptions { state: Some(state.clone()), cdr: None };
    let watching = with_logins(lab, keeping.clone()).await?;
    floor.phones.tries(CALLER, "892").await?;
    floor.tells("802", &["ringing"]).await?;
    let uid = floor.pops("801", CALLER, "801", "callin").await?;
    floor.phones.answers("801").await?;
    floor.hears("801", &[CALLER]).await?;
    floor.hears(CALLER, &["801"]).await?;
    floor.ok(hang_up("801")).await?;
    let files = until("the recording is ready", SOON, async || Ok(floor.ok(recording(&uid)).await.ok())).await?;
    ensure!(files.starts_with("audio:892-") && !files.contains("801"), "no agent in {files}");
    let cdr = LedgerOptions { state: None, cdr: Some(lab.folder().join("log/cdr-csv/Master.csv")) };
    let nothing = LedgerOptions::default();
    // While it watched, after it was started again, and one that was not there, by the PBX's own records or not at all.
    for (when, ledger, expected) in [
        ("watched", None, 200),
        ("again", Some(keeping), 200),
        ("by records", Some(cdr), 200),
        ("not there", Some(nothing), 403),
    ] {
        let other = match ledger {
            Some(ledger) => Some(with_logins(lab, ledger).await?),
            None => None,
        };
        let address = other.as_ref().unwrap_or(&watching).address;
        let name = files.trim_start_matches("audio:");
        let status = async |token| Ok::<_, anyhow::Error>(get(address, name, "", Some(token)).await?.head.status);
        if expected == 200 {
            let heard = async || Ok((status("one").await? == 200).then_some(()));
            until(&format!("801 hears it: {when}"), SOON, heard).await?;
        }
        ensure!((status("one").await?, status("two").await?) == (expected, 403), "{when}");
    }
    Ok(())
}
