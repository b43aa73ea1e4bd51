#!/bin/sh
# Makes the prompts (sounds/) and the music (music/) of the dialplan package anew. Needs espeak-ng, sox and bc, as Debian
# has them. µ-law at 8000 Hz, which Asterisk plays without a codec of its own; the melody is the project's.
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# say VOICE FILE SECONDS-OF-PAUSE-AFTER TEXT
say() {
    mkdir -p "$(dirname "$2")"
    espeak-ng -v "$1" -s 145 -w "$scratch/voice.wav" "$4"
    sox -R "$scratch/voice.wav" -t ul -r 8000 -c 1 "$2" highpass 200 gain -n -6 pad 0.2 "$3"
}

say cmn sounds/zh/busy.ulaw 0.3 '您拨打的分机正忙，请稍后再拨。'
say cmn sounds/zh/survey.ulaw 0.3 '请按一到五键，为本次服务评分。五分最满意。'
say cmn sounds/zh/thanks.ulaw 0.3 '谢谢您的评价，再见。'
say cmn music/transferring-zh/transferring.ulaw 3 '正在转接，请稍候。'
say en sounds/en/busy.ulaw 0.3 'The extension you are calling is busy. Please try again later.'
say en sounds/en/survey.ulaw 0.3 'Please rate this call with a key from one to five. Five is best.'
say en sounds/en/thanks.ulaw 0.3 'Thank you for your rating. Goodbye.'
say en music/transferring-en/transferring.ulaw 3 'Transferring. Please wait.'

# The melody: a plucked string, one note a line (name and octave, beats of 0.4 s).
mkdir -p music/hold music/silence
note=0
for pitch in C4:2 E4:1 G4:1 A4:2 G4:2 E4:1 D4:1 C4:2 D4:1 E4:1 A3:2 G3:2 C4:2 D4:1 E4:1 G4:2 A4:1 G4:1 E4:2 D4:2 G3:2 A3:1 D4:1 C4:4; do
    note=$((note + 1))
    length=$(echo "${pitch#*:} * 0.4" | bc)
    sox -R -n -r 8000 -c 1 "$scratch/$(printf %03d $note).wav" synth "$length" pluck "${pitch%:*}" fade t 0.005 "$length" 0.08
done
sox -R "$scratch"/[0-9][0-9][0-9].wav -t ul -r 8000 -c 1 music/hold/melody.ulaw reverb 30 lowpass 3000 gain -n -15
sox -R -n -t ul -r 8000 -c 1 music/silence/silence.ulaw trim 0 5
