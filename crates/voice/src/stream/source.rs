//! Who is heard: from where, and which sender.

use std::net::SocketAddr;

use crate::{reception::Reception, rtp::Header, sequence::Sequence};

/// From where sound in clear is believed: from the negotiated machine, and of its ports from the one that sends first, as address
/// translators change ports. What decrypts is believed from everywhere, and answered there.
#[derive(Debug)]
pub(super) struct Latch {
    pub(super) negotiated: SocketAddr,
    pub(super) taken: Option<SocketAddr>,
}

/// The sender that is heard.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) ssrc: u32,
    pub(super) sequence: Sequence,
    pub(super) timestamp: i64,
    pub(super) reception: Reception,
    pub(super) received: u64,
    /// Another one that wants to take its place, and how many packets in a row it has sent.
    pub(super) rival: Option<(u32, u16)>,
}

impl Latch {
    pub(super) fn address(&self) -> SocketAddr {
        self.taken.unwrap_or(self.negotiated)
    }

    /// Whether sound from there may be believed. `heard`: the one that was taken still sends.
    pub(super) fn allows(&self, from: SocketAddr, heard: bool) -> bool {
        match self.taken {
            Some(taken) if taken == from => true,
            Some(_) if heard => false,
            // The negotiated address has its right back when the other is silent; a stranger has none.
            Some(_) => from == self.negotiated,
            None => from.ip() == self.negotiated.ip(),
        }
    }

    pub(super) fn take(&mut self, from: SocketAddr) {
        self.taken = Some(from);
    }
}

impl Source {
    /// Another sender's packet, while this one is still heard: it takes over with the third in a row (RFC 3550 asks for two), as
    /// PBXs change the sender within a call when they change its path.
    pub(super) fn yields(&mut self, head: &Header) -> bool {
        let (ssrc, count) = self.rival.unwrap_or((head.ssrc, 0));
        let count = if ssrc == head.ssrc { count + 1 } else { 1 };
        self.rival = Some((head.ssrc, count));
        count >= 3
    }
}
