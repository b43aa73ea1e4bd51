//! What became of a stream's sound.

/// What became of the sound, in samples unless stated otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Played {
    /// Played in total.
    pub total: u64,
    /// Made up for sound that was lost or late.
    pub concealed: u64,
    /// The part of `concealed` that Opus' redundancy restored.
    pub recovered: u64,
    /// Repeated, to increase the delay.
    pub inserted: u64,
    /// Dropped, to reduce the delay.
    pub removed: u64,
    /// Packets that came too late or were duplicates.
    pub useless: u64,
    /// How many gaps were filled, that is, bursts of loss.
    pub gaps: u64,
}
