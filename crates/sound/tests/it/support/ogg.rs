//! Ogg files taken apart and put together again, with right checksums.

/// The pages of a file.
pub(crate) fn pages(file: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = file;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let table = &rest[27..27 + usize::from(rest[26])];
        let length = 27 + table.len() + table.iter().map(|segment| usize::from(*segment)).sum::<usize>();
        let (page, behind) = rest.split_at(length);
        out.push(page.to_vec());
        rest = behind;
    }
    out
}

/// The file with another head of Opus.
pub(crate) fn with_head(file: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut pages = pages(file);
    change(&mut pages[0][28..]);
    seal(&mut pages[0]);
    pages.concat()
}

/// The file with other positions.
pub(crate) fn with_positions(file: &[u8], change: impl Fn(u64) -> u64) -> Vec<u8> {
    let mut pages = pages(file);
    for page in &mut pages {
        let position = page[6..14].try_into().map_or(0, u64::from_le_bytes);
        page[6..14].copy_from_slice(&change(position).to_le_bytes());
        seal(page);
    }
    pages.concat()
}

/// Writes a page's checksum: a CRC of 32 bits with the polynomial 0x04C11DB7, not mirrored.
pub(crate) fn seal(page: &mut [u8]) {
    page[22..26].fill(0);
    let sum = page.iter().fold(0u32, |sum, byte| {
        (0..8)
            .fold(sum ^ u32::from(*byte) << 24, |sum, _| if sum >> 31 == 1 { sum << 1 ^ 0x04C1_1DB7 } else { sum << 1 })
    });
    page[22..26].copy_from_slice(&sum.to_le_bytes());
}
