//! One scripted call through every button of the panel, on a virtual screen, with a numbered picture of each state.
//!
//! `scripted-demo [zh|en] [light|dark] [FOLDER]`: the language is the system's, the theme light and the folder
//! `target/demo` when not given.

#![allow(clippy::print_stdout)] // The names of the pictures are its answer.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use uncall_contract::{
    Reason,
    event::{Member, MemberState, Presence, Team},
};
use uncall_tests::{
    panel::{
        Desktop, Look, Page, Workplace,
        desk::{CUSTOMER, EXTENSION, start_panel},
        desktop::until,
    },
    scripted::Scripted,
};

/// Long enough for a window to be painted, too short to bore.
const PAINTED: Duration = Duration::from_millis(500);

struct Album {
    folder: PathBuf,
    pictures: usize,
}

impl Album {
    async fn take(&mut self, desktop: &Desktop, name: &str) -> Result<()> {
        tokio::time::sleep(PAINTED).await;
        self.pictures += 1;
        let file = self.folder.join(format!("{:02}-{name}.png", self.pictures));
        desktop.screenshot(&file).await?;
        println!("{}", file.display());
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    let system = std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).unwrap_or_default();
    let chinese = has("zh") || (!has("en") && system.starts_with("zh"));
    let look = Look { dark: has("dark"), ..if chinese { Look::CHINESE } else { Look::ENGLISH } };
    let named = words.iter().find(|word| !["zh", "en", "light", "dark"].contains(&word.as_str()));
    let folder = named.map_or_else(|| PathBuf::from("target/demo"), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    for old in
        std::fs::read_dir(&folder)?.flatten().filter(|old| old.path().extension().is_some_and(|end| end == "png"))
    {
        std::fs::remove_file(old.path())?;
    }
    let desk = Workplace::open(look).await?;
    let mut album = Album { folder, pictures: 0 };
    play(&desk, &mut album, chinese).await?;
    let Workplace { gateway, desktop, panel } = desk;
    panel.press("settings-close").await?;
    gateway.stop().await?;
    panel.wait_text("connection", if chinese { "连不上" } else { "unreachable" }).await?;
    album.take(&desktop, "offline").await?;
    panel.stop().await?;
    supervise(&desktop, &mut album).await
}

/// The supervisor's view with every state in it, a refusal, and a server that wants a login.
async fn supervise(desktop: &Desktop, album: &mut Album) -> Result<()> {
    let server = Scripted::start(Some(team())).await?;
    server.refuse("806", Reason::SpyFailed);
    let panel = start_panel(desktop, &server.wsdl(), EXTENSION).await?;
    panel.press("tab-supervisor").await?;
    panel.text("listen-802").await?;
    album.take(desktop, "team").await?;
    let held = server.hold();
    panel.press("listen-802").await?;
    album.take(desktop, "team-listening").await?;
    held.release(&server);
    panel.press("whisper-806").await?;
    panel.text("member-notice").await?;
    panel.press("team-calls").await?;
    album.take(desktop, "team-refused").await?;
    desktop.run("xdotool", &["search", "--onlyvisible", "--name", "Uncall Panel", "windowsize", "1000", "700"]).await?;
    panel.press("team-all").await?;
    album.take(desktop, "team-wide").await?;
    desktop.run("xdotool", &["search", "--onlyvisible", "--name", "Uncall Panel", "windowsize", "340", "640"]).await?;
    album.take(desktop, "team-narrow").await?;

    server.want_login("Basic d2FuZzpvcGVuIHNlc2FtZQ==");
    server.drop_streams();
    panel.text("login-open").await?;
    album.take(desktop, "login-needed").await?;
    panel.press("login-open").await?;
    panel.fill("settings-user", "wang").await?;
    panel.fill("settings-secret", "open barley").await?;
    panel.press("settings-save").await?;
    until("the server has refused", async || (panel.enabled("settings-save").await).then_some(())).await?;
    album.take(desktop, "login-wrong").await?;
    panel.stop().await
}

fn team() -> Team {
    use MemberState::{Free, Held, Ringing, Talking, Transferring, Unavailable};
    use Presence::{Busy, Idle};
    let members = [
        ("802", Idle, Talking, 83),
        ("803", Idle, Free, 512),
        ("804", Busy, Free, 4210),
        ("805", Idle, Ringing, 6),
        ("806", Busy, Held, 31),
        ("807", Idle, Transferring, 12),
        ("808", Idle, Unavailable, 40000),
        ("809", Idle, Free, 77),
        ("810", Busy, Talking, 671),
    ];
    let member = |(exten, presence, state, seconds): (&str, Presence, MemberState, i64)| Member {
        exten: exten.into(),
        presence,
        state,
        since: Timestamp::now() - SignedDuration::from_secs(seconds),
    };
    Team { members: members.map(member).into() }
}

async fn play(desk: &Workplace, album: &mut Album, chinese: bool) -> Result<()> {
    let say = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
    let (panel, gateway, desktop) = (&desk.panel, &desk.gateway, &desk.desktop);
    panel.wait_text("connection", say("已连接", "Connected")).await?;
    until("the window is painted", async || panel.log().contains("painted").then_some(())).await?;
    album.take(desktop, "idle").await?;

    desk.ring().await?;
    panel.turn_to(Page::Popup).await?;
    panel.text("popup-number").await?;
    album.take(desktop, "ringing").await?;
    gateway.phone("extensions/801/answer").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("call-state", say("通话中", "Talking")).await?;
    album.take(desktop, "talking").await?;

    panel.press("hold").await?;
    panel.wait_text("call-state", say("保持", "On hold")).await?;
    album.take(desktop, "held").await?;
    panel.press("restore").await?;
    panel.wait_text("call-state", say("通话中", "Talking")).await?;
    panel.press("survey").await?;
    panel.wait_text("survey", say("已设评价", "Armed")).await?;
    album.take(desktop, "survey").await?;

    gateway.ring("13900000001", "802").await?;
    panel.press("transfer").await?;
    panel.fill("transfer-target", "802").await?;
    album.take(desktop, "transfer-target").await?;
    panel.press("transfer-send").await?;
    panel.wait_text("call-notice", say("目标", "target")).await?;
    album.take(desktop, "transfer-refused").await?;
    panel.turn_to(Page::Popup).await?;
    panel.press("popup-transfer").await?;
    for key in ["popup-key-8", "popup-key-0", "popup-key-3"] {
        panel.press(key).await?;
    }
    album.take(desktop, "transfer-from-pop-up").await?;
    panel.press("popup-transfer-send").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("call-state", say("转接", "Transferring")).await?;
    album.take(desktop, "transferring").await?;
    gateway.phone_when_ready("extensions/803/answer").await?;
    panel.wait_gone("call-number").await?;
    album.take(desktop, "transferred").await?;
    gateway.phone("extensions/803/hangup").await?;

    panel.press("presence-busy").await?;
    album.take(desktop, "busy").await?;
    panel.press("presence-idle").await?;
    panel.fill("dial-number", "010-6552 1234").await?;
    panel.text("dial-preview").await?;
    album.take(desktop, "number-typed").await?;
    panel.press("dial-send").await?;
    panel.text("call-number").await?;
    gateway.phone("extensions/801/answer").await?;
    album.take(desktop, "dialling").await?;
    gateway.phone_when_ready("numbers/01065521234/answer").await?;
    panel.wait_text("call-state", say("通话中", "Talking")).await?;
    panel.press("hangup").await?;
    panel.wait_gone("call-number").await?;
    panel.press("play").await?;
    panel.text("player-time").await?;
    album.take(desktop, "recording").await?;
    // The form of the next tab would lie in the little room above the player.
    panel.press("player-close").await?;

    panel.press("tab-supervisor").await?;
    panel.fill("listen-target", "804").await?;
    panel.press("listen").await?;
    panel.text("supervisor-notice").await?;
    album.take(desktop, "listening-refused").await?;
    panel.press("tab-recent").await?;

    gateway.ring(CUSTOMER, "801").await?;
    gateway.ring("02887654321", "801").await?;
    panel.turn_to(Page::Popup).await?;
    panel.text("popup-number").await?;
    album.take(desktop, "two-calls").await?;
    gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    gateway.phone("numbers/02887654321/hangup").await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_gone("call-number").await?;
    album.take(desktop, "missed").await?;
    panel.press("settings-open").await?;
    panel.text("settings-server").await?;
    album.take(desktop, "settings").await
}
