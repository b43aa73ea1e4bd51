use std::path::Path;

use proptest::prelude::*;

use super::cdr::Records;
use super::*;

const UID: &str = "1372123897.17";
const FILE: &str = "q-600-13632510278-20130625-093138-1372123897.17.wav";

fn options(state: &Path) -> LedgerOptions {
    LedgerOptions { state: Some(state.to_owned()), cdr: None }
}

fn at() -> Timestamp {
    Timestamp::now()
}

/// Waits until the ledger stands as it should; its thread works in real time.
fn until(ledger: &Ledger, wanted: impl Fn(&LedgerStatus) -> bool) {
    let began = Instant::now();
    while !wanted(&ledger.status()) {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", ledger.status());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn what_is_noted_is_there_at_once_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    {
        let ledger = Ledger::open(options(&state));
        ledger.talked(UID, "801", at());
        ledger.talked(UID, "802", at());
        ledger.talked("1372123900.20", "803", at());
        // The half of a Local channel by which the PBX has named a file, and a file of any name.
        ledger.alias(UID, "1372123898.18", at());
        ledger.alias(UID, "call of today.mp3", at());
        assert_eq!(ledger.who_talked(FILE).await, ["801", "802"]);
    }
    let ledger = Ledger::open(options(&state));
    for file in [FILE, "801-5-20130625-093138-1372123898.18.WAV", "call of today.mp3", "1372123897.17-in.wav"] {
        assert_eq!(ledger.who_talked(file).await, ["801", "802"], "{file}");
    }
    for file in
        ["", "q-600-1-20130625-093138-1372123897.1.wav", "call of yesterday.mp3", "' OR 1=1 --", "1372123897.17"]
    {
        assert_eq!(ledger.who_talked(file).await, Vec::<String>::new(), "{file}");
    }
    let mut names = ledger.names(UID).await;
    names.sort();
    assert_eq!(names, ["1372123898.18", "call of today.mp3"]);
    until(&ledger, |status| status.waiting == 0);
    assert_eq!(ledger.status(), LedgerStatus::default());
}

#[tokio::test]
async fn a_disk_that_takes_nothing_stops_nobody_and_loses_the_oldest_only() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    // A file where the folder should be fails as a full or a broken disk does, for every user.
    std::fs::write(&state, "no folder").unwrap();
    let ledger = Ledger::open(options(&state));
    ledger.talked(UID, "801", at());
    until(&ledger, |status| status.errors > 0 && status.trouble.is_some());
    assert_eq!(ledger.who_talked(FILE).await, ["801"], "as long as there is room");
    for call in 0..MOST_WAITING {
        ledger.talked(&format!("{}.1", 1_400_000_000 + call), "802", at());
    }
    let status = ledger.status();
    assert_eq!((status.waiting, status.lost), (MOST_WAITING, 1));
    assert_eq!(ledger.who_talked("x-1400000005.1.wav").await, ["802"]);
    assert_eq!(ledger.who_talked(FILE).await, Vec::<String>::new(), "it was the oldest");
    // After the repair, pending rows are written at the next attempt, and the problem is gone.
    std::fs::remove_file(&state).unwrap();
    until(&ledger, |status| status.waiting == 0 && status.trouble.is_none());
    drop(ledger);
    let ledger = Ledger::open(options(&state));
    for call in [0, 5, MOST_WAITING - 1] {
        let file = format!("x-{}.1.wav", 1_400_000_000 + call);
        assert_eq!(ledger.who_talked(&file).await, ["802"], "{file}");
    }
}

#[tokio::test]
async fn a_damaged_file_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("calls.sqlite"), [b'x'; 9000]).unwrap();
    let ledger = Ledger::open(options(folder.path()));
    ledger.talked(UID, "801", at());
    until(&ledger, |status| status.waiting == 0);
    drop(ledger);
    assert_eq!(std::fs::read(folder.path().join("calls.sqlite.broken")).unwrap(), [b'x'; 9000]);
    assert_eq!(Ledger::open(options(folder.path())).who_talked(FILE).await, ["801"]);
}

#[test]
fn old_calls_are_forgotten() {
    let mut book = Book::new(LedgerOptions::default());
    let note = |uid: usize, at: i64| Note { uid: format!("{uid}.1"), about: About::Talked("801".to_owned()), at };
    let notes: Vec<Note> = (0..25_000).map(|uid| note(uid, 1000)).chain([note(30_000, 500 * 86_400)]).collect();
    book.write(&notes).unwrap();
    let known = |book: &mut Book, uid: &str| book.talked(&[uid.to_owned()]).unwrap().len();
    book.tidy(399 * 86_400).unwrap();
    assert_eq!((known(&mut book, "0.1"), known(&mut book, "24999.1")), (1, 1));
    book.tidy(401 * 86_400).unwrap();
    assert_eq!((known(&mut book, "0.1"), known(&mut book, "24999.1"), known(&mut book, "30000.1")), (0, 0, 1));
}

/// As Asterisk's `cdr_csv` writes it, with the unique id, without and with the columns that are newer.
const OLD: &str = r#""","13632510278","801","from-trunk","""Li, Na"" <13632510278>","PJSIP/trunk-00000001","PJSIP/801-00000002","Dial","PJSIP/801,30","2013-06-25 09:31:38","2013-06-25 09:31:40","2013-06-25 09:32:00",22,20,"ANSWERED","DOCUMENTATION","1372123897.17","""#;
const NEW: &str = r#""","801","600","from-internal","","Local/803@from-queue-0000000a;2","PJSIP/803-00000003","Dial","","2013-06-25 09:31:38","2013-06-25 09:31:40","2013-06-25 09:32:00",22,20,"ANSWERED","DOCUMENTATION","1372123899.20","","","1372123898.19",42"#;

#[tokio::test]
async fn calls_of_a_time_when_the_gateway_was_down_come_from_the_pbx() {
    let folder = tempfile::tempdir().unwrap();
    let cdr = folder.path().join("Master.csv");
    let missed = OLD.replace("1372123897.17", "1372123897.99").replace("ANSWERED", "NO ANSWER");
    std::fs::write(&cdr, format!("{OLD}\n{missed}\n\nnonsense\n{NEW}\n{}", &NEW[..60])).unwrap();
    let options = LedgerOptions { cdr: Some(cdr.clone()), ..options(&folder.path().join("state")) };
    let talked = async |file: &str| {
        let ledger = Ledger::open(options.clone());
        let began = Instant::now();
        loop {
            let mut talked = ledger.who_talked(file).await;
            talked.sort();
            if !talked.is_empty() || began.elapsed() > Duration::from_secs(20) {
                return talked;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // Of trunks it is known too that they talked: they are nobody's extension.
    assert_eq!(talked("600-1372123897.17.wav").await, ["801", "trunk"]);
    assert_eq!(talked("q-600-1-20130625-093138-1372123898.19.wav").await, ["803"]);
    assert_eq!(talked("803-1-20130625-093138-1372123899.20.wav").await, ["803"], "by the leg's id");
    // The line is written to its end, and others follow.
    let later = NEW.replace("1372123898.19", "1372123999.30");
    std::fs::write(&cdr, format!("{OLD}\n{missed}\n\nnonsense\n{NEW}\n{later}\n")).unwrap();
    assert_eq!(talked("q-600-1-20130625-093138-1372123999.30.wav").await, ["803"]);
    // Rotated.
    std::fs::write(&cdr, format!("{}\n", NEW.replace("1372123898.19", "1372123999.31"))).unwrap();
    assert_eq!(talked("q-600-1-20130625-093138-1372123999.31.wav").await, ["803"]);
    let ledger = Ledger::open(options);
    assert_eq!(ledger.who_talked("801-1372123897.99.wav").await, Vec::<String>::new(), "nobody answered");
}

#[test]
fn call_records_are_read_on_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let cdr = folder.path().join("Master.csv");
    let lines: String =
        (0..8000).map(|at| OLD.replace("1372123897.17", &format!("{}.1", 1_400_000_000 + at)) + "\n").collect();
    std::fs::write(&cdr, &lines).unwrap();
    let mut records = Records::new(cdr);
    let (mut place, mut uids) = (None, Vec::new());
    loop {
        let read = records.read(place, 7).unwrap();
        uids.extend(
            read.notes.into_iter().filter(|note| note.about == About::Talked("801".into())).map(|note| note.uid),
        );
        place = Some(read.place);
        if read.is_all {
            break;
        }
    }
    assert_eq!((place, uids.len()), (Some(lines.len() as u64), 8000));
    assert!(uids.iter().enumerate().all(|(at, uid)| *uid == format!("{}.1", 1_400_000_000 + at)));
}

proptest! {
    #[test]
    fn any_record_is_read_without_harm(
        fields in proptest::collection::vec("[0-9]{10}\\.[0-9]{1,3}|ANSWERED|PJSIP/801-0001|\"\"?|[^\n]{0,20}", 0..25),
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let cdr = folder.path().join("x.csv");
        std::fs::write(&cdr, [fields.join(",").as_bytes(), b"\n", &bytes].concat()).unwrap();
        let read = Records::new(cdr).read(None, 7).unwrap();
        prop_assert!(read.is_all);
        for note in read.notes {
            prop_assert!(uncall_contract::Uid::parse(&note.uid).is_ok());
        }
    }
}
