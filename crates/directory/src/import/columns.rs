//! Which column is what.

use uncall_number::normalise;

/// What the columns of a sheet are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// The name, or its parts in the order in which they are written.
    pub(super) name: Vec<usize>,
    pub(super) company: Option<usize>,
    /// Numbers, with the label of each.
    pub(super) numbers: Vec<(usize, String)>,
    /// Whether the first row is a heading.
    pub(super) heading: bool,
}

/// What a heading means.
enum Meaning {
    Name,
    Family,
    Given,
    Company,
    Number,
    Nothing,
}

/// The headings of Outlook, Google Contacts, Apple's address book, WeChat Work, DingTalk and hand-made sheets.
fn meaning(heading: &str) -> Meaning {
    let heading: String = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    let is = |words: &[&str]| words.iter().any(|word| heading == *word);
    if has(&["传真", "fax", "类型", "type", "label", "标签", "备注", "note"]) {
        Meaning::Nothing
    } else if has(&["手机", "电话", "号码", "座机", "分机", "telephone", "phone", "mobile", "cell", "extension"])
        || is(&["tel", "number", "exten"])
    {
        Meaning::Number
    } else if is(&["姓", "姓氏", "lastname", "familyname", "surname"]) {
        Meaning::Family
    } else if is(&["名", "名字", "firstname", "givenname"]) {
        Meaning::Given
    } else if has(&["公司", "单位", "部门", "company", "organization", "organisation", "department", "firm"]) {
        Meaning::Company
    } else if has(&["姓名", "名称", "联系人", "客户", "称呼", "displayname", "fullname", "contact", "customer"])
        || is(&["name", "agent"])
    {
        Meaning::Name
    } else {
        Meaning::Nothing
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
        let (mut family, mut given) = (None, None);
        for (at, text) in heading.iter().enumerate() {
            match meaning(text) {
                Meaning::Name if columns.name.is_empty() => columns.name.push(at),
                Meaning::Family => family = family.or(Some((at, text))),
                Meaning::Given => given = given.or(Some(at)),
                Meaning::Company => columns.company = columns.company.or(Some(at)),
                Meaning::Number => columns.numbers.push((at, text.clone())),
                Meaning::Name | Meaning::Nothing => {}
            }
        }
        if columns.name.is_empty() {
            // A sheet with Chinese headings has the family name in front.
            let chinese = family.is_some_and(|(_, text)| !text.is_ascii());
            let family = family.map(|(at, _)| at);
            columns.name.extend(if chinese { [family, given] } else { [given, family] }.into_iter().flatten());
        }
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
                columns.numbers.push((at, String::new()));
            } else if columns.name.is_empty() && filled.len() * 2 > rows.len() {
                columns.name.push(at);
            } else if columns.company.is_none() && !filled.is_empty() {
                columns.company = Some(at);
            }
        }
        (!columns.name.is_empty() && !columns.numbers.is_empty()).then_some(columns)
    }
}
