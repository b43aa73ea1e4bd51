//! Extensions, numbers, uids and channels.

use proptest::prelude::*;
use uncall_contract::{BusyReason, Channel, Extension, Invalid, PhoneNumber, Uid};

#[test]
fn what_each_kind_admits() {
    for good in ["801", "sip_801-a", "A", &"8".repeat(20)] {
        assert_eq!(Extension::parse(good).map(|known| known.to_string()), Ok(good.to_owned()));
    }
    assert_eq!(Extension::parse(" 801\r\n").map(String::from), Ok("801".to_owned()));
    assert_eq!(Extension::parse(""), Err(Invalid::Empty));
    assert_eq!(Extension::parse(&"8".repeat(21)), Err(Invalid::TooLong { max: 20 }));
    for (bad, c) in
        [("80 1", ' '), ("801&x", '&'), ("801,1", ','), ("801/2", '/'), ("８０１", '８'), ("8\n1", '\n'), ("${X}", '$')]
    {
        assert_eq!(Extension::parse(bad), Err(Invalid::Character(c)), "{bad:?}");
    }
    assert!(PhoneNumber::parse("+8613800138000*1#").is_ok());
    assert_eq!(PhoneNumber::parse("138-0013"), Err(Invalid::Character('-')));
    assert!(Uid::parse("pbx-1372123897.17").is_ok());
    assert_eq!(Uid::parse("../x"), Err(Invalid::Character('/')));
    for good in ["SIP/802-00000023", "PJSIP/802-0000001f", "Local/801@from-internal-00000003;2", "SIP/10.0.0.1:5060-1"]
    {
        assert!(Channel::parse(good).is_ok(), "{good}");
    }
    assert_eq!(Channel::parse("SIP/802\r\nAction: x"), Err(Invalid::Character('\r')));
}

#[test]
fn numbers_as_people_type_them() {
    for (typed, plain) in [
        ("138 0013 8000", "13800138000"),
        ("(010) 6552-9988", "01065529988"),
        ("+86 138–0013—8000", "+8613800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("（０１０）６５５２.9988", "01065529988"),
        ("\u{202d}13800138000\u{202c}", "13800138000"),
    ] {
        assert_eq!(PhoneNumber::from_typed(typed).map(String::from), Ok(plain.to_owned()), "{typed}");
    }
    assert_eq!(PhoneNumber::from_typed("call 10086"), Err(Invalid::Character('c')));
    assert_eq!(PhoneNumber::from_typed(" - "), Err(Invalid::Empty));
}

proptest! {
    #[test]
    fn an_extension_is_of_its_characters_or_refused(text in any::<String>()) {
        if let Ok(known) = Extension::parse(&text) {
            prop_assert!((1..=20).contains(&known.as_str().len()));
            prop_assert!(known.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
            prop_assert_eq!(known.as_str(), text.trim());
        }
    }

    #[test]
    fn a_good_text_is_taken_and_serialised_as_itself(text in "[0-9A-Za-z_-]{1,20}") {
        let known = Extension::parse(&text).expect("good");
        let json = serde_json::to_string(&known).expect("serialised");
        prop_assert_eq!(&json, &format!("\"{text}\""));
        prop_assert_eq!(serde_json::from_str::<Extension>(&json).expect("read"), known);
    }

    #[test]
    fn a_bad_text_is_refused_by_json_too(text in "[0-9]{0,3}[ &,$/{}]{1,3}[0-9]") {
        let json = serde_json::to_string(&text).expect("serialised");
        prop_assert_eq!(serde_json::from_str::<Extension>(&json).is_ok(), Extension::parse(&text).is_ok());
        prop_assert_eq!(Extension::parse(&text).is_ok(), text.trim().bytes().all(|b| b.is_ascii_digit()));
    }

    #[test]
    fn a_number_is_of_its_characters_however_it_was_typed(typed in any::<String>()) {
        if let Ok(number) = PhoneNumber::from_typed(&typed) {
            prop_assert!((1..=40).contains(&number.as_str().len()));
            prop_assert!(number.as_str().bytes().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#' | b'+')));
            prop_assert_eq!(PhoneNumber::from_typed(number.as_str()), Ok(number.clone()));
        }
    }

    #[test]
    fn separators_between_digits_do_not_matter(groups in prop::collection::vec("[0-9]{1,5}", 1..8), separator in "[ ./()-]{0,2}") {
        let plain = groups.concat();
        prop_assert_eq!(PhoneNumber::from_typed(&groups.join(&separator)).map(String::from), Ok(plain));
    }

    #[test]
    fn uids_and_channels_have_no_room_for_markup_or_lines(text in "\\PC{0,90}|[ -~\r\n\t]{0,90}") {
        if let Ok(uid) = Uid::parse(&text) {
            prop_assert!(uid.as_str().len() <= 64 && !uid.as_str().contains(['/', '&', '<', '\r', '\n', ' ']));
        }
        if let Ok(channel) = Channel::parse(&text) {
            prop_assert!(channel.as_str().len() <= 80 && !channel.as_str().contains(['&', '<', ',', '\r', '\n', ' ', '$']));
        }
    }
}

proptest! {
    #[test]
    fn a_reason_is_short_and_one_line_whatever_it_is_made_of(text in ".{0,80}|[\r\n\t\x00 a]{0,80}") {
        match BusyReason::of(&text) {
            Some(reason) => {
                let reason = reason.as_str();
                prop_assert!((1..=32).contains(&reason.chars().count()));
                prop_assert!(!reason.chars().any(char::is_control) && reason.trim() == reason);
                let again = BusyReason::of(reason);
                prop_assert_eq!(again.as_ref().map(BusyReason::as_str), Some(reason));
            }
            None => prop_assert!(text.chars().all(|c| c.is_whitespace() || c.is_control() || !c.is_ascii())),
        }
    }
}
