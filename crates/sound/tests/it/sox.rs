//! Files made by SoX and by Asterisk, decoded as SoX decodes them: sample by sample.

use std::{borrow::Cow, time::Duration};

use crate::support::{HEADER, file, hash, samples, wav};
use uncall_sound::{Decoder, Format, Head, Named, to_pcm_wav};

/// Every file of `expected.txt`, and what it is: format, channels.
const FILES: [(&str, Format, u16); 20] = [
    ("loud.WAV", Format::Wav49, 1),
    ("noise.WAV", Format::Wav49, 1),
    ("pluck.WAV", Format::Wav49, 1),
    ("quiet.WAV", Format::Wav49, 1),
    ("random.WAV", Format::Wav49, 1),
    ("sweep.WAV", Format::Wav49, 1),
    ("from-asterisk.WAV", Format::Wav49, 1),
    ("from-asterisk.gsm", Format::Gsm, 1),
    ("speech.gsm", Format::Gsm, 1),
    ("raw.gsm", Format::Gsm, 1),
    ("alaw-codes.wav", Format::ALaw, 1),
    ("alaw-stereo.wav", Format::ALaw, 2),
    ("mulaw-codes.wav", Format::MuLaw, 1),
    ("pcm8-mono.wav", Format::Pcm8, 1),
    ("pcm8-stereo.wav", Format::Pcm8, 2),
    ("pcm16-mono.wav", Format::Pcm16, 1),
    ("pcm16-stereo.wav", Format::Pcm16, 2),
    ("pcm24.wav", Format::Pcm24, 1),
    ("pcm32.wav", Format::Pcm32, 1),
    ("float.wav", Format::Float32, 1),
];

#[test]
fn every_format_is_decoded_to_the_sample() {
    let expected = String::from_utf8(file("expected.txt")).expect("a table");
    assert_eq!(expected.lines().count(), FILES.len());
    for (name, format, channels) in FILES {
        let line = expected.lines().find(|line| line.split(' ').next() == Some(name)).expect(name);
        let bytes = file(name);
        let decoded = to_pcm_wav(&bytes, Named::by(name)).expect(name);
        let pcm = &decoded.wav[HEADER..];
        assert_eq!(format!("{name} {} {:016x}", pcm.len(), hash(pcm)), line);
        assert_eq!((decoded.format, decoded.damaged_at), (format, None), "{name}");
        let moments = pcm.len() as u64 / 2 / u64::from(channels);
        assert_eq!(decoded.length, Duration::from_micros(moments * 125), "{name}");
        let head = Head::read(&decoded.wav, Named::Nothing).expect(name).expect(name);
        assert_eq!((head.format, head.channels, head.rate, head.data_at), (Format::Pcm16, channels, 8000, HEADER));
        assert_eq!(head.data_bytes, Some(pcm.len() as u32), "{name}");
    }
}

#[test]
fn gsm_deviates_nowhere() {
    let bytes = file("pluck.WAV");
    let decoded = to_pcm_wav(&bytes, Named::Nothing).expect("a WAV49 file");
    let (ours, sox) = (samples(&decoded.wav[HEADER..]), samples(&file("pluck.raw")));
    assert_eq!(ours.len(), sox.len());
    assert_eq!(ours.iter().zip(&sox).position(|(ours, sox)| ours != sox), None);
}

#[test]
fn what_comes_out_goes_through_unchanged() {
    for (name, format, _) in FILES {
        let bytes = file(name);
        let once = to_pcm_wav(&bytes, Named::by(name)).expect(name);
        assert_eq!(matches!(once.wav, Cow::Borrowed(_)), format == Format::Pcm16, "{name}");
        let twice = to_pcm_wav(&once.wav, Named::Nothing).expect(name);
        assert!(matches!(twice.wav, Cow::Borrowed(_)), "{name}");
        assert_eq!((&twice.wav, twice.length, twice.damaged_at), (&once.wav, once.length, None), "{name}");
    }
}

#[test]
fn in_pieces_as_at_once() {
    for (name, _, _) in FILES {
        let bytes = file(name);
        let whole = to_pcm_wav(&bytes, Named::by(name)).expect(name);
        for size in [1, 2, 3, 7, 32, 33, 64, 65, 66, 129, 1000] {
            let needed = (0..bytes.len()).find_map(|end| Head::read(&bytes[..end], Named::by(name)).expect(name));
            let needed = needed.unwrap_or_else(|| Head::of_whole(&bytes, Named::by(name)).expect(name));
            let mut decoder = Decoder::new(needed.clone());
            let mut out = Vec::new();
            for piece in bytes[needed.data_at..].chunks(size) {
                decoder.decode(piece, &mut out);
            }
            assert_eq!(decoder.finish(&mut out), None, "{name} by {size}");
            assert_eq!(
                (&out[..], decoder.decoded()),
                (&samples(&whole.wav[HEADER..])[..], whole.length),
                "{name} by {size}"
            );
        }
    }
}

#[test]
fn the_length_is_known_before_anything_is_decoded() {
    for (name, format, _) in FILES {
        let bytes = file(name);
        let head = Head::of_whole(&bytes, Named::by(name)).expect(name);
        // Below one frame, nothing shows that it is GSM.
        let least = if format == Format::Gsm { 33 } else { head.data_at };
        for end in (least..=bytes.len()).filter(|end| end % 71 == 0 || bytes.len() - end < 35) {
            let cut = to_pcm_wav(&bytes[..end], Named::by(name));
            let length = cut.map_or(0, |cut| cut.wav.len() as u64 - 44);
            assert_eq!(head.pcm_len(end as u64), Some(length), "{name} cut at {end}");
        }
    }
}

#[test]
fn other_rates_and_extensible_heads_are_read() {
    // WAVE_FORMAT_EXTENSIBLE: 40 bytes, the tag proper at 24.
    let mut extensible =
        vec![0xFE, 0xFF, 2, 0, 0x44, 0xAC, 0, 0, 0x10, 0xB1, 2, 0, 4, 0, 16, 0, 22, 0, 16, 0, 3, 0, 0, 0];
    extensible.extend(b"\x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
    let bytes = wav(&extensible, 8, &[1, 0, 2, 0, 3, 0, 4, 0]);
    let decoded = to_pcm_wav(&bytes, Named::Nothing).expect("PCM");
    assert_eq!(samples(&decoded.wav[HEADER..]), [1, 2, 3, 4]);
    let head = Head::read(&decoded.wav, Named::Nothing).expect("a head").expect("a whole one");
    assert_eq!((head.channels, head.rate), (2, 44_100));
}
