//! Any bytes as a whole file. What comes out is a WAV file that says of itself what was said of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uncall_sound::{Head, Named, to_pcm_wav};

fuzz_target!(init: {
    // The decoder of MP3 panics, which the crate catches. Our own panics still end the run.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
}, |bytes: &[u8]| {
    let Ok(decoded) = to_pcm_wav(bytes, Named::Nothing) else { return };
    assert!(decoded.damaged_at.is_none_or(|at| at <= decoded.length));
    let head = Head::of_whole(bytes, Named::Nothing).expect("it was decoded");
    if let Some(length) = head.pcm_len(bytes.len() as u64) {
        assert_eq!(length, decoded.wav.len() as u64 - 44);
    }
    if !decoded.length.is_zero() {
        let again = to_pcm_wav(&decoded.wav, Named::Nothing).expect("what comes out can be read");
        assert_eq!((&again.wav, again.damaged_at), (&decoded.wav, None));
    }
});
