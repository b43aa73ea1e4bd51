//! G.711: the two laws by which telephony encodes a sample in 8 bits.
//!
//! Both have the sign in the top bit, then three bits of segment and four of step; each segment's steps are twice as wide as
//! those of the one before.

/// Decodes a byte of A-law to 16 bits, of which 13 are significant.
pub(crate) fn a(byte: u8) -> i16 {
    // Every other bit is sent inverted.
    let byte = byte ^ 0x55;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 0xF));
    // The middle of the step.
    let middle = step << 4 | 8;
    let size = if segment == 0 { middle } else { (middle | 0x100) << (segment - 1) };
    if byte & 0x80 == 0 { -size } else { size }
}

/// Decodes a byte of µ-law to 16 bits, of which 14 are significant.
pub(crate) fn mu(byte: u8) -> i16 {
    const BIAS: i16 = 0x84;
    let byte = !byte;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 0xF));
    let size = ((step << 3 | BIAS) << segment) - BIAS;
    if byte & 0x80 == 0 { size } else { -size }
}
