//! Kills a desk over and over while calls come in. Everything it showed must be in its journal, and no call may pop up twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    path::Path,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::oneshot,
};
use uncall_client::{Client, Settings};
use uncall_contract::Extension;
use uncall_desk::{
    Options, Shell,
    effect::Notification,
    journal::{Entry, Receipt},
    snapshot::{Mood, Snapshot},
};
use uncall_journal::{Call, Filter, Journal};

use crate::{gateway::Gateway, panel::desktop::until};

/// The argument that turns the figures' program into such a desk.
pub const COMMAND: &str = "killed-desk";
/// The argument that kills one.
pub const KILLS: &str = "kills";

const EXTENSION: &str = "801";
const SERVER: &str = "http://gateway/";
/// The most simultaneous calls.
const AT_ONCE: usize = 3;

/// The desk's shell: a journal, and lines on stdout for what a screen would have shown.
struct Screen(Journal);

impl Screen {
    fn say(what: &str, uid: &str) {
        // The reader may be gone.
        let _ = writeln!(std::io::stdout().lock(), "{what} {uid}");
    }
}

impl Shell for Screen {
    fn journal(&mut self, entry: &Entry) -> Option<Receipt> {
        let (tell, told) = oneshot::channel();
        self.0.write(call(entry).ok()?, move |kept| {
            // The desk may have gone on.
            let _ = tell.send(kept);
        });
        Some(told)
    }

    fn publish(&mut self, snapshot: &Arc<Snapshot>) {
        snapshot.calls.iter().for_each(|call| Screen::say("shown", &call.uid));
    }

    fn popup(&mut self, uid: &str) {
        Screen::say("popped", uid);
    }

    fn close_popup(&mut self, _uid: &str) {}
    fn notify(&mut self, _notification: &Notification) {}
    fn close_notification(&mut self, _uid: &str) {}
    fn tray(&mut self, _mood: Mood) {}
}

/// Converts the desk's entry to the journal's type.
fn call(entry: &Entry) -> Result<Call> {
    let mut line: Map<String, Value> = serde_json::from_value(serde_json::to_value(entry)?)?;
    let more = json!({"server": SERVER, "extension": EXTENSION, "name": null, "recording": null});
    line.extend(more.as_object().cloned().unwrap_or_default());
    Ok(serde_json::from_value(Value::Object(line))?)
}

fn entry(call: &Call) -> Result<Entry> {
    Ok(serde_json::from_value(serde_json::to_value(call)?)?)
}

fn open(file: &Path) -> Journal {
    let options = uncall_journal::Options { file: Some(file.into()), keep_days: None, same: uncall_desk::number::same };
    Journal::open(options, || {})
}

/// Runs the desk until its input ends.
pub async fn work(wsdl: &str, file: &Path) -> Result<()> {
    let journal = open(file);
    let past = journal.lives(SERVER, EXTENSION);
    let past = past.iter().map(|row| entry(&row.call)).collect::<Result<Vec<Entry>>>()?;
    let client = Client::new(Settings::new(wsdl.parse()?))?;
    let extension = Extension::parse(EXTENSION)?;
    let handle = uncall_desk::spawn(client, extension, Options::default(), past, Screen(journal.clone()));
    tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await??;
    handle.stop().await;
    tokio::task::spawn_blocking(move || journal.flush(Duration::from_secs(30))).await?;
    Ok(())
}

/// What the desks have reported so far, by call.
#[derive(Debug, Default)]
struct Said {
    shown: BTreeSet<String>,
    popped: BTreeMap<String, u32>,
}

/// Pseudo-random numbers (SplitMix64).
fn scatter(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

/// Kills a desk this many times. `program` is the figures' own.
pub async fn kill(program: &Path, kills: u64) -> Result<String> {
    let gateway = Gateway::start().await?;
    let folder = tempfile::TempDir::with_prefix("uncall-kills-")?;
    let file = folder.path().join("journal.db");
    let mut said = Said::default();
    let mut up: Vec<(String, String)> = Vec::new();
    let mut rang = 0;
    for round in 0..kills {
        let mut desk = start(program, &gateway, &file)?;
        let lines = desk.stdout.take().context("no output")?;
        // One call comes in while the desk starts, and one that was shown ends.
        let oldest = up.iter().position(|(uid, _)| said.shown.contains(uid)).filter(|_| up.len() >= AT_ONCE);
        if let Some(at) = oldest {
            gateway.phone(&format!("numbers/{}/hangup", up.remove(at).1)).await?;
        }
        if up.len() < AT_ONCE {
            rang += 1;
            let number = format!("138{rang:08}");
            up.push((gateway.ring(&number, EXTENSION).await?, number));
        }
        let mut lines = BufReader::new(lines).lines();
        // Kill some while they start, some once they have shown something, and some a moment later.
        let most = scatter(round) % 6;
        let moment = Duration::from_micros(scatter(round ^ 0xabcd) % 40_000);
        let mut heard = 0;
        while heard < most {
            let line =
                tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.context("a desk is silent")?;
            let Some(line) = line? else { break };
            said.hear(&line);
            heard += 1;
            // There may be nothing left to report.
            if up.iter().all(|(uid, _)| said.shown.contains(uid)) {
                break;
            }
        }
        tokio::time::sleep(moment).await;
        desk.kill().await?;
        while let Some(line) = lines.next_line().await? {
            said.hear(&line);
        }
    }
    finish(program, &gateway, &file, &mut said, &up).await?;
    judge(&file, &said, rang)?;
    Ok(format!("{kills} kills, {rang} calls: none lost, none popped twice, the file is whole"))
}

fn start(program: &Path, gateway: &Gateway, file: &Path) -> Result<Child> {
    let mut command = Command::new(program);
    command.args([COMMAND, &gateway.wsdl()]).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.kill_on_drop(true).spawn().with_context(|| format!("cannot start {}", program.display()))
}

impl Said {
    fn hear(&mut self, line: &str) {
        match line.split_once(' ') {
            Some(("shown", uid)) => drop(self.shown.insert(uid.to_owned())),
            Some(("popped", uid)) => *self.popped.entry(uid.to_owned()).or_default() += 1,
            Some(_) | None => {}
        }
    }
}

/// The last desk sees all calls end, and is then stopped normally.
async fn finish(
    program: &Path,
    gateway: &Gateway,
    file: &Path,
    said: &mut Said,
    up: &[(String, String)],
) -> Result<()> {
    let mut desk = start(program, gateway, file)?;
    let mut lines = BufReader::new(desk.stdout.take().context("no output")?).lines();
    while !up.iter().all(|(uid, _)| said.shown.contains(uid)) {
        let line = tokio::time::timeout(Duration::from_secs(60), lines.next_line())
            .await
            .context("the last desk is silent")?;
        said.hear(&line?.context("the last desk ended")?);
    }
    for (_, number) in up {
        gateway.phone(&format!("numbers/{number}/hangup")).await?;
    }
    let journal = open(file);
    until("the journal knows every end", async || {
        journal.lives(SERVER, EXTENSION).iter().all(|row| row.call.ended.is_some()).then_some(())
    })
    .await?;
    drop(desk.stdin.take());
    ensure!(desk.wait().await?.success(), "the last desk did not end well");
    while let Some(line) = lines.next_line().await? {
        said.hear(&line);
    }
    Ok(())
}

fn judge(file: &Path, said: &Said, rang: usize) -> Result<()> {
    let journal = open(file);
    ensure!(journal.trouble().is_none(), "{:?}", journal.trouble());
    let mut rows = Vec::new();
    loop {
        let before = rows.last().map(|row: &uncall_journal::Row| row.id);
        let page = journal.list(&Filter { before, ..Filter::default() });
        rows.extend(page.rows);
        if !page.more {
            break;
        }
    }
    ensure!(journal.trouble().is_none(), "{:?}", journal.trouble());
    let kept: BTreeSet<&str> = rows.iter().map(|row| row.call.uid.as_str()).collect();
    let lost: Vec<&String> = said.shown.iter().filter(|uid| !kept.contains(uid.as_str())).collect();
    ensure!(lost.is_empty(), "shown and not in the journal: {lost:?}");
    ensure!(kept.len() == rang && rows.len() == rang, "{rang} calls rang, {} are in {} lines", kept.len(), rows.len());
    let twice: Vec<_> = said.popped.iter().filter(|(_, pops)| **pops > 1).collect();
    ensure!(twice.is_empty(), "popped more than once: {twice:?}");
    // A call may fail to pop up only if the desk was killed between disk and screen.
    let never = rows.iter().filter(|row| !said.popped.contains_key(&row.call.uid));
    ensure!(never.clone().all(|row| row.call.popped), "neither popped nor written down as such");
    ensure!(rows.iter().all(|row| row.call.ended.is_some()), "open for ever");
    Ok(())
}
