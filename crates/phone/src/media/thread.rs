//! The sound thread's loop.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use tokio::sync::mpsc::UnboundedSender;
use uncall_headset::{CardEvent, FRAME, Levels, Meter};

use super::{
    Order, Sound, Told,
    call::Call,
    cards::{Cards, Open, RingPlace},
    playback::Playback,
    tone::Tone,
};
use crate::{DeviceChange, LegId, Quality};

/// The interval of the loop while anything is active.
const TICK: Duration = Duration::from_millis(5);
const TEN: Duration = Duration::from_millis(10);
/// The fill level of the playback ring: a period of the card and some slack.
const WAITING: usize = FRAME * 3 / 2;
/// The fill level for ring tones, which may lag.
const RING_WAITING: usize = FRAME * 5;
/// A card that moves nothing for this long has stalled. The call then runs on the thread's own clock.
const STILL: Duration = Duration::from_millis(80);
/// Captured sound beyond this is dropped after a stall of the thread.
const LATE: usize = FRAME * 6;
const SECOND: Duration = Duration::from_secs(1);
/// Missing sound is reported after this.
const QUIET: Duration = Duration::from_secs(5);
/// The call ends after this without any packet.
const DEAD: Duration = Duration::from_secs(30);
/// A live microphone has a noise floor above this peak.
const NOISE: f32 = 0.000_3;

pub(super) struct Thread {
    cards: Cards,
    card_events: Receiver<CardEvent>,
    told: UnboundedSender<Told>,
    begun: Instant,
    calls: Vec<Call>,
    talks: Option<LegId>,
    speaks: bool,
    prepared: bool,
    ring: Option<(Tone, RingPlace)>,
    beside: Option<Tone>,
    /// Until when sound was captured and played, and whether on the thread's own clock.
    captured: (Duration, bool),
    played: (Duration, bool),
    test: Option<(Playback, Meter)>,
    /// The microphone's peak of this second, and when it last had a signal.
    loudest: f32,
    noise: Duration,
    second: Duration,
    buffer: Vec<u8>,
}

impl Thread {
    pub(super) fn new(cards: Cards, card_events: Receiver<CardEvent>, told: UnboundedSender<Told>) -> Thread {
        Thread {
            cards,
            card_events,
            told,
            begun: Instant::now(),
            calls: Vec::new(),
            talks: None,
            speaks: false,
            prepared: false,
            ring: None,
            beside: None,
            captured: (Duration::ZERO, true),
            played: (Duration::ZERO, true),
            test: None,
            loudest: 0.0,
            noise: Duration::ZERO,
            second: Duration::ZERO,
            buffer: vec![0; 2048],
        }
    }

    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        let mut next = Instant::now();
        loop {
            let order = if self.idle() {
                orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                orders.recv_timeout(next.saturating_duration_since(Instant::now()))
            };
            match order {
                Ok(order) => self.take(order),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let now = Instant::now();
                    // Missed ticks are not repeated.
                    next = (next + TICK).max(now);
                    self.tick(now.saturating_duration_since(self.begun));
                }
            }
        }
        let now = self.begun.elapsed();
        self.calls.iter_mut().for_each(|call| call.bye(now));
    }

    /// Whether there is nothing to do until the next order.
    fn idle(&self) -> bool {
        self.calls.is_empty()
            && self.ring.is_none()
            && self.beside.is_none()
            && self.talks.is_none()
            && self.test.is_none()
    }

    fn wanted(&self) -> Open {
        let (beside, test) = (self.beside.is_some(), self.test.is_some());
        Open {
            microphone: self.speaks || test,
            speaker: self.talks.is_some() || beside || self.prepared || test,
            ring: self.ring.as_ref().map(|(_, place)| *place),
        }
    }

    fn call(&mut self, leg: LegId) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.leg == leg)
    }

    fn take(&mut self, order: Order) {
        let now = self.begun.elapsed();
        match order {
            Order::Begin { leg, ports, agreed } => self.calls.push(Call::new(leg, ports, agreed, now)),
            Order::Change { leg, agreed, ports } => {
                if let Some(call) = self.call(leg) {
                    call.change(agreed, ports, now);
                }
            }
            Order::End(leg) => {
                if let Some(call) = self.call(leg) {
                    call.bye(now);
                }
                self.calls.retain(|call| call.leg != leg);
                if self.talks == Some(leg) {
                    (self.talks, self.speaks) = (None, false);
                }
            }
            Order::Talk { leg, speaks } => {
                if self.talks != leg {
                    (self.played, self.noise) = ((now, true), now);
                }
                if self.speaks != speaks {
                    (self.captured, self.noise) = ((now, true), now);
                }
                (self.talks, self.speaks) = (leg, speaks);
            }
            Order::Mute { leg, muted } => {
                if let Some(call) = self.call(leg) {
                    call.muted = muted;
                }
            }
            Order::Press { leg, keys } => {
                if let Some(call) = self.call(leg) {
                    call.press(&keys);
                }
            }
            Order::Ring(sound) => {
                let before = self.ring.take().map(|(tone, _)| tone);
                let place = sound.map(|(_, place)| place);
                self.ring = tone(before, sound.map(|(sound, _)| sound)).zip(place);
            }
            Order::Beside(sound) => {
                if self.talks.is_none() && self.beside.is_none() {
                    self.played = (now, true);
                }
                self.beside = tone(self.beside.take(), sound);
            }
            Order::Playback => {
                (self.captured, self.played) = ((now, true), (now, true));
                self.test = Some((Playback::new(now), Meter::new(now)));
            }
            Order::Prepare(prepared) => self.prepared = prepared,
            Order::Devices(devices) => {
                let open = self.wanted();
                self.cards.change(devices, open);
            }
        }
        let open = self.wanted();
        self.cards.set(open);
        let talks = self.talks;
        let muted = self.calls.iter().any(|call| Some(call.leg) == talks && call.muted);
        if let Some((microphone, _)) = &self.cards.microphone {
            microphone.mute(muted);
        }
    }

    fn tick(&mut self, now: Duration) {
        for call in &mut self.calls {
            call.receive(now, &mut self.buffer);
        }
        let peaks = Levels { microphone: self.capture(now), speaker: self.play(now) };
        self.test(peaks, now);
        self.ring();
        for call in &mut self.calls {
            call.report(now);
        }
        while let Ok(event) = self.card_events.try_recv() {
            let change = self.changed(event);
            let _ = self.told.send(Told::Device(change));
        }
        if now.saturating_sub(self.second) >= SECOND {
            self.second = now;
            self.look(now);
        }
    }

    /// Sends captured sound to the active call and silence to the others. Returns the peak.
    fn capture(&mut self, now: Duration) -> f32 {
        let (mut frame, mut level) = ([0f32; FRAME], 0.0);
        if let Some((microphone, _)) = &mut self.cards.microphone {
            microphone.catch_up(LATE);
            while microphone.take(&mut frame) {
                for call in &mut self.calls {
                    let talks = Some(call.leg) == self.talks;
                    call.capture(talks.then_some(&frame));
                }
                if let Some((playback, _)) = &mut self.test {
                    playback.hear(&frame, now);
                }
                self.captured = (now, false);
            }
            level = microphone.level();
            self.loudest = self.loudest.max(level);
            if level > NOISE {
                self.noise = now;
            }
        } else {
            self.captured.1 = true;
        }
        let (until, own) = &mut self.captured;
        *own |= now.saturating_sub(*until) >= STILL;
        // Do not make up for the time without a call.
        *until = (*until).max(now.saturating_sub(STILL));
        while *own && *until + TEN <= now {
            *until += TEN;
            for call in &mut self.calls {
                call.capture(None);
            }
        }
        level
    }

    /// Keeps the playback ring filled. Returns the peak.
    fn play(&mut self, now: Duration) -> f32 {
        let (mut due, mut level) = (0, 0.0);
        if let Some((speaker, _)) = &self.cards.speaker {
            due = WAITING.saturating_sub(speaker.waiting()).div_ceil(FRAME);
            level = speaker.level();
        }
        let (until, own) = &mut self.played;
        if due > 0 {
            (*until, *own) = (now, false);
        } else if *own || now.saturating_sub(*until) >= STILL {
            *own = true;
            *until = (*until).max(now.saturating_sub(STILL));
        }
        for _ in 0..due {
            let frame = self.frame(now);
            if let Some((speaker, _)) = &mut self.cards.speaker {
                speaker.put(&frame);
            }
        }
        while self.played.1 && self.played.0 + TEN <= now {
            self.played.0 += TEN;
            self.frame(now);
        }
        level
    }

    /// Tells how a test goes on.
    fn test(&mut self, peaks: Levels, now: Duration) {
        let Some((playback, meter)) = &mut self.test else { return };
        if let Some((part, said)) = playback.news(now) {
            let _ = self.told.send(Told::Playback(part, said));
        }
        if let Some(levels) = meter.see(peaks, now) {
            let _ = self.told.send(Told::Levels(levels));
        }
    }

    /// Mixes the next 10 ms.
    fn frame(&mut self, now: Duration) -> [f32; FRAME] {
        let mut frame = [0f32; FRAME];
        for call in &mut self.calls {
            if Some(call.leg) == self.talks {
                call.play(now, self.cards.devices.volume.clamp(0.0, 2.0), &mut frame);
            } else {
                call.skip(now);
            }
        }
        if let Some(beside) = &mut self.beside {
            beside.add(1.0, &mut frame);
        }
        if let Some((playback, _)) = &mut self.test {
            playback.play(now, &mut frame);
        }
        frame
    }

    fn ring(&mut self) {
        let Some((tone, _)) = &mut self.ring else { return };
        let Some(least) = self.cards.ring.iter().map(|(speaker, _)| speaker.waiting()).min() else { return };
        for _ in 0..RING_WAITING.saturating_sub(least).div_ceil(FRAME) {
            let mut frame = [0f32; FRAME];
            tone.add(self.cards.devices.ring_volume, &mut frame);
            for (speaker, _) in &mut self.cards.ring {
                speaker.put(&frame);
            }
        }
    }

    fn changed(&self, event: CardEvent) -> DeviceChange {
        let devices = &self.cards.devices;
        let chosen = |captures, device: &Option<String>| {
            *device == if captures { devices.input.clone() } else { devices.output.clone() }
        };
        match event {
            CardEvent::Runs { captures, device } => {
                let chosen = chosen(captures, &device);
                DeviceChange { microphone: captures, device, lost: None, chosen }
            }
            CardEvent::Lost { captures, device, why } => {
                let chosen = chosen(captures, &device);
                DeviceChange { microphone: captures, device, lost: Some(why), chosen }
            }
        }
    }

    /// Reports quality and dead calls once per second.
    fn look(&mut self, now: Duration) {
        let said = std::mem::take(&mut self.loudest);
        for call in &mut self.calls {
            let heard = call.take_loudest();
            let s = call.statistics(now);
            let (quiet, silent) = call.silent(now);
            let talks = Some(call.leg) == self.talks;
            let all = s.received + s.lost;
            let quality = Quality {
                leg: call.leg,
                codec: s.codec.name(),
                mos: s.opinion,
                loss: if all == 0 { 0.0 } else { s.lost as f64 / all as f64 },
                loss_there: s.lost_there,
                jitter: s.jitter,
                delay: s.delay,
                nothing_arrives: quiet >= QUIET,
                microphone_silent: talks && self.speaks && !call.muted && now.saturating_sub(self.noise) >= QUIET,
                levels: if talks { (said, heard) } else { (0.0, 0.0) },
            };
            let _ = self.told.send(Told::Quality(quality));
            if silent >= DEAD {
                let _ = self.told.send(Told::Dead(call.leg));
            }
        }
    }
}

/// Keeps the position of a sound that goes on.
fn tone(now: Option<Tone>, sound: Option<Sound>) -> Option<Tone> {
    let sound = sound?;
    Some(now.filter(|tone| tone.sound == sound).unwrap_or_else(|| Tone::new(sound)))
}
