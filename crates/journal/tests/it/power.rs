//! A power cut while a call is written: acknowledged calls are there, and the file is intact.
//!
//! After a power cut, the disk has everything acknowledged, and any part of what was written since, in any order. The test copies
//! the files in the middle of a write and damages the part of the log that is newer than the acknowledgement at random.

use proptest::prelude::*;
use uncall_journal::Filter;

use super::*;

/// How a disk may have written data that was not synced yet.
#[derive(Debug, Clone)]
enum Torn {
    /// Only this share of it, in thousandths.
    Short(u64),
    /// Everything but this sector.
    Hole(u64),
    /// With other bytes in this sector.
    Other(u64, u8),
    Whole,
}

fn torn() -> impl Strategy<Value = Torn> {
    prop_oneof![
        (0..1000_u64).prop_map(Torn::Short),
        any::<u64>().prop_map(Torn::Hole),
        (any::<u64>(), any::<u8>()).prop_map(|(at, byte)| Torn::Other(at, byte)),
        Just(Torn::Whole),
    ]
}

const SECTOR: usize = 512;

/// Damages the log after `kept`, the length that was certainly on the disk.
fn tear(log: &mut Vec<u8>, kept: usize, torn: &Torn) {
    let sectors = log.len().saturating_sub(kept).div_ceil(SECTOR).max(1);
    let sector = |at: u64| kept + SECTOR * usize::try_from(at % sectors as u64).unwrap();
    let fill = |log: &mut Vec<u8>, at: usize, byte: u8| {
        let end = log.len().min(at + SECTOR);
        log.get_mut(at..end).into_iter().for_each(|bytes| bytes.fill(byte));
    };
    match *torn {
        Torn::Short(share) => {
            log.truncate(kept + (log.len().saturating_sub(kept) * usize::try_from(share).unwrap()) / 1000)
        }
        Torn::Hole(at) => fill(log, sector(at), 0),
        Torn::Other(at, byte) => fill(log, sector(at), byte),
        Torn::Whole => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_power_cut_loses_nothing_that_was_acknowledged(cuts in prop::collection::vec((1..30_i64, torn(), 0..400_u64), 1..8)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db");
        let log = folder.path().join("journal.db-wal");
        let journal = open(&file);
        let mut written = 0;
        let cut = folder.path().join("after/journal.db");
        std::fs::create_dir(folder.path().join("after")).unwrap();
        for (more, torn, pause) in cuts {
            keep(&journal, (written..written + more).map(|n| call(&n.to_string(), "13800138000", n)));
            written += more;
            let kept = usize::try_from(std::fs::metadata(&log).unwrap().len()).unwrap();
            // One more write is under way. Copying the log before the file makes sure that data moved between them is in at least
            // one copy.
            let (tell, told) = std::sync::mpsc::channel();
            journal.write(call(&written.to_string(), "13900139000", written), move |kept| tell.send(kept).unwrap());
            written += 1;
            std::thread::sleep(Duration::from_micros(pause * 10));
            let mut bytes = std::fs::read(&log).unwrap();
            let database = std::fs::read(&file).unwrap();
            tear(&mut bytes, kept, &torn);
            std::fs::write(&cut, database).unwrap();
            std::fs::write(folder.path().join("after/journal.db-wal"), bytes).unwrap();
            let _ = std::fs::remove_file(folder.path().join("after/journal.db-shm"));
            let after = open(&cut);
            let page = after.list(&Filter { limit: Some(100), text: "138".into(), ..Filter::default() });
            prop_assert_eq!(after.trouble(), None, "{:?}", torn);
            let newest: Vec<i64> = page.rows.iter().map(|row| row.call.uid.parse().unwrap()).collect();
            let right: Vec<i64> = (0..written).rev().filter(|n| newest.contains(n)).collect();
            prop_assert_eq!(&newest, &right);
            prop_assert_eq!(newest.first(), Some(&(written - 2)), "{:?}", torn);
            let last = after.list(&Filter { limit: Some(1), ..Filter::default() }).rows;
            prop_assert!(last[0].call.uid.parse::<i64>().unwrap() >= written - 2);
            drop(after);
            let whole: String = rusqlite::Connection::open(&cut).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            prop_assert_eq!(whole, "ok", "{:?}", torn);
            prop_assert!(told.recv().unwrap());
        }
    }
}
