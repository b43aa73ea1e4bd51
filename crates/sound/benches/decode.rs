//! How long it takes to make PCM of a call of five minutes. Elements are samples: divided by 8,000, times real time.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use uncall_sound::{Named, to_pcm_wav};

const WAV49: &[u8] = include_bytes!("../tests/fixtures/sweep.WAV");
const A_LAW: &[u8] = include_bytes!("../tests/fixtures/alaw-stereo.wav");

/// A file of this length from the blocks of a short one. The size stays open, so that the data reaches to the end.
fn long(short: &[u8], head: usize, block: usize, data: usize) -> Vec<u8> {
    let mut out = short.get(..head - 4).unwrap_or_default().to_vec();
    out.extend([0; 4]);
    let blocks = short.get(head..).unwrap_or_default();
    let whole = blocks.len() - blocks.len() % block;
    out.extend(blocks.iter().take(whole).cycle().take(data));
    out
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("PCM from five minutes of");
    for (name, file, samples) in [
        ("WAV49", long(WAV49, 60, 65, 300 * 25 * 65), 300 * 8000),
        ("A-law, stereo", long(A_LAW, 58, 2, 300 * 16_000), 2 * 300 * 8000),
    ] {
        group.throughput(Throughput::Elements(samples));
        group.bench_function(name, |bencher| {
            bencher.iter(|| to_pcm_wav(black_box(&file), Named::Nothing).map(|decoded| decoded.wav.len()));
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
