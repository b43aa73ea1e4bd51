//! Search and filters, compared with looking through every row.

use proptest::prelude::*;
use uncall_journal::{Filter, Kind, Row};

use super::*;

/// What a person would call a match: each typed word occurs somewhere in the row.
fn is_found(row: &Row, typed: &str) -> bool {
    let call = &row.call;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let fields = [&call.calla, &call.callb, &call.uid, &row.note];
    let said: Vec<String> =
        fields.iter().map(|field| field.to_lowercase()).chain([digits(&call.calla), digits(&call.callb)]).collect();
    let typed = typed.to_lowercase();
    let mut words = typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| said.iter().any(|field| field.contains(word)))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof!["138[0-3]{4}", "0[12]0-[0-3]{4}", "[89]0[1-3]", "anonymous", ""]
}

fn note() -> impl Strategy<Value = String> {
    prop_oneof![4 => "", 2 => "[退款投诉回电]{1,4}", 2 => "[abAB ]{1,6}", 1 => "\\PC{0,8}"]
}

fn typed() -> impl Strategy<Value = String> {
    prop_oneof!["[0-3]{1,5}", "[退款投诉]{1,3}", "[ab]{1,3} [0-3]{1,2}", "\\PC{1,4}", "138 [0-3]"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_what_is_there_and_nothing_else(
        lines in prop::collection::vec((number(), note(), any::<bool>()), 1..25),
        typed in prop::collection::vec(typed(), 1..12),
    ) {
        let journal = Journal::open(Options { file: None, keep_days: None, same }, || {});
        let calls = lines.iter().enumerate().map(|(n, (number, _, answered))| {
            let begun = call(&format!("7.{n}"), number, 1000 + n as i64);
            Call { answered: answered.then(|| second(2000)), ..begun }
        });
        keep(&journal, calls);
        for (n, (_, note, _)) in lines.iter().enumerate() {
            // Set twice, so that the index has to forget the first note.
            journal.note(1 + n as i64, "退ab3");
            journal.note(1 + n as i64, note);
        }
        prop_assert!(journal.flush(Duration::from_secs(60)));
        let all = journal.list(&Filter::default()).rows;
        prop_assert_eq!(all.len(), lines.len());
        for typed in typed.iter().filter(|typed| typed.chars().any(char::is_alphanumeric)) {
            let found: Vec<i64> = journal
                .list(&Filter { text: typed.clone(), ..Filter::default() }).rows.iter().map(|row| row.id).collect();
            let right: Vec<i64> = all.iter().filter(|row| is_found(row, typed)).map(|row| row.id).collect();
            prop_assert_eq!(found, right, "{:?}", typed);
        }
    }
}

#[test]
fn filters_narrow_what_is_found_and_pages_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let day = 86_400;
    keep(
        &journal,
        (0..300).map(|n| {
            let begun = if n % 3 == 0 {
                missed(&n.to_string(), "13800138000", n * 600)
            } else {
                call(&n.to_string(), "13900139000", n * 600)
            };
            Call { direction: if n % 3 == 2 { Direction::Out } else { Direction::In }, ..begun }
        }),
    );
    let ids: Vec<i64> =
        journal.list(&Filter { limit: Some(5), ..Filter::default() }).rows.iter().map(|row| row.id).collect();
    journal.dispose(ids[1], Some("成交".into()), None);
    journal.dispose(ids[2], None, Some("alone it is nothing".into()));
    journal.note(ids[3], "x");
    assert!(journal.flush(Duration::from_secs(60)));
    let count = |filter: Filter| {
        let mut filter = Filter { limit: Some(7), ..filter };
        let mut count = 0;
        loop {
            let page = journal.list(&filter);
            count += page.rows.len();
            filter.before = page.rows.last().map(|row| row.id);
            if !page.more {
                return count;
            }
            assert_eq!(page.rows.len(), 7);
        }
    };
    assert_eq!(count(Filter::default()), 300);
    let today = Filter { from: Some(second(day)), to: Some(second(2 * day)), ..Filter::default() };
    assert_eq!(count(today.clone()), 144);
    assert_eq!(count(Filter { text: "138".into(), ..today.clone() }), 48);
    for (kind, number) in [(Kind::Missed, 100), (Kind::Owed, 100), (Kind::Out, 100), (Kind::In, 200), (Kind::Noted, 1)]
    {
        assert_eq!(count(Filter { kind: Some(kind), ..Filter::default() }), number, "{kind:?}");
    }
    assert_eq!(count(Filter { kind: Some(Kind::Missed), text: "0013".into(), ..today }), 48);
    assert_eq!(count(Filter { disposition: Some("成交".into()), ..Filter::default() }), 1);
    assert_eq!(count(Filter { text: "成交".into(), ..Filter::default() }), 1);
    assert_eq!(count(Filter { text: "nothing".into(), ..Filter::default() }), 0);
    assert_eq!(count(Filter { text: "\"*' OR 1".into(), ..Filter::default() }), 0, "no language of the index's own");
    assert_eq!(count(Filter { text: " -- ".into(), ..Filter::default() }), 0);
}

/// Calls match by their text or by one of the given numbers.
#[test]
fn calls_are_found_by_the_numbers_that_a_name_stands_for() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let numbers = ["13800138000", "01065521234", "13800138000", "802", "8613800138000"];
    keep(&journal, numbers.iter().enumerate().map(|(n, number)| call(&n.to_string(), number, n as i64)));
    let all = journal.list(&Filter::default()).rows;
    journal.note(all[3].id, "李雷 will call");
    assert!(journal.flush(Duration::from_secs(60)));
    let found = |text: &str, numbers: &[&str], limit: usize, before: Option<i64>| -> Vec<String> {
        let numbers = numbers.iter().map(|number| (*number).to_owned()).collect();
        let filter = Filter { text: text.into(), numbers, limit: Some(limit), before, ..Filter::default() };
        journal.list(&filter).rows.into_iter().map(|row| row.call.uid).collect()
    };
    assert_eq!(found("李雷", &["+8613800138000"], 10, None), ["4", "2", "1", "0"]);
    assert_eq!(found("李雷", &["+8613800138000"], 2, None), ["4", "2"]);
    assert_eq!(found("李雷", &["+8613800138000"], 2, Some(all[2].id)), ["1", "0"], "the next part of the list");
    assert_eq!(found("韩梅梅", &["802", "803"], 10, None), ["3"]);
    assert_eq!(found("nobody", &[], 10, None), [] as [&str; 0]);
}
