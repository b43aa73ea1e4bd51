//! Inputs that a fuzzer found, or that are as it would find them: each broke something once, or reaches what little else does.

use std::{fs, path::Path};

use crate::support::{HEADER, file, ogg, samples};
use proptest::{collection::vec, prelude::*, sample::Index};
use uncall_sound::{Named, Stream, to_pcm_wav};

const FILES: [&str; 8] =
    ["speech.gsm", "speech.mp3", "tagged.mp3", "plain.mp3", "stereo.mp3", "speech.opus", "framed.opus", "stereo.opus"];

/// What must hold for any bytes: nothing panics, and the pieces do not matter.
fn holds(bytes: &[u8], sizes: &[usize]) {
    let whole = to_pcm_wav(bytes, Named::Nothing);
    let mut stream = Stream::new(Named::Nothing);
    let mut out = Vec::new();
    let mut rest = bytes;
    let mut refused = false;
    for size in sizes.iter().cycle() {
        let (piece, behind) = rest.split_at((*size).min(rest.len()));
        refused |= stream.push(piece, &mut out).is_err();
        rest = behind;
        if rest.is_empty() || refused {
            break;
        }
    }
    let damaged = if refused { None } else { stream.finish(&mut out).ok() };
    match whole {
        Ok(whole) => {
            assert_eq!(damaged, Some(whole.damaged_at));
            assert!(out == samples(&whole.wav[HEADER..]));
        }
        Err(_) => assert_eq!(damaged, None),
    }
}

#[test]
fn what_the_fuzzer_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzzed");
    let mut found = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let bytes = fs::read(entry.expect("a file").path()).expect("a file");
        for sizes in [&[1][..], &[100, 200], &[4096], &[usize::MAX]] {
            holds(&bytes, sizes);
        }
        found += 1;
    }
    assert!(found > 0);
}

#[test]
fn a_broken_ogg_page_at_the_end_does_not_go_on_for_ever() {
    for name in ["speech.opus", "framed.opus"] {
        let mut bytes = file(name);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        for tail in [&b"Ogg"[..], b"xyz", b"x", b"OggSOggSOggSOggS\0\0\0OggS"] {
            holds(&[&bytes, tail].concat(), &[5]);
        }
    }
}

#[test]
fn a_frame_with_which_the_decoder_of_mp3_panics_is_left_out() {
    let mut bytes = file("speech.mp3");
    let whole = to_pcm_wav(&bytes, Named::Nothing).expect("MP3").length;
    bytes[1999] = 160;
    let damaged = to_pcm_wav(&bytes, Named::Nothing).expect("MP3");
    assert!(damaged.damaged_at.is_some_and(|at| !at.is_zero() && at < damaged.length), "{:?}", damaged.damaged_at);
    assert!(damaged.length > whole / 2 && damaged.length < whole, "{:?}", damaged.length);
    holds(&bytes, &[100]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files(
        name in prop::sample::select(&FILES[..]),
        changes in vec((any::<Index>(), any::<u8>()), 0..8),
        cut in any::<Index>(),
        sizes in vec(1..3000usize, 1..9),
    ) {
        let mut bytes = file(name);
        let length = bytes.len();
        for (at, value) in changes {
            bytes[at.index(length)] = value;
        }
        holds(&bytes, &sizes);
        holds(&bytes[..cut.index(length)], &sizes);
    }

    #[test]
    fn packets_of_any_bytes_behind_right_checksums(
        name in prop::sample::select(&FILES[5..]),
        changes in vec((any::<Index>(), any::<Index>(), any::<u8>()), 1..20),
        sizes in vec(1..3000usize, 1..9),
    ) {
        let mut pages = ogg::pages(&file(name));
        for (page, at, value) in changes {
            let page = page.index(pages.len());
            let page = &mut pages[page];
            // The checksum's own place is written over in the end.
            let at = 4 + at.index(page.len() - 4);
            page[at] = value;
            ogg::seal(page);
        }
        holds(&pages.concat(), &sizes);
    }

    #[test]
    fn frames_in_any_order(
        name in prop::sample::select(&FILES[1..5]),
        order in vec((any::<Index>(), 1..400usize), 1..30),
    ) {
        let bytes = file(name);
        let parts: Vec<u8> = order.iter().flat_map(|(from, length)| {
            let from = from.index(bytes.len());
            bytes[from..(from + length).min(bytes.len())].to_vec()
        }).collect();
        holds(&[&bytes[..1500], &parts].concat(), &[700]);
    }
}
