//! From any moment on, and piece by piece.

use crate::support::{HEADER, WAV49, file, samples, wav};
use uncall_sound::{Decoder, Error, Format, GSM_WARM_UP, Head, Named, Stream, to_pcm_wav};

const BLOCKS: [&str; 9] = [
    "alaw-stereo.wav",
    "mulaw-codes.wav",
    "pcm8-stereo.wav",
    "pcm16-mono.wav",
    "pcm16-stereo.wav",
    "pcm24.wav",
    "pcm32.wav",
    "float.wav",
    "from-asterisk.WAV",
];

/// What an entry at this moment gives, and where it reads from.
fn from(bytes: &[u8], moment: u64) -> (Vec<i16>, usize) {
    let head = Head::of_whole(bytes, Named::Nothing).expect("a head");
    let entry = head.entry(moment).expect("a format with blocks");
    let mut decoder = Decoder::from_entry(head, entry);
    let mut out = Vec::new();
    let at = (entry.at as usize).min(bytes.len());
    for piece in bytes[at..].chunks(100) {
        decoder.decode(piece, &mut out);
    }
    assert_eq!(decoder.finish(&mut out), None);
    (out, at)
}

#[test]
fn an_entry_gives_what_is_there_in_the_whole() {
    for name in BLOCKS {
        let bytes = file(name);
        let head = Head::of_whole(&bytes, Named::Nothing).expect(name);
        let whole = samples(&to_pcm_wav(&bytes, Named::Nothing).expect(name).wav[HEADER..]);
        let channels = usize::from(head.channels);
        for moment in (0..whole.len() / channels).step_by(77) {
            let (out, at) = from(&bytes, moment as u64);
            assert!(out == whole[moment * channels..], "{name} from {moment}");
            assert!(at > head.data_at || moment == 0 || head.format == Format::Wav49, "{name} from {moment}");
        }
        assert!(from(&bytes, whole.len() as u64).0.is_empty(), "{name} from its end");
    }
}

/// A long recording, of all kinds of sound that the fixtures have.
fn long() -> Vec<u8> {
    let names =
        ["sweep.WAV", "noise.WAV", "from-asterisk.WAV", "pluck.WAV", "loud.WAV", "quiet.WAV", "from-asterisk.WAV"];
    let data = names.map(|name| {
        let data = file(name)[60..].to_vec();
        data[..data.len() / 65 * 65].to_vec()
    });
    wav(&WAV49, 0, &[data.concat(), data.concat()].concat())
}

#[test]
fn gsm_finds_its_way_in() {
    let bytes = long();
    let whole = samples(&to_pcm_wav(&bytes, Named::Nothing).expect("WAV49").wav[HEADER..]);
    for moment in (0..whole.len()).step_by(2503) {
        let (out, at) = from(&bytes, moment as u64);
        let frames = (at - 60) / 65 * 2;
        assert!(moment / 160 - frames <= GSM_WARM_UP as usize + 1, "no more is read than needed");
        assert_eq!(out.len(), whole.len() - moment);
        assert!(out == whole[moment..], "from {moment}");
    }
}

#[test]
fn a_stream_gives_what_the_whole_gives_whatever_the_pieces() {
    for name in BLOCKS.into_iter().chain([
        "speech.gsm",
        "raw.gsm",
        "speech.mp3",
        "tagged.mp3",
        "stereo.mp3",
        "speech.opus",
        "stereo.opus",
    ]) {
        let bytes = file(name);
        let whole = to_pcm_wav(&bytes, Named::by(name)).expect(name);
        for size in [1, 7, 27, 144, 1000, 4096, bytes.len()] {
            let mut stream = Stream::new(Named::by(name));
            let mut out = Vec::new();
            for piece in bytes.chunks(size) {
                stream.push(piece, &mut out).expect(name);
            }
            assert_eq!(stream.finish(&mut out), Ok(None), "{name} by {size}");
            assert!(out == samples(&whole.wav[HEADER..]), "{name} by {size}");
            let told = stream.head().map(|head| head.format);
            assert_eq!((told, stream.decoded()), (Some(whole.format), whole.length), "{name} by {size}");
        }
    }
}

#[test]
fn sound_begins_before_the_file_has_ended() {
    for (name, enough) in
        [("sweep.WAV", 60 + 65), ("pcm16-stereo.wav", 48), ("speech.opus", 1500), ("stereo.opus", 1500)]
    {
        let mut stream = Stream::new(Named::Nothing);
        let mut out = Vec::new();
        stream.push(&file(name)[..enough], &mut out).expect(name);
        assert!(!out.is_empty() && stream.head().is_some(), "{name}");
    }
}

#[test]
fn a_stream_tells_what_is_no_sound() {
    let ended = |bytes: &[u8]| {
        let mut stream = Stream::new(Named::Nothing);
        stream.push(bytes, &mut Vec::new()).and_then(|()| stream.finish(&mut Vec::new()))
    };
    assert_eq!(ended(b""), Err(Error::NotSound("nothing")));
    assert_eq!(ended(b"<html><body>no"), Err(Error::NotSound("an HTML page")));
    assert_eq!(ended(&[0; 9000]), Err(Error::Unknown));
    assert_eq!(ended(&file("tone.flac")), Err(Error::Unsupported("FLAC".into())));
    assert_eq!(ended(&file("not-ready.WAV")), Err(Error::NotReady));
    assert!(matches!(ended(&file("sweep.WAV")[..30]), Err(Error::Damaged(_))));
    assert_eq!(ended(&file("sweep.WAV")[..60]).map(|at| at.is_some_and(|at| at.is_zero())), Ok(true));
}
