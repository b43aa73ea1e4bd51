//! Waveform and silences.

use crate::support::{HEADER, file, samples};
use proptest::{collection::vec, prelude::*};
use uncall_sound::{MOST_PEAKS, Named, Peaks, Silences, to_pcm_wav};

/// So many milliseconds of a square wave of this height, at 8 kHz.
fn wave(milliseconds: usize, height: i16) -> Vec<i16> {
    (0..milliseconds * 8).map(|at| if at / 10 % 2 == 0 { height } else { -height }).collect()
}

#[test]
fn a_peak_is_the_loudest_of_its_stretch() {
    let mut peaks = Peaks::new(1);
    let mut sound = vec![0; 64];
    sound[17] = -300;
    sound.extend(vec![1; 64]);
    sound.extend([i16::MIN; 10]);
    peaks.push(&sound);
    assert_eq!((peaks.levels(0), peaks.width()), (vec![3, 1, 255], 64));
    assert!(peaks.levels(1).is_empty());
}

#[test]
fn each_channel_has_its_own() {
    let mut peaks = Peaks::new(2);
    let stereo: Vec<i16> =
        wave(16, 16_000).iter().zip(wave(16, 100)).flat_map(|(left, right)| [*left, right]).collect();
    // A piece may end between the two of a moment.
    let (one, two) = stereo.split_at(33);
    peaks.push(one);
    peaks.push(two);
    assert_eq!((peaks.levels(0), peaks.levels(1)), (vec![125; 2], vec![1; 2]));
}

#[test]
fn any_length_fits() {
    let mut peaks = Peaks::new(1);
    let minute = wave(60_000, 1280);
    for minutes in 1..=90 {
        peaks.push(&minute);
        let levels = peaks.levels(0);
        assert!((MOST_PEAKS / 2 - 1..=MOST_PEAKS).contains(&levels.len()), "{minutes}: {}", levels.len());
        assert_eq!(levels.len() as u64, (minutes * 480_000u64).div_ceil(peaks.width()));
        assert!(levels.iter().all(|level| *level == 10));
    }
}

#[test]
fn a_fixture_looks_as_it_is() {
    let pcm = samples(&to_pcm_wav(&file("from-asterisk.WAV"), Named::Nothing).expect("WAV49").wav[HEADER..]);
    let mut peaks = Peaks::new(1);
    peaks.push(&pcm);
    let levels = peaks.levels(0);
    let most = pcm.iter().map(|sample| sample.unsigned_abs()).max().expect("sound");
    assert_eq!(levels.iter().max().map(|level| u16::from(*level)), Some(most.div_ceil(128)));
    assert_eq!(levels.len(), pcm.len().div_ceil(64));
}

#[test]
fn silences_of_a_second_are_found() {
    let mut silences = Silences::new(1, 8000);
    for (milliseconds, height) in
        [(2000, 40), (3000, 9000), (900, 40), (1000, 9000), (1000, 45), (500, 9000), (1500, 30)]
    {
        silences.push(&wave(milliseconds, height));
    }
    assert_eq!(silences.spans(), [0..2000, 6900..7900, 8400..9900]);
}

#[test]
fn the_noise_of_the_line_is_silence() {
    // -38 dB of noise between words; a quiet voice above it is not.
    let mut silences = Silences::new(1, 8000);
    for (milliseconds, height) in [(2000, 8000), (3000, 400), (2000, 1000), (1500, 420)] {
        silences.push(&wave(milliseconds, height));
    }
    assert_eq!(silences.spans(), [2000..5000, 7000..8500]);
    // All of one loudness: a tone is no silence, however even.
    let mut silences = Silences::new(1, 8000);
    silences.push(&wave(5000, 8000));
    assert!(silences.spans().is_empty());
    let mut silences = Silences::new(1, 8000);
    silences.push(&[0; 40_000]);
    assert_eq!(silences.spans(), vec![0..5000; 1]);
}

#[test]
fn both_channels_have_to_be_silent() {
    let mut silences = Silences::new(2, 8000);
    let left = [wave(1500, 9000), wave(3000, 10)].concat();
    let right = [wave(3000, 9000), wave(1500, 10)].concat();
    let both: Vec<i16> = left.iter().zip(right).flat_map(|(left, right)| [*left, right]).collect();
    silences.push(&both);
    assert_eq!(silences.spans(), vec![3000..4500; 1]);
}

proptest! {
    #[test]
    fn pieces_do_not_matter(sound in vec(any::<i16>(), 0..3000), channels in 1..3u16, sizes in vec(1..200usize, 1..30)) {
        let (mut whole, mut silent) = (Peaks::new(channels), Silences::new(channels, 8000));
        whole.push(&sound);
        silent.push(&sound);
        let (mut peaks, mut silences) = (Peaks::new(channels), Silences::new(channels, 8000));
        let mut rest = &sound[..];
        for size in sizes.iter().cycle() {
            let (piece, behind) = rest.split_at((*size).min(rest.len()));
            peaks.push(piece);
            silences.push(piece);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!((peaks, silences), (whole, silent));
    }
}
