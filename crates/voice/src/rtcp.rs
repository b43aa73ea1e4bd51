//! RTCP (RFC 3550, section 6): reports on what was sent and received.

/// A report block: what one side has received from one sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// The sender.
    pub ssrc: u32,
    /// Fraction lost since the last report, in 1/256.
    pub fraction: u8,
    /// Total losses: 24 bits, signed, because duplicates count against losses.
    pub lost: i32,
    /// The highest sequence number; the upper 16 bits count the rollovers.
    pub highest: u32,
    /// Mean deviation of the packet spacing, in ticks of the payload's clock.
    pub jitter: u32,
    /// The middle 32 bits of the time in the last sender report. 0 if none has come.
    pub last_sender: u32,
    /// Time since that sender report came, in 1/65536 s.
    pub since: u32,
}

/// What a sender reports about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Time of this report: seconds in the upper 32 bits, 2^-32 s in the lower.
    pub time: u64,
    /// The same moment in ticks of the payload's clock.
    pub timestamp: u32,
    /// Packets sent so far.
    pub packets: u32,
    /// Payload bytes sent so far.
    pub bytes: u32,
}

/// One packet of a compound packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rtcp {
    /// A sender report (with `sent`) or a receiver report.
    Reports {
        /// The side that reports.
        ssrc: u32,
        /// What it has sent.
        sent: Option<Sent>,
        /// What it has received.
        reports: Vec<Report>,
    },
    /// Source descriptions, of which only canonical names are read.
    Names(Vec<(u32, String)>),
    /// These senders have left.
    Bye(Vec<u32>),
}

const SENDER: u8 = 200;
const RECEIVER: u8 = 201;
const NAMES: u8 = 202;
const BYE: u8 = 203;
const CNAME: u8 = 1;

/// Reads a compound packet. Skips unknown kinds, and stops at the first damaged packet.
pub fn read(mut bytes: &[u8]) -> Vec<Rtcp> {
    let mut found = Vec::new();
    while let Some((&[first, kind, high, low], rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([high, low])) * 4;
        let Some((mut body, behind)) = rest.split_at_checked(length) else { break };
        if first >> 6 != 2 {
            break;
        }
        if first & 0x20 != 0 {
            let padding = body.last().copied().map_or(0, usize::from);
            let Some(kept) = body.len().checked_sub(padding).and_then(|kept| body.get(..kept)) else { break };
            body = kept;
        }
        let count = usize::from(first & 31);
        let read = match kind {
            SENDER | RECEIVER => reports(body, kind == SENDER, count),
            NAMES => Some(Rtcp::Names(names(body, count))),
            BYE => Some(Rtcp::Bye(words(body).take(count).collect())),
            _ => None,
        };
        found.extend(read);
        bytes = behind;
    }
    found
}

/// Writes one compound packet: a report on what was sent and received, and the canonical name.
pub fn write(ssrc: u32, sent: Option<Sent>, heard: Option<Report>, name: &str, out: &mut Vec<u8>) {
    let length: u16 = 1 + if sent.is_some() { 5 } else { 0 } + if heard.is_some() { 6 } else { 0 };
    out.extend([0x80 | u8::from(heard.is_some()), if sent.is_some() { SENDER } else { RECEIVER }]);
    out.extend(length.to_be_bytes());
    out.extend(ssrc.to_be_bytes());
    if let Some(sent) = sent {
        out.extend(sent.time.to_be_bytes());
        out.extend(sent.timestamp.to_be_bytes());
        out.extend(sent.packets.to_be_bytes());
        out.extend(sent.bytes.to_be_bytes());
    }
    if let Some(heard) = heard {
        out.extend(heard.ssrc.to_be_bytes());
        let [_, lost @ ..] = heard.lost.clamp(-0x80_0000, 0x7f_ffff).to_be_bytes();
        out.push(heard.fraction);
        out.extend(lost);
        out.extend(heard.highest.to_be_bytes());
        out.extend(heard.jitter.to_be_bytes());
        out.extend(heard.last_sender.to_be_bytes());
        out.extend(heard.since.to_be_bytes());
    }
    let name: Vec<u8> = name.bytes().take(255).collect();
    // Source, type, length and text, padded to whole words with at least one zero.
    let words = (4 + 2 + name.len()) / 4 + 1;
    out.extend([0x81, NAMES]);
    out.extend(u16::try_from(words).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(ssrc.to_be_bytes());
    out.extend([CNAME, u8::try_from(name.len()).unwrap_or(u8::MAX)]);
    out.extend(&name);
    out.extend(std::iter::repeat_n(0, words * 4 - 6 - name.len()));
}

/// Appends a goodbye to a report.
pub fn write_bye(ssrc: u32, out: &mut Vec<u8>) {
    out.extend([0x81, BYE, 0, 1]);
    out.extend(ssrc.to_be_bytes());
}

fn reports(body: &[u8], sender: bool, count: usize) -> Option<Rtcp> {
    let mut words = words(body);
    let ssrc = words.next()?;
    let mut sent = None;
    if sender {
        let time = u64::from(words.next()?) << 32 | u64::from(words.next()?);
        sent = Some(Sent { time, timestamp: words.next()?, packets: words.next()?, bytes: words.next()? });
    }
    let mut reports = Vec::new();
    for _ in 0..count {
        let Some(of) = words.next() else { break };
        let lost = words.next()?;
        reports.push(Report {
            ssrc: of,
            fraction: (lost >> 24) as u8,
            lost: (lost << 8) as i32 >> 8,
            highest: words.next()?,
            jitter: words.next()?,
            last_sender: words.next()?,
            since: words.next()?,
        });
    }
    Some(Rtcp::Reports { ssrc, sent, reports })
}

fn names(mut body: &[u8], count: usize) -> Vec<(u32, String)> {
    let mut names = Vec::new();
    for _ in 0..count {
        let Some((ssrc, mut rest)) = body.split_first_chunk::<4>() else { break };
        let whole = rest.len();
        loop {
            let Some((&kind, behind)) = rest.split_first() else { return names };
            if kind == 0 {
                // The list ends with zeros up to the next word.
                let used = (whole - rest.len()) / 4 * 4 + 4;
                body = body.get(4 + used..).unwrap_or_default();
                break;
            }
            let Some((&length, behind)) = behind.split_first() else { return names };
            let Some((text, behind)) = behind.split_at_checked(length.into()) else { return names };
            if kind == CNAME {
                names.push((u32::from_be_bytes(*ssrc), String::from_utf8_lossy(text).into_owned()));
            }
            rest = behind;
        }
    }
    names
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for name in ["", "a", "ab", "abc", "agent@desk"] {
            let sent = Sent { time: 0x0102_0304_0506_0708, timestamp: 9, packets: 10, bytes: 11 };
            let heard =
                Report { ssrc: 5, fraction: 12, lost: -3, highest: 70_000, jitter: 8, last_sender: 1, since: 2 };
            let mut bytes = Vec::new();
            write(7, Some(sent), Some(heard), name, &mut bytes);
            write_bye(7, &mut bytes);
            assert_eq!(bytes.len() % 4, 0);
            assert_eq!(
                read(&bytes),
                [
                    Rtcp::Reports { ssrc: 7, sent: Some(sent), reports: vec![heard] },
                    Rtcp::Names(vec![(7, name.to_owned())]),
                    Rtcp::Bye(vec![7]),
                ]
            );
        }
    }

    /// Two sources, the second with another item (`2`) after its canonical name.
    #[test]
    fn several_names_in_one_packet_are_read() {
        let mut body = vec![0x82, NAMES, 0, 6];
        body.extend([0, 0, 0, 1, CNAME, 2, b'a', b'b', 0, 0, 0, 0]);
        body.extend([0, 0, 0, 2, CNAME, 1, b'c', 2, 1, b'x', 0, 0]);
        assert_eq!(read(&body), [Rtcp::Names(vec![(1, "ab".to_owned()), (2, "c".to_owned())])]);
    }
}
