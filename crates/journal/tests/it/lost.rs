//! Files that are damaged, newer, blocked or full, and calls that have to be deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use uncall_journal::{Filter, Trouble};

use super::*;

fn count(journal: &Journal) -> usize {
    journal.list(&Filter::default()).rows.len()
}

#[test]
fn a_damaged_file_is_kept_aside_and_a_new_one_begins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    for (round, harm) in [(1, 0..64), (2, 100..8192)] {
        let journal = open(&file);
        keep(&journal, (0..50).map(|n| call(&n.to_string(), "13800138000", n)));
        drop(journal);
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[harm].fill(0x5a);
        std::fs::write(&file, &bytes).unwrap();
        let journal = open(&file);
        keep(&journal, [call("new", "1", 1)]);
        let name = format!("journal.damaged-{round}.db");
        assert_eq!(journal.trouble(), Some(Trouble::Damaged(name.clone())));
        assert_eq!(count(&journal), 1);
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), bytes);
        drop(journal);
        assert_eq!(open(&file).list(&Filter::default()).rows.len(), 1, "and it is whole");
    }
}

#[test]
fn a_page_that_is_damaged_deep_inside_is_noticed_when_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let journal = open(&file);
    keep(&journal, (0..3000).map(|n| call(&n.to_string(), &format!("13{n:09}"), n)));
    drop(journal);
    let mut bytes = std::fs::read(&file).unwrap();
    // Leave the first pages, which have the schema, and damage the rest. Opening reads the latest calls.
    let from = bytes.len() / 4;
    bytes[from..].fill(0);
    std::fs::write(&file, &bytes).unwrap();
    let journal = open(&file);
    keep(&journal, (0..200).map(|n| call(&format!("new {n}"), "1", n)));
    assert!(matches!(journal.trouble(), Some(Trouble::Damaged(_))), "{:?}", journal.trouble());
    assert!(count(&journal) > 0);
}

#[test]
fn a_newer_program_s_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    keep(&open(&file), [call("1.1", "13800138000", 1)]);
    let newer = rusqlite::Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    newer.close().unwrap();
    let before = std::fs::read(&file).unwrap();
    let journal = open(&file);
    let told = Arc::new(AtomicU32::new(0));
    let tell = Arc::clone(&told);
    journal.write(call("2.2", "1", 2), move |kept| {
        tell.fetch_add(1 + u32::from(kept), Ordering::SeqCst);
    });
    journal.flush(Duration::from_secs(60));
    assert_eq!(journal.trouble(), Some(Trouble::Newer(99)));
    assert_eq!(
        (told.load(Ordering::SeqCst), count(&journal)),
        (1, 1),
        "it shows what is new, and says that it is not kept"
    );
    drop(journal);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let error = uncall_journal::export(&file, &Filter::default(), Vec::new(), said()).unwrap_err();
    assert!(error.to_string().contains("newer"), "{error}");
}

#[test]
fn a_file_of_the_first_version_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute_batch(include_str!("../version-1.sql")).unwrap();
    old.close().unwrap();
    let journal = open(&file);
    let rows = journal.list(&Filter { text: "退款".into(), ..Filter::default() }).rows;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].call.uid.as_str(), rows[0].call.talked_seconds, rows[0].owed),
        ("1372123897.17", Some(65), false)
    );
    assert_eq!((journal.state().unseen, journal.trouble()), (1, None));
    keep(&journal, [call("1.1", "13800138000", 1)]);
    assert_eq!(count(&journal), 3);
    let all = journal.totals(("http://pbx/", "801"), second(0), second(2_000_000_000));
    assert!(all.incoming > 0 && all.busy.is_empty(), "{all:?}");
}

#[test]
fn a_place_that_cannot_be_written_costs_the_file_and_not_the_calls() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"").unwrap();
    let journal = open(&folder.path().join("file/journal.db"));
    journal.write(call("1.1", "1", 1), |kept| assert!(!kept));
    journal.flush(Duration::from_secs(60));
    assert!(matches!(journal.trouble(), Some(Trouble::Unwritable(_))));
    assert_eq!(count(&journal), 1);
}

#[test]
fn what_could_not_be_written_is_written_once_it_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    keep(&open(&file), [call("0.1", "1", 1)]);
    let journal = open(&file);
    keep(&journal, [call("0.2", "1", 1)]);
    let mut other = rusqlite::Connection::open(&file).unwrap();
    let holds = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let (tell, kept) = std::sync::mpsc::channel();
    for uid in ["1.1", "2.1"] {
        let tell = tell.clone();
        journal.write(call(uid, "1", 1), move |kept| tell.send(kept).unwrap());
        assert_eq!(kept.recv_timeout(Duration::from_secs(60)), Ok(false));
    }
    assert!(matches!(journal.trouble(), Some(Trouble::Unwritable(_))));
    drop(holds);
    keep(&journal, [call("3.1", "1", 1)]);
    assert_eq!(journal.trouble(), None);
    assert_eq!(count(&journal), 5, "what had waited, too");
}

#[test]
fn what_waited_too_long_is_lost_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let journal = open(&file);
    keep(&journal, []);
    let mut other = rusqlite::Connection::open(&file).unwrap();
    let holds = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let (tell, kept) = std::sync::mpsc::channel();
    let written = 4300;
    (1..written).for_each(|n| journal.write(call(&n.to_string(), "1", n), |_| {}));
    // Everything before it has been tried as well.
    journal.write(call("last", "1", written), move |kept| tell.send(kept).unwrap());
    assert_eq!(kept.recv_timeout(Duration::from_secs(60)), Ok(false));
    drop(holds);
    assert!(journal.flush(Duration::from_secs(60)));
    let rows: i64 = other.query_row("SELECT count(*) FROM call", [], |row| row.get(0)).unwrap();
    let Some(Trouble::Lost(lost)) = journal.trouble() else { panic!("{:?}", journal.trouble()) };
    assert_eq!(rows + lost as i64, written, "every call is kept or counted");
    assert!(lost > 0);
}

#[test]
fn what_is_too_old_is_gone_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let journal = open(&file);
    let now = Timestamp::now().as_second();
    let rare = "龘靐齉";
    keep(&journal, (0..90).map(|n| call(&format!("old-{n}"), "13712345678", now - 8 * 86_400 - n)));
    keep(&journal, [call("new", "13800138000", now)]);
    for row in journal.list(&Filter { text: "old".into(), limit: Some(20), ..Filter::default() }).rows {
        journal.note(row.id, rare);
    }
    assert!(journal.flush(Duration::from_secs(60)));
    journal.keep_days(Some(7));
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while journal.list(&Filter { text: "old".into(), ..Filter::default() }).rows.len()
        + journal.list(&Filter::default()).rows.len()
        > 1
    {
        assert!(std::time::Instant::now() < deadline, "old calls are still there");
        std::thread::yield_now();
    }
    // Dropping the journal waits for its thread.
    drop(journal);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for gone in [rare.as_bytes(), "13712345678".as_bytes(), b"old-8", "龘".as_bytes()] {
            let at = bytes.windows(gone.len()).position(|window| window == gone);
            assert_eq!(at, None, "{:?} is in {}", String::from_utf8_lossy(gone), path.display());
        }
    }
    assert_eq!(count(&open(&file)), 1);
}
