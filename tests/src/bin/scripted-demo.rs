//! One scripted call through every button of the panel, on a virtual screen, with a numbered picture of each state.
//!
//! `scripted-demo [zh|en] [light|dark] [FOLDER]`: the language is the system's, the theme light and the folder
//! `target/demo` when not given.

#![allow(clippy::print_stdout)] // The names of the pictures are its answer.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use uncall_tests::panel::{Desktop, Look, Page, Workplace, desk::CUSTOMER, desktop::until};

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
    album.take(&desktop, "offline").await
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
