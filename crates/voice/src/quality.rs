//! Call quality by the E-model (ITU-T G.107), computed from what is measured during the call.

use std::time::Duration;

use crate::Codec;

/// The rating of a flawless call (G.107, table 3).
const BEST: f64 = 93.2;

/// A call's rating, 0 to 100. `delay` is one-way, mouth to ear. `lost` is the fraction of packets, 0 to 1, that were lost or came
/// too late. `burst` is the mean length of a loss relative to random loss: 1 for random loss.
pub fn rating(codec: Codec, delay: Duration, lost: f64, burst: f64) -> f64 {
    let (impairment, robustness) = figures(codec);
    let lost = lost.clamp(0.0, 1.0) * 100.0;
    let effective = impairment + (95.0 - impairment) * lost / (lost / burst.max(1.0) + robustness);
    (BEST - delayed(delay) - effective).clamp(0.0, 100.0)
}

/// The mean opinion score, 1 to 4.5, of a rating (G.107, annex B).
pub fn opinion(rating: f64) -> f64 {
    match rating {
        r if r <= 0.0 => 1.0,
        r if r >= 100.0 => 4.5,
        r => (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0),
    }
}

/// The impairment by delay without echo (G.107, Idd). None up to 100 ms.
fn delayed(delay: Duration) -> f64 {
    let ms = delay.as_secs_f64() * 1000.0;
    if ms <= 100.0 {
        return 0.0;
    }
    let x = (ms / 100.0).log2();
    25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
}

/// A codec's impairment (Ie) and its robustness against loss (Bpl): from G.113, appendix I for G.711 with concealment; for the
/// others as measured with our own concealment (docs/benchmarks.md).
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

    /// G.107, table B.1. Its figures are rounded.
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
