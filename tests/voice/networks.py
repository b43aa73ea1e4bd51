"""Speech through the networks of crates/voice/examples/network.rs, judged by PESQ. Called by `cargo xtask bench voice`."""

import os
import subprocess
import sys
from collections import defaultdict
from multiprocessing import Pool

import numpy as np
from pesq import pesq

SEEDS = 5
RATE = 16000
SECONDS = 8
SPEECH = [
    ("en-us+m3", "The quick brown fox jumps over the lazy dog, while seven wizards make toxic brew for the evil queen. "
     "Please hold the line, the next free agent will take your call."),
    ("en-gb+f2", "Good morning, you have reached the service desk. My name is Alice, how may I help you today? "
     "I would like to know when my order will be delivered."),
    ("en-us+f4", "Your account number has nine digits, and you will find it at the top of every letter. "
     "Could you read it to me slowly, and tell me the postal code?"),
    ("en-gb+m1", "She sells sea shells by the sea shore, and the shells she sells are surely sea shells. "
     "We have thirty five boxes left in the store room."),
    ("en-us+m7", "A large size in stockings is hard to sell. The boy was there when the sun rose. "
     "A rod is used to catch pink salmon."),
    ("en-gb+f5", "The source of the huge river is the clear spring. Kick the ball straight and follow through. "
     "Help the woman get back to her feet."),
]


def speech(folder):
    """Six voices of eight seconds, -26 dBov while they speak, with a quiet room behind them."""
    parts = []
    for voice, text in SPEECH:
        wav = subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "--stdout", text], capture_output=True, check=True)
        convert = ["ffmpeg", "-v", "error", "-i", "-", "-ar", str(RATE), "-ac", "1", "-f", "s16le", "-"]
        raw = subprocess.run(convert, input=wav.stdout, capture_output=True, check=True).stdout
        sound = np.frombuffer(raw, dtype=np.int16).astype(float)[: RATE * SECONDS]
        sound = np.pad(sound, (0, RATE * SECONDS - len(sound)))
        active = sound[np.abs(sound) > 200]
        parts.append(sound * (32768 * 10 ** (-26 / 20) / np.sqrt(np.mean(active**2))))
    room = np.random.default_rng(1).normal(0, 6, RATE * SECONDS * len(parts))
    np.clip(np.concatenate(parts) + room, -32768, 32767).astype(np.int16).tofile(f"{folder}/16000.raw")
    plain = ["-f", "s16le", "-ac", "1"]
    narrow = ["ffmpeg", "-y", "-v", "error", "-ar", str(RATE), *plain, "-i", f"{folder}/16000.raw", "-ar", "8000", *plain]
    subprocess.run([*narrow, f"{folder}/8000.raw"], check=True)


def judge(job):
    folder, codec, network, seed, rate = job
    heard = np.fromfile(f"{folder}/{codec}-{network}-{seed}.raw", dtype=np.int16)
    spoken = np.fromfile(f"{folder}/{rate}.raw", dtype=np.int16)
    length = SECONDS * rate
    scale = "nb" if rate == 8000 else "wb"
    return [
        pesq(rate, spoken[at : at + length], heard[at : at + length + rate // 4], scale)
        for at in range(0, len(spoken), length)
    ]


def main():
    program, folder = sys.argv[1:3]
    os.makedirs(folder, exist_ok=True)
    speech(folder)
    run = subprocess.run([program, folder, str(SEEDS)], capture_output=True, text=True, check=True)
    figures = [line.split("\t") for line in run.stdout.splitlines()]
    jobs = [(folder, codec, network, seed, int(rate)) for codec, network, seed, rate, *_ in figures]
    with Pool() as pool:
        scores = pool.map(judge, jobs)
    table = defaultdict(lambda: ([], [], [], []))
    for (codec, network, _, rate, waits, opinion, concealed, *_), score in zip(figures, scores):
        row = table[codec, network]
        row[0].extend(score)
        row[1].append(float(waits))
        row[2].append(float(opinion))
        row[3].append(100 * int(concealed) / (len(SPEECH) * SECONDS * int(rate)))
    print("| codec | network | PESQ: least / median / most | sound waits, ms | made up | opinion on screen |")
    print("|---|---|---|---|---|---|")
    for (codec, network), (score, waits, opinion, made_up) in table.items():
        low, middle, high = min(score), float(np.median(score)), max(score)
        print(
            f"| {codec} | {network} | {low:.2f} / **{middle:.2f}** / {high:.2f} | {np.mean(waits):.0f} "
            f"| {np.mean(made_up):.1f} % | {np.mean(opinion):.2f} |"
        )


if __name__ == "__main__":
    main()
