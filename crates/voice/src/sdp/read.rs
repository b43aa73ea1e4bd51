//! Reading a session description.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Audio, Crypto, Description, Direction, Format, Kind, Malformed, Section};
use crate::{
    Codec,
    srtp::{MasterKey, Suite},
};

/// Larger than the description of any real call.
const MOST_BYTES: usize = 16_384;
const MOST_SECTIONS: usize = 16;
/// Per section; further ones are ignored.
const MOST_FORMATS: usize = 64;

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    ///
    /// Fails if this is not the description of a call with sound. Anything a call does not need is ignored.
    pub fn read(text: &str) -> Result<Description, Malformed> {
        if text.len() > MOST_BYTES {
            return Err(Malformed::Nothing);
        }
        let mut lines = text.lines().map(str::trim_end).filter_map(|line| line.split_once('='));
        if lines.next().is_none_or(|(kind, _)| kind != "v") {
            return Err(Malformed::Nothing);
        }
        let mut session = Lines::default();
        let mut numbers = (0, 0);
        let mut origin = None;
        let mut sections: Vec<(&str, Lines<'_>)> = Vec::new();
        for (kind, value) in lines {
            let room = sections.len() < MOST_SECTIONS;
            match (kind, sections.last_mut()) {
                ("m", _) if room => sections.push((value, Lines::default())),
                ("m", _) => return Err(Malformed::Nothing),
                (kind, Some((_, section))) => section.take(kind, value),
                ("o", None) => {
                    let mut words = value.split_ascii_whitespace().skip(1);
                    let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
                    numbers = (number(), number());
                    origin = words.nth(2).and_then(|address| address.parse().ok());
                }
                (kind, None) => session.take(kind, value),
            }
        }
        let mut read = Vec::new();
        let mut found = false;
        for (line, section) in &sections {
            let audio = if found { None } else { section.audio(line, &session) };
            read.push(match audio {
                Some(audio) => {
                    found = true;
                    Section::Audio(audio?)
                }
                None => other(line),
            });
        }
        if !found {
            return Err(Malformed::NoAudio);
        }
        let address = origin.or_else(|| session.address()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Description { session: numbers, address, sections: read })
    }
}

fn other(line: &str) -> Section {
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (media, _, protocol, formats) = (word(), word(), word(), word());
    Section::Other { media, protocol, formats }
}

/// The relevant lines of the session or of one section.
#[derive(Debug, Default)]
struct Lines<'a> {
    connection: Option<&'a str>,
    attributes: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    fn take(&mut self, kind: &str, value: &'a str) {
        match kind {
            "c" => self.connection = Some(value),
            "a" => self.attributes.push(value),
            _ => {}
        }
    }

    fn address(&self) -> Option<IpAddr> {
        let mut words = self.connection?.split_ascii_whitespace();
        if words.next() != Some("IN") {
            return None;
        }
        // A slash introduces multicast parameters.
        words.nth(1)?.split('/').next()?.parse().ok()
    }

    /// All values of an attribute, in order.
    fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.attributes.iter().filter_map(move |attribute| {
            let (this, value) = attribute.split_once(':').unwrap_or((attribute, ""));
            this.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn direction(&self) -> Option<Direction> {
        self.attributes.iter().rev().find_map(|attribute| match attribute.trim() {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        })
    }

    /// Reads the section as this call's sound. `None` if it is something else.
    fn audio(&self, line: &str, session: &Lines<'_>) -> Option<Result<Audio, Malformed>> {
        let mut words = line.split_ascii_whitespace();
        if words.next() != Some("audio") {
            return None;
        }
        let port: u16 = words.next()?.split('/').next()?.parse().ok()?;
        let (secure, feedback) = match words.next()? {
            "RTP/AVP" => (false, false),
            "RTP/AVPF" => (false, true),
            "RTP/SAVP" => (true, false),
            "RTP/SAVPF" => (true, true),
            _ => return None,
        };
        let Some(address) = self.address().or_else(|| session.address()) else {
            return Some(Err(Malformed::NoAddress));
        };
        let formats = words.take(MOST_FORMATS).filter_map(|word| self.format(word.parse().ok()?)).collect();
        let mut direction = self.direction().or_else(|| session.direction()).unwrap_or(Direction::SendRecv);
        if address.is_unspecified() {
            // Hold as signalled before RFC 3264.
            direction = Direction::of(direction.sends(), false);
        }
        let shared = self.values("rtcp-mux").next().is_some();
        let reports = if shared { port } else { self.reports(port) };
        let crypto = self.values("crypto").filter_map(crypto).collect();
        Some(Ok(Audio {
            address: SocketAddr::new(address, port),
            reports: SocketAddr::new(address, reports),
            shared,
            secure,
            feedback,
            formats,
            direction,
            ptime: self.values("ptime").next().and_then(|value| value.parse().ok()),
            crypto,
            keyed: self.values("crypto").next().is_some(),
        }))
    }

    /// The port for reports (RFC 3605). An address given with it is ignored: reports go to the address of the sound.
    fn reports(&self, port: u16) -> u16 {
        let told = self.values("rtcp").next().and_then(|value| value.split(' ').next()?.parse().ok());
        told.unwrap_or(port.saturating_add(1))
    }

    fn format(&self, payload_type: u8) -> Option<Format> {
        if payload_type > 127 {
            return None;
        }
        let map = self.values("rtpmap").find_map(|value| {
            let (number, map) = value.split_once(' ')?;
            (number.parse() == Ok(payload_type)).then(|| map.trim())
        });
        let kind = match map {
            Some(map) => kind(map)?,
            // RFC 3551, table 4.
            None => match payload_type {
                0 => Kind::Sound(Codec::Pcmu),
                8 => Kind::Sound(Codec::Pcma),
                9 => Kind::Sound(Codec::G722),
                13 => Kind::Noise(8000),
                _ => return None,
            },
        };
        Some(Format { payload_type, kind })
    }
}

fn kind(map: &str) -> Option<Kind> {
    let mut parts = map.split('/');
    let name = parts.next()?.to_ascii_lowercase();
    let clock: u32 = parts.next()?.trim().parse().ok()?;
    let channels = parts.next().map_or(Some(1), |channels| channels.trim().parse::<u32>().ok())?;
    match (name.as_str(), clock, channels) {
        ("opus", 48_000, 2) => Some(Kind::Sound(Codec::Opus)),
        ("g722", 8_000, 1) => Some(Kind::Sound(Codec::G722)),
        ("pcma", 8_000, 1) => Some(Kind::Sound(Codec::Pcma)),
        ("pcmu", 8_000, 1) => Some(Kind::Sound(Codec::Pcmu)),
        ("telephone-event", 8_000..=48_000, 1) => Some(Kind::Keys(clock)),
        ("cn", _, 1) => Some(Kind::Noise(clock)),
        _ => None,
    }
}

fn crypto(value: &str) -> Option<Crypto> {
    let mut words = value.split_ascii_whitespace();
    let tag = words.next()?.parse().ok()?;
    let suite = Suite::named(words.next()?)?;
    // Lines with several keys, or with session parameters that change the packet format, are not supported.
    let key = MasterKey::from_inline(words.next()?)?;
    words.next().is_none().then_some(Crypto { tag, suite, key })
}
