//! Which column is what.

use serde::Serialize;
use uncall_number::normalise;

use super::LONGEST_LABEL;
use crate::line::tidy;

/// A recognised column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Position, from 1.
    pub at: usize,
    /// Its heading. Empty if the sheet has none.
    pub heading: Box<str>,
    /// What it contains.
    pub meaning: Meaning,
}

/// What a column contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The whole name.
    Name,
    /// The family name.
    Family,
    /// The given name.
    Given,
    /// Firm or department.
    Company,
    /// A number.
    Number,
    /// The kind of the number in the next column.
    Label,
}

/// What the columns of a sheet are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// The name, or its parts in the order in which they are written.
    pub(super) name: Vec<usize>,
    pub(super) company: Option<usize>,
    pub(super) numbers: Vec<Numbers>,
    /// Whether the first row is a heading.
    pub(super) heading: bool,
    /// The recognised columns, for the preview.
    pub(super) told: Vec<Column>,
}

/// A column of numbers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) at: usize,
    pub(super) label: Label,
}

/// Where the label of a number comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// The heading of its column.
    Heading(String),
    /// This column of the same row.
    Column(usize),
}

/// The headings of Outlook, Google Contacts, Apple's address book, WeChat Work, DingTalk and hand-made sheets.
fn meaning(heading: &str) -> Option<Meaning> {
    let heading: String = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    let is = |words: &[&str]| words.iter().any(|word| heading == *word);
    let telephone = has(&["手机", "电话", "号码", "座机", "分机", "telephone", "phone", "mobile", "cell", "extension"]);
    if telephone && has(&["label", "标签", "type", "类型"]) {
        Some(Meaning::Label)
    } else if has(&["传真", "fax", "类型", "type", "label", "标签", "备注", "note"]) {
        None
    } else if telephone || is(&["tel", "number", "exten"]) {
        Some(Meaning::Number)
    } else if is(&["姓", "姓氏", "lastname", "familyname", "surname"]) {
        Some(Meaning::Family)
    } else if is(&["名", "名字", "firstname", "givenname"]) {
        Some(Meaning::Given)
    } else if has(&["公司", "单位", "部门", "company", "organization", "organisation", "department", "firm"]) {
        Some(Meaning::Company)
    } else if has(&["姓名", "名称", "联系人", "客户", "称呼", "displayname", "fullname", "contact", "customer"])
        || is(&["name", "agent"])
    {
        Some(Meaning::Name)
    } else {
        None
    }
}

impl Columns {
    /// By the heading, where the first row is one; else by what the rows have in them.
    pub(super) fn of(rows: &[Vec<String>]) -> Option<Self> {
        let first = rows.first()?;
        Self::headed(first).or_else(|| Self::bare(rows))
    }

    fn headed(heading: &[String]) -> Option<Self> {
        let mut columns = Self { heading: true, ..Self::default() };
        let (mut family, mut given, mut label) = (None, None, None);
        for (at, text) in heading.iter().enumerate() {
            let Some(meaning) = meaning(text) else { continue };
            match meaning {
                Meaning::Name if columns.name.is_empty() => columns.name.push(at),
                Meaning::Family if family.is_none() => family = Some((at, text)),
                Meaning::Given if given.is_none() => given = Some(at),
                Meaning::Company if columns.company.is_none() => columns.company = Some(at),
                Meaning::Label => label = Some(at),
                Meaning::Number => {
                    // Google Contacts puts the label in the column before the number.
                    let own = label.take().filter(|label| label + 1 == at);
                    let label = own.map_or_else(|| Label::Heading(text.clone()), Label::Column);
                    columns.numbers.push(Numbers { at, label });
                }
                Meaning::Name | Meaning::Family | Meaning::Given | Meaning::Company => continue,
            }
            columns.told.push(Column { at: at + 1, heading: tidy(text, LONGEST_LABEL), meaning });
        }
        let parted = |meaning| matches!(meaning, Meaning::Family | Meaning::Given);
        if columns.name.is_empty() {
            // A sheet with Chinese headings has the family name in front.
            let chinese = family.is_some_and(|(_, text)| !text.is_ascii());
            let family = family.map(|(at, _)| at);
            columns.name.extend(if chinese { [family, given] } else { [given, family] }.into_iter().flatten());
        } else {
            columns.told.retain(|column| !parted(column.meaning));
        }
        let labels: Vec<usize> = columns
            .numbers
            .iter()
            .filter_map(|numbers| if let Label::Column(at) = numbers.label { Some(at + 1) } else { None })
            .collect();
        columns.told.retain(|column| column.meaning != Meaning::Label || labels.contains(&column.at));
        let named = !columns.name.is_empty() || columns.company.is_some();
        (named && !columns.numbers.is_empty()).then_some(columns)
    }

    /// Columns of which most fields are numbers are numbers; the first other one that is mostly filled is the name.
    fn bare(rows: &[Vec<String>]) -> Option<Self> {
        let width = rows.iter().map(Vec::len).max()?;
        let mut columns = Self::default();
        for at in 0..width {
            let filled: Vec<&str> = rows
                .iter()
                .filter_map(|row| row.get(at))
                .map(|text| text.trim())
                .filter(|text| !text.is_empty())
                .collect();
            let numbers =
                filled.iter().filter(|text| normalise(text).is_ok_and(|number| number.left_out.is_none())).count();
            if numbers > 0 && numbers * 2 > filled.len() {
                columns.numbers.push(Numbers { at, label: Label::Heading(String::new()) });
            } else if columns.name.is_empty() && filled.len() * 2 > rows.len() {
                columns.name.push(at);
            } else if columns.company.is_none() && !filled.is_empty() {
                columns.company = Some(at);
            }
        }
        let named = columns.name.iter().map(|at| (*at, Meaning::Name));
        let company = columns.company.iter().map(|at| (*at, Meaning::Company));
        let numbers = columns.numbers.iter().map(|numbers| (numbers.at, Meaning::Number));
        let mut told: Vec<_> = named.chain(company).chain(numbers).collect();
        told.sort_unstable_by_key(|(at, _)| *at);
        columns.told =
            told.into_iter().map(|(at, meaning)| Column { at: at + 1, heading: "".into(), meaning }).collect();
        (!columns.name.is_empty() && !columns.numbers.is_empty()).then_some(columns)
    }
}
