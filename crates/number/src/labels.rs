//! Words around a number: `Tel.`, `手机：`, `(mobile)`, the name of whose number it is; and pictures and punctuation.

use crate::characters::is_picture;

/// Words that say what kind of number it is, in small letters.
const WORDS: &[&str] = &[
    "tel",
    "telephone",
    "phone",
    "phones",
    "mobile",
    "mobil",
    "mob",
    "cell",
    "cellphone",
    "handy",
    "fax",
    "office",
    "home",
    "work",
    "call",
    "direct",
    "number",
    "no",
    "nr",
    "ph",
    "t",
    "m",
    "p",
    "f",
    "ext",
    "extn",
    "extension",
    "tél",
    "téléphone",
    "telefon",
    "telefono",
    "teléfono",
    "telefone",
    "telefoon",
    "móvil",
    "тел",
    "телефон",
    "моб",
    "전화",
    "휴대폰",
    "携帯",
    "mobiltelefon",
    "hotline",
];

/// How such words end in Chinese and Japanese, where others are written in front without a space: `客服电话`.
const ENDINGS: &[&str] = &[
    "电话",
    "電話",
    "手机",
    "手機",
    "手机号",
    "手機號",
    "号码",
    "號碼",
    "番号",
    "座机",
    "座機",
    "固话",
    "热线",
    "熱線",
    "传真",
    "傳真",
    "联系方式",
    "总机",
    "總機",
    "直线",
    "分机",
    "分機",
    "分机号",
    "内线",
    "內線",
    "内線",
    "专线",
    "携帯",
];

/// The longest words before a colon, in bytes: a name, perhaps with a title.
const LONGEST_NAME: usize = 60;

/// The number's part of a text, and whether words were dropped.
pub(crate) fn strip(text: &str) -> (&str, bool) {
    let mut text = text;
    let mut labelled = false;
    // Each round takes a word at least.
    loop {
        text = text.trim_matches(is_edge);
        let Some(rest) = without_leading(text).or_else(|| without_trailing(text)) else { return (text, labelled) };
        labelled = true;
        text = rest;
    }
}

/// Punctuation and pictures at an end of a number. Brackets and dashes mean nothing there either.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || is_picture(c) || ".,;:、!?…|/-_=~()[]{}".contains(c)
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '*' | '#')
}

fn without_leading(text: &str) -> Option<&str> {
    if !text.starts_with(char::is_alphabetic) {
        return None;
    }
    let end = text.find(|c| is_number(c) || c == ':')?;
    let (words, rest) = text.split_at_checked(end)?;
    if let Some(rest) = rest.strip_prefix(':') {
        // An address of the web is no name.
        let name = words.len() <= LONGEST_NAME && words.chars().all(|c| c.is_alphabetic() || " .-_&/()".contains(c));
        return (name && !rest.starts_with('/')).then_some(rest);
    }
    // A letter alone would have to have something behind it.
    let apart = words.chars().count() > 1;
    (apart && all_known(words)).then_some(rest)
}

fn without_trailing(text: &str) -> Option<&str> {
    if !text.ends_with(char::is_alphabetic) {
        return None;
    }
    let (last, c) = text.char_indices().rfind(|(_, c)| is_number(*c))?;
    let (rest, words) = text.split_at_checked(last + c.len_utf8())?;
    // Where Latin letters follow a digit or a dash, they may be keys.
    let apart = words.starts_with(|c: char| c.is_whitespace() || "([{.,;:".contains(c)) || !words.is_ascii();
    let enough = rest.chars().filter(char::is_ascii_digit).count() >= 7;
    (apart && enough && all_known(words)).then_some(rest)
}

fn all_known(words: &str) -> bool {
    words.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).all(|word| {
        let small = word.to_lowercase();
        WORDS.contains(&small.as_str())
            || ENDINGS.iter().any(|ending| small.trim_end_matches(['是', '为']).ends_with(ending))
    })
}
