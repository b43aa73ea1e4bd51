//! Files from anybody.

use proptest::prelude::*;
use uncall_directory::{
    Directory,
    import::{LARGEST, Problem, read, write},
};
use uncall_number::Home;

/// Pieces of which files are made, whole and broken.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"BEGIN:VCARD\r\n".to_vec()),
        Just(b"END:VCARD\r\n".to_vec()),
        Just(b"TEL;TYPE=CELL:".to_vec()),
        Just(b"FN;ENCODING=QUOTED-PRINTABLE:=E6=".to_vec()),
        Just("姓名,电话\n".as_bytes().to_vec()),
        Just(b"13800138000".to_vec()),
        Just(b"\"".to_vec()),
        Just(b",\n\r;\t".to_vec()),
        Just(b"\xff\xfe".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        Just(b"sep=\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(pieces in proptest::collection::vec(piece(), 0..30), typed in "\\PC{0,20}") {
        if let Ok(import) = read(&pieces.concat()) {
            for contact in &import.contacts {
                prop_assert!(!contact.name.is_empty() && contact.name.chars().count() <= 100);
                prop_assert!((1..=20).contains(&contact.telephones.len()));
                prop_assert!(!contact.name.chars().any(char::is_control));
            }
            // What was taken is written and read again as it is.
            if !import.contacts.is_empty() {
                prop_assert_eq!(&read(&write(&import.contacts)).unwrap().contacts, &import.contacts);
            }
            let directory = Directory::new(import.contacts, Home { country: "86".into(), area: "010".into() });
            assert!(directory.search(&typed, 5).len() <= 5);
            assert!(directory.callers(&typed, 5).len() <= 5);
        }
    }
}

/// Files that never end, or whose only row, field or card never does.
#[test]
fn a_file_without_an_end_is_bounded() {
    assert_eq!(read(&vec![b'a'; LARGEST + 1]), Err(Problem::TooLarge));
    let many = |piece: &str| piece.repeat((4 << 20) / piece.len());
    for (what, text) in [
        ("one row of commas", many(",")),
        ("one field that is never closed", format!("姓名,电话\n张三,13800138000\n\"{}", many("13900139000,\n"))),
        ("one card of numbers", format!("BEGIN:VCARD\nFN:x\n{}", many("TEL:13800138000\n"))),
        ("cards that only begin", many("BEGIN:VCARD\n")),
        ("one line of a card", format!("BEGIN:VCARD\nFN:{}\nTEL:8801\nEND:VCARD\n", many("x"))),
        ("spaces", many(" ")),
        ("quotes", many("\"")),
    ] {
        if let Ok(import) = read(text.as_bytes()) {
            assert!(import.contacts.len() <= 1 && import.skipped.len() <= 100, "{what}");
        }
    }
}
