//! Writes a recording into a file, as it comes or as 16-bit PCM WAV.

use std::{io, time::Duration};

use tokio::runtime::Handle;
use uncall_client::{
    recording::{self, Reader},
    sound,
};

use crate::{arguments::Format, save::Target};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Poured {
    pub(crate) bytes: u64,
    /// Where the sound breaks off, if it was decoded and is damaged.
    pub(crate) damaged_at: Option<Duration>,
}

/// Why it was not written.
pub(crate) enum Failure {
    Fetch(recording::Error),
    Sound(sound::Error),
    Write(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Write(error)
    }
}

impl From<sound::Error> for Failure {
    fn from(error: sound::Error) -> Failure {
        Failure::Sound(error)
    }
}

/// Writes the recording and gives the file its name. It blocks, since a pipe is as slow as its reader; the runtime drives the
/// download.
pub(crate) fn pour(
    reader: &mut Reader,
    runtime: &Handle,
    mut target: Target,
    format: Option<Format>,
    named: sound::Named,
) -> Result<Poured, Failure> {
    loop {
        let mut read = || runtime.block_on(reader.read());
        let result = match format {
            None => original(&mut read, &mut target),
            Some(Format::Wav) => wav(&mut read, &mut target, named),
        };
        match result {
            Err(Failure::Fetch(recording::Error::Changed)) if target.restart()? => reader.restart(),
            Err(error) => return Err(error),
            Ok(poured) => {
                target.finish()?;
                return Ok(poured);
            }
        }
    }
}

type Piece = Result<Option<bytes::Bytes>, recording::Error>;

fn original(read: &mut impl FnMut() -> Piece, target: &mut Target) -> Result<Poured, Failure> {
    let mut bytes = 0;
    while let Some(piece) = read().map_err(Failure::Fetch)? {
        target.write(&piece)?;
        bytes += piece.len() as u64;
    }
    Ok(Poured { bytes, damaged_at: None })
}

fn wav(read: &mut impl FnMut() -> Piece, target: &mut Target, named: sound::Named) -> Result<Poured, Failure> {
    let mut stream = sound::Stream::new(named);
    let (mut samples, mut out, mut data) = (Vec::new(), Vec::new(), 0u64);
    let mut has_header = false;
    loop {
        let piece = read().map_err(Failure::Fetch)?;
        let damaged_at = match &piece {
            Some(piece) => stream.push(piece, &mut samples).map(|()| None)?,
            None => stream.finish(&mut samples)?,
        };
        let Some(head) = stream.head() else { continue };
        if !has_header {
            // The length is known only at the end, and a pipe cannot be rewound.
            target.write(&sound::header(head.channels, head.rate, sound::OPEN_END))?;
            has_header = true;
        }
        out.clear();
        out.extend(samples.drain(..).flat_map(i16::to_le_bytes));
        target.write(&out)?;
        data += out.len() as u64;
        if piece.is_none() {
            let length = u32::try_from(data).unwrap_or(sound::OPEN_END);
            let header = sound::header(head.channels, head.rate, length);
            target.amend(&header)?;
            return Ok(Poured { bytes: header.len() as u64 + data, damaged_at });
        }
    }
}
