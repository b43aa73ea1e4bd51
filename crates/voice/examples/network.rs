//! Sends speech through simulated networks, for `cargo xtask bench voice`. Reads 16-bit samples from `FOLDER/RATE.raw` and writes
//! what was heard.
//!
//! `network FOLDER SEEDS` writes `FOLDER/CODEC-NETWORK-SEED.raw` for each codec, network and seed, and prints a line of figures.
#![allow(clippy::print_stdout, clippy::expect_used, missing_docs, reason = "a tool of the developers")]

use std::{env, fs, path::PathBuf};

use uncall_voice::Codec;

#[path = "../tests/it/network.rs"]
#[allow(dead_code)]
mod network;

use network::{Network, call};

fn main() {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let seeds: u64 = arguments.next().and_then(|seeds| seeds.parse().ok()).unwrap_or(3);
    let only = arguments.next();
    let clean = Network::default();
    let networks = [
        ("clean", clean),
        ("loss10", Network { loss: 0.1, ..clean }),
        ("burst3", Network { bursts: (0.03, 4.0), ..clean }),
        ("jitter60", Network { jitter: 60.0, ..clean }),
        ("jitter60o", Network { jitter: 60.0, ordered: true, ..clean }),
        ("both", Network { jitter: 60.0, loss: 0.1, ..clean }),
    ];
    for codec in [Codec::Pcmu, Codec::G722, Codec::Opus] {
        let bytes = fs::read(folder.join(format!("{}.raw", codec.rate()))).expect("the speech");
        let speech: Vec<i16> = bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
        for (name, network) in networks {
            if only.as_ref().is_some_and(|only| !name.starts_with(only.as_str())) {
                continue;
            }
            for seed in 1..=seeds {
                let call = call(codec, network, seed, &speech);
                let heard: Vec<u8> = call.heard.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                fs::write(folder.join(format!("{}-{name}-{seed}.raw", codec.name())), heard).expect("written");
                let s = call.statistics;
                println!(
                    "{}\t{name}\t{seed}\t{}\t{:.1}\t{:.2}\t{}\t{}\t{}\t{}",
                    codec.name(),
                    codec.rate(),
                    s.waits.as_secs_f64() * 1000.0,
                    s.opinion,
                    s.played.concealed,
                    s.played.inserted,
                    s.played.removed,
                    s.lost,
                );
            }
        }
    }
}
