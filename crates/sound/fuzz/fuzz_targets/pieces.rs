//! Any bytes as a stream, in pieces whose sizes the first bytes tell: the samples are those of the whole, from any moment on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uncall_sound::{Decoder, Named, Peaks, Silences, Stream};

/// Names of files without a head, and of one with it.
const ENDINGS: [&str; 7] = [".wav", ".ulaw", ".alaw", ".gsm", ".sln16", ".g722", ".g729"];

fuzz_target!(init: {
    // The decoder of MP3 panics, which the crate catches. Our own panics still end the run.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
}, |bytes: &[u8]| {
    let Some((&[kind], bytes)) = bytes.split_first_chunk::<1>() else { return };
    let Some((sizes, file)) = bytes.split_first_chunk::<4>() else { return };
    let named = Named::by(ENDINGS[usize::from(kind) % ENDINGS.len()]);
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    let mut stream = Stream::new(named);
    let outcome = stream.push(file, &mut whole).and_then(|()| stream.finish(&mut whole));
    let mut stream = Stream::new(named);
    let mut rest = file;
    let mut refused = None;
    for size in sizes.iter().cycle() {
        let (piece, behind) = rest.split_at((usize::from(*size) * 3 + 1).min(rest.len()));
        rest = behind;
        if let Err(error) = stream.push(piece, &mut pieces) {
            refused = Some(error);
            break;
        }
        if rest.is_empty() {
            break;
        }
    }
    let other = refused.map_or_else(|| stream.finish(&mut pieces), Err);
    assert_eq!(outcome.is_ok(), other.is_ok(), "{outcome:?} {other:?}");
    if outcome.is_err() {
        return;
    }
    assert_eq!((outcome, &whole), (other, &pieces));
    let head = stream.head().expect("it was decoded").clone();
    let (mut peaks, mut silences) = (Peaks::new(head.channels), Silences::new(head.channels, head.rate));
    peaks.push(&whole);
    silences.push(&whole);
    let _ = (peaks.levels(0), peaks.levels(1), silences.spans(), head.length_by_tail(file), head.length(file.len() as u64));
    let moment = u64::from(sizes[0]) * 7;
    if let Some(entry) = head.entry(moment) {
        let mut out = Vec::new();
        let mut decoder = Decoder::from_entry(head.clone(), entry);
        decoder.decode(file.get(entry.at as usize..).unwrap_or_default(), &mut out);
        decoder.finish(&mut out);
        let expected = whole.len().saturating_sub(moment as usize * usize::from(head.channels));
        assert_eq!(out.len(), expected);
    }
});
