//! Words beside a number that say whose it is: `138 0013 8000 (李雷)`. They are left out where what remains is one number that a
//! plan has exactly, and never where they may belong to it.

use crate::{Number, Problem, Rule, characters, list, plan};

/// What is shown of words that are left out, in characters.
const LONGEST: usize = 60;

/// Words whose digits are no telephone number, in small letters.
const OTHERS: &[&str] = &["qq", "id", "no", "order", "invoice", "account", "card", "wxid", "iban", "pin"];
/// The same, as parts of words that are written without spaces.
const OTHER_PARTS: &[&str] = &[
    "订单",
    "單號",
    "单号",
    "卡号",
    "账号",
    "帐号",
    "帳號",
    "工号",
    "编号",
    "身份证",
    "发票",
    "密码",
    "群号",
    "不要",
    "别打",
];

/// The number in a text with words, and those; the question which where there are several. Nothing where it is not safe.
pub(crate) fn read(text: &str) -> Option<Result<Number, Problem>> {
    let pieces = pieces(text)?;
    let words = || pieces.iter().filter(|piece| piece.kind == Kind::Word).map(|piece| piece.text);
    if text.contains("://") || words().next().is_none() || !words().all(is_harmless) {
        return None;
    }
    let digits: Vec<usize> =
        pieces.iter().enumerate().filter(|(_, piece)| piece.kind == Kind::Digits).map(|(index, _)| index).collect();
    let numbers: Vec<Number> = digits.iter().map(|&index| number(&pieces, index)).collect::<Option<_>>()?;
    let [index] = digits[..] else {
        return (numbers.len() > 1).then(|| list::one_of(numbers.into_iter().map(Ok)));
    };
    let beside = |range: Option<&[Piece]>| range.unwrap_or(&[]).iter().map(|piece| piece.text).collect::<String>();
    let before = beside(pieces.get(..index));
    let behind = beside(pieces.get(index + 1..));
    let left: Vec<&str> = [before.as_str(), behind.as_str()]
        .into_iter()
        .flat_map(str::split_whitespace)
        .map(trimmed)
        .filter(|word| !word.is_empty())
        .collect();
    let left: String = left.join(" ");
    let left =
        if left.chars().count() > LONGEST { left.chars().take(LONGEST - 1).chain(['…']).collect() } else { left };
    let number = numbers.into_iter().next()?;
    Some(Ok(Number { left_out: Some(left), ..number }.did(Rule::Words)))
}

/// The letter that stands for a zero or a one in a text with digits: next to them, or in a word that has no other letters.
pub(crate) fn lookalike(text: &str) -> Option<char> {
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().all(|c| c.is_ascii_digit() || characters::is_lookalike(c)))
        .find_map(|word| word.chars().find(|c| characters::is_lookalike(*c)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Digits,
    Between,
}

#[derive(Debug)]
struct Piece<'a> {
    kind: Kind,
    text: &'a str,
}

/// Words, and what is between them, with digits or without; nothing where a character belongs to neither.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = first.is_alphabetic();
        let end = rest.find(|c: char| c.is_alphabetic() != word).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        if !word
            && !piece
                .chars()
                .all(|c| c.is_ascii_digit() || c.is_whitespace() || characters::is_picture(c) || is_mark(c))
        {
            return None;
        }
        let kind = if word {
            Kind::Word
        } else if piece.contains(|c: char| c.is_ascii_digit() || "+*#".contains(c)) {
            Kind::Digits
        } else {
            Kind::Between
        };
        pieces.push(Piece { kind, text: piece });
    }
    Some(pieces)
}

fn is_mark(c: char) -> bool {
    "+*#.,;:、()[]{}-_/|!?…~=".contains(c)
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(is_mark)
}

fn is_harmless(word: &str) -> bool {
    let small = word.to_lowercase();
    !OTHERS.contains(&small.as_str())
        && !OTHER_PARTS.iter().any(|part| small.contains(part))
        && !word.chars().all(|c| characters::is_lookalike(c) || "〇零一二三四五六七八九十幺两".contains(c))
}

/// The number of the digits at `index`, where a plan has it and no word touches it that could be part of it.
fn number(pieces: &[Piece], index: usize) -> Option<Number> {
    let text = pieces.get(index)?.text;
    let clear = |neighbour: Option<&Piece>, mut between: std::str::Chars<'_>, last: Option<char>| {
        let free = neighbour.is_none() || last.is_some_and(is_written_without_spaces);
        free || between.any(|c| c.is_whitespace() || "()[]{},;:".contains(c))
    };
    let is_key = |c: char| c.is_ascii_digit() || "+*#".contains(c);
    let before = index.checked_sub(1).and_then(|index| pieces.get(index));
    let behind = pieces.get(index + 1);
    let front = text.split(is_key).next()?;
    let back = text.rsplit(is_key).next()?;
    let apart = clear(before, front.chars(), before.and_then(|piece| piece.text.chars().next_back()))
        && clear(behind, back.chars(), behind.and_then(|piece| piece.text.chars().next()));
    let number = list::single(text).ok().filter(|_| apart)?;
    plan::is_exact(&number.dialled).then_some(number)
}

/// Chinese, Japanese and Korean.
fn is_written_without_spaces(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3005}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
