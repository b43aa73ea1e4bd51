//! Sound without a head, made by SoX and FFmpeg of a known tone, decoded by the name of its file: a quarter of a second of silence, then
//! half a second of 1,000 Hz, or of 3,000 Hz where 16 kHz can hold that.

use std::f64::consts::TAU;

use crate::support::{HEADER, file, samples};
use proptest::{collection::vec, prelude::*};
use uncall_sound::{Error, Format, Head, Named, Stream, to_pcm_wav};

/// A file, what it is, samples a second and the tone.
const FILES: [(&str, Format, u32, f64); 7] = [
    ("tone.ulaw", Format::MuLaw, 8_000, 1_000.0),
    ("tone.alaw", Format::ALaw, 8_000, 1_000.0),
    ("tone.gsm", Format::Gsm, 8_000, 1_000.0),
    ("tone.sln", Format::Pcm16, 8_000, 1_000.0),
    ("tone.sln16", Format::Pcm16, 16_000, 3_000.0),
    ("tone.wav16", Format::Pcm16, 16_000, 3_000.0),
    ("tone.g722", Format::G722, 16_000, 3_000.0),
];

fn tone(name: &str) -> Vec<u8> {
    file(&format!("named/{name}"))
}

/// Which part of the sound's power is in this frequency, 0 to 1.
fn share(samples: &[i16], rate: u32, frequency: f64) -> f64 {
    let (mut sine, mut cosine, mut power) = (0.0, 0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let (angle, sample) = (TAU * frequency * at as f64 / f64::from(rate), f64::from(*sample));
        sine += sample * angle.sin();
        cosine += sample * angle.cos();
        power += sample * sample;
    }
    (sine * sine + cosine * cosine) * 2.0 / samples.len() as f64 / power
}

#[test]
fn every_kind_sounds_as_it_did() {
    for (name, format, rate, frequency) in FILES {
        let bytes = tone(name);
        let decoded = to_pcm_wav(&bytes, Named::by(name)).expect(name);
        assert_eq!((decoded.format, decoded.damaged_at), (format, None), "{name}");
        let head = Head::of_whole(&decoded.wav, Named::Nothing).expect(name);
        assert_eq!((head.channels, head.rate), (1, rate), "{name}");
        // GSM has frames of 20 ms.
        assert!((0.75..0.77).contains(&decoded.length.as_secs_f64()), "{name}: {:?}", decoded.length);
        let samples = samples(&decoded.wav[HEADER..]);
        let quarter = rate as usize / 4;
        // Filters begin a little before the tone, and end a little behind it.
        let (silence, sound) = (&samples[..quarter - 100], &samples[quarter + 400..quarter * 3 - 100]);
        assert!(silence.iter().all(|sample| sample.unsigned_abs() < 100), "{name} is silent at first");
        let part = share(sound, rate, frequency);
        assert!(part > 0.98, "{name}: {part} of the power is the tone's");
        let loudest = sound.iter().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest.is_some_and(|loudest| (14_000..19_000).contains(&loudest)), "{name}: {loudest:?}");
    }
}

#[test]
fn g722_is_what_ffmpeg_makes_of_it() {
    let bytes = tone("tone.g722");
    let decoded = to_pcm_wav(&bytes, Named::G722).expect("G.722");
    let (ours, theirs) = (samples(&decoded.wav[HEADER..]), samples(&tone("tone.g722.raw")));
    assert_eq!(ours.len(), theirs.len());
    // The decoder's memory is empty at the start, where the recommendation has a smallest step: that is heard by nobody, and over soon.
    let off = |from: usize| ours.iter().zip(&theirs).skip(from).map(|(ours, theirs)| ours.abs_diff(*theirs)).max();
    assert!(off(0) <= Some(12), "{:?} of 65,536 steps", off(0));
    assert_eq!(off(6000), Some(0));
}

#[test]
fn without_its_name_nothing_is_guessed() {
    // A-law's silence, 0xD5, looks like frames of GSM: it was loud noise of five times the length.
    for name in ["tone.alaw", "tone.ulaw", "tone.gsm", "tone.sln", "tone.sln16", "tone.g722"] {
        let bytes = tone(name);
        for named in ["", "call.WAV", "call.mp3"].map(Named::by) {
            let refused = to_pcm_wav(&bytes, named).map(|sound| (sound.format, sound.length));
            assert!(matches!(refused, Err(Error::Unknown | Error::NotSound("a text"))), "{name}: {refused:?}");
        }
    }
    // And a file with a head is what that says, whatever its name is.
    let wav = tone("tone.wav16");
    for name in ["call.alaw", "call.gsm", "call.g729", "call"] {
        assert_eq!(to_pcm_wav(&wav, Named::by(name)), to_pcm_wav(&wav, Named::Nothing), "{name}");
    }
    assert_eq!(to_pcm_wav(&[0xD5; 10_000], Named::by("call.alaw")).map(|sound| sound.length.as_millis()), Ok(1250));
}

#[test]
fn what_cannot_be_decoded_is_named() {
    for (name, codec) in [
        ("audio:801-1.1.g729", "G.729"),
        ("801-1.1.G723", "G.723.1"),
        ("801-1.1.g726-32", "G.726"),
        ("801-1.1.ilbc", "iLBC"),
        ("801-1.1.siren7", "G.722.1 (Siren 7)"),
    ] {
        assert_eq!(to_pcm_wav(&[1; 6000], Named::by(name)), Err(Error::Unsupported(codec.into())), "{name}");
    }
    for name in ["", "x", "x.", "x.raw", "x.pcm", "alaw", "x.alaw.part", "x.wav", "x.WAV", "x.mp3"] {
        assert_eq!(Named::by(name), Named::Nothing, "{name:?}");
    }
}

#[test]
fn a_page_in_its_place_is_not_played() {
    let page = b"<!DOCTYPE html><html><body>Please log in</body></html>".repeat(100);
    for name in ["x.ulaw", "x.alaw", "x.sln", "x.g722", "x.gsm", "x.g729"] {
        let named = Named::by(name);
        assert_eq!(to_pcm_wav(&page, named), Err(Error::NotSound("an HTML page")), "{name}");
        assert_eq!(to_pcm_wav(b"404 \xE5\xBD\x95\xE9\x9F\xB3", named), Err(Error::NotSound("a text")), "{name}");
        assert_eq!(to_pcm_wav(b"", named), Err(Error::NotSound("nothing")), "{name}");
        assert_eq!(to_pcm_wav(&file("tone.flac"), named), Err(Error::Unsupported("FLAC".into())), "{name}");
    }
    // Quiet sound, all of whose bytes could stand in a text of some charset.
    let quiet: Vec<u8> = (0..8000).map(|at| [0x6A, 0xEB, 0x6C, 0xEA][at % 4]).collect();
    assert!(to_pcm_wav(&quiet, Named::MuLaw).is_ok());
}

#[test]
fn an_mp3_of_an_unanswered_call_is_empty() {
    for name in ["empty-ffmpeg.mp3", "empty-lame-vbr.mp3", "empty-lame-64.mp3"] {
        let bytes = tone(name);
        let decoded = to_pcm_wav(&bytes, Named::Nothing).map(|sound| sound.length);
        assert_eq!(decoded, Err(Error::Empty), "{name}, {} bytes", bytes.len());
        for size in [1, 100, 1000] {
            let mut stream = Stream::new(Named::by(name));
            let pushed = bytes.chunks(size).try_for_each(|piece| stream.push(piece, &mut Vec::new()));
            assert_eq!((pushed, stream.finish(&mut Vec::new())), (Ok(()), Err(Error::Empty)), "{name}");
        }
    }
}

#[test]
fn in_pieces_and_from_any_moment_as_at_once() {
    for (name, ..) in FILES {
        let (bytes, named) = (tone(name), Named::by(name));
        let whole = samples(&to_pcm_wav(&bytes, named).expect(name).wav[HEADER..]);
        for size in [1, 33, 100, 1000, 4096, bytes.len()] {
            let (mut stream, mut out) = (Stream::new(named), Vec::new());
            bytes.chunks(size).try_for_each(|piece| stream.push(piece, &mut out)).expect(name);
            assert_eq!(stream.finish(&mut out), Ok(None), "{name}");
            assert!(out == whole, "{name} by {size}");
        }
        let head = Head::of_whole(&bytes, named).expect(name);
        assert_eq!(head.pcm_len(bytes.len() as u64), Some(whole.len() as u64 * 2), "{name}");
        for moment in (0..whole.len()).step_by(1777) {
            let entry = head.entry(moment as u64).expect(name);
            let mut decoder = uncall_sound::Decoder::from_entry(head.clone(), entry);
            let mut out = Vec::new();
            decoder.decode(&bytes[entry.at as usize..], &mut out);
            assert!(out == whole[moment..], "{name} from {moment}");
        }
    }
}

#[test]
fn g722_finds_its_way_in() {
    // Half a minute of tone, silence and noise, begun in its middle.
    let mut bytes = Vec::new();
    let mut noise = 1_u32;
    while bytes.len() < 30 * 8000 {
        bytes.extend(tone("tone.g722"));
        bytes.extend((0..4000).map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        }));
    }
    let whole = samples(&to_pcm_wav(&bytes, Named::G722).expect("G.722").wav[HEADER..]);
    let head = Head::of_whole(&bytes, Named::G722).expect("G.722");
    for moment in (0..whole.len()).step_by(40_009) {
        let entry = head.entry(moment as u64).expect("blocks");
        let mut decoder = uncall_sound::Decoder::from_entry(head.clone(), entry);
        let mut out = Vec::new();
        decoder.decode(&bytes[entry.at as usize..], &mut out);
        assert_eq!(out.len(), whole.len() - moment);
        let off = out.iter().zip(&whole[moment..]).map(|(one, other)| one.abs_diff(*other)).max();
        assert_eq!(off, Some(0), "from {moment}, {} bytes before it", moment as u64 / 2 - entry.at);
    }
}

proptest! {
    #[test]
    fn any_bytes_under_any_name(bytes in vec(any::<u8>(), 0..9000), sizes in vec(1..3000usize, 1..9), kind in 0..9usize) {
        let named = [
            Named::Nothing, Named::MuLaw, Named::ALaw, Named::Gsm, Named::Linear { rate: 16_000 }, Named::G722,
            Named::Undecodable("G.729"), Named::by("x.sln192"), Named::by("x.wav"),
        ][kind];
        let whole = to_pcm_wav(&bytes, named);
        let (mut stream, mut out, mut rest) = (Stream::new(named), Vec::new(), &bytes[..]);
        let mut refused = false;
        for size in sizes.iter().cycle() {
            let (piece, behind) = rest.split_at((*size).min(rest.len()));
            refused |= stream.push(piece, &mut out).is_err();
            rest = behind;
            if refused || rest.is_empty() {
                break;
            }
        }
        let finished = if refused { None } else { stream.finish(&mut out).ok() };
        prop_assert_eq!(finished.is_some(), whole.is_ok());
        if let Ok(whole) = whole {
            prop_assert!(out == samples(&whole.wav[HEADER..]));
        }
    }
}
