//! Encrypted sound (RFC 3711) with keys that SDP carries (SDES, RFC 4568).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};
use rtc_srtp::{
    context::Context,
    crypto::providers::RingCrypto,
    option::{srtcp_replay_protection, srtp_replay_protection},
    protection_profile::ProtectionProfile,
};

use crate::guard::guarded;

/// The cipher suite. Both are 128-bit AES in counter mode, which every PBX supports; they differ only in tag length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80`: offered and accepted.
    Tag80,
    /// `AES_CM_128_HMAC_SHA1_32`: accepted only.
    Tag32,
}

impl Suite {
    /// Its name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Suite::Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::Tag32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// The suite of this name, in any case. `None` if it is not supported.
    pub fn named(name: &str) -> Option<Suite> {
        [Suite::Tag80, Suite::Tag32].into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    fn profile(self) -> ProtectionProfile {
        match self {
            Suite::Tag80 => ProtectionProfile::Aes128CmHmacSha1_80,
            Suite::Tag32 => ProtectionProfile::Aes128CmHmacSha1_32,
        }
    }
}

/// A master key and its salt. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; 30]);

impl MasterKey {
    /// Makes a key from 30 random bytes.
    pub fn new(random: [u8; 30]) -> MasterKey {
        MasterKey(random)
    }

    /// Reads the `inline:` part of a crypto line. A lifetime is ignored (2^48 packets are enough). A key identifier (MKI), which
    /// lengthens every packet, is not supported and gives `None`.
    pub(crate) fn from_inline(text: &str) -> Option<MasterKey> {
        let mut parts = text.strip_prefix("inline:")?.split('|');
        let key = parts.next()?;
        if parts.any(|part| part.contains(':')) {
            return None;
        }
        let decoded = STANDARD.decode(key).or_else(|_| STANDARD_NO_PAD.decode(key)).ok()?;
        decoded.try_into().ok().map(MasterKey)
    }

    pub(crate) fn inline(&self) -> String {
        format!("inline:{}", STANDARD.encode(self.0))
    }

    fn context(&self, suite: Suite) -> Option<Context> {
        let (key, salt) = self.0.split_at_checked(16)?;
        // A replay window of 64 packets is 1.3 s of sound at 20 ms each: no network reorders by more.
        let (rtp, rtcp) = (srtp_replay_protection(64), srtcp_replay_protection(64));
        Context::new(key, salt, suite.profile(), Some(rtp), Some(rtcp), &RingCrypto).ok()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

/// Encrypts outgoing packets. Lives as long as its key, because the rollover counter must survive a hold.
pub(crate) struct Sealer(Option<Context>);

impl Sealer {
    pub(crate) fn new(suite: Suite, key: &MasterKey) -> Sealer {
        Sealer(key.context(suite))
    }

    /// Encrypts an RTP packet. `None` if that fails: the packet must not go out in clear.
    pub(crate) fn rtp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let context = self.0.as_mut()?;
        guarded(|| context.encrypt_rtp(packet).ok()).flatten().map(|sealed| sealed.to_vec())
    }

    /// Encrypts an RTCP packet.
    pub(crate) fn rtcp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let context = self.0.as_mut()?;
        guarded(|| context.encrypt_rtcp(packet).ok()).flatten().map(|sealed| sealed.to_vec())
    }
}

/// Decrypts the packets of one sender. Packets of another sender are tried with a fresh context, so that forged senders leave no
/// trace.
pub(crate) struct Opener {
    suite: Suite,
    key: MasterKey,
    sender: Option<(u32, Context)>,
}

impl Opener {
    pub(crate) fn new(suite: Suite, key: MasterKey) -> Opener {
        Opener { suite, key, sender: None }
    }

    /// Decrypts an RTP packet of this sender. `None` if it was not encrypted with the key or is a replay.
    pub(crate) fn rtp(&mut self, ssrc: u32, packet: &[u8]) -> Option<Vec<u8>> {
        self.open(ssrc, |context| context.decrypt_rtp(packet).ok().map(|opened| opened.to_vec()))
    }

    /// Decrypts an RTCP packet.
    pub(crate) fn rtcp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let (_, rest) = packet.split_first_chunk::<4>()?;
        let ssrc = u32::from_be_bytes(*rest.first_chunk::<4>()?);
        // rtc-srtp 0.21.1 does not check the tag of a report that claims to be unencrypted, so anybody could forge one. The flag
        // is the top bit of the 4-byte index before the tag, which is 10 bytes long for reports in both suites.
        let told = packet.len().checked_sub(14).and_then(|at| packet.get(at))?;
        if told & 0x80 == 0 {
            return None;
        }
        self.open(ssrc, |context| context.decrypt_rtcp(packet).ok().map(|opened| opened.to_vec()))
    }

    fn open(&mut self, ssrc: u32, run: impl Fn(&mut Context) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
        if let Some((known, context)) = &mut self.sender
            && *known == ssrc
        {
            return guarded(|| run(context)).flatten();
        }
        let mut context = self.key.context(self.suite)?;
        let opened = guarded(|| run(&mut context)).flatten()?;
        self.sender = Some((ssrc, context));
        Some(opened)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("suite", &self.suite).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
