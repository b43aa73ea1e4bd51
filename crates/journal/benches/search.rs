//! What an agent waits for, with 500,000 calls in the journal: the list, a search, and the write of a new call before it is
//! shown.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)] // A bench, in criterion's macros.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use uncall_journal::{Call, Direction, Filter, Journal, Kind, Missed, Options};

const CALLS: i64 = 500_000;
/// Seconds between two calls: 500,000 calls are about five years.
const APART: i64 = 300;

fn call(n: i64) -> Call {
    let scattered = n.wrapping_mul(0x9e37_79b9_7f4a_7c15u64.cast_signed()).unsigned_abs();
    let number = format!("1{}{:08}", [38, 39, 50, 86][(scattered % 4) as usize], scattered / 4 % 100_000_000);
    let began = Timestamp::from_second(1_600_000_000 + APART * n).expect("a time");
    Call {
        server: "http://192.168.160.211/uncall_services_api/index.php?wsdl".into(),
        extension: "801".into(),
        uid: format!("{}.{n}", 1_600_000_000 + APART * n),
        began,
        calla: number.clone(),
        callb: "801".into(),
        other: number,
        name: None,
        direction: if n % 4 == 0 { Direction::Out } else { Direction::In },
        rings_since: Some(began),
        answered: (n % 7 != 0).then_some(began),
        holds: Vec::new(),
        transfers: Vec::new(),
        ended: Some(began),
        end_seen: true,
        departure: None,
        reason: None,
        talked_seconds: Some(60),
        missed: if n % 7 == 0 && n % 4 != 0 { Missed::Yes } else { Missed::No },
        offers: 1,
        survey: false,
        recording: None,
        popped: true,
    }
}

fn journal(bench: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let options =
        Options { file: Some(folder.path().join("journal.db")), keep_days: None, same: |one, other| one == other };
    let journal = Journal::open(options.clone(), || {});
    let flushed = || assert!(journal.flush(Duration::from_secs(600)));
    for n in 0..CALLS {
        journal.write(call(n), |_| {});
        if n % 2000 == 0 {
            flushed();
        }
    }
    flushed();
    // A rare note and a frequent one.
    for id in (1..CALLS).step_by(50) {
        journal.note(id, if id % 5000 == 1 { "客户要求退款" } else { "稍后回电 call back" });
        if id % 1000 == 1 {
            flushed();
        }
    }
    flushed();
    println!(
        "{} MB on the disk",
        std::fs::metadata(folder.path().join("journal.db")).expect("the file").len() / 1_000_000
    );

    let mut group = bench.benchmark_group("journal of 500,000 calls");
    group.sample_size(20).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(200));
    let few = |filter: Filter| Filter { limit: Some(50), ..filter };
    let text = |text: &str| few(Filter { text: text.into(), ..Filter::default() });
    let day = Timestamp::from_second(1_600_000_000 + APART * CALLS / 2).expect("a time");
    let month =
        Filter { from: Some(day), to: day.checked_add(Duration::from_secs(30 * 86_400)).ok(), ..Filter::default() };
    for (name, filter) in [
        ("list", few(Filter::default())),
        ("search a whole number", text(&call(1234).other)),
        ("search the end of a number", text(&call(1234).other[7..])),
        ("search three digits", text("138")),
        ("search two digits", text("38")),
        ("search what is nowhere", text("9999999999")),
        ("search two rare characters", text("退款")),
        ("search two frequent ones", text("回电")),
        ("search one", text("客")),
        ("search two words", text("call 138")),
        ("search in a month", few(Filter { text: "138".into(), ..month.clone() })),
        ("a month's missed calls", few(Filter { kind: Some(Kind::Missed), ..month.clone() })),
        ("missed calls that were not called back", few(Filter { kind: Some(Kind::Owed), ..Filter::default() })),
        ("with a note", few(Filter { kind: Some(Kind::Noted), ..Filter::default() })),
        ("a disposition that nobody has", few(Filter { disposition: Some("x".into()), ..Filter::default() })),
        ("its third page", few(Filter { before: Some(CALLS - 100), ..Filter::default() })),
    ] {
        group.bench_function(name, |bench| bench.iter(|| journal.list(&filter)));
    }
    let number = call(1234).other;
    group.bench_function("a caller's earlier calls", |bench| bench.iter(|| journal.caller("1", &number, day)));
    group.bench_function("count what was missed", |bench| bench.iter(|| journal.state()));
    group.bench_function("what a desk is told at its start", |bench| {
        bench.iter(|| journal.lives("http://192.168.160.211/uncall_services_api/index.php?wsdl", "801"))
    });
    let mut n = CALLS;
    group.bench_function("a call is on the disk", |bench| {
        bench.iter(|| {
            n += 1;
            let (told, tell) = std::sync::mpsc::channel();
            journal.write(call(n), move |kept| told.send(kept).expect("heard"));
            assert!(tell.recv().expect("told"));
        });
    });
    drop(journal);
    group.sample_size(10);
    group.bench_function("opens and shows the list", |bench| {
        bench.iter(|| Journal::open(options.clone(), || {}).list(&few(Filter::default())));
    });
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);
