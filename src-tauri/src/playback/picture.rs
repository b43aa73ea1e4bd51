//! What the page knows of a recording: waveform, length, problems.

use std::time::Duration;

use serde::Serialize;
use uncall_client::sound::{Peaks, Silences};
use uncall_desk::problem::Problem;

/// The complete picture, sent on every change. Times are seconds from the start of the sound.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Picture {
    /// The player it is for.
    pub(crate) player: String,
    /// The total length, if known. Until the end it is what head and server promise.
    pub(crate) length: Option<f64>,
    /// How far it has been decoded.
    pub(crate) ready: f64,
    /// Whether nothing more will come.
    pub(crate) ended: bool,
    /// The duration of each level.
    pub(crate) step: f64,
    /// Peak levels, 0 to 255, one lane per channel.
    pub(crate) lanes: Vec<Vec<u8>>,
    /// Silences of both channels: from and to.
    pub(crate) silences: Vec<[f64; 2]>,
    /// Where it is damaged for the first time.
    pub(crate) damaged_at: Option<f64>,
    /// Why it cannot be played, or no further.
    pub(crate) problem: Option<Problem>,
}

/// Follows the sound.
#[derive(Debug)]
pub(crate) struct Drawing {
    channels: u16,
    rate: u32,
    peaks: Peaks,
    silences: Silences,
    /// Of all channels together.
    samples: u64,
}

impl Drawing {
    /// For sound with this many channels and samples a second.
    pub(crate) fn new(channels: u16, rate: u32) -> Drawing {
        Drawing { channels, rate, peaks: Peaks::new(channels), silences: Silences::new(channels, rate), samples: 0 }
    }

    /// Takes the next samples.
    pub(crate) fn push(&mut self, samples: &[i16]) {
        self.peaks.push(samples);
        self.silences.push(samples);
        self.samples += samples.len() as u64;
    }

    /// Puts the present state into a picture.
    pub(crate) fn paint(&self, picture: &mut Picture) {
        picture.ready = moments(self.samples / u64::from(self.channels.max(1)), self.rate);
        picture.step = moments(self.peaks.width(), self.rate);
        picture.lanes = (0..self.channels).map(|channel| self.peaks.levels(channel)).collect();
        let second = |milliseconds: u64| Duration::from_millis(milliseconds).as_secs_f64();
        picture.silences = self.silences.spans().iter().map(|span| [second(span.start), second(span.end)]).collect();
    }
}

#[expect(clippy::cast_precision_loss, reason = "a day has fewer samples than a double has whole numbers")]
fn moments(moments: u64, rate: u32) -> f64 {
    moments as f64 / f64::from(rate.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_grows_with_the_sound() {
        let mut drawing = Drawing::new(2, 8000);
        let mut picture = Picture::default();
        drawing.push(&[0; 8000 * 2 * 2]);
        drawing.push(&[16_384, -32_768].repeat(8000));
        drawing.paint(&mut picture);
        assert!((picture.ready - 3.0).abs() < f64::EPSILON);
        assert_eq!(picture.silences, [[0.0, 2.0]]);
        assert_eq!(picture.lanes.len(), 2);
        let last = |lane: usize| picture.lanes.get(lane).and_then(|levels| levels.last()).copied();
        assert_eq!((last(0), last(1)), (Some(128), Some(255)));
        let levels = picture.lanes.first().map_or(0, Vec::len);
        assert!((picture.step * f64::from(u32::try_from(levels).unwrap()) - 3.0).abs() < picture.step);
    }
}
