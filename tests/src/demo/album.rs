//! Numbered pictures in a folder.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};

use crate::panel::{Desktop, tray::pixels};

/// Long enough for a window to be painted, too short to bore.
const PAINTED: Duration = Duration::from_millis(300);
/// Colours of a picture with a window on it, at least: the smoothed edges of its letters have more than these.
const COLOURS: usize = 64;

/// The pictures so far.
#[derive(Debug)]
pub(crate) struct Album {
    folder: PathBuf,
    pictures: Vec<PathBuf>,
}

impl Album {
    /// Fills one in this folder, in place of the pictures that are there. Gives their names.
    ///
    /// # Errors
    /// What did not come about, and behind which picture.
    pub(crate) async fn fill(folder: &Path, play: impl AsyncFnOnce(&mut Album) -> Result<()>) -> Result<Vec<PathBuf>> {
        let mut album = Album::new(folder)?;
        let played = play(&mut album).await;
        played.with_context(|| album.place())?;
        Ok(album.pictures)
    }

    fn new(folder: &Path) -> Result<Album> {
        fs::create_dir_all(folder)?;
        for old in fs::read_dir(folder)? {
            let old = old?.path();
            if old.extension().is_some_and(|end| end == "png") {
                fs::remove_file(old)?;
            }
        }
        Ok(Album { folder: folder.to_path_buf(), pictures: Vec::new() })
    }

    /// Takes a picture of the screen.
    pub(crate) async fn take(&mut self, desktop: &Desktop, name: &str) -> Result<()> {
        let file = self.next(name).await;
        desktop.screenshot(&file).await?;
        self.pictures.push(file);
        Ok(())
    }

    /// Takes a picture of the windows with this title alone.
    pub(crate) async fn take_window(&mut self, desktop: &Desktop, title: &str, name: &str) -> Result<()> {
        // What a pointer lies on looks different, and has a tip beside it.
        desktop.run("xdotool", &["mousemove", "2", "2"]).await?;
        let file = self.next(name).await;
        let windows = desktop.run("xdotool", &["search", "--onlyvisible", "--name", title]).await?;
        let window = windows.lines().next().with_context(|| format!("no window {title}"))?;
        desktop.run("import", &["-window", window, "-silent", &file.to_string_lossy()]).await?;
        self.pictures.push(file);
        Ok(())
    }

    async fn next(&self, name: &str) -> PathBuf {
        tokio::time::sleep(PAINTED).await;
        self.folder.join(format!("{:02}-{name}.png", self.pictures.len() + 1))
    }

    /// Where it stands, for an error.
    fn place(&self) -> String {
        self.pictures
            .last()
            .map_or_else(|| "before the first picture".into(), |last| format!("behind {}", last.display()))
    }
}

/// Whether there is nothing to be seen on a picture.
///
/// # Errors
/// It is no picture.
pub fn is_blank(picture: &Path) -> Result<bool> {
    let pixels = pixels(&fs::read(picture)?).with_context(|| picture.display().to_string())?;
    let (pixels, _) = pixels.as_chunks::<4>();
    Ok(pixels.iter().collect::<HashSet<_>>().len() < COLOURS)
}
