//! Who hears whom: everybody and everything that sounds in the lab has a tone of its own.

use std::{collections::BTreeSet, f64::consts::TAU};

/// Samples a second, everywhere in the lab.
pub(super) const RATE: usize = 8000;

/// A tone, and what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// The phone 801.
    Phone801,
    /// The phone 802.
    Phone802,
    /// The phone 803.
    Phone803,
    /// The phone 804, and every further one.
    Phone804,
    /// A further phone of somebody who has one already.
    SecondPhone,
    /// The same.
    ThirdPhone,
    /// The outside numbers that are called.
    Customer,
    /// A second customer, who only calls in.
    OtherCustomer,
    /// The music of a held call.
    Music,
    /// "You are being transferred".
    Transferring,
    /// "The extension is busy".
    BusyPrompt,
    /// "Please rate".
    SurveyPrompt,
    /// "Thank you".
    ThanksPrompt,
}

/// Spaced unevenly, so that no sum or difference of two, nor a harmonic, is a third.
const FREQUENCIES: [(Tone, u32); 13] = [
    (Tone::Phone801, 630),
    (Tone::Phone802, 720),
    (Tone::Phone803, 920),
    (Tone::Phone804, 970),
    (Tone::SecondPhone, 1110),
    (Tone::ThirdPhone, 1230),
    (Tone::Customer, 1410),
    (Tone::OtherCustomer, 1480),
    (Tone::Music, 1520),
    (Tone::Transferring, 1580),
    (Tone::BusyPrompt, 1730),
    (Tone::SurveyPrompt, 1790),
    (Tone::ThanksPrompt, 1920),
];

impl Tone {
    /// In hertz.
    pub fn frequency(self) -> u32 {
        FREQUENCIES.iter().find(|(tone, _)| *tone == self).map_or(0, |(_, frequency)| *frequency)
    }
}

/// What reached a phone's ear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// No sound packets at all.
    Nothing,
    /// Packets without a tone.
    Silence,
    /// These tones at once.
    Tones(BTreeSet<Tone>),
}

impl Heard {
    /// Exactly these tones.
    pub fn tones<const N: usize>(tones: [Tone; N]) -> Heard {
        Heard::Tones(BTreeSet::from(tones))
    }

    /// What is in these samples, 8000 a second.
    pub fn in_samples(samples: &[i16]) -> Heard {
        let tones = tones(samples);
        if tones.is_empty() { Heard::Silence } else { Heard::Tones(tones) }
    }
}

/// Which tones are in these samples, by Goertzel's method.
fn tones(samples: &[i16]) -> BTreeSet<Tone> {
    let length = samples.len() as f64;
    let audible = |frequency: u32| {
        let turn = 2.0 * (TAU * f64::from(frequency) / RATE as f64).cos();
        let (mut last, mut before) = (0.0, 0.0);
        for sample in samples {
            (last, before) = (f64::from(*sample) + turn * last - before, last);
        }
        let power = last * last + before * before - turn * last * before;
        // The amplitude of that tone; a phone sends about 8000 and more, noise of the codec stays below 200.
        2.0 * power.max(0.0).sqrt() / length > 1000.0
    };
    FREQUENCIES.into_iter().filter(|(_, frequency)| audible(*frequency)).map(|(tone, _)| tone).collect()
}

/// A file of this tone, or of silence: µ-law, 8000 Hz, as Asterisk plays it without a codec.
pub(super) fn ulaw(tone: Option<Tone>, milliseconds: usize) -> Vec<u8> {
    let step = TAU * tone.map_or(0.0, |tone| f64::from(tone.frequency())) / RATE as f64;
    (0..RATE * milliseconds / 1000).map(|at| encode((8000.0 * (step * at as f64).sin()) as i16)).collect()
}

/// G.711 µ-law.
fn encode(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.unsigned_abs().min(32635) + 132;
    let segment = 8 - magnitude.leading_zeros() as u16;
    let mantissa = (magnitude >> (segment + 3)) & 0x0f;
    !((sign | (segment << 4) | mantissa) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tone_is_heard_alone_and_in_a_mixture() {
        let wave = |tone: Tone, at: usize| 8000.0 * (TAU * f64::from(tone.frequency()) * at as f64 / RATE as f64).sin();
        for (tone, _) in FREQUENCIES {
            let alone: Vec<i16> = (0..2000).map(|at| wave(tone, at) as i16).collect();
            assert_eq!(tones(&alone), BTreeSet::from([tone]));
            for (other, _) in FREQUENCIES.into_iter().filter(|(other, _)| *other != tone) {
                let both: Vec<i16> = (0..2000).map(|at| (wave(tone, at) + wave(other, at)) as i16).collect();
                assert_eq!(tones(&both), BTreeSet::from([tone, other]));
            }
        }
    }

    #[test]
    fn the_files_are_mu_law() {
        assert_eq!(
            [encode(0), encode(-1), encode(32767), encode(-32768), encode(1000)],
            [0xff, 0x7f, 0x80, 0x00, 0xce]
        );
    }
}
