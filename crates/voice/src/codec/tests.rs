use super::*;

fn speech_like(codec: Codec, samples: usize) -> Vec<i16> {
    let rate = f64::from(codec.rate());
    let tone = |n: usize, hertz: f64| (n as f64 * hertz * std::f64::consts::TAU / rate).sin();
    (0..samples).map(|n| (4000.0 * tone(n, 220.0) + 2500.0 * tone(n, 440.0) + 1500.0 * tone(n, 660.0)) as i16).collect()
}

fn power(samples: impl Iterator<Item = f64>) -> f64 {
    samples.map(|sample| sample * sample).sum()
}

/// The signal-to-noise ratio in dB, at whichever codec delay gives the best one.
fn fidelity(was: &[i16], is: &[i16]) -> f64 {
    (0..200)
        .map(|delay| {
            let pairs = was.iter().zip(is.iter().skip(delay)).skip(3200);
            let noise = power(pairs.clone().map(|(a, b)| f64::from(*a) - f64::from(*b)));
            10.0 * (power(pairs.map(|(a, _)| f64::from(*a))) / noise.max(1.0)).log10()
        })
        .fold(f64::MIN, f64::max)
}

#[test]
fn what_goes_in_comes_out() {
    for (codec, wanted) in [(Codec::Pcma, 34.0), (Codec::Pcmu, 34.0), (Codec::G722, 30.0), (Codec::Opus, 10.0)] {
        let was = speech_like(codec, codec.rate() as usize);
        let (mut encoder, mut decoder) = (Encoder::new(codec), Decoder::new(codec));
        let mut is = Vec::new();
        for frame in was.chunks(codec.frame() * 2) {
            let mut payload = Vec::new();
            assert!(encoder.encode(frame, &mut payload));
            assert_eq!(codec.length(&payload), Some(frame.len()), "{codec:?}");
            assert!(decoder.decode(&payload, &mut is));
        }
        assert_eq!(is.len(), was.len());
        let fidelity = fidelity(&was, &is);
        assert!(fidelity > wanted, "{codec:?}: {fidelity} dB");
    }
}

#[test]
fn opus_repeats_the_packet_before_only_where_losses_were_told() {
    let codec = Codec::Opus;
    // The signal has to come and go like a voice: the encoder does not bother to repeat a steady hum.
    let mut sound = speech_like(codec, 16_000);
    for (n, sample) in sound.iter_mut().enumerate() {
        *sample = (f64::from(*sample) * (1.0 + (n as f64 / 800.0).sin()) / 2.0) as i16;
    }
    let redundant = |lost: f64| {
        let mut encoder = Encoder::new(codec);
        encoder.expect_loss(lost);
        let payloads = sound.chunks(320).map(|frame| {
            let mut payload = Vec::new();
            assert!(encoder.encode(frame, &mut payload));
            payload
        });
        payloads.filter(|payload| has_redundancy(payload)).count()
    };
    assert_eq!(redundant(0.0), 0);
    assert!(redundant(0.1) > 10, "{}", redundant(0.1));
}

#[test]
fn lengths_of_packets_are_read_from_their_heads() {
    // RFC 6716, table 2 and section 3.2: code 0 of SILK 60 ms, of hybrid 10 ms, of CELT 2.5 ms; code 1; code 3 with 6 frames.
    for (payload, ms10) in
        [(&[0x18, 0][..], 60), (&[0x60, 0], 10), (&[0x81, 0], 5), (&[0x09, 0], 40), (&[0x0b, 6], 120)]
    {
        assert_eq!(duration(payload), Some(ms10 * 16), "{payload:?}");
    }
    for payload in [&[][..], &[0x03], &[0x0b, 0], &[0x1b, 3]] {
        assert_eq!(duration(payload), None, "{payload:?}");
    }
    assert_eq!(Codec::Pcmu.length(&[0; 961]), None);
    assert_eq!(Codec::Pcmu.length(&[]), None);
}

fn duration(payload: &[u8]) -> Option<usize> {
    super::opus::duration(payload)
}
