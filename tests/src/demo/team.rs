//! The supervisor's view.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use uncall_contract::{
    Reason,
    event::{Member, MemberState, Presence, Team},
};

use super::album::Album;
use crate::{
    panel::{
        Desktop,
        desk::{EXTENSION, start_panel},
        desktop::until,
    },
    scripted::Scripted,
};

/// The supervisor's view with every state in it, a refusal, and a server that wants a login.
pub(super) async fn supervise(desktop: &Desktop, album: &mut Album) -> Result<()> {
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
    let member = |(exten, presence, state, seconds): (&str, Presence, MemberState, i64)| {
        Member::new(exten, presence, state, Timestamp::now() - SignedDuration::from_secs(seconds))
    };
    Team { members: members.map(member).into() }
}
