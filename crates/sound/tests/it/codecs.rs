//! MP3 and Opus, beside what FFmpeg and libopus make of the same files.

use std::time::Duration;

use crate::support::{HEADER, file, ogg, samples};
use uncall_sound::{Error, Format, Head, Named, Stream, to_pcm_wav};

/// A file, what it is, and by how many of 65,536 steps a sample may differ: decoders of MP3 calculate with fractions, and
/// Opus' CELT does so in one libopus and with integers in another, as here.
const FILES: [(&str, Format, u16, u32, u16); 7] = [
    ("speech.mp3", Format::Mp3, 1, 8000, 1),
    ("tagged.mp3", Format::Mp3, 1, 8000, 1),
    ("plain.mp3", Format::Mp3, 1, 8000, 1),
    ("stereo.mp3", Format::Mp3, 2, 22_050, 1),
    ("speech.opus", Format::Opus, 1, 8000, 0),
    ("framed.opus", Format::Opus, 1, 8000, 0),
    ("stereo.opus", Format::Opus, 2, 24_000, 12),
];

#[test]
fn samples_are_those_of_the_reference() {
    for (name, format, channels, rate, off) in FILES {
        let bytes = file(name);
        let decoded = to_pcm_wav(&bytes, Named::Nothing).expect(name);
        assert_eq!((decoded.format, decoded.damaged_at), (format, None), "{name}");
        let head = Head::of_whole(&decoded.wav, Named::Nothing).expect(name);
        assert_eq!((head.channels, head.rate), (channels, rate), "{name}");
        let (ours, theirs) = (samples(&decoded.wav[HEADER..]), samples(&file(&format!("{name}.raw"))));
        assert_eq!(ours.len(), theirs.len(), "{name}");
        let most = ours.iter().zip(&theirs).map(|(ours, theirs)| ours.abs_diff(*theirs)).max();
        assert!(most.is_some_and(|most| most <= off), "{name} differs by {most:?}");
        assert!(theirs.iter().any(|sample| sample.unsigned_abs() > 10_000), "{name} is not silence");
    }
}

#[test]
fn lengths_are_known_early() {
    for (name, format, channels, rate, _) in FILES {
        let bytes = file(name);
        let head = Head::of_whole(&bytes, Named::Nothing).expect(name);
        let length = to_pcm_wav(&bytes, Named::Nothing).expect(name).length;
        assert_eq!((head.format, head.channels, head.rate), (format, channels, rate));
        assert_eq!((head.pcm_len(bytes.len() as u64), head.entry(0)), (None, None));
        let early = head.length_by_tail(&bytes[1..]).or_else(|| head.length(bytes.len() as u64));
        let off = early.expect(name).abs_diff(length);
        // Without a note in the file, it is a guess by the bit rate.
        assert!(
            off <= Duration::from_millis(if name == "plain.mp3" { 80 } else { 1 }),
            "{name}: {early:?} for {length:?}"
        );
    }
}

#[test]
fn a_file_cut_anywhere_plays_up_to_the_cut() {
    for (name, _, channels, _, _) in FILES {
        let bytes = file(name);
        let whole = to_pcm_wav(&bytes, Named::Nothing).expect(name);
        let (mut shortest, mut longest) = (Duration::MAX, Duration::ZERO);
        for end in (0..bytes.len()).rev().step_by(37) {
            let Ok(cut) = to_pcm_wav(&bytes[..end], Named::Nothing) else { continue };
            // Frames that need those behind them to be heard whole end a little differently.
            let same = (cut.wav.len() - HEADER).saturating_sub(2304 * usize::from(channels)) / 2 * 2;
            assert_eq!(cut.wav[HEADER..HEADER + same], whole.wav[HEADER..HEADER + same], "{name} cut at {end}");
            assert!(cut.length <= whole.length, "{name} cut at {end}");
            if cut.length < whole.length && name != "plain.mp3" {
                assert!(cut.damaged_at.is_some_and(|at| at <= cut.length), "{name} cut at {end}");
            }
            shortest = shortest.min(cut.length);
            longest = longest.max(cut.length);
        }
        if name != "framed.opus" {
            // All of that one is on two pages.
            assert!(shortest < whole.length / 4 && longest > whole.length / 2, "{name}: {shortest:?} to {longest:?}");
        }
    }
}

#[test]
fn what_is_behind_a_damage_plays_as_well() {
    for (name, _, _, _, _) in FILES {
        let mut bytes = file(name);
        let whole = to_pcm_wav(&bytes, Named::Nothing).expect(name).length;
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(0x55);
        let damaged = to_pcm_wav(&bytes, Named::Nothing).expect(name);
        assert!(damaged.damaged_at.is_none_or(|at| at < whole), "{name}: {:?}", damaged.damaged_at);
        if name.ends_with("opus") {
            // The checksum of a page finds any damage.
            assert!(damaged.damaged_at.is_some(), "{name}");
        } else {
            assert!(damaged.length > whole / 2, "{name}: {:?}", damaged.length);
        }
    }
}

#[test]
fn tags_are_no_sound() {
    let plain = file("plain.mp3");
    let whole = to_pcm_wav(&plain, Named::Nothing).expect("MP3");
    let mut tagged = b"ID3\x04\0\0\0\0\x7f\x7f".to_vec();
    // A picture that contains what looks like a frame.
    tagged.extend(plain.iter().take(300).chain(&[0; 16_083]));
    tagged.extend(&plain);
    tagged.extend([b"TAG".as_slice(), &[b' '; 125]].concat());
    let decoded = to_pcm_wav(&tagged, Named::Nothing).expect("MP3");
    assert_eq!((decoded.wav, decoded.damaged_at), (whole.wav, None));
    let mut stream = Stream::new(Named::Nothing);
    assert_eq!(stream.push(&tagged[..10_000], &mut Vec::new()), Ok(()));
    assert_eq!(stream.head(), None);
    let large = b"ID3\x04\0\0\x7f\x7f\x7f\x7f";
    assert!(matches!(to_pcm_wav(large, Named::Nothing), Err(Error::Damaged(_))));
}

#[test]
fn the_gain_of_an_opus_head_is_applied() {
    let bytes = file("speech.opus");
    let plain = samples(&to_pcm_wav(&bytes, Named::Nothing).expect("Opus").wav[HEADER..]);
    // 6.02 dB in 1/256 dB.
    for (gain, factor) in [(1541i16, 2.0), (-1541, 0.5)] {
        let louder = ogg::with_head(&bytes, |head| head[16..18].copy_from_slice(&gain.to_le_bytes()));
        let louder = samples(&to_pcm_wav(&louder, Named::Nothing).expect("Opus").wav[HEADER..]);
        for (one, other) in plain.iter().zip(&louder) {
            let expected = (f64::from(*one) * factor).clamp(-32_768.0, 32_767.0);
            assert!((f64::from(*other) - expected).abs() <= 6.0, "{one} {other}");
        }
    }
}

#[test]
fn other_streams_in_an_ogg_file_are_passed_over() {
    let (speech, other) = (file("speech.opus"), file("framed.opus"));
    let whole = to_pcm_wav(&speech, Named::Nothing).expect("Opus");
    let mut mixed = Vec::new();
    let mut others = ogg::pages(&other).into_iter();
    for page in ogg::pages(&speech) {
        mixed.extend(page);
        mixed.extend(others.next().unwrap_or_default());
    }
    let decoded = to_pcm_wav(&mixed, Named::Nothing).expect("Opus");
    assert_eq!((decoded.wav, decoded.damaged_at), (whole.wav, None));
}

#[test]
fn a_piece_cut_out_of_a_stream_keeps_its_end() {
    // Positions that do not begin at zero, as in a recording of something that was going on.
    let bytes = file("speech.opus");
    let whole = to_pcm_wav(&bytes, Named::Nothing).expect("Opus");
    let later = ogg::with_positions(&bytes, |position| if position == 0 { 0 } else { position + 4_800_000 });
    let decoded = to_pcm_wav(&later, Named::Nothing).expect("Opus");
    assert_eq!((decoded.wav, decoded.damaged_at), (whole.wav, None));
}
