//! What the day was made of, judged by a second count of every second.

use proptest::prelude::*;
use uncall_journal::{Change, Hold, Spell, Totals};

use super::*;

const PLACE: (&str, &str) = ("http://pbx/", "801");
/// Midnight of the day in question.
const MIDNIGHT: i64 = 86_400 * 20_000;

fn spell(at: i64, change: Change) -> Spell {
    Spell { server: PLACE.0.into(), extension: PLACE.1.into(), at: second(at), change }
}

fn busy(reason: &str) -> Change {
    Change::Is { busy: true, reason: Some(reason.into()) }
}

fn idle() -> Change {
    Change::Is { busy: false, reason: None }
}

/// A call that was answered, with its holds.
fn talked(uid: &str, answered: i64, ended: i64, holds: &[(i64, i64)]) -> Call {
    let holds = holds.iter().map(|(from, to)| Hold { from: second(*from), to: Some(second(*to)) }).collect();
    Call {
        answered: Some(second(answered)),
        ended: Some(second(ended)),
        talked_seconds: u64::try_from(ended - answered).ok(),
        holds,
        ..call(uid, "13800138000", answered - 5)
    }
}

fn put(journal: &Journal, spells: impl IntoIterator<Item = Spell>) {
    spells.into_iter().for_each(|spell| journal.presence(spell));
    keep(journal, []);
}

fn busy_for(totals: &Totals, reason: &str) -> u64 {
    totals.busy.iter().find(|busy| busy.reason.as_deref() == Some(reason)).map_or(0, |busy| busy.seconds)
}

#[test]
fn a_day_is_cut_at_midnight_and_other_desks_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let night = talked("1.1", MIDNIGHT - 600, MIDNIGHT + 600, &[(MIDNIGHT - 60, MIDNIGHT + 30)]);
    let out = Call { direction: Direction::Out, ..talked("2.1", MIDNIGHT + 1000, MIDNIGHT + 1100, &[]) };
    let other = Call { extension: "802".into(), ..talked("3.1", MIDNIGHT + 1000, MIDNIGHT + 1100, &[]) };
    keep(&journal, [night, out, other, missed("4.1", "1", MIDNIGHT + 2000)]);
    put(&journal, [spell(MIDNIGHT - 3600, busy("lunch")), spell(MIDNIGHT + 120, idle())]);
    let today = journal.totals(PLACE, second(MIDNIGHT), second(MIDNIGHT + 86_400));
    assert_eq!((today.incoming, today.outgoing, today.missed), (1, 1, 1));
    assert_eq!((today.talk, today.hold), (600 - 30 + 100, 30));
    assert_eq!(busy_for(&today, "lunch"), 120);
    assert_eq!(today.idle, 86_400 - 120, "and it lasts");
    let yesterday = journal.totals(PLACE, second(MIDNIGHT - 86_400), second(MIDNIGHT));
    assert_eq!((yesterday.incoming, yesterday.talk, yesterday.hold), (1, 540, 60));
    assert_eq!(busy_for(&yesterday, "lunch"), 3600);
}

#[test]
fn a_restart_goes_on_counting_and_what_nobody_saw_is_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let journal = open(&file);
    keep(&journal, [talked("1.1", MIDNIGHT + 100, MIDNIGHT + 200, &[])]);
    put(&journal, [spell(MIDNIGHT, busy("lunch")), spell(MIDNIGHT + 60, Change::Lasts)]);
    // It is killed here, and starts again two hours later.
    drop(journal);
    let journal = open(&file);
    put(&journal, [spell(MIDNIGHT + 7200, Change::Started)]);
    let now = |now: i64| journal.totals(PLACE, second(MIDNIGHT), second(MIDNIGHT + now));
    assert_eq!((busy_for(&now(7260), "lunch"), now(7260).talk, now(7260).incoming), (60, 100, 1));
    put(&journal, [spell(MIDNIGHT + 7200, busy("lunch"))]);
    assert_eq!(busy_for(&now(7260), "lunch"), 120);
    put(&journal, [spell(MIDNIGHT + 7300, Change::Unknown)]);
    assert_eq!(busy_for(&now(9000), "lunch"), 160);
    // A clock that was set back takes nothing away.
    put(&journal, [spell(MIDNIGHT + 7400, idle()), spell(MIDNIGHT + 7000, busy("lunch"))]);
    assert_eq!((now(7400).idle, busy_for(&now(7400), "lunch")), (0, 160 + 400));
}

#[test]
fn a_call_that_is_up_counts_until_now() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let up = Call {
        answered: Some(second(MIDNIGHT + 10)),
        holds: vec![Hold { from: second(MIDNIGHT + 40), to: None }],
        ..call("1.1", "1", MIDNIGHT)
    };
    keep(&journal, [up]);
    let totals = journal.totals(PLACE, second(MIDNIGHT), second(MIDNIGHT + 100));
    assert_eq!((totals.talk, totals.hold), (30, 60));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// The judge walks through the night second by second and asks what a stopwatch at the desk would have counted.
    #[test]
    fn every_second_is_counted_once(
        calls in prop::collection::vec((-400..400_i64, 1..200_i64, 0..100_i64, 0..100_i64), 0..6),
        spells in prop::collection::vec((1..150_i64, 0..4_usize), 0..12),
        (from, long) in (-500..500_i64, 1..400_i64),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(&folder.path().join("journal.db"));
        let calls: Vec<(i64, i64, i64, i64)> = calls.into_iter().map(|(answered, long, held, for_so_long)| {
            let (answered, ended) = (MIDNIGHT + answered, MIDNIGHT + answered + long);
            let held = (answered + held).min(ended);
            (answered, ended, held, (held + for_so_long).min(ended))
        }).collect();
        keep(&journal, calls.iter().enumerate().map(|(n, (answered, ended, held, to))| {
            talked(&n.to_string(), *answered, *ended, &[(*held, *to)])
        }));
        let mut at = MIDNIGHT - 450;
        let reasons = ["lunch", "wrap-up"];
        let spells: Vec<(i64, usize)> = spells.into_iter().map(|(gap, what)| { at += gap; (at, what) }).collect();
        put(&journal, spells.iter().map(|(at, what)| spell(*at, match what {
            0 => idle(),
            3 => Change::Unknown,
            n => busy(reasons[n - 1]),
        })));
        let (from, to) = (MIDNIGHT + from, MIDNIGHT + from + long);
        let totals = journal.totals(PLACE, second(from), second(to));
        let (mut talk, mut hold, mut states) = (0, 0, [0_u64; 4]);
        for now in from..to {
            for (answered, ended, held, back) in &calls {
                match (*answered <= now && now < *ended, *held <= now && now < *back) {
                    (true, true) => hold += 1,
                    (true, false) => talk += 1,
                    (false, _) => {}
                }
            }
            let state = spells.iter().rev().find(|(at, _)| *at <= now).map_or(3, |(_, what)| *what);
            states[state] += 1;
        }
        prop_assert_eq!((totals.talk, totals.hold, totals.idle), (talk, hold, states[0]));
        prop_assert_eq!((busy_for(&totals, "lunch"), busy_for(&totals, "wrap-up")), (states[1], states[2]));
        let began = |(answered, _, _, _): &&(i64, i64, i64, i64)| (from..to).contains(&(answered - 5));
        prop_assert_eq!(u64::from(totals.incoming), calls.iter().filter(began).count() as u64);
    }
}
