//! Writing a session description.

use std::{fmt, net::IpAddr};

use super::{Audio, Description, Kind, Section};
use crate::Codec;

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, version) = self.session;
        let own = Address(self.address);
        write!(f, "v=0\r\no=- {number} {version} {own}\r\ns=-\r\nc={own}\r\nt=0 0\r\n")?;
        for section in &self.sections {
            match section {
                Section::Audio(audio) => write_audio(audio, self.address, f)?,
                Section::Other { media, protocol, formats } => write!(f, "m={media} 0 {protocol} {formats}\r\n")?,
            }
        }
        Ok(())
    }
}

struct Address(IpAddr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "IN IP4 {address}"),
            IpAddr::V6(address) => write!(f, "IN IP6 {address}"),
        }
    }
}

fn write_audio(audio: &Audio, own: IpAddr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let secure = if audio.secure { "S" } else { "" };
    let feedback = if audio.feedback { "F" } else { "" };
    write!(f, "m=audio {} RTP/{secure}AVP{feedback}", audio.address.port())?;
    for format in &audio.formats {
        write!(f, " {}", format.payload_type)?;
    }
    if audio.formats.is_empty() {
        // The grammar wants at least one format, even in a refused section.
        write!(f, " 0")?;
    }
    write!(f, "\r\n")?;
    if audio.address.port() == 0 {
        return Ok(());
    }
    if audio.address.ip() != own {
        write!(f, "c={}\r\n", Address(audio.address.ip()))?;
    }
    for format in &audio.formats {
        let number = format.payload_type;
        match format.kind {
            Kind::Sound(Codec::Opus) => {
                write!(f, "a=rtpmap:{number} opus/48000/2\r\n")?;
                // RFC 7587: this side plays and records at 16,000 samples a second and understands redundancy.
                write!(f, "a=fmtp:{number} maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1\r\n")?;
            }
            Kind::Sound(codec) => write!(f, "a=rtpmap:{number} {}/{}\r\n", codec.name(), codec.clock())?,
            Kind::Keys(clock) => {
                write!(f, "a=rtpmap:{number} telephone-event/{clock}\r\na=fmtp:{number} 0-15\r\n")?;
            }
            Kind::Noise(clock) => write!(f, "a=rtpmap:{number} CN/{clock}\r\n")?,
        }
    }
    if let Some(ptime) = audio.ptime {
        write!(f, "a=ptime:{ptime}\r\n")?;
    }
    if audio.shared {
        write!(f, "a=rtcp-mux\r\n")?;
    } else if audio.reports.port() != audio.address.port().saturating_add(1) {
        write!(f, "a=rtcp:{}\r\n", audio.reports.port())?;
    }
    for crypto in &audio.crypto {
        write!(f, "a=crypto:{} {} {}\r\n", crypto.tag, crypto.suite.name(), crypto.key.inline())?;
    }
    write!(f, "a={}\r\n", audio.direction.name())
}
