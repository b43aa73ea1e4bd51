//! Recordings of the simulated calls, stored as a list of what was heard when, and made into sound on request.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{BufMut, Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uncall_contract::Uid;

use uncall_switch::calls::Party;
use uncall_switch::{Sound, Version};

/// Finished recordings that are kept.
const KEPT: usize = 1000;
/// Samples a second: 16-bit PCM, one channel, as `docs/api.md` says of lower-case `.wav`.
const RATE: u32 = 8000;
/// A recording ends after ten minutes.
const LONGEST: u32 = 600 * RATE;
const HEADER: u64 = 44;
/// Bytes that are made at a time.
const PIECE: u64 = 16 * 1024;

pub(super) struct Recordings {
    zone: TimeZone,
    running: HashMap<Uid, Track>,
    finished: VecDeque<(Uid, Arc<Tape>)>,
}

#[derive(Debug)]
struct Track {
    file: String,
    parts: Vec<(Timestamp, Part)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Talk,
    Music,
}

/// A finished recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tape {
    file: String,
    /// From which sample on what is heard.
    parts: Vec<(u32, Part)>,
    samples: u32,
    version: Version,
}

/// A tape that is played.
pub(super) struct Playing(Arc<Tape>);

impl Recordings {
    pub(super) fn new(zone: TimeZone) -> Recordings {
        Recordings { zone, running: HashMap::new(), finished: VecDeque::new() }
    }

    /// Two parties talk from now on; the first time is the recording's beginning.
    pub(super) fn talk(&mut self, uid: &Uid, one: &Party, other: &Party, now: Timestamp) {
        let (exten, other) = if one.extension().is_some() { (one, other) } else { (other, one) };
        let zone = &self.zone;
        let track = self.running.entry(uid.clone()).or_insert_with(|| {
            let time = now.to_zoned(zone.clone()).strftime("%Y%m%d-%H%M%S").to_string();
            let file = format!("{}-{}-{time}-{uid}.wav", digits(exten), digits(other));
            Track { file, parts: Vec::new() }
        });
        track.parts.push((now, Part::Talk));
    }

    /// The other party hears music from now on.
    pub(super) fn music(&mut self, uid: &Uid, now: Timestamp) {
        if let Some(track) = self.running.get_mut(uid) {
            track.parts.push((now, Part::Music));
        }
    }

    /// The conversation is over.
    pub(super) fn finish(&mut self, uid: &Uid, now: Timestamp) {
        let Some(track) = self.running.remove(uid) else { return };
        let began = track.parts.first().map_or(now, |(at, _)| *at);
        let sample = |at: Timestamp| {
            let millis = at.duration_since(began).as_millis().clamp(0, i128::from(u32::MAX));
            u32::try_from(millis * i128::from(RATE) / 1000).unwrap_or(u32::MAX).min(LONGEST)
        };
        let parts = track.parts.iter().map(|(at, part)| (sample(*at), *part)).collect();
        if self.finished.len() == KEPT {
            self.finished.pop_front();
        }
        let samples = sample(now);
        let version = Version { tag: format!("{}-{samples}", track.file), modified: Some(SystemTime::from(now)) };
        self.finished.push_back((uid.clone(), Arc::new(Tape { file: track.file, parts, samples, version })));
    }

    /// The file of a finished call.
    pub(super) fn file(&self, uid: &Uid) -> Option<String> {
        self.finished.iter().rev().find(|(known, _)| known == uid).map(|(_, tape)| tape.file.clone())
    }

    pub(super) fn files(&self) -> Vec<&str> {
        self.finished.iter().map(|(_, tape)| tape.file.as_str()).collect()
    }

    #[cfg(test)]
    pub(super) fn none_running(&self) -> bool {
        self.running.is_empty()
    }

    pub(super) fn tape(&self, file: &str) -> Option<Playing> {
        self.finished.iter().rev().find(|(_, tape)| tape.file == file).map(|(_, tape)| Playing(Arc::clone(tape)))
    }
}

/// The characters of a number that are safe in a file name.
fn digits(party: &Party) -> String {
    let plain: String = party.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.is_empty() { "unknown".to_owned() } else { plain }
}

impl Tape {
    fn header(&self) -> Bytes {
        let data = self.samples * 2;
        let mut header = BytesMut::with_capacity(44);
        header.put_slice(b"RIFF");
        header.put_u32_le(data + 36);
        header.put_slice(b"WAVEfmt ");
        header.put_u32_le(16);
        header.put_u16_le(1);
        header.put_u16_le(1);
        header.put_u32_le(RATE);
        header.put_u32_le(RATE * 2);
        header.put_u16_le(2);
        header.put_u16_le(16);
        header.put_slice(b"data");
        header.put_u32_le(data);
        header.freeze()
    }

    /// The caller is a high tone, the agent a low one, by turns of a second; hold music is three rising tones.
    fn sample(&self, at: u32) -> i16 {
        let part = self.parts.iter().rev().find(|(from, _)| *from <= at).map_or(Part::Talk, |(_, part)| *part);
        let hertz: f32 = match (part, at / RATE % 2, at / (RATE / 4) % 3) {
            (Part::Talk, 0, _) => 440.0,
            (Part::Talk, _, _) => 220.0,
            (Part::Music, _, 0) => 523.25,
            (Part::Music, _, 1) => 659.25,
            (Part::Music, _, _) => 783.99,
        };
        // Within the current second, where f32 still knows every sample from the next.
        let seconds = f32::from(u16::try_from(at % RATE).unwrap_or(0)) / 8000.0;
        let wave = (seconds * hertz * std::f32::consts::TAU).sin() * 8000.0;
        #[expect(clippy::cast_possible_truncation, reason = "between -8000 and 8000")]
        let sample = wave as i16;
        sample
    }
}

impl Tape {
    fn len(&self) -> u64 {
        HEADER + u64::from(self.samples) * 2
    }

    /// Up to `count` bytes from `offset`; of head and samples only one of them.
    fn read(&self, offset: u64, count: usize) -> Bytes {
        if offset < HEADER {
            let header = self.header();
            let from = usize::try_from(offset).unwrap_or(header.len()).min(header.len());
            let to = from.saturating_add(count).min(header.len());
            return header.slice(from..to);
        }
        let mut bytes = BytesMut::new();
        let mut at = offset - HEADER;
        while bytes.len() < count && at < u64::from(self.samples) * 2 {
            let Ok(index) = u32::try_from(at / 2) else { break };
            let pair = self.sample(index).to_le_bytes();
            let [low, high] = pair;
            bytes.put_u8(if at.is_multiple_of(2) { low } else { high });
            at += 1;
        }
        bytes.freeze()
    }
}

impl Sound for Playing {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn version(&self) -> &Version {
        &self.0.version
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let tape = Arc::clone(&self.0);
        stream::unfold((tape, range), |(tape, range)| async move {
            let count = usize::try_from(range.end.saturating_sub(range.start).min(PIECE)).ok()?;
            let piece = tape.read(range.start, count);
            let next = range.start + piece.len() as u64;
            (!piece.is_empty()).then(|| (Ok(piece), (tape, next..range.end)))
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use uncall_contract::{Extension, PhoneNumber};

    use super::*;

    fn tape(talk: i64, music: i64) -> Arc<Tape> {
        let mut recordings = Recordings::new(TimeZone::UTC);
        let uid = Uid::parse("1372123897.17").unwrap();
        let start = Timestamp::from_second(1_372_123_897).unwrap();
        let agent = Party::Extension(Extension::parse("808").unwrap());
        let caller = Party::Number(PhoneNumber::parse("+8613632510278").unwrap());
        recordings.talk(&uid, &caller, &agent, start);
        let held = Timestamp::from_second(start.as_second() + talk).unwrap();
        recordings.music(&uid, held);
        assert_eq!(recordings.file(&uid), None);
        recordings.finish(&uid, Timestamp::from_second(held.as_second() + music).unwrap());
        let file = recordings.file(&uid).unwrap();
        assert_eq!(file, "808-8613632510278-20130625-013137-1372123897.17.wav");
        recordings.tape(&file).unwrap().0
    }

    #[test]
    fn a_tape_is_as_long_as_the_call_and_pieces_make_the_whole() {
        let tape = tape(3, 2);
        assert_eq!(tape.len(), 44 + 5 * 16_000);
        let whole: Vec<u8> = tape.read(0, 44).iter().chain(tape.read(44, usize::MAX).iter()).copied().collect();
        assert_eq!(whole.len() as u64, tape.len());
        assert_eq!((&whole[..4], &whole[8..16], &whole[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
        assert_eq!(whole[40..44], (5u32 * 16_000).to_le_bytes());
        for (offset, count) in [(0, 10), (40, 10), (44, 7), (101, 3), (80_043, 9)] {
            let piece = tape.read(offset, count);
            let from = usize::try_from(offset).unwrap();
            assert_eq!(piece, whole[from..from + piece.len()]);
        }
        assert!(tape.read(tape.len(), 1).is_empty());
    }

    #[test]
    fn who_speaks_can_be_told_apart() {
        let tape = tape(2, 1);
        let crossings = |from: u32| {
            let sign = |at: u32| tape.sample(at) >= 0;
            (from..from + RATE / 4).filter(|at| sign(*at) != sign(at + 1)).count()
        };
        let (caller, agent, music) = (crossings(0), crossings(RATE), crossings(2 * RATE));
        assert!(agent < caller && caller < music, "{agent} {caller} {music}");
    }

    #[test]
    fn ten_minutes_are_the_longest() {
        assert_eq!(tape(500, 500).len(), 44 + 600 * 16_000);
    }
}
