//! The version that a program or library carries.

use std::{fs, path::Path};

use anyhow::Context;

/// The first bytes of every `VS_FIXEDFILEINFO`: its signature and the version of its structure.
const BEGINS: [u8; 8] = [0xBD, 0x04, 0xEF, 0xFE, 0, 0, 1, 0];

/// The version of this file, such as `1.0.3800.47`.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    find(&bytes).with_context(|| format!("{} carries no version", file.display()))
}

fn find(bytes: &[u8]) -> Option<String> {
    let at = bytes.windows(BEGINS.len()).position(|window| window == BEGINS)? + BEGINS.len();
    let half = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    // Two double words, of each the upper half first.
    Some(format!("{}.{}.{}.{}", half(at + 2)?, half(at)?, half(at + 6)?, half(at + 4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_its_resource() {
        let mut bytes = b"MZ and more".to_vec();
        bytes.extend(BEGINS);
        bytes.extend([0, 0, 1, 0, 47, 0, 0xD8, 0x0E]);
        assert_eq!(find(&bytes).as_deref(), Some("1.0.3800.47"));
        assert_eq!(find(b"MZ and nothing"), None);
        assert_eq!(find(&BEGINS), None);
    }
}
