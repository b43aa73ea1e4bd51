//! The outbox, with time passed in.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use uncall_screenpop::{Facts, Fate, MOST_KEPT, Outbox, Parcel};

use super::{call, rule};

const PACE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_796_083_200 + second).unwrap()
}

fn parcel(id: &str, uid: &str) -> Parcel {
    let rule = rule(json!({"name": "CRM", "on": "end", "post": "https://c.example/"}));
    super::webhooks::parcel(id, &rule, Facts { uid: uid.into(), ..call() })
}

fn ids(parcels: &[Parcel]) -> Vec<&str> {
    parcels.iter().map(|parcel| parcel.id.as_str()).collect()
}

#[test]
fn pauses_double_up_to_the_longest_and_a_day_is_the_end() {
    let mut outbox = Outbox::default();
    outbox.add(parcel("a", "1"), at(0));
    let (mut now, mut pauses) = (0, Vec::new());
    loop {
        assert_eq!(ids(&outbox.due(at(now), 4)), ["a"], "at {now}");
        assert!(outbox.due(at(now), 4).is_empty() && outbox.next().is_none(), "it is under way");
        match outbox.failed("a", at(now), PACE) {
            Fate::Later(due) => {
                let pause = due.duration_since(at(now)).as_secs();
                assert!(outbox.due(at(now + pause - 1), 4).is_empty());
                assert_eq!(outbox.next(), Some(due));
                pauses.push(pause);
                now += pause;
            }
            Fate::GivenUp => break,
        }
    }
    assert_eq!(pauses[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert!((86_400..86_700).contains(&now), "{now}");
    assert!(outbox.is_empty());
}

#[test]
fn a_call_waits_for_its_own_and_for_no_other() {
    let mut outbox = Outbox::default();
    for (id, uid) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a"), ("c1", "c")] {
        outbox.add(parcel(id, uid), at(0));
    }
    assert_eq!(ids(&outbox.due(at(0), 2)), ["a1", "b1"]);
    assert!(outbox.due(at(0), 2).is_empty());
    outbox.failed("a1", at(0), PACE);
    outbox.remove("b1");
    assert_eq!(ids(&outbox.due(at(0), 2)), ["c1"], "a waits for its first");
    assert_eq!(outbox.next(), Some(at(1)));
    assert_eq!(ids(&outbox.due(at(1), 2)), ["a1"]);
    outbox.remove("a1");
    assert_eq!(ids(&outbox.due(at(1), 2)), ["a2"]);
}

#[test]
fn it_is_bounded_and_the_oldest_goes() {
    let mut outbox = Outbox::default();
    for n in 0..MOST_KEPT {
        assert_eq!(outbox.add(parcel(&n.to_string(), &n.to_string()), at(0)), None);
    }
    assert_eq!(ids(&outbox.due(at(0), 1)), ["0"]);
    let dropped = outbox.add(parcel("new", "new"), at(0)).expect("one too many");
    assert_eq!((dropped.id.as_str(), outbox.len()), ("1", MOST_KEPT), "0 is under way");
    assert_eq!(outbox.add(parcel("new", "new"), at(0)), None, "a known one is not added");
    // A clock that was set back by years, or on.
    assert!(matches!(outbox.failed("0", at(-100_000_000), PACE), Fate::Later(_)));
    assert_eq!(outbox.failed("2", at(100_000_000), PACE), Fate::GivenUp);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever fails and whenever: of one call they go out in order, each until it is taken, and nothing is stuck.
    #[test]
    fn nothing_is_lost_and_nothing_overtakes(fails in prop::collection::vec(0..4_u32, 1..30), calls in 1..5_usize) {
        let mut outbox = Outbox::default();
        for (n, _) in fails.iter().enumerate() {
            outbox.add(parcel(&format!("{n:03}"), &(n % calls).to_string()), at(0));
        }
        let mut left: HashMap<String, u32> = fails.iter().enumerate().map(|(n, fails)| (format!("{n:03}"), *fails)).collect();
        let (mut now, mut last): (Timestamp, HashMap<String, String>) = (at(0), HashMap::new());
        while !outbox.is_empty() {
            let due = outbox.due(now, 3);
            prop_assert!(due.len() <= 3);
            if due.is_empty() {
                let next = outbox.next();
                prop_assert!(next.is_some_and(|next| next > now), "stuck: {:?}", outbox);
                now = next.unwrap();
                prop_assert!(now.duration_since(at(0)) < SignedDuration::from_hours(1));
            }
            for parcel in due {
                let left = left.get_mut(&parcel.id).unwrap();
                if *left > 0 {
                    *left -= 1;
                    outbox.failed(&parcel.id, now, PACE);
                } else {
                    let before = last.insert(parcel.facts.uid.clone(), parcel.id.clone());
                    prop_assert!(before.is_none_or(|before| before < parcel.id));
                    outbox.remove(&parcel.id);
                }
            }
        }
        prop_assert!(left.values().all(|left| *left == 0));
    }
}
