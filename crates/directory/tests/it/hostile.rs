//! Files from anybody.

use proptest::prelude::*;
use uncall_directory::{Directory, import::read};
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
            let directory = Directory::new(import.contacts, Home { country: "86".into(), area: "010".into() });
            directory.search(&typed, 5);
            directory.callers(&typed, 5);
        }
    }
}
