//! Files that were cut off, never finished, mutated, made up, or are no sound at all.

use std::time::Duration;

use crate::support::{HEADER, PCM16, WAV49, file, samples, wav};
use proptest::{collection::vec, prelude::*, sample::Index};
use uncall_sound::{Decoder, Error, Head, MOST_BYTES, MOST_PCM_BYTES, Named, to_pcm_wav};

/// One of each format, mono and stereo.
const FILES: [&str; 10] = [
    "pluck.WAV",
    "pcm24.wav",
    "pcm32.wav",
    "float.wav",
    "alaw-codes.wav",
    "alaw-stereo.wav",
    "mulaw-codes.wav",
    "pcm8-stereo.wav",
    "pcm16-mono.wav",
    "pcm16-stereo.wav",
];

/// Samples or pairs of samples of more than two bytes.
const WIDE: [&str; 4] = ["pcm16-stereo.wav", "pcm24.wav", "pcm32.wav", "float.wav"];

#[test]
fn a_file_cut_anywhere_plays_up_to_the_cut_and_says_where_it_is() {
    for name in FILES {
        let bytes = file(name);
        let whole = to_pcm_wav(&bytes, Named::Nothing).expect(name);
        let head = Head::read(&bytes, Named::Nothing).expect(name).expect(name);
        let data = head.data_at + head.data_bytes.expect(name) as usize;
        for end in (0..data).filter(|end| *end < 200 || data - end < 70 || end % 7 == 0) {
            match to_pcm_wav(&bytes[..end], Named::Nothing) {
                Err(error) => {
                    let known = matches!(error, Error::Damaged(_)) || (end == 0 && error == Error::NotSound("nothing"));
                    assert!(end < head.data_at && known, "{name} cut at {end}: {error:?}");
                }
                Ok(cut) => {
                    assert!(end >= head.data_at, "{name} cut at {end}");
                    // A single byte is taken for padding that was left out, if it does not split a sample in two.
                    let told = (data - end > 1 || WIDE.contains(&name)).then_some(cut.length);
                    assert_eq!(cut.damaged_at, told, "{name} cut at {end}");
                    assert!(whole.wav[HEADER..].starts_with(&cut.wav[HEADER..]), "{name} cut at {end}");
                    assert!(cut.length <= whole.length);
                }
            }
        }
    }
}

#[test]
fn the_second_of_the_damage_is_told() {
    let bytes = file("sweep.WAV");
    let cut = to_pcm_wav(&bytes[..60 + 65 * 50], Named::Nothing).map(|cut| (cut.damaged_at, cut.wav.len()));
    assert_eq!(cut, Ok((Some(Duration::from_secs(2)), HEADER + 32_000)));
    // The first half of a block has a whole frame: 20 ms.
    let cut = to_pcm_wav(&bytes[..60 + 65 * 50 + 33], Named::Nothing).map(|cut| cut.damaged_at);
    assert_eq!(cut, Ok(Some(Duration::from_millis(2020))));
}

#[test]
fn sizes_that_were_never_filled_in_reach_to_the_end_of_the_file() {
    let data = &file("pluck.WAV")[60..60 + 65 * 13];
    let whole = to_pcm_wav(&file("pluck.WAV"), Named::Nothing).expect("WAV49").wav.into_owned();
    for size in [0, u32::MAX, 0x7FFF_FFFF, 0x7FFF_F000] {
        let bytes = wav(&WAV49, size, data);
        let decoded = to_pcm_wav(&bytes, Named::Nothing).expect("WAV49");
        assert_eq!((&*decoded.wav, decoded.damaged_at), (&*whole, None), "{size:x}");
        let bytes = wav(&PCM16, size, &[1, 0, 255, 255]);
        let decoded = to_pcm_wav(&bytes, Named::Nothing).expect("PCM");
        assert_eq!((samples(&decoded.wav[HEADER..]), decoded.damaged_at), (vec![1, -1], None), "{size:x}");
    }
    // Larger than the file: it breaks off.
    let decoded = to_pcm_wav(&wav(&WAV49, 70_000, data), Named::Nothing)
        .map(|decoded| (decoded.wav.into_owned(), decoded.damaged_at));
    assert_eq!(decoded, Ok((whole.clone(), Some(Duration::from_millis(520)))));
    // Smaller: what stands behind is no sound.
    let mut longer = data.to_vec();
    longer.extend(b"id3 \x08\0\0\0whatever");
    let decoded =
        to_pcm_wav(&wav(&WAV49, data.len() as u32, &longer), Named::Nothing).map(|decoded| decoded.wav.into_owned());
    assert_eq!(decoded, Ok(whole));
}

#[test]
fn a_head_alone_is_not_ready() {
    // The first is what Asterisk has on its disk while the call is up.
    for bytes in [file("not-ready.WAV"), wav(&PCM16, 0, &[]), wav(&WAV49, 0, &[])] {
        assert_eq!(to_pcm_wav(&bytes, Named::Nothing), Err(Error::NotReady));
    }
    // A promise of sound that is not there is something else.
    let decoded = to_pcm_wav(&wav(&WAV49, 6500, &[]), Named::Nothing).map(|cut| (cut.damaged_at, cut.wav.len()));
    assert_eq!(decoded, Ok((Some(Duration::ZERO), HEADER)));
}

#[test]
fn other_sound_is_named() {
    let opus = |channels: u8, mapping: u8| {
        let mut page = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01".to_vec();
        page.extend([channels, 0, 0, 0x40, 0x1F, 0, 0, 0, 0, mapping]);
        page
    };
    let mut stereo_gsm = WAV49;
    stereo_gsm[2] = 2;
    let mut six = PCM16;
    six[2] = 6;
    for (name, bytes) in [
        ("Ogg Vorbis", file("tone.ogg")),
        ("Ogg Opus with 6 channels", opus(6, 1)),
        ("Ogg Opus with 2 channels", opus(2, 255)),
        ("FLAC", file("tone.flac")),
        ("AMR", file("tone.amr")),
        ("IMA ADPCM WAV", file("ima-adpcm.wav")),
        ("12-bit PCM WAV", wav(&[1, 0, 1, 0, 64, 31, 0, 0, 128, 62, 0, 0, 2, 0, 12, 0], 0, &[])),
        ("64-bit floating-point WAV", wav(&[3, 0, 1, 0, 64, 31, 0, 0, 0, 250, 0, 0, 8, 0, 64, 0], 0, &[])),
        ("GSM WAV with blocks of an unknown kind", wav(&stereo_gsm, 0, &[])),
        ("WAV with 6 channels", wav(&six, 0, &[])),
        ("AAC", vec![0xFF, 0xF1, 0x6C, 0x40, 2, 0x1F, 0xFC]),
        ("Sun audio", b".snd\0\0\0\x18\0\0\0\0".to_vec()),
        ("RIFF without WAVE", b"RIFF\0\0\0\0AVI LIST".to_vec()),
        ("MP4", b"\0\0\0\x20ftypM4A ".to_vec()),
    ] {
        assert_eq!(to_pcm_wav(&bytes, Named::Nothing), Err(Error::Unsupported(name.into())));
    }
}

#[test]
fn what_is_no_sound_is_told_as_that() {
    for (what, bytes) in [
        ("nothing", &b""[..]),
        ("an HTML page", b"<html><body>Please log in</body></html>"),
        ("an HTML page", b"\xEF\xBB\xBF\r\n<!DOCTYPE HTML PUBLIC>"),
        ("a text", b"no such file"),
        ("a text", "录音 1372123897.17 不存在\r\n".as_bytes()),
        ("a text", b"\xC2\xBC\xD2\xF4 404 (GB18030)"),
    ] {
        assert_eq!(to_pcm_wav(bytes, Named::Nothing), Err(Error::NotSound(what)), "{bytes:?}");
    }
    assert_eq!(to_pcm_wav(&[0, 1, 2, 3, 4, 5, 6, 7], Named::Nothing), Err(Error::Unknown));
    assert_eq!(to_pcm_wav(&[0; 5000], Named::Nothing), Err(Error::Unknown));
}

#[test]
fn damaged_heads_say_what_is_wrong() {
    let mut no_channel = PCM16;
    no_channel[2] = 0;
    let mut no_rate = PCM16;
    no_rate[4..8].fill(0);
    let mut far = b"RIFF\0\0\0\0WAVELIST\0\0\x20\0".to_vec();
    far.resize(0x20_0014, 0);
    far.extend(&wav(&PCM16, 2, &[1, 0])[12..]);
    for (bytes, what) in [
        (wav(&no_channel, 0, &[]), "no channel"),
        (wav(&no_rate, 0, &[]), "sample rate"),
        (wav(&PCM16[..15], 0, &[]), "cut off"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0".to_vec(), "before its format"),
        (b"RIFF\0\0\0\0WAVE".to_vec(), "breaks off"),
        (far, "within 1 MiB"),
    ] {
        let error = to_pcm_wav(&bytes, Named::Nothing).expect_err(what).to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn there_is_a_limit_to_both_sides() {
    let large = wav(&PCM16, 0, &vec![0; MOST_BYTES]);
    assert!(matches!(to_pcm_wav(&large, Named::Nothing), Err(Error::Limit(_))));
    // Two hours and a bit of GSM.
    let blocks = MOST_PCM_BYTES as usize / 640 + 1;
    let long = wav(&WAV49, 0, &vec![0; blocks * 65]);
    assert!(matches!(to_pcm_wav(&long, Named::Nothing), Err(Error::Limit(_))));
}

/// What must hold for any bytes whatever.
fn holds(bytes: &[u8]) {
    let Ok(decoded) = to_pcm_wav(bytes, Named::Nothing) else { return };
    assert!(decoded.damaged_at.is_none_or(|at| at <= decoded.length));
    assert!(!decoded.length.is_zero() || decoded.damaged_at.is_some());
    if decoded.length.is_zero() {
        return;
    }
    let again = to_pcm_wav(&decoded.wav, Named::Nothing).expect("what comes out can be read");
    assert_eq!((&again.wav, again.length, again.damaged_at), (&decoded.wav, decoded.length, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..600)) {
        holds(&bytes);
    }

    #[test]
    fn any_format_and_data(format in vec(any::<u8>(), 0..44), size in any::<u32>(), data in vec(any::<u8>(), 0..600)) {
        holds(&wav(&format, size, &data));
    }

    #[test]
    fn any_gsm(size in prop_oneof![Just(0), 0..2000u32], data in vec(any::<u8>(), 0..1400)) {
        holds(&wav(&WAV49, size, &data));
    }

    #[test]
    fn mutated_files(
        name in prop::sample::select(&FILES[..]),
        changes in vec((any::<Index>(), any::<u8>()), 1..8),
        in_head in any::<bool>(),
        cut in any::<Index>(),
    ) {
        let mut bytes = file(name);
        let end = if in_head { 64 } else { bytes.len() };
        for (at, value) in changes {
            bytes[at.index(end)] = value;
        }
        holds(&bytes);
        holds(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn any_pieces(sizes in vec(0..200usize, 1..40), name in prop::sample::select(&FILES[..])) {
        let bytes = file(name);
        let head = Head::read(&bytes, Named::Nothing).expect(name).expect(name);
        let mut rest = &bytes[head.data_at..];
        let mut decoder = Decoder::new(head);
        let mut out = Vec::new();
        for size in sizes {
            let (piece, behind) = rest.split_at(size.min(rest.len()));
            decoder.decode(piece, &mut out);
            rest = behind;
        }
        decoder.decode(rest, &mut out);
        prop_assert_eq!(decoder.finish(&mut out), None);
        prop_assert_eq!(out, samples(&to_pcm_wav(&bytes, Named::Nothing).expect(name).wav[HEADER..]));
    }
}
