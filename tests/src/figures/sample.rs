//! Many measurements of one thing, and what is said of them.

use std::time::Duration;

/// Durations, in the order of their size.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    sorted: Vec<Duration>,
}

impl FromIterator<Duration> for Sample {
    fn from_iter<I: IntoIterator<Item = Duration>>(measured: I) -> Sample {
        let mut sorted: Vec<Duration> = measured.into_iter().collect();
        sorted.sort_unstable();
        Sample { sorted }
    }
}

impl Sample {
    /// The smallest measured value that `percent` (0 to 100) of all do not exceed; zero for an empty sample.
    pub fn quantile(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// `p50 12 ms, p95 20 ms (20 samples)`.
    pub fn said(&self) -> String {
        format!("p50 {}, p95 {} ({} samples)", millis(self.quantile(50)), millis(self.quantile(95)), self.sorted.len())
    }
}

/// A duration in whole milliseconds, with a digit more where that says something.
pub fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    if millis < 10.0 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") }
}

/// The middle of some numbers, the upper one of an even count; zero for none.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_measured_value() {
        let sample: Sample = (1..=20).rev().map(Duration::from_millis).collect();
        assert_eq!(sample.quantile(50), Duration::from_millis(10));
        assert_eq!(sample.quantile(95), Duration::from_millis(19));
        assert_eq!(sample.quantile(100), Duration::from_millis(20));
        assert_eq!(Sample::default().quantile(50), Duration::ZERO);
        assert_eq!(sample.said(), "p50 10 ms, p95 19 ms (20 samples)");
    }

    #[test]
    fn the_median_needs_no_order() {
        assert!((median(vec![9.0, 1.0, 5.0]) - 5.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }
}
