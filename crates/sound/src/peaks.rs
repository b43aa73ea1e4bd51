//! The waveform of a sound: the peak of each of many stretches of equal length.

/// The most stretches. When they are full, each two become one, so there are always more than half as many, whatever the length.
pub const MOST_PEAKS: usize = 1600;

/// The length of a stretch at first, in moments.
const SHORTEST: u64 = 64;
/// How many samples to compare at once. Even, so that each channel stays in its place.
const LANES: usize = 16;

/// Collects the peaks of a sound while it is decoded, in constant memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peaks {
    channels: usize,
    /// The peak of each stretch, as a distance from zero, for left and right.
    peaks: Vec<[u16; 2]>,
    /// The length of a stretch in moments.
    width: u64,
    /// The present stretch, and its samples so far.
    now: [u16; 2],
    samples: u64,
}

impl Peaks {
    /// For sound with this many channels, 1 or 2; other numbers are clamped.
    pub fn new(channels: u16) -> Peaks {
        let channels = usize::from(channels.clamp(1, 2));
        Peaks { channels, peaks: Vec::with_capacity(MOST_PEAKS), width: SHORTEST, now: [0; 2], samples: 0 }
    }

    /// Takes the next samples, as the decoder gives them.
    pub fn push(&mut self, samples: &[i16]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let wanted = self.width * self.channels as u64 - self.samples;
            let length = usize::try_from(wanted).map_or(rest.len(), |wanted| wanted.min(rest.len()));
            let (part, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            rest = behind;
            // A piece may end between the two channels.
            let turned = self.channels == 2 && self.samples % 2 == 1;
            let [mut even, mut odd] = loudest(part);
            if turned {
                std::mem::swap(&mut even, &mut odd);
            }
            if self.channels == 1 {
                (even, odd) = (even.max(odd), 0);
            }
            self.now = [self.now[0].max(even), self.now[1].max(odd)];
            self.samples += length as u64;
            if self.samples == self.width * self.channels as u64 {
                self.close();
            }
        }
    }

    /// The length of a stretch in moments; the last one may be shorter.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// One byte for each stretch of a channel (0 is the left or the only one): 0 is complete silence, 255 full scale. Empty for a
    /// channel that does not exist.
    pub fn levels(&self, channel: u16) -> Vec<u8> {
        let channel = usize::from(channel);
        if channel >= self.channels {
            return Vec::new();
        }
        let under_way = (self.samples > 0).then_some(&self.now);
        let peaks = self.peaks.iter().chain(under_way).filter_map(|pair| pair.get(channel));
        // The faintest sound must not look like silence.
        peaks.map(|peak| u8::try_from(peak.div_ceil(128)).unwrap_or(u8::MAX)).collect()
    }

    fn close(&mut self) {
        self.peaks.push(std::mem::take(&mut self.now));
        self.samples = 0;
        if self.peaks.len() == MOST_PEAKS {
            let (pairs, _) = self.peaks.as_chunks::<2>();
            self.peaks =
                pairs.iter().map(|[first, second]| [first[0].max(second[0]), first[1].max(second[1])]).collect();
            self.peaks.reserve_exact(MOST_PEAKS);
            self.width *= 2;
        }
    }
}

/// The greatest distance from zero at even indices and at odd ones.
pub(crate) fn loudest(samples: &[i16]) -> [u16; 2] {
    // Highest and lowest in lanes, so that the processor can compare them in parallel.
    let (whole, rest) = samples.as_chunks::<LANES>();
    let (mut high, mut low) = ([0i16; LANES], [0i16; LANES]);
    for chunk in whole {
        for ((high, low), sample) in high.iter_mut().zip(&mut low).zip(chunk) {
            *high = (*high).max(*sample);
            *low = (*low).min(*sample);
        }
    }
    let mut out = [0; 2];
    let lanes = high.iter().zip(&low).map(|(high, low)| high.unsigned_abs().max(low.unsigned_abs()));
    for (at, size) in lanes.enumerate().chain(rest.iter().map(|sample| sample.unsigned_abs()).enumerate()) {
        if let Some(most) = out.get_mut(at % 2) {
            *most = size.max(*most);
        }
    }
    out
}
