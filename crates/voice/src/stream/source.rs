//! Decides which address and which sender are heard.

use std::net::SocketAddr;

use crate::{reception::Reception, rtp::Header, sequence::Sequence};

/// Decides which address unencrypted sound is accepted from: only from the negotiated machine, and there from the port that sends
/// first, since address translators change ports. Sound that decrypts is accepted from anywhere, and replies go there.
#[derive(Debug)]
pub(super) struct Latch {
    pub(super) negotiated: SocketAddr,
    pub(super) taken: Option<SocketAddr>,
}

/// The sender being heard.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) ssrc: u32,
    pub(super) sequence: Sequence,
    pub(super) timestamp: i64,
    pub(super) reception: Reception,
    pub(super) received: u64,
    /// Another sender that tries to take over, and how many packets in a row it has sent.
    pub(super) rival: Option<(u32, u16)>,
}

impl Latch {
    pub(super) fn address(&self) -> SocketAddr {
        self.taken.unwrap_or(self.negotiated)
    }

    /// Whether to accept sound from this address. `heard`: the address accepted so far is still sending.
    pub(super) fn allows(&self, from: SocketAddr, heard: bool) -> bool {
        match self.taken {
            Some(taken) if taken == from => true,
            Some(_) if heard => false,
            // Once the other falls silent, the negotiated address may take over again. A stranger may not.
            Some(_) => from == self.negotiated,
            None => from.ip() == self.negotiated.ip(),
        }
    }

    pub(super) fn take(&mut self, from: SocketAddr) {
        self.taken = Some(from);
    }
}

impl Source {
    /// Takes a packet of another sender while this one is still heard. The other takes over with its third packet in a row (RFC
    /// 3550 asks for two): PBXs change the sender during a call when they change its path.
    pub(super) fn yields(&mut self, head: &Header) -> bool {
        let (ssrc, count) = self.rival.unwrap_or((head.ssrc, 0));
        let count = if ssrc == head.ssrc { count + 1 } else { 1 };
        self.rival = Some((head.ssrc, count));
        count >= 3
    }
}
