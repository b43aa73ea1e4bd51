//! How good a call sounds, by the E-model (ITU-T G.107) from what is measured while it runs.

use std::time::Duration;

use crate::Codec;

/// The rating of a call without any fault (G.107, table 3).
const BEST: f64 = 93.2;

/// A call's rating, 0 to 100, from one-way delay (mouth to ear), and the part of the packets, 0 to 1, that was lost or came too
/// late to be played. `burst` is the mean length of a loss beside that of random ones: 1 for random losses.
pub fn rating(codec: Codec, delay: Duration, lost: f64, burst: f64) -> f64 {
    let (impairment, robustness) = figures(codec);
    let lost = lost.clamp(0.0, 1.0) * 100.0;
    let effective = impairment + (95.0 - impairment) * lost / (lost / burst.max(1.0) + robustness);
    (BEST - delayed(delay) - effective).clamp(0.0, 100.0)
}

/// The mean opinion, 1 to 4.5, that belongs to a rating (G.107, annex B).
pub fn opinion(rating: f64) -> f64 {
    match rating {
        r if r <= 0.0 => 1.0,
        r if r >= 100.0 => 4.5,
        r => (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0),
    }
}

/// The impairment by delay without echo (G.107, Idd): none up to 100 ms.
fn delayed(delay: Duration) -> f64 {
    let ms = delay.as_secs_f64() * 1000.0;
    if ms <= 100.0 {
        return 0.0;
    }
    let x = (ms / 100.0).log2();
    25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
}

/// A codec's own impairment, and how well it bears losses: G.711 with concealment from G.113, appendix I; the others by our own
/// concealment, measured (docs/benchmarks.md).
fn figures(codec: Codec) -> (f64, f64) {
    match codec {
        Codec::Pcma | Codec::Pcmu => (0.0, 25.1),
        Codec::G722 => (0.0, 20.0),
        Codec::Opus => (0.0, 30.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.107, table B.1, whose figures are rounded.
    #[test]
    fn opinions_are_those_of_the_standard() {
        for (rating, wanted) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58), (BEST, 4.41)] {
            assert!((opinion(rating) - wanted).abs() < 0.01, "{rating}: {}", opinion(rating));
        }
        assert_eq!((opinion(-1.0), opinion(0.0), opinion(100.0)), (1.0, 1.0, 4.5));
    }

    /// G.113, appendix I: Ie-eff of G.711 with concealment (Bpl 25.1), and G.107's Idd at 200 and 400 ms.
    #[test]
    fn ratings_fall_with_loss_and_delay() {
        let near = |rating: f64, wanted: f64| assert!((rating - wanted).abs() < 0.1, "{rating} {wanted}");
        let clean = Duration::from_millis(60);
        near(rating(Codec::Pcma, clean, 0.0, 1.0), 93.2);
        near(rating(Codec::Pcma, clean, 0.02, 1.0), 93.2 - 95.0 * 2.0 / 27.1);
        near(rating(Codec::Pcma, Duration::from_millis(200), 0.0, 1.0), 93.2 - 3.0);
        near(rating(Codec::Pcma, Duration::from_millis(400), 0.0, 1.0), 93.2 - 24.1);
        assert!(rating(Codec::Opus, clean, 1.0, f64::NAN) < 30.0);
    }
}
