//! Fills the gaps that lost and late packets leave.

use std::time::Duration;

use super::{
    BRIDGED, Playout,
    conceal::{self, Continuation},
    wave::{fade, most_like, part, peak, tail},
};

impl Playout {
    /// Fills the gap from `from` to the packet at `position`.
    pub(super) fn fill(&mut self, from: i64, position: i64) {
        let gap = position - from;
        if gap * 1_000_000 > BRIDGED * self.rate() {
            let piece = (self.codec.frame() as i64).min(gap);
            self.go_on(piece as usize);
            self.next = Some(from + piece);
            return;
        }
        self.begin_gap();
        self.calm = 0;
        let gap = gap.max(0) as usize;
        if self.decoder.conceals() {
            self.fill_by_codec(gap, position);
        } else {
            self.fill_by_ear(gap, position);
        }
        self.played.concealed += gap as u64;
    }

    /// Opus: the end of the gap comes from the redundancy in the next packet, the rest from Opus' own concealment.
    fn fill_by_codec(&mut self, gap: usize, position: i64) {
        let Some(next) = self.waiting.get(&position) else { return };
        let mut sound = Vec::new();
        let told = (next.length.max(0) as usize).min(gap);
        let step = self.codec.frame();
        while sound.len() + told < gap {
            let piece = step.min(gap - told - sound.len());
            if !whole_opus(piece) || !self.decoder.conceal(piece, &mut sound) {
                sound.resize(sound.len() + piece, 0);
            }
        }
        if whole_opus(told) && self.decoder.recover(&next.payload, told, &mut sound) {
            self.played.recovered += told as u64;
        }
        while sound.len() < gap {
            let piece = step.min(gap - sound.len());
            if !whole_opus(piece) || !self.decoder.conceal(piece, &mut sound) {
                sound.resize(sound.len() + piece, 0);
            }
        }
        sound.truncate(gap);
        self.line.extend(sound.iter().map(|sample| f32::from(*sample)));
        self.continuation = None;
        self.next = Some(position);
        self.decode_at(position);
    }

    /// Other codecs: continues the voice and blends it into the next packet.
    fn fill_by_ear(&mut self, gap: usize, position: i64) {
        let going_on = self.take_continuation();
        if let Some(follower) = &mut self.follower {
            // The decoder's state has to match what was played before it decodes the next packet.
            let guess: Vec<i16> = going_on.clone().next(gap).iter().map(|sample| *sample as i16).collect();
            self.decoder.follow(follower.hear(&guess));
        }
        let before = self.line.len();
        self.next = Some(position);
        self.decode_at(position);
        let future = self.line.split_off(before);
        let bridge = conceal::bridge(&going_on, gap, &future, self.rate() as usize);
        self.line.extend(bridge);
        self.line.extend(future);
    }

    /// Joins a packet to the sound that was made up before it came. The packet is played from its beginning if the delay allows,
    /// otherwise from where playback would be by now; in phase in both cases.
    pub(super) fn join(
        &mut self,
        before: usize,
        position: i64,
        next: i64,
        made_up: i64,
        continuation: Option<Continuation>,
        now: Duration,
    ) {
        self.calm = 0;
        let rate = self.rate();
        let sound = self.line.split_off(before);
        let overlap = (rate / 200) as usize;
        let Some(mut continuation) = continuation else { return self.line.extend(sound) };
        let going_on = continuation.next(overlap);
        let passed = (next + made_up - position).max(0);
        // Playing from the beginning adds delay, so skip what has passed if the packet is already too old.
        let skip = if self.age(position, now) <= self.oldest() { 0 } else { passed as usize };
        let reach = (rate / 100) as usize;
        let (from, to) = (skip.saturating_sub(reach / 2), skip + reach);
        let field = part(&sound, from, to - from + overlap);
        let at = match most_like(&going_on, field, |_| 1.0) {
            Some((at, likeness)) if likeness > 0.5 => from + at,
            _ => skip,
        };
        self.line.extend(fade(&going_on, part(&sound, at, overlap)));
        self.line.extend(sound.iter().skip(at + overlap));
    }

    /// Makes up sound: continues the voice, then fades to the background noise.
    pub(super) fn go_on(&mut self, samples: usize) {
        self.begin_gap();
        self.calm = 0;
        self.played.concealed += samples as u64;
        let mut sound = Vec::new();
        let mut made = Vec::new();
        let early = self.continuation.as_ref().is_none_or(|own| own.played() < self.rate() as usize / 8);
        let by_codec = self.decoder.conceals() && early && whole_opus(samples);
        if by_codec && self.decoder.conceal(samples, &mut sound) {
            made.extend(sound.iter().map(|sample| f32::from(*sample)));
        }
        let mut continuation = self.take_continuation();
        let own = continuation.next(samples);
        if made.len() != samples {
            made = own;
        }
        if let Some(follower) = &mut self.follower {
            sound = made.iter().map(|sample| *sample as i16).collect();
            self.decoder.follow(follower.hear(&sound));
        }
        // The background noise fades in while the voice fades out.
        let part = (continuation.played() as f32 / (self.rate() as f32 * 0.12)).min(1.0);
        let room = self.background.next(samples);
        self.line.extend(made.iter().zip(room).map(|(sample, room)| sample + room * part));
        self.continuation = Some(continuation);
    }

    pub(super) fn take_continuation(&mut self) -> Continuation {
        let rate = self.rate() as usize;
        let past = tail(&self.line, rate * 60 / 1000);
        self.continuation.take().unwrap_or_else(|| Continuation::new(past, rate))
    }

    fn begin_gap(&mut self) {
        if self.continuation.is_none() {
            self.played.gaps += 1;
        }
        if self.follower.is_some() {
            let past = tail(&self.line, self.rate() as usize * 60 / 1000);
            self.ceiling = (peak(past) * 1.5).max(1000.0);
        }
    }
}

/// Whether Opus can conceal this many samples in one go: it takes multiples of 2.5 ms.
fn whole_opus(samples: usize) -> bool {
    samples > 0 && samples.is_multiple_of(40)
}
