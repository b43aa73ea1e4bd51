//! The index, and recordings in a real folder.

mod following;
mod index;
mod spool;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures::TryStreamExt;
use uncall_contract::Uid;
use uncall_switch::Sound;

use super::{Options, Recordings, Status};

/// For whatever has to come at all.
const PATIENCE: Duration = Duration::from_secs(300);

/// A recording that has samples.
const SOUND: &[u8] = &[7; 100];

fn uid(text: &str) -> Uid {
    Uid::parse(text).unwrap()
}

fn open(folder: &Path) -> Arc<Recordings> {
    Recordings::open(&Options::Folder(folder.to_path_buf())).unwrap()
}

/// Opens them and waits until they are looked through.
async fn opened(folder: &Path) -> Arc<Recordings> {
    let recordings = open(folder);
    until(&recordings, |status| status.complete).await;
    recordings
}

/// Waits until the status is as it should be.
async fn until(recordings: &Recordings, wanted: impl Fn(&Status) -> bool) {
    let there = async {
        while !wanted(&recordings.status()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let status = || recordings.status();
    assert!(tokio::time::timeout(PATIENCE, there).await.is_ok(), "{:?}", status());
}

async fn bytes(sound: &dyn Sound) -> Vec<u8> {
    let pieces: Vec<_> = sound.read(0..sound.len()).try_collect().await.unwrap();
    pieces
        .into_iter()
        .fold(BytesMut::new(), |mut all, piece| {
            all.extend_from_slice(&piece);
            all
        })
        .to_vec()
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
