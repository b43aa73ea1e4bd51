//! Rows of fields (RFC 4180, and what spreadsheets make of it).

use csv::{ByteRecord, ReaderBuilder};

use super::{
    Problem, Rows, Why,
    columns::{Column, Columns, Label},
};

/// The rows that are looked at to tell what the columns are.
const SAMPLE: usize = 50;
/// The longest field that is looked at, in bytes. A row may have a novel in its notes.
const LONGEST: usize = 1000;

/// How many columns to read.
const MOST_COLUMNS: usize = 300;
/// The most delimiters in a line. Limits memory, because the reader holds a whole row.
const MOST_MARKS: usize = 20_000;

/// Reads all rows and returns the recognised columns.
pub(super) fn read(text: &str, rows: &mut Rows) -> Result<Vec<Column>, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let (text, delimiter) = delimiter(text);
    if text
        .as_bytes()
        .split(|byte| *byte == b'\n')
        .any(|line| line.iter().filter(|byte| **byte == delimiter).count() > MOST_MARKS)
    {
        return Err(Problem::NoColumns);
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut sample = Vec::new();
    while sample.len() < SAMPLE && matches!(reader.read_byte_record(&mut record), Ok(true)) {
        sample.push(fields(&record));
    }
    let columns = Columns::of(&sample).ok_or(Problem::NoColumns)?;

    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut first = columns.heading;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                rows.skip(reader.position().line(), Why::Broken);
                break;
            }
        }
        if std::mem::take(&mut first) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let row = fields(&record);
        let field = |at: usize| row.get(at).map_or("", String::as_str);
        let parts: Vec<&str> =
            columns.name.iter().map(|at| field(*at).trim()).filter(|part| !part.is_empty()).collect();
        let chinese = parts.iter().any(|part| !part.is_ascii());
        let name = parts.join(if chinese { "" } else { " " });
        let company = columns.company.map_or("", field);
        // A field may hold several numbers, one a line or as Google Contacts has them.
        let numbers = columns.numbers.iter().flat_map(|numbers| {
            let label = match &numbers.label {
                Label::Heading(text) => text.as_str(),
                Label::Column(at) => field(*at),
            };
            let texts = field(numbers.at).split(" ::: ");
            texts.flat_map(|text| text.split(['\n', ';', '；', '、'])).map(move |text| (text, label))
        });
        rows.add(line, &name, company, numbers);
        if rows.is_full() {
            break;
        }
    }
    Ok(columns.told)
}

/// Excel's `sep=;` in front says it; else the mark that the first line has most of.
fn delimiter(text: &str) -> (&str, u8) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some([mark]) = first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        return (rest, *mark);
    }
    let count = |mark: u8| first.bytes().filter(|byte| *byte == mark).count();
    let mark = [b',', b';', b'\t'].into_iter().rev().max_by_key(|mark| count(*mark)).unwrap_or(b',');
    (text, mark)
}

fn fields(record: &ByteRecord) -> Vec<String> {
    let short = |field: &[u8]| String::from_utf8_lossy(field.get(..LONGEST).unwrap_or(field)).into_owned();
    record.iter().take(MOST_COLUMNS).map(short).collect()
}
