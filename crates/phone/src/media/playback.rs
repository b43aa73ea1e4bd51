//! The test without a network: what was said is played back.

use std::time::Duration;

use uncall_headset::{FRAME, RATE};

/// How long to speak.
const SPEAK: Duration = Duration::from_secs(4);
const MOST: usize = RATE as usize * SPEAK.as_secs() as usize;

/// What is played back.
#[derive(Debug)]
pub(super) struct Playback {
    said: Vec<f32>,
    at: usize,
    begun: Duration,
    loudest: f32,
    told: Option<Part>,
}

/// Where the test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Now somebody should speak.
    Speak,
    /// What was said is played.
    Listen,
    /// It is over.
    Over,
}

impl Playback {
    pub(super) fn new(now: Duration) -> Playback {
        Playback { said: Vec::new(), at: 0, begun: now, loudest: 0.0, told: None }
    }

    fn part(&self, now: Duration) -> Part {
        if now.saturating_sub(self.begun) < SPEAK {
            Part::Speak
        } else if self.at < self.said.len() {
            Part::Listen
        } else {
            Part::Over
        }
    }

    /// Takes 10 ms from the microphone.
    pub(super) fn hear(&mut self, frame: &[f32; FRAME], now: Duration) {
        if self.part(now) != Part::Speak {
            return;
        }
        let room = MOST.saturating_sub(self.said.len());
        self.said.extend(frame.iter().take(room));
        self.loudest = frame.iter().fold(self.loudest, |most, sample| most.max(sample.abs()));
    }

    /// Adds the next 10 ms to what is played.
    pub(super) fn play(&mut self, now: Duration, out: &mut [f32; FRAME]) {
        if self.part(now) != Part::Listen {
            return;
        }
        let rest = self.said.get(self.at..).unwrap_or_default();
        out.iter_mut().zip(rest).for_each(|(to, from)| *to += *from);
        self.at += FRAME;
    }

    /// The part and the loudest sample said, where the part is a new one.
    pub(super) fn news(&mut self, now: Duration) -> Option<(Part, f32)> {
        let part = self.part(now);
        (self.told.replace(part) != Some(part)).then_some((part, self.loudest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_played_once_and_without_a_microphone_it_is_over_at_once() {
        let at = |frame: u64| Duration::from_millis(10 * frame);
        let (mut playback, mut silent) = (Playback::new(at(0)), Playback::new(at(0)));
        let (mut parts, mut played, mut ended) = (Vec::new(), Vec::new(), None);
        for n in 0..900 {
            let frame = [(n as f32 + 1.0) / 1000.0; FRAME];
            playback.hear(&frame, at(n));
            let mut out = [0.0; FRAME];
            playback.play(at(n), &mut out);
            played.extend(Some(out[0]).filter(|sample| *sample != 0.0));
            parts.extend(playback.news(at(n)).map(|(part, loudest)| (n, part, loudest)));
            ended = ended.or(silent.news(at(n)).filter(|(part, _)| *part == Part::Over).map(|_| n));
        }
        assert_eq!(parts, [(0, Part::Speak, 0.001), (400, Part::Listen, 0.4), (799, Part::Over, 0.4)]);
        assert_eq!(played, (1..=400).map(|n| n as f32 / 1000.0).collect::<Vec<_>>());
        assert_eq!(ended, Some(400));
    }
}
