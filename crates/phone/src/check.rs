//! Tests before the first call: is anything said, and does it come back?

use std::{fmt, io};

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use uncall_headset::{Card, Levels};

use crate::{
    Devices,
    media::{Media, Order, Part, Told},
};

/// Softer than any voice, and louder than a microphone that is switched off: -50 dB.
const VOICE: f32 = 0.003;

/// What a test has seen.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// The loudest sample from the microphone, 0 to 1.
    pub said: f32,
    /// The loudest sample that came back over the network, 0 to 1. None where there was none in between.
    pub came_back: Option<f32>,
}

/// What is wrong, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing, or no voice, comes from the microphone.
    MicrophoneSilent,
    /// What was said does not come back.
    NetworkSilent,
    /// All is well.
    Fine,
}

impl Evidence {
    /// What it shows. An announcement that comes back before the echo counts as the echo.
    pub fn verdict(self) -> Verdict {
        if self.said.is_nan() || self.said < VOICE {
            Verdict::MicrophoneSilent
        } else if self.came_back.is_some_and(|level| level.is_nan() || level < VOICE) {
            Verdict::NetworkSilent
        } else {
            Verdict::Fine
        }
    }

    /// Takes the levels of another second of a call.
    pub(crate) fn add(&mut self, (said, came_back): (f32, f32)) {
        self.said = self.said.max(said);
        self.came_back = Some(self.came_back.unwrap_or_default().max(came_back));
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::MicrophoneSilent => "nothing comes from the microphone",
            Verdict::NetworkSilent => "the network lets no sound through",
            Verdict::Fine => "fine",
        })
    }
}

/// A test of microphone and headphones without a network: four seconds to speak, then that is played back. Needs no line. Dropping
/// it ends the test and closes the devices.
#[derive(Debug)]
pub struct DeviceTest {
    _media: Media,
    told: UnboundedReceiver<Told>,
}

/// News of a test of the devices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tested {
    /// Now somebody should speak.
    Speak,
    /// What was said is played.
    Listen,
    /// The levels of both devices, 20 times a second.
    Levels(Levels),
    /// The end, unless the test is kept for its levels.
    Verdict(Verdict),
}

impl DeviceTest {
    /// Starts with these devices.
    ///
    /// # Errors
    ///
    /// If the sound thread cannot be started.
    pub fn start(card: Box<dyn Card>, devices: Devices) -> io::Result<DeviceTest> {
        let (events, told) = unbounded_channel();
        let media = Media::start(card, devices, events)?;
        media.order(Order::Playback);
        Ok(DeviceTest { _media: media, told })
    }

    /// Waits for news. None if the sound thread is gone.
    pub async fn next(&mut self) -> Option<Tested> {
        loop {
            return Some(match self.told.recv().await? {
                Told::Levels(levels) => Tested::Levels(levels),
                Told::Playback(Part::Speak, _) => Tested::Speak,
                Told::Playback(Part::Listen, _) => Tested::Listen,
                Told::Playback(Part::Over, said) => Tested::Verdict(Evidence { said, came_back: None }.verdict()),
                Told::Quality(_) | Told::Dead(_) | Told::Device(_) => continue,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_its_evidence() {
        for (said, came_back, verdict) in [
            // No microphone, one that is switched off, its hiss; whatever came back.
            (0.0, None, Verdict::MicrophoneSilent),
            (0.000_3, None, Verdict::MicrophoneSilent),
            (0.002, Some(0.0), Verdict::MicrophoneSilent),
            (0.002, Some(0.5), Verdict::MicrophoneSilent),
            (f32::NAN, Some(0.5), Verdict::MicrophoneSilent),
            // Somebody spoke, and nothing or comfort noise came back.
            (0.01, Some(0.0), Verdict::NetworkSilent),
            (1.0, Some(0.002), Verdict::NetworkSilent),
            (1.0, Some(f32::NAN), Verdict::NetworkSilent),
            // A soft and a loud voice.
            (0.01, Some(0.01), Verdict::Fine),
            (1.0, Some(0.8), Verdict::Fine),
            (0.01, None, Verdict::Fine),
        ] {
            assert_eq!(Evidence { said, came_back }.verdict(), verdict, "{said} {came_back:?}");
        }
        let mut evidence = Evidence::default();
        for second in [(0.0, 0.0), (0.4, 0.0), (0.1, 0.3)] {
            evidence.add(second);
        }
        assert_eq!(evidence, Evidence { said: 0.4, came_back: Some(0.3) });
        assert_eq!(Verdict::NetworkSilent.to_string(), "the network lets no sound through");
    }
}
