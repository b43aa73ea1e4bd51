//! Pictures of the panel: one scripted call through every button ([`run`]), and the player in every state ([`player::run`]).
//! Both play on a virtual screen of their own.

mod album;
mod calls;
pub mod player;
mod team;

use std::path::{Path, PathBuf};

use anyhow::Result;

pub use self::album::is_blank;

use self::album::Album;
use crate::panel::{Look, Workplace};

/// Plays one call through every button, and leaves a numbered picture of each state in this folder, in place of those that
/// are there. Gives their names.
///
/// # Errors
/// What did not come about, and behind which picture.
pub async fn run(look: Look, folder: &Path) -> Result<Vec<PathBuf>> {
    Album::fill(folder, async |album| all(look, album).await).await
}

async fn all(look: Look, album: &mut Album) -> Result<()> {
    let desk = Workplace::open(look).await?;
    calls::play(&desk, album, look.is_chinese()).await?;
    let Workplace { gateway, desktop, panel } = desk;
    panel.press("settings-close").await?;
    gateway.stop().await?;
    panel.wait_text("connection", if look.is_chinese() { "连不上" } else { "unreachable" }).await?;
    album.take(&desktop, "offline").await?;
    panel.stop().await?;
    team::supervise(&desktop, album).await
}
