//! Offer and answer.

use std::net::{IpAddr, SocketAddr};

use super::{Audio, Crypto, Description, Direction, Format, Kind, Section};
use crate::{
    Codec,
    srtp::{MasterKey, Suite},
};

/// Payload types of ours; those below 96 are fixed by RFC 3551.
const OPUS: u8 = 107;
const KEYS: u8 = 101;
const KEYS_OPUS: u8 = 110;

/// This side of a call: what it can do and where it hears.
#[derive(Debug, Clone)]
pub struct Side {
    /// Where this side receives sound.
    pub address: SocketAddr,
    /// Number of the session, the same as long as the call lasts.
    pub session: u64,
    /// One more with every description that is sent.
    pub version: u64,
    /// What may be spoken, the best first.
    pub codecs: Vec<Codec>,
    /// This side's key, the same as long as the call lasts. Nothing: in clear.
    pub key: Option<MasterKey>,
    /// Refuse sound in clear.
    pub secure: bool,
}

/// What both sides have agreed on, from this side's view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Where sound is to be sent, and from where it is believed.
    pub peer: SocketAddr,
    /// Where reports are to be sent.
    pub reports: SocketAddr,
    /// What is sent, under which payload type.
    pub send: (u8, Codec),
    /// What may come, under which payload types.
    pub receive: Vec<(u8, Codec)>,
    /// Keys: the payload type to send them with, and the clock that their durations are counted with.
    pub keys: Option<(u8, u32)>,
    /// Payload types under which keys may come.
    pub keys_received: Vec<u8>,
    /// How long a packet shall be that is sent, in ms.
    pub ptime: u32,
    /// Who is heard.
    pub direction: Direction,
    /// This side's key and the other's.
    pub crypto: Option<(Suite, MasterKey, MasterKey)>,
}

/// Why there is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// The other side refused the sound, or left it out.
    #[error("the other side wants no sound")]
    Refused,
    /// No codec that both have.
    #[error("both sides have no codec in common")]
    NoCodec,
    /// Sound in clear where it has to be encrypted.
    #[error("the other side does not encrypt")]
    NotSecure,
    /// Encrypted in a way that this side has not (DTLS, other suites), or not at all.
    #[error("both sides have no way to encrypt in common")]
    NoCrypto,
}

impl Side {
    /// What this side proposes: in a call it makes, in one whose offer it was asked for, and for hold and resume.
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
        // Keys count with the clock of the codec beside which they are sent.
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

    /// The answer to an offer, and what is agreed on by it. `willing` is what this side wants: it hears and sends no more than that.
    ///
    /// # Errors
    ///
    /// If there can be no call by this offer.
    pub fn answer(&self, offer: &Description, willing: Direction) -> Result<(Description, Agreed), Disagreement> {
        let theirs = offer.audio().filter(|audio| audio.address.port() != 0).ok_or(Disagreement::Refused)?;
        let crypto = self.crypto(theirs)?;
        let common = |codec: &Codec| self.codecs.contains(codec);
        let sounds: Vec<(u8, Codec)> = sounds(theirs).filter(|(_, codec)| common(codec)).collect();
        // The caller's order counts (RFC 3264, section 6.1), save that only one codec is answered with: so both sides speak the same.
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

    /// What is agreed on by the answer to this side's offer.
    ///
    /// # Errors
    ///
    /// If there can be no call by this answer.
    pub fn conclude(&self, offer: &Description, answer: &Description) -> Result<Agreed, Disagreement> {
        let ours = offer.audio().ok_or(Disagreement::Refused)?;
        let theirs = answer.audio().filter(|audio| audio.address.port() != 0).ok_or(Disagreement::Refused)?;
        let crypto = self.crypto(theirs)?;
        let offered = |codec: &Codec| self.codecs.contains(codec);
        let send = sounds(theirs).find(|(_, codec)| offered(codec)).ok_or(Disagreement::NoCodec)?;
        // What comes has this side's numbers, what is sent the other's; most repeat the offer's.
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

/// How keys are sent beside this codec: with its clock, as a clock that changes within a stream of sound is what receivers get
/// wrong. Some have only the usual one of 8,000 beside Opus.
fn keys(audio: &Audio, codec: Codec) -> Option<(u8, u32)> {
    [codec.clock(), 8_000].into_iter().find_map(|clock| {
        let found = audio.formats.iter().find(|format| format.kind == Kind::Keys(clock))?;
        Some((found.payload_type, clock))
    })
}

/// Whole frames of 10 ms, from one to six.
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
