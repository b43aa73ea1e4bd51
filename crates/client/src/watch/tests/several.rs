//! Several servers of one PBX.

use super::{super::several::Pace, *};

/// How long a server that is down may be in use while another is healthy.
const WITHIN: Duration = Duration::from_secs(3);

struct Floor {
    fakes: Vec<Fake>,
    used: Arc<AtomicUsize>,
    watch: Watch,
}

impl Floor {
    fn of<const N: usize>(fakes: [Fake; N]) -> Floor {
        let (start, used) = (Instant::now(), Arc::<AtomicUsize>::default());
        let uses = Arc::clone(&used);
        let wall = move || SystemTime::UNIX_EPOCH + start.elapsed();
        let pace = Pace::of(Duration::from_millis(2500));
        let watch = Watch::of_several(fakes.to_vec(), pace, wall, move |place| uses.store(place, Ordering::SeqCst));
        Floor { fakes: fakes.to_vec(), used, watch }
    }

    fn used(&self) -> usize {
        self.used.load(Ordering::SeqCst)
    }

    async fn pass(&mut self, seconds: f64) -> Vec<Observation> {
        within(&mut self.watch, Duration::from_secs_f64(seconds)).await
    }
}

fn well() -> Fake {
    Fake::new(|_| {})
}

fn losses(seen: &[Observation]) -> usize {
    seen.iter().filter(|seen| matches!(seen, Observation::Lost(_))).count()
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_left_in_time_and_taken_again_when_it_is_well() {
    let (stays, stream) = mpsc::unbounded_channel();
    let first = well();
    let second = Fake::new(|script| {
        script.announced = true;
        script.additions.uid = true;
        script.streams.push_back(Ok(stream));
    });
    stays.send(presence(1)).unwrap();
    let mut floor = Floor::of([first, second]);
    assert_eq!(floor.pass(10.0).await[0], Observation::Connected(Means::Poll));
    assert!(floor.fakes[1].asked("").is_empty(), "nobody asks a server that is not needed");
    floor.fakes[0].set(|script| script.ill = true);
    let seen = floor.pass(WITHIN.as_secs_f64()).await;
    let after = seen.iter().position(|seen| *seen == Observation::Connected(Means::Push)).unwrap();
    assert_eq!(seen[after - 1], Observation::Described(Additions { uid: true }));
    assert!(is_presence(&seen[after + 1]) && losses(&seen) == 0, "{seen:?}");
    // From here on only the second server is polled.
    let asked = floor.fakes[0].asked("poll").len();
    assert_eq!((floor.used(), floor.pass(20.0).await, floor.fakes[0].asked("poll").len()), (1, vec![], asked));
    floor.fakes[0].set(|script| script.ill = false);
    floor.pass(4.0).await;
    assert_eq!(floor.used(), 1, "it has to be well for a while");
    let seen = floor.pass(4.0).await;
    assert_eq!(seen[..2], [Observation::Described(Additions::default()), Observation::Connected(Means::Poll)]);
    assert_eq!(floor.used(), 0);
}

/// Otherwise the second server's first report, which may be older, would bring back a call whose end the first has reported.
#[tokio::test(start_paused = true)]
async fn what_one_says_while_another_comes_is_told_only_if_that_one_does_not_come() {
    let first = Fake::new(|script| script.pace = Some(SECOND));
    let second = Fake::new(|script| script.polls = (0..20).map(|_| None).collect());
    let mut floor = Floor::of([first, second]);
    floor.pass(10.0).await;
    floor.fakes[0].set(|script| script.ill = true);
    floor.pass(2.6).await;
    assert_eq!(floor.fakes[1].asked("poll").len(), 1, "it is coming");
    assert_eq!(floor.pass(1.8).await, vec![]);
    let polled = floor.pass(1.2).await;
    assert!(polled.len() >= 2 && polled.iter().all(|seen| *seen == Observation::Polled(None)), "{polled:?}");
    // This time it does take over, and what was held back is obsolete.
    floor.fakes[1].set(|script| script.polls = [Some(Ok(Some(call("1.1"))))].into());
    let seen = floor.pass(3.0).await;
    let came = seen.iter().position(|seen| *seen == Observation::Connected(Means::Poll)).unwrap();
    assert_eq!((&seen[came + 1], floor.used()), (&Observation::Polled(Some(call("1.1"))), 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_is_left_at_once() {
    let mut floor = Floor::of([Fake::new(|script| script.gone = true), well()]);
    let seen = floor.pass(1.0).await;
    assert_eq!(seen[0], Observation::Connected(Means::Poll), "{seen:?}");
    assert_eq!((floor.used(), losses(&seen)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_told_when_nobody_is_there_and_once() {
    let gone = || Fake::new(|script| script.gone = true);
    let mut floor = Floor::of([gone(), gone(), gone()]);
    let seen = floor.pass(30.0).await;
    assert_eq!((seen.len(), losses(&seen)), (1, 1), "{seen:?}");
    floor.fakes[2].set(|script| script.gone = false);
    assert_eq!(floor.pass(3.0).await[0], Observation::Connected(Means::Poll));
    assert_eq!(floor.used(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_not_taken_is_told_and_no_reason_to_go() {
    let denied = Error::NotLoggedIn { tried: true, said: String::new() };
    let first = Fake::new(|script| script.looks = [Err(denied.clone())].into());
    let mut floor = Floor::of([first, well()]);
    assert_eq!((floor.pass(20.0).await, floor.used()), (vec![Observation::Lost(denied)], 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_comes_and_goes_is_taken_ever_more_rarely() {
    let mut floor = Floor::of([well(), well()]);
    let mut taken = Vec::new();
    for _ in 0..6 {
        floor.fakes[0].set(|script| script.ill = true);
        floor.pass(5.0).await;
        assert_eq!(floor.used(), 1);
        floor.fakes[0].set(|script| script.ill = false);
        let began = Instant::now();
        while floor.used() == 1 {
            floor.pass(0.1).await;
        }
        taken.push(began.elapsed().as_secs());
    }
    assert!(taken[0] <= 7 && taken.is_sorted() && *taken.last().unwrap() >= 60, "{taken:?}");
}

/// Servers come and go at random. A server that is down stays in use for three seconds at most while another is up, or four if
/// two fail in succession.
#[tokio::test(start_paused = true)]
async fn somebody_who_is_there_is_in_use_whatever_happens() {
    for seed in 0..300 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut floor = Floor::of([well(), well(), well()]);
        // Since when each server has been in its state.
        let mut states = [(true, Instant::now()); 3];
        for step in 0..40 {
            let place = random.usize(..3);
            let is_well = random.bool();
            if states[place].0 != is_well {
                states[place] = (is_well, Instant::now());
            }
            let gone = random.bool();
            floor.fakes[place].set(|script| {
                (script.ill, script.gone) = (!is_well && !gone, !is_well && gone);
            });
            floor.pass(random.f64() * 6.0).await;
            let now = Instant::now();
            let for_long = |(is_well, since): &(bool, Instant)| *is_well && now >= *since + WITHIN;
            let (used_is_well, since) = states[floor.used()];
            if states.iter().any(for_long) && !used_is_well {
                assert!(now < since + WITHIN + SECOND, "seed {seed}, step {step}: {} in {states:?}", floor.used());
            }
        }
    }
}
