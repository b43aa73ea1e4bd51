use proptest::prelude::*;
use uncall_client::{Error, Means, Observation};
use uncall_contract::{Call, Direction};

use super::*;
use crate::input::Intent;

fn at(second: i64) -> Moment {
    Moment { at: jiff::Timestamp::from_second(1_372_123_000 + second).unwrap(), ms: second * 1000 }
}

fn ring(number: &str, uid: &str) -> Input {
    let call = Call { calla: number.into(), callb: "801".into(), uid: uid.into(), status: Direction::Callin };
    Input::Seen(Observation::Polled(Some(call)))
}

fn recording() -> Recording {
    Recording::new(&Extension::parse("801").unwrap(), Options::default(), at(0))
}

/// A morning: two callers, one of them spelled in two ways, a dialled number, an outage.
fn morning() -> Recording {
    let mut recording = recording();
    let inputs = [
        Input::Seen(Observation::Connected(Means::Poll)),
        ring("13421829060", "1372123897.17"),
        Input::Wanted(Intent::Dial { number: "+86 134-2182-9060".into(), sure: false }),
        ring("01065521234", "1372123898.18"),
        Input::Seen(Observation::Lost(Error::Timeout("after 13421829060".into()))),
        Input::Seen(Observation::Connected(Means::Poll)),
        ring("+8613421829060", "1372123899.19"),
        Input::Due,
    ];
    for (second, input) in (1..).zip(inputs) {
        recording.input(&input, at(second));
    }
    recording
}

#[test]
fn a_number_has_one_stand_in_of_its_length_wherever_and_however_it_is_written() {
    let written = morning().written();
    for number in ["13421829060", "82906", "65521234", "2182-9060"] {
        assert!(!written.contains(number), "{number} in {written}");
    }
    for kept in
        ["\"13400000001\"", "\"+86 134-0000-0001\"", "\"01000000002\"", "\"+8613400000001\"", "after 13400000001"]
    {
        assert!(written.contains(kept), "{kept} in {written}");
    }
    assert!(written.contains("1372123897.17") && written.contains("\"801\""), "{written}");
    assert_eq!(written.lines().count(), 9);
}

#[test]
fn a_recording_that_was_full_says_what_is_left_out_and_plays_from_there() {
    let mut recording = morning();
    recording.options(Options { popup_callout: true, poll_seconds: 9, ..Options::default() }, at(10));
    let first = recording.written();
    assert!(first.starts_with("{") && first.contains("\"left_out\":0"), "{first}");
    let polls = i64::try_from(KEPT).unwrap();
    for second in 0..polls {
        recording.input(&Input::Seen(Observation::Polled(None)), at(11 + second));
    }
    let written = recording.written();
    assert_eq!(written.lines().count(), KEPT + 1);
    let began = written.lines().next().unwrap();
    assert!(began.contains("\"left_out\":9") && began.contains("\"poll_seconds\":9"), "{began}");
    assert_eq!(replay(&written).unwrap().len(), KEPT + 1);
    // The figures count every poll, even those left out of the recording.
    assert_eq!(recording.hearing().quality().polls, KEPT + 1);
}

#[test]
fn what_is_no_recording_is_refused_by_its_line() {
    let written = morning().written();
    let first = written.lines().next().unwrap();
    for (text, line) in [
        ("nothing".to_owned(), 1),
        (format!("{first}\n{first}\n"), 2),
        (written.lines().skip(1).collect::<Vec<_>>().join("\n"), 1),
        (format!("{written}{{}}\n"), 10),
    ] {
        assert_eq!(replay(&text).map(|played| played.len()).unwrap_err().line, line, "{text}");
    }
    assert_eq!(replay(""), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), number in "[0-9+ -]{0,40}") {
        let _ = replay(&text);
        let shown = StandIns::default().of(&number);
        prop_assert_eq!(shown.chars().count(), number.chars().count());
    }
}
