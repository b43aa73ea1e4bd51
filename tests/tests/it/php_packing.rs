//! PHP packs everything, in each of its ways: WSDL, answers and recordings come out as they were.

use anyhow::{Context, Result, ensure};
use uncall_client::{Client, Settings, recording::Limits, sound::Named};
use uncall_contract::{Reply, Request};
use uncall_tests::{
    php::{Flavour, PhpServer},
    program::uncall,
};

const WAYS: [&str; 5] =
    ["gzip/gzencode", "x-gzip/gzencode", "GZIP/gzencode", "deflate/gzcompress", "deflate/gzdeflate"];

async fn server(packing: &'static str) -> Result<PhpServer> {
    PhpServer::start(Flavour { packing, ..Flavour::DOCUMENT_LITERAL }).await
}

#[tokio::test]
async fn what_php_packs_is_unpacked() -> Result<()> {
    let mut sounds = Vec::new();
    for packing in WAYS.into_iter().chain(["/"]) {
        let server = server(packing).await?;
        let client = Client::new(Settings::new(server.wsdl().parse()?))?;
        let reply = client.call(&Request::Ping { text: "hello".into() }).await;
        assert_eq!(reply, Ok(Ok(Reply::Pong { text: "hello".into() })), "{packing}");
        let recording = client.recording(
            client.recording_address("1.1", "audio:801.wav")?,
            Named::Nothing,
            None,
            Limits::default(),
        );
        assert_eq!(recording.finished().await, Ok(32_044), "{packing}");
        let (mut sound, mut reader) = (Vec::new(), recording.reader());
        while let Some(piece) = reader.read().await? {
            sound.extend_from_slice(&piece);
        }
        sounds.push(sound);
    }
    let plain = sounds.last().context("no sound")?;
    ensure!(plain.starts_with(b"RIFF") && sounds.iter().all(|sound| sound == plain), "sounds differ");
    Ok(())
}

/// Of what cannot be unpacked nothing is saved, and the command line says so.
#[tokio::test]
async fn the_command_line_saves_no_packed_bytes() -> Result<()> {
    for (packing, good) in
        [("deflate/gzdeflate", true), ("x-gzip/gzencode", true), ("br/gzencode", false), ("gzip/strrev", false)]
    {
        let server = server(packing).await?;
        let folder = tempfile::tempdir()?;
        let saved = folder.path().join("saved.wav");
        let path = saved.to_str().context("no UTF-8")?;
        let run = uncall(&["--server", &server.wsdl(), "recording", "1372123897.17", "-o", path]).await?;
        ensure!((run.status == 0) == good && saved.exists() == good, "{packing}: {run:?}");
        ensure!(good || !run.stderr.trim().is_empty(), "{packing}: {run:?}");
        ensure!(!good || std::fs::read(&saved)?.starts_with(b"RIFF"), "{packing}");
    }
    Ok(())
}
