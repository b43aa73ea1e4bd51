//! What was written is there, also after a restart.

use uncall_journal::{Departure, Filter, Hold, Kind, Reason, Rename, Transfer};

use super::*;

fn all(journal: &Journal) -> Vec<uncall_journal::Row> {
    journal.list(&Filter::default()).rows
}

#[test]
fn a_call_is_there_as_it_was_written_and_what_the_agent_said_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made/journal.db");
    let whole = Call {
        name: Some("王小明".into()),
        rings_since: Some(second(999)),
        answered: Some(second(1010)),
        holds: vec![Hold { from: second(1020), to: Some(second(1030)) }, Hold { from: second(1040), to: None }],
        transfers: vec![Transfer { at: second(1050), target: "802".into() }],
        ended: Some(second(1060)),
        end_seen: false,
        departure: Some(Departure::Vanished),
        reason: Some(Reason::Transferred),
        talked_seconds: Some(50),
        offers: 2,
        survey: true,
        recording: Some("audio:1.1.WAV".into()),
        ..call("1.1", "13800138000", 1000)
    };
    let journal = open(&file);
    keep(&journal, [call("1.1", "13800138000", 1000)]);
    let id = all(&journal)[0].id;
    journal.note(id, "回电\u{0}话");
    journal.dispose(id, Some("成交".into()), Some("大单".into()));
    keep(&journal, [whole.clone()]);
    drop(journal);
    let rows = all(&open(&file));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].call, whole);
    assert_eq!((rows[0].id, rows[0].life, rows[0].note.as_str()), (id, 1, "回电话"));
    assert_eq!((rows[0].disposition.as_deref(), rows[0].second.as_deref()), (Some("成交"), Some("大单")));
    #[cfg(unix)]
    for name in std::fs::read_dir(file.parent().unwrap()).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(name.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
    }
}

#[test]
fn a_uid_has_lives_and_extensions_have_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let other = Call { extension: "802".into(), ..call("1.1", "13800138000", 1000) };
    keep(&journal, [call("1.1", "13800138000", 1000), missed("1.1", "13800138000", 2000), other]);
    let lives: Vec<(String, i64)> = all(&journal).into_iter().map(|row| (row.call.extension, row.life)).collect();
    assert_eq!(lives, [("802".into(), 1), ("801".into(), 2), ("801".into(), 1)]);
    let told = journal.lives("http://pbx/", "801");
    assert_eq!(told.iter().map(|row| row.call.ended.is_none()).collect::<Vec<_>>(), [true, false], "oldest first");
    assert!(journal.lives("http://other/", "801").is_empty());
}

#[test]
fn missed_calls_count_until_they_are_seen_and_wait_until_somebody_calls_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let journal = open(&file);
    keep(&journal, [missed("1.1", "13800138000", 1000), missed("2.1", "010-6552 1234", 2000), call("3.1", "1", 3000)]);
    drop(journal);
    let journal = open(&file);
    let owed = || journal.list(&Filter { kind: Some(Kind::Owed), ..Filter::default() }).rows;
    assert_eq!((journal.state().unseen, owed().len()), (2, 2), "after a restart");
    let last = journal.state().last.unwrap();
    assert_eq!(last.call.uid, "2.1");
    journal.see(last.id);
    assert!(journal.flush(Duration::from_secs(60)));
    assert_eq!((journal.state().unseen, owed().len()), (0, 2));
    // The queue offers the call once more, and it is missed once more.
    keep(&journal, [Call { offers: 2, ..missed("1.1", "13800138000", 1000) }]);
    assert_eq!(journal.state().unseen, 1);
    let back = Call { direction: Direction::Out, ..call("4.1", "+86 138 0013 8000", 4000) };
    keep(&journal, [back]);
    assert_eq!(owed().iter().map(|row| row.call.uid.as_str()).collect::<Vec<_>>(), ["2.1"]);
    // The caller rings again and is answered, which counts like a call back. Ringing alone does not.
    keep(&journal, [call("5.1", "01065521234", 5000)]);
    assert_eq!(owed().len(), 1);
    keep(&journal, [Call { answered: Some(second(5010)), ..call("5.1", "01065521234", 5000) }]);
    assert!(owed().is_empty());
    // The server later reports that it was answered after all.
    keep(&journal, [Call { missed: Missed::No, ..missed("1.1", "13800138000", 1000) }]);
    assert_eq!(journal.state().unseen, 0);
}

#[test]
fn a_caller_s_earlier_calls_are_told_with_the_last_note() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    keep(
        &journal,
        [
            call("1.1", "13800138000", 1000),
            call("2.1", "008613800138000", 90_000),
            call("3.1", "13900000000", 91_000),
            call("4.1", "13800138000", 92_000),
            call("5.1", "13800138000", 93_000),
        ],
    );
    let first = all(&journal).last().unwrap().id;
    journal.note(first, "wants a refund");
    assert!(journal.flush(Duration::from_secs(60)));
    let told = journal.caller("5.1", "13800138000", second(86_400));
    assert_eq!(told.this.unwrap().call.uid, "5.1");
    assert_eq!(told.today, 2);
    assert_eq!(told.earlier.iter().map(|row| row.call.uid.as_str()).collect::<Vec<_>>(), ["4.1", "2.1", "1.1"]);
    assert_eq!(told.noted.unwrap().note, "wants a refund");
    let stranger = journal.caller("9.9", "10086", second(0));
    assert_eq!((stranger.this, stranger.today, stranger.earlier), (None, 0, Vec::new()));
    assert!(journal.caller("9.9", "", second(0)).earlier.is_empty(), "who withholds the number is nobody known");
}

#[test]
fn without_a_file_it_lasts_as_long_as_the_program() {
    let journal = Journal::open(Options { file: None, keep_days: Some(1), same }, || {});
    keep(&journal, [call("1.1", "13800138000", 1_000_000_000_000 / 1000)]);
    assert_eq!(journal.trouble(), None);
    journal.keep_days(None);
    keep(&journal, [call("1.2", "13800138000", 2000)]);
    assert!(!all(&journal).is_empty());
}

#[test]
fn a_call_that_gets_another_uid_is_one_row_and_keeps_what_was_noted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let rename = |began: i64, now_began: i64| {
        journal.rename(Rename {
            server: "http://pbx/".into(),
            extension: "801".into(),
            was: "sip:7@pbx".into(),
            began: second(began),
            uid: "1.1".into(),
            now_began: second(now_began),
        });
    };
    keep(&journal, [call("sip:7@pbx", "13800138000", 1000)]);
    let id = all(&journal)[0].id;
    journal.note(id, "回电话");
    rename(1000, 1000);
    keep(&journal, [call("1.1", "13800138000", 1000)]);
    let rows = all(&journal);
    assert_eq!(rows.iter().map(|row| (row.id, row.call.uid.as_str())).collect::<Vec<_>>(), [(id, "1.1")]);
    assert_eq!(rows[0].note, "回电话");
    // Both had a row: the phone and the server did not know of each other.
    keep(&journal, [call("sip:7@pbx", "13800138000", 2000), call("1.1", "13800138000", 2001)]);
    let own = all(&journal).iter().find(|row| row.call.uid.starts_with("sip:")).unwrap().id;
    journal.note(own, "二");
    rename(2000, 2001);
    keep(&journal, [call("1.1", "13800138000", 2001)]);
    let rows = all(&journal);
    assert_eq!(rows.iter().map(|row| row.note.as_str()).collect::<Vec<_>>(), ["二", "回电话"]);
    assert_eq!(journal.list(&Filter { text: "回电".into(), ..Filter::default() }).rows.len(), 1, "and it is found");
    rename(9000, 9000);
    keep(&journal, []);
    assert_eq!(all(&journal).len(), 2, "what is not there cannot be renamed");
}
