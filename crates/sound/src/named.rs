//! What a file's name says about sound without a head.

/// The kind of sound that a file's extension stands for, for files that begin with the first sample: nothing in such bytes tells
/// µ-law from A-law, PCM or noise, and GSM only by chance, so they are played by their name or not at all.
///
/// A file that has a head (WAV, MP3, Ogg and others) is what its head says, whatever its name is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Named {
    /// No name, or the name of a file that should have a head: without one it is not played.
    #[default]
    Nothing,
    /// G.711 µ-law, 8 kHz: `.ulaw`, `.ul`, `.ulw`, `.mu`.
    MuLaw,
    /// G.711 A-law, 8 kHz: `.alaw`, `.al`, `.alw`.
    ALaw,
    /// GSM 06.10, 33 bytes a frame: `.gsm`.
    Gsm,
    /// Signed PCM of 16 bits, little-endian: `.sln` (8 kHz), `.sln16` and so on up to `.sln192`.
    Linear {
        /// Samples a second.
        rate: u32,
    },
    /// G.722 at 64 kbit/s, which is 16 kHz: `.g722`.
    G722,
    /// A codec that is not supported, by name.
    Undecodable(&'static str),
}

impl Named {
    /// By the extension of a file's name, in any case. `.raw` and `.pcm` mean something different in every program, so they mean
    /// nothing here.
    pub fn by(name: &str) -> Named {
        let ending = name.trim_end().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref().unwrap_or_default() {
            "ulaw" | "ul" | "ulw" | "mu" => Named::MuLaw,
            "alaw" | "al" | "alw" => Named::ALaw,
            "gsm" => Named::Gsm,
            "sln" => Named::Linear { rate: 8_000 },
            "sln12" => Named::Linear { rate: 12_000 },
            "sln16" => Named::Linear { rate: 16_000 },
            "sln24" => Named::Linear { rate: 24_000 },
            "sln32" => Named::Linear { rate: 32_000 },
            "sln44" => Named::Linear { rate: 44_100 },
            "sln48" => Named::Linear { rate: 48_000 },
            "sln96" => Named::Linear { rate: 96_000 },
            "sln192" => Named::Linear { rate: 192_000 },
            "g722" => Named::G722,
            "g729" => Named::Undecodable("G.729"),
            "g723" | "g723sf" => Named::Undecodable("G.723.1"),
            "g726-40" | "g726-32" | "g726-24" | "g726-16" => Named::Undecodable("G.726"),
            "g719" => Named::Undecodable("G.719"),
            "siren7" => Named::Undecodable("G.722.1 (Siren 7)"),
            "siren14" => Named::Undecodable("G.722.1 Annex C (Siren 14)"),
            "ilbc" => Named::Undecodable("iLBC"),
            "vox" => Named::Undecodable("Dialogic ADPCM"),
            _ => Named::Nothing,
        }
    }
}
