//! The export, read back by somebody else's CSV reader.

use uncall_journal::{COLUMNS, Filter, Said};

use super::*;

fn exported(file: &Path, filter: &Filter) -> (String, Vec<Vec<String>>) {
    let mut bytes = Vec::new();
    let count = uncall_journal::export(file, filter, &mut bytes, said()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let table = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    let lines: Vec<Vec<String>> =
        reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!(lines.len() as u64, 1 + count);
    (text, lines)
}

#[test]
fn every_call_is_a_line_and_no_cell_is_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let journal = open(&file);
    let hostile = ["=1+1", "+8613800138000", "-1", "@SUM(A1)", "\tx", " =1", "a,\"b\"", "王小明", "二\n行"];
    keep(&journal, hostile.iter().enumerate().map(|(n, text)| call(&n.to_string(), text, n as i64)));
    for row in journal.list(&Filter::default()).rows {
        journal.note(row.id, "=cmd|' /C calc'!A0");
    }
    assert!(journal.flush(Duration::from_secs(60)));
    let (_, lines) = exported(&file, &Filter::default());
    assert_eq!(lines[0], COLUMNS.map(|column| format!("export.{column}")));
    assert_eq!(lines.len(), 1 + hostile.len());
    let column = |name: &str| COLUMNS.iter().position(|column| *column == name).unwrap();
    for (line, text) in lines.iter().skip(1).zip(hostile.iter().rev()) {
        let cell = &line[column("number")];
        assert!(cell == text || cell.strip_prefix('\'') == Some(*text), "{cell:?} for {text:?}");
        assert!(line.iter().all(|cell| !cell.trim_start().starts_with(['=', '+', '-', '@', '\t'])), "{line:?}");
        assert_eq!(line[column("note")], "'=cmd|' /C calc'!A0");
    }
    let (_, found) = exported(&file, &Filter { text: "小明".into(), ..Filter::default() });
    assert_eq!(found.len(), 2);
    assert!(uncall_journal::export(&folder.path().join("none.db"), &Filter::default(), Vec::new(), said()).is_err());
    // Today's names take precedence over stored ones.
    let named = Said { name: &|number| (number == "-1").then(|| "李雷".to_owned()), ..said() };
    let mut bytes = Vec::new();
    uncall_journal::export(&file, &Filter::default(), &mut bytes, named).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap().matches("李雷").count(), 1);
}
