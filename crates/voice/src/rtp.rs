//! RTP packets (RFC 3550, section 5.1): the fixed header, optional parts, and the payload.

/// The fixed header of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Set on the first packet after a pause, and on the first packet of a telephone event.
    pub marker: bool,
    /// Seven bits whose meaning SDP defines.
    pub payload_type: u8,
    /// Increases by one with each packet, modulo 2^16.
    pub sequence: u16,
    /// Sampling time of the first sample, in ticks of the payload's clock.
    pub timestamp: u32,
    /// The sender.
    pub ssrc: u32,
}

/// A received packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The header.
    pub header: Header,
    /// The encoded sound, without contributing sources, header extension and padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram. `None` if it is not a complete RTP packet of version 2.
    pub fn read(bytes: &'a [u8]) -> Option<Packet<'a>> {
        let (&[first, second, a, b, c, d, e, f, g, h, i, j], mut rest) = bytes.split_first_chunk::<12>()?;
        if first >> 6 != 2 {
            return None;
        }
        rest = rest.get(usize::from(first & 15) * 4..)?;
        if first & 0x10 != 0 {
            let (&[_, _, high, low], behind) = rest.split_first_chunk::<4>()?;
            rest = behind.get(usize::from(u16::from_be_bytes([high, low])) * 4..)?;
        }
        if first & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            if padding == 0 {
                return None;
            }
            rest = rest.get(..rest.len().checked_sub(padding)?)?;
        }
        let header = Header {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([a, b]),
            timestamp: u32::from_be_bytes([c, d, e, f]),
            ssrc: u32::from_be_bytes([g, h, i, j]),
        };
        Some(Packet { header, payload: rest })
    }
}

impl Header {
    /// Appends the 12 bytes of the header to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(0x80);
        out.push(u8::from(self.marker) << 7 | self.payload_type & 0x7f);
        out.extend(self.sequence.to_be_bytes());
        out.extend(self.timestamp.to_be_bytes());
        out.extend(self.ssrc.to_be_bytes());
    }
}

/// Whether a datagram is RTCP, on a port shared by RTP and RTCP (RFC 5761, section 4).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first >> 6 == 2 && (192..=223).contains(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_the_sound_is_left_away() {
        // Two contributing sources, an extension of one word, three bytes of padding.
        let mut bytes = vec![0xb2, 0x88, 0x12, 0x34, 0, 0, 0, 160, 1, 2, 3, 4];
        bytes.extend([9; 8]);
        bytes.extend([0xbe, 0xde, 0, 1, 7, 7, 7, 7]);
        bytes.extend(b"sound");
        bytes.extend([0, 0, 3]);
        let packet = Packet::read(&bytes).expect("a packet");
        assert_eq!(packet.payload, b"sound");
        let header = Header { marker: true, payload_type: 8, sequence: 0x1234, timestamp: 160, ssrc: 0x0102_0304 };
        assert_eq!(packet.header, header);
        let mut again = Vec::new();
        header.write(&mut again);
        assert_eq!(again[1..], bytes[1..12]);
    }

    #[test]
    fn what_is_not_whole_is_no_packet() {
        for bytes in [
            &[][..],
            &[0x80; 11],
            &[0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],             // version 1
            &[0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],             // a source too few
            &[0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 1], // an extension cut short
            &[0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5],          // more padding than there is
            &[0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],          // padding of nothing
        ] {
            assert_eq!(Packet::read(bytes), None, "{bytes:?}");
        }
    }
}
