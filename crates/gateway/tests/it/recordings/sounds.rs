//! What is heard, whatever a file is called and however its sound is kept.

use super::*;

/// Recordings that begin with a quarter of a second of silence and go on with a tone, by their ending: its frequency and samples a
/// second.
const TONES: [(&str, f64, u32); 7] = [
    ("ulaw", 1_000.0, 8_000),
    ("alaw", 1_000.0, 8_000),
    ("gsm", 1_000.0, 8_000),
    ("sln", 1_000.0, 8_000),
    ("sln16", 3_000.0, 16_000),
    ("wav16", 3_000.0, 16_000),
    ("g722", 3_000.0, 16_000),
];

/// Which part of a sound's power is this tone, and how long the sound is, in seconds; of 16-bit PCM in one channel.
fn heard(wav: &[u8], frequency: f64, rate: u32) -> (f64, f64) {
    assert_eq!(&wav[..44], uncall_sound::header(1, rate, u32::try_from(wav.len() - 44).unwrap()));
    let samples: Vec<f64> = wav[44..].chunks(2).map(|two| f64::from(i16::from_le_bytes([two[0], two[1]]))).collect();
    let angle = |at: usize| std::f64::consts::TAU * frequency * at as f64 / f64::from(rate);
    let part =
        |wave: fn(f64) -> f64| samples.iter().enumerate().map(|(at, sample)| sample * wave(angle(at))).sum::<f64>();
    let power: f64 = samples.iter().map(|sample| sample * sample).sum();
    let (sine, cosine) = (part(f64::sin), part(f64::cos));
    // The tone is there for two thirds of the time.
    let share = (sine * sine + cosine * cosine) * 2.0 / (samples.len() as f64 * 2.0 / 3.0) / power;
    (share, samples.len() as f64 / f64::from(rate))
}

#[tokio::test]
async fn what_has_no_head_goes_by_its_ending() {
    let files: Vec<_> = TONES
        .iter()
        .enumerate()
        .map(|(at, (ending, ..))| (named(at, ending), fixture(&format!("named/tone.{ending}"))))
        .chain([(named(50, "g729"), vec![1; 5000]), (named(51, "g722"), b"<html>no</html>".repeat(500))])
        .collect();
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let stand = Stand::with(&borrowed).await;
    for (at, (ending, frequency, rate)) in TONES.into_iter().enumerate() {
        let found = stand.call(&format!("1372123897.{at}")).await;
        assert!(found.contains(&format!("<files>audio:{}</files>", named(at, ending))), "{found}");
        let wav = stand.get(&format!("{}&format=wav", named(at, ending))).await;
        assert_eq!(wav.status, 200, "{ending}");
        let (share, length) = heard(&wav.body, frequency, rate);
        assert!(share > 0.95 && (0.75..0.77).contains(&length), "{ending}: {share} of the power, {length} s");
    }
    let refused = stand.get(&format!("{}&format=wav", named(50, "g729"))).await;
    assert_eq!((refused.status, refused.text().contains("G.729")), (415, true), "{}", refused.text());
    assert_eq!(stand.get(&format!("{}&format=wav", named(51, "g722"))).await.status, 415);
}

#[tokio::test]
async fn names_with_anything_in_them_are_heard() {
    let sound = fixture("pcm16-mono.wav");
    let mut odd = vec![
        "801-13 632 &  co-20130625-093138-1372123897.1.wav",
        "801-+86 136-20130625-093138-1372123897.2.wav",
        "801-50%#1=a'b-20130625-093138-1372123897.3.wav",
        "客服-张三-20130625-093138-1372123897.4.wav",
    ];
    // Windows has no such names.
    if cfg!(not(windows)) {
        odd.extend(["1372123897.5-20130625-093138-801-\"x\".wav", "801-is it?-20130625-093138-1372123897.6.wav"]);
    }
    let files: Vec<(&str, &[u8])> = odd.iter().map(|name| (*name, &sound[..])).collect();
    let stand = Stand::with(&files).await;
    for (at, name) in odd.iter().enumerate() {
        let found = stand.call(&format!("1372123897.{}", at + 1)).await;
        let told = name.replace('&', "&amp;").replace('"', "&quot;");
        assert!(
            found.contains(&format!("audio:{told}</files>"))
                || found.contains(&format!("audio:{}</files>", name.replace('&', "&amp;"))),
            "{found}"
        );
        // As our client writes it, and as a form does.
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(stand.get(&encoded).await.body, sound, "{name}");
        assert_eq!(stand.get(&encoded.replace("%20", "+")).await.body, sound, "{name}");
        let answer = stand.get(&encoded).await;
        assert!(answer.header("content-disposition").unwrap().is_ascii(), "{name}");
    }
    // And a client that follows the vendor's sample, which sends a plus as it is.
    assert_eq!(stand.get("801-+86%20136-20130625-093138-1372123897.2.wav").await.body, sound);
}

/// Samples of the left and the right side of a stereo file.
fn sides(wav: &[u8]) -> (Vec<i16>, Vec<i16>) {
    let pairs = wav[44..]
        .chunks(4)
        .map(|four| (i16::from_le_bytes([four[0], four[1]]), i16::from_le_bytes([four[2], four[3]])));
    pairs.unzip()
}

#[tokio::test]
async fn two_halves_are_heard_side_by_side() {
    let (tone, speech) = (fixture("named/tone.gsm"), fixture("speech.gsm"));
    let half = |uid: &str, half: &str, ending: &str| format!("q600-20130625-093138-1372123897.{uid}-{half}.{ending}");
    let stand = Stand::with(&[
        (&half("1", "in", "gsm"), &tone),
        (&half("1", "out", "gsm"), &speech),
        (&half("2", "in", "wav"), &fixture("pcm16-mono.wav")),
        (&half("3", "in", "wav"), &fixture("pcm16-mono.wav")),
        (&half("3", "out", "wav"), &fixture("not-ready.WAV")[..44]),
        (&half("4", "in", "g729"), &[1; 5000]),
        (&half("4", "out", "g729"), &[1; 5000]),
        (&half("5", "in", "wav"), &fixture("pcm16-mono.wav")),
        (&half("5", "out", "wav"), &fixture("pcm16-mono.wav")),
        ("q600-20130625-093138-1372123897.5.wav", &fixture("pcm8-mono.wav")),
    ])
    .await;
    for (uid, files) in [
        ("1", "q600-20130625-093138-1372123897.1.wav".to_owned()),
        ("2", half("2", "in", "wav")),
        ("4", half("4", "in", "g729")),
        // What was mixed already is better.
        ("5", "q600-20130625-093138-1372123897.5.wav".to_owned()),
    ] {
        let found = stand.call(&format!("1372123897.{uid}")).await;
        assert!(found.contains(&format!("<files>audio:{files}</files>")), "{found}");
    }
    let whole = stand.get("q600-20130625-093138-1372123897.1.wav").await;
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("audio/wav")));
    let decoded = |bytes: &[u8]| sides_of_one(&uncall_sound::to_pcm_wav(bytes, Named::Gsm).unwrap().wav);
    let (mut left, mut right) = (decoded(&tone), decoded(&speech));
    let longer = left.len().max(right.len());
    left.resize(longer, 0);
    right.resize(longer, 0);
    let data = u32::try_from(longer * 4).unwrap();
    assert_eq!(whole.body[..44], uncall_sound::header(2, 8000, data));
    assert!(sides(&whole.body) == (left, right));
    for (from, to) in [(0, 10), (40, 50), (45, 46), (47, 9002), (5001, 5002), (20_000, 30_000)] {
        let part =
            stand.ask("GET", "q600-20130625-093138-1372123897.1.wav", &format!("Range: bytes={from}-{to}\r\n")).await;
        assert!(part.status == 206 && part.body == whole.body[from..=to.min(whole.body.len() - 1)], "{from} to {to}");
    }
    // Decoded it is the same, and each half can be had as it is.
    assert!(stand.get("q600-20130625-093138-1372123897.1.wav&format=wav").await.body == whole.body);
    assert_eq!(stand.get(&half("1", "out", "gsm")).await.body, speech);
    assert_eq!(stand.get("q600-20130625-093138-1372123897.2.wav").await.status, 404);
}

/// Samples of a file in one channel.
fn sides_of_one(wav: &[u8]) -> Vec<i16> {
    wav[44..].chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}

#[tokio::test]
async fn a_call_that_nobody_answered_is_empty() {
    let names: Vec<_> = (0..3).map(|at| named(at, "mp3")).collect();
    let bytes =
        ["empty-ffmpeg.mp3", "empty-lame-vbr.mp3", "empty-lame-64.mp3"].map(|name| fixture(&format!("named/{name}")));
    let files: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(bytes.iter().map(Vec::as_slice)).collect();
    let stand = Stand::with(&files).await;
    for at in 0..3 {
        let refused = stand.call(&format!("1372123897.{at}")).await;
        assert!(refused.contains("<result>0</result>") && refused.contains("Recording empty"), "{refused}");
    }
}
