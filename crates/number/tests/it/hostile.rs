//! No text makes it panic, and what comes out is what can be dialled.

use proptest::prelude::*;
use uncall_number::{MOST_DIGITS, MOST_EXTENSION, Number, Problem, explain, is_link, link, normalise, same};

/// What people's numbers are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[0-9]{1,12}",
        2 => Just("+".to_owned()),
        1 => "(\\+86|\\+44|\\+39|0044|\\+1|\\+34) ?(\\(0\\))?",
        2 => "[ ()./,;:|、，；/\\n\\t-]{1,3}",
        1 => "(ext\\.? ?|x|转|分机 |,,|;ext=|;postd=,|#|\\*)",
        1 => "(Tel\\. ?|手机：|电话|TEL;CELL:|tel:|sip:|\\nTEL;WORK:|FLOWERS|abc|或| or )",
        1 => "[٠-٩０-９😀☎\u{2066}\u{2069}\u{fe0f}§\u{0}]",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn check(number: &Number) -> Result<(), TestCaseError> {
    let dialled = &number.dialled;
    prop_assert!((1..=MOST_DIGITS).contains(&dialled.len()), "{:?}", number);
    prop_assert!(dialled.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#')), "{:?}", number);
    prop_assert!(dialled.rfind('+').is_none_or(|at| at == 0), "{:?}", number);
    if let Some(extension) = &number.extension {
        prop_assert!((1..=MOST_EXTENSION).contains(&extension.len()), "{:?}", number);
        prop_assert!(extension.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | ',')), "{:?}", number);
    }
    Ok(())
}

fn check_all(text: &str) -> Result<(), TestCaseError> {
    match normalise(text) {
        Ok(number) => check(&number)?,
        Err(Problem::Which(numbers)) => {
            prop_assert!(numbers.len() > 1);
            for number in &numbers {
                check(number)?;
            }
        }
        Err(problem) => prop_assert!(!problem.detail().is_empty() && !problem.to_string().is_empty()),
    }
    let explained = explain(text);
    prop_assert!(explained.dialled.is_none() || explained.problem.is_none());
    let _ = (is_link(text), link(text), same(text, text));
    Ok(())
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        check_all(&text)?;
    }

    #[test]
    fn any_pieces(text in pieces()) {
        check_all(&text)?;
    }

    /// What was understood is understood in the same way when it comes back from a list, a link or a log.
    #[test]
    fn what_is_dialled_stays_what_it_is(text in pieces()) {
        if let Ok(number) = normalise(&text) {
            prop_assert_eq!(normalise(&number.dialled).map(|again| again.dialled), Ok(number.dialled.clone()), "{:?}", text);
        }
    }
}

#[test]
fn long_texts_are_refused() {
    for text in [
        "1".repeat(41),
        "1 ".repeat(99),
        "13800138000 ".repeat(99),
        "(0)".repeat(2000),
        "x".repeat(5000),
        "/1".repeat(2000),
    ] {
        assert_eq!(normalise(&text), Err(Problem::TooLong), "{}", &text[..20]);
    }
}
