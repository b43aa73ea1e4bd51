//! Two whole numbers never merge into one, whatever is between them.

use proptest::prelude::*;
use uncall_number::{Problem, normalise};

/// A number of a numbering plan, and its grouping.
fn whole() -> impl Strategy<Value = (String, String)> {
    let digits = prop_oneof![
        "1[3-9][0-9]{9}".prop_map(|digits| (digits, vec![3, 4, 4])),
        "[48]00[0-9]{7}".prop_map(|digits| (digits, vec![3, 3, 4])),
        "(010|02[0-9])[2-9][0-9]{7}".prop_map(|digits| (digits, vec![3, 4, 4])),
        "0[3-9][0-9]{2}[2-9][0-9]{7}".prop_map(|digits| (digits, vec![4, 4, 4])),
        "0[3-9][0-9]{2}[2-9][0-9]{6}".prop_map(|digits| (digits, vec![4, 7])),
        "\\+861[3-9][0-9]{9}".prop_map(|digits| (digits, vec![3, 3, 4, 4])),
        "\\+4420794600[0-9]{2}".prop_map(|digits| (digits, vec![3, 2, 4, 4])),
        "\\+121255501[0-9]{2}".prop_map(|digits| (digits, vec![2, 3, 3, 4])),
        "\\+8522345[0-9]{4}".prop_map(|digits| (digits, vec![4, 4, 4])),
    ];
    (digits, prop_oneof![Just(""), Just(" "), Just("-")]).prop_map(|((digits, lengths), between)| {
        let mut rest = digits.as_str();
        let mut groups = Vec::new();
        for length in lengths {
            let (group, tail) = rest.split_at(length);
            groups.push(group);
            rest = tail;
        }
        (groups.join(between), digits.clone())
    })
}

fn between() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "", " ", "  ", "-", " - ", "/", " / ", "\n", "\r\n", "\t", ".", ",", ", ", ";", "、", "|", "_", ")(", " (",
        "或", " or ", " 李雷 ", "李雷", " Li Lei ",
    ])
}

/// Separators after which there are certainly two numbers.
const ASKED: [&str; 9] = [" ", " / ", "\n", "\r\n", ", ", ";", "、", "或", " 李雷 "];

proptest! {
    #[test]
    fn they_are_a_question((one, first) in whole(), (other, second) in whole(), between in between()) {
        prop_assume!(first != second);
        let text = format!("{one}{between}{other}");
        match normalise(&text) {
            Ok(number) => prop_assert!(false, "{text:?} is {number:?}"),
            Err(Problem::Which(numbers)) if ASKED.contains(&between) => {
                for number in [&first, &second] {
                    prop_assert!(numbers.iter().any(|choice| choice.dialled.ends_with(number.as_str())), "{text:?}: {numbers:?}");
                }
            }
            Err(problem) => prop_assert!(!ASKED.contains(&between), "{text:?}: {problem}"),
        }
    }

    #[test]
    fn the_rest_is_never_dialled_with_a_number((one, digits) in whole(), between in "[-. _/(]|[*#]| - ", rest in "[0-9]{1,6}") {
        let text = format!("{one}{between}{rest}");
        if let Ok(number) = normalise(&text) {
            let decimals = between == "." && matches!(rest.as_str(), "0" | "00");
            // `4000000004/4` repeats its last digit, so the alternative ending gives the same number.
            let same_end = between == "/" && digits.ends_with(&rest);
            let is = (number.dialled == digits && (decimals || same_end || number.extension.as_deref() == Some(rest.as_str())))
                // Or the rest was the last digit of one longer number with an area code.
                || normalise(&number.dialled).is_ok_and(|again| again.dialled == number.dialled) && digits.len() == 11
                    && digits.starts_with('0') && rest.len() == 1 && number.dialled.len() == 12;
            prop_assert!(is, "{text:?} is {number:?}");
        }
    }
}
