//! Numbers as people have them. Whatever of it libphonenumber has an opinion on, it has said itself (`judge.py`).

use uncall_number::{Number, Problem, normalise};

/// What a line of the table says.
struct Row {
    typed: String,
    answer: &'static str,
    judge: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("table.tsv").lines().filter(|line| !line.starts_with("// "));
    lines
        .map(|line| {
            let [typed, answer, _region, judge] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            Row { typed: unescaped(typed), answer, judge }
        })
        .collect()
}

/// Undoes the escapes of the table: `\n`, `\r`, `\t`, and `\u` with four hexadecimal digits.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        let (kind, after) = behind.split_at(1);
        rest = after;
        match kind {
            "n" => plain.push('\n'),
            "r" => plain.push('\r'),
            "t" => plain.push('\t'),
            "u" => {
                let (code, after) = rest.split_at(4);
                plain.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
                rest = after;
            }
            other => panic!("\\{other}"),
        }
    }
    plain + rest
}

fn said(number: &Number) -> String {
    let then = number.extension.as_ref().map(|extension| format!(" then {extension}"));
    let beside = number.left_out.as_ref().map(|words| format!(" beside {words}"));
    [Some(number.dialled.clone()), then, beside].into_iter().flatten().collect()
}

fn answer(typed: &str) -> String {
    match normalise(typed) {
        Ok(number) => said(&number),
        Err(Problem::Which(numbers)) => format!("which {}", numbers.iter().map(said).collect::<Vec<_>>().join(" / ")),
        Err(problem) => problem.detail(),
    }
}

#[test]
fn every_number_comes_to_what_the_table_says() {
    let rows = rows();
    assert!(rows.len() > 430, "{}", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| answer(&row.typed) != row.answer)
        .map(|row| format!("{:?}: {} instead of {}", row.typed, answer(&row.typed), row.answer))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn libphonenumber_says_the_same() {
    let mut asked = 0;
    for Row { typed, judge, .. } in rows().iter().filter(|row| row.judge != "-") {
        let number = normalise(typed).unwrap();
        let (e164, extension) = judge.split_once(' ').map_or((*judge, None), |(number, part)| (number, Some(part)));
        if let Some(digits) = number.dialled.strip_prefix('+').or_else(|| number.dialled.strip_prefix("00")) {
            assert_eq!(format!("+{digits}"), e164, "{typed:?}");
        } else {
            // What is dialled within the country: without its code, with the zero of the area.
            let national = number.dialled.strip_prefix('0').unwrap_or(&number.dialled);
            let code = e164.strip_suffix(national).unwrap_or_else(|| panic!("{typed:?}: {e164}"));
            assert!((1..=4).contains(&code.len()), "{typed:?}: {e164}");
        }
        if let Some(extension) = extension {
            assert_eq!(number.extension.as_deref(), Some(extension), "{typed:?}");
        }
        asked += 1;
    }
    assert!(asked > 180, "{asked}");
}
