//! Offer and answer.

use std::net::{IpAddr, SocketAddr};

use super::{Audio, Crypto, Description, Direction, Format, Kind, Section};
use crate::{
    Codec,
    srtp::{MasterKey, Suite},
};

/// The dynamic payload types that this side offers. RFC 3551 fixes those below 96.
const OPUS: u8 = 107;
const KEYS: u8 = 101;
const KEYS_OPUS: u8 = 110;

/// This side of a call: its abilities and its address.
#[derive(Debug, Clone)]
pub struct Side {
    /// Where this side receives sound.
    pub address: SocketAddr,
    /// The session's number, constant during the call.
    pub session: u64,
    /// Increases by one with each description sent.
    pub version: u64,
    /// The codecs this side may use, best first.
    pub codecs: Vec<Codec>,
    /// This side's key, constant during the call. `None`: speak in clear.
    pub key: Option<MasterKey>,
    /// Whether to refuse calls in clear.
    pub secure: bool,
}

/// What both sides have agreed on, from this side's view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Where to send sound, and where sound may come from.
    pub peer: SocketAddr,
    /// Where to send reports.
    pub reports: SocketAddr,
    /// The codec to send, and its payload type.
    pub send: (u8, Codec),
    /// The codecs that may arrive, and their payload types.
    pub receive: Vec<(u8, Codec)>,
    /// How to send keys: the payload type, and the clock that durations count in.
    pub keys: Option<(u8, u32)>,
    /// Payload types under which keys may arrive.
    pub keys_received: Vec<u8>,
    /// Length of the packets to send, in ms.
    pub ptime: u32,
    /// Who sends and who hears.
    pub direction: Direction,
    /// This side's key and the other's.
    pub crypto: Option<(Suite, MasterKey, MasterKey)>,
}

/// Why no call comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// The other side refused the sound, or left it out.
    #[error("the other side wants no sound")]
    Refused,
    /// No codec in common.
    #[error("both sides have no codec in common")]
    NoCodec,
    /// The other side speaks in clear, but this side requires encryption.
    #[error("the other side does not encrypt")]
    NotSecure,
    /// The other side encrypts in a way this side does not support (DTLS, other suites), or this side has no key.
    #[error("both sides have no way to encrypt in common")]
    NoCrypto,
}

impl Side {
    /// This side's offer: when it calls, when the other side asks for an offer, and for hold and resume.
    pub fn offer(&self, direction: Direction) -> Description {
        let mut formats: Vec<Format> = Vec::new();
        for codec in &self.codecs {
            let payload_type = match codec {
                Codec::Opus => OPUS,
                Codec::G722 => 9,
                Codec::Pcma => 8,
                Codec::Pcmu => 0,
            };
            formats.push(Format { payload_type, kind: Kind::Sound(*codec) });
        }
        // Key events use the clock of the codec they are sent with.
        let clocks = self.codecs.iter().map(|codec| codec.clock());
        for (clock, payload_type) in [(48_000, KEYS_OPUS), (8_000, KEYS)] {
            if clocks.clone().any(|of_codec| of_codec == clock) {
                formats.push(Format { payload_type, kind: Kind::Keys(clock) });
            }
        }
        let key = self.key.iter();
        let crypto = key.map(|key| Crypto { tag: 1, suite: Suite::Tag80, key: key.clone() }).collect();
        let audio = Audio {
            address: self.address,
            reports: next_port(self.address),
            shared: false,
            secure: self.key.is_some(),
            feedback: false,
            formats,
            direction,
            ptime: Some(20),
            crypto,
            keyed: self.key.is_some(),
        };
        self.describe(vec![Section::Audio(audio)])
    }

    /// Answers an offer. Returns the answer and the agreement. `willing` limits what this side sends and hears.
    ///
    /// # Errors
    ///
    /// Fails if this offer cannot lead to a call.
    pub fn answer(&self, offer: &Description, willing: Direction) -> Result<(Description, Agreed), Disagreement> {
        let theirs = offer.audio().filter(|audio| audio.address.port() != 0).ok_or(Disagreement::Refused)?;
        let crypto = self.crypto(theirs)?;
        let common = |codec: &Codec| self.codecs.contains(codec);
        let sounds: Vec<(u8, Codec)> = sounds(theirs).filter(|(_, codec)| common(codec)).collect();
        // The caller's order of preference wins (RFC 3264, section 6.1). Answering with a single codec makes both sides send the
        // same one.
        let chosen = *sounds.first().ok_or(Disagreement::NoCodec)?;
        let keys = keys(theirs, chosen.1);
        let direction =
            Direction::of(theirs.direction.hears() && willing.sends(), theirs.direction.sends() && willing.hears());
        let mut formats = vec![Format { payload_type: chosen.0, kind: Kind::Sound(chosen.1) }];
        formats.extend(keys.map(|(payload_type, clock)| Format { payload_type, kind: Kind::Keys(clock) }));
        let ptime = packet_time(theirs);
        let ours = Audio {
            address: self.address,
            reports: if theirs.shared { self.address } else { next_port(self.address) },
            shared: theirs.shared,
            secure: theirs.secure,
            feedback: theirs.feedback,
            formats,
            direction,
            ptime: Some(ptime),
            crypto: crypto
                .iter()
                .map(|(tag, suite, ours, _)| Crypto { tag: *tag, suite: *suite, key: ours.clone() })
                .collect(),
            keyed: crypto.is_some(),
        };
        let agreed = Agreed {
            peer: theirs.address,
            reports: theirs.reports,
            send: chosen,
            receive: sounds,
            keys,
            keys_received: numbers_of_keys(theirs).collect(),
            ptime,
            direction,
            crypto: crypto.map(|(_, suite, ours, theirs)| (suite, ours, theirs)),
        };
        let mut ours = Some(ours);
        let sections = offer.sections.iter().map(|section| {
            match (section, ours.take_if(|_| matches!(section, Section::Audio(_)))) {
                (Section::Audio(_), Some(ours)) => Section::Audio(ours),
                (other, _) => other.clone(),
            }
        });
        Ok((self.describe(sections.collect()), agreed))
    }

    /// The agreement that follows from the answer to this side's offer.
    ///
    /// # Errors
    ///
    /// Fails if this answer cannot lead to a call.
    pub fn conclude(&self, offer: &Description, answer: &Description) -> Result<Agreed, Disagreement> {
        let ours = offer.audio().ok_or(Disagreement::Refused)?;
        let theirs = answer.audio().filter(|audio| audio.address.port() != 0).ok_or(Disagreement::Refused)?;
        let crypto = self.crypto(theirs)?;
        let offered = |codec: &Codec| self.codecs.contains(codec);
        let send = sounds(theirs).find(|(_, codec)| offered(codec)).ok_or(Disagreement::NoCodec)?;
        // Received packets carry this side's payload types, sent packets the other side's. Most answers repeat the offer's.
        let mut receive: Vec<(u8, Codec)> = sounds(ours).collect();
        let known = |number: u8, receive: &[(u8, Codec)]| receive.iter().any(|(of, _)| *of == number);
        for (number, codec) in sounds(theirs).filter(|(_, codec)| offered(codec)) {
            if !known(number, &receive) {
                receive.push((number, codec));
            }
        }
        let mut keys_received: Vec<u8> = numbers_of_keys(ours).collect();
        keys_received.extend(numbers_of_keys(theirs).filter(|number| !known(*number, &receive)));
        Ok(Agreed {
            peer: theirs.address,
            reports: theirs.reports,
            send,
            receive,
            keys: keys(theirs, send.1),
            keys_received,
            ptime: packet_time(theirs),
            direction: Direction::of(
                ours.direction.sends() && theirs.direction.hears(),
                ours.direction.hears() && theirs.direction.sends(),
            ),
            crypto: crypto.map(|(_, suite, ours, theirs)| (suite, ours, theirs)),
        })
    }

    /// The keys of both sides.
    fn crypto(&self, theirs: &Audio) -> Result<Option<(u32, Suite, MasterKey, MasterKey)>, Disagreement> {
        match (&self.key, theirs.secure || theirs.keyed) {
            (_, false) if self.secure => Err(Disagreement::NotSecure),
            (_, false) => Ok(None),
            (None, true) if theirs.secure => Err(Disagreement::NoCrypto),
            (None, true) => Ok(None),
            (Some(ours), true) => match theirs.crypto.first() {
                Some(crypto) => Ok(Some((crypto.tag, crypto.suite, ours.clone(), crypto.key.clone()))),
                None => Err(Disagreement::NoCrypto),
            },
        }
    }

    fn describe(&self, sections: Vec<Section>) -> Description {
        let address: IpAddr = self.address.ip();
        Description { session: (self.session, self.version), address, sections }
    }
}

fn sounds(audio: &Audio) -> impl Iterator<Item = (u8, Codec)> {
    audio.formats.iter().filter_map(|format| match format.kind {
        Kind::Sound(codec) => Some((format.payload_type, codec)),
        Kind::Keys(_) | Kind::Noise(_) => None,
    })
}

fn numbers_of_keys(audio: &Audio) -> impl Iterator<Item = u8> {
    audio.formats.iter().filter_map(|format| match format.kind {
        Kind::Keys(_) => Some(format.payload_type),
        Kind::Sound(_) | Kind::Noise(_) => None,
    })
}

/// How to send keys with this codec: with its clock, because receivers often mishandle a clock that changes within a stream. Some
/// devices only have the usual clock of 8,000, even with Opus.
fn keys(audio: &Audio, codec: Codec) -> Option<(u8, u32)> {
    [codec.clock(), 8_000].into_iter().find_map(|clock| {
        let found = audio.formats.iter().find(|format| format.kind == Kind::Keys(clock))?;
        Some((found.payload_type, clock))
    })
}

/// The packet length in ms: 10, 20, 40 or 60.
fn packet_time(audio: &Audio) -> u32 {
    let wanted = audio.ptime.unwrap_or(20) / 10 * 10;
    // Opus has no packets of 30 and 50 ms.
    match wanted {
        0 | 10 => 10,
        20 | 30 => 20,
        40 | 50 => 40,
        _ => 60,
    }
}

fn next_port(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port().saturating_add(1))
}
