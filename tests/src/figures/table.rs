//! The figures as a table that can be read on a terminal and pasted into a document.

use std::fmt;

/// Figures in the order in which they were measured.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    /// Adds a figure that has no aim.
    pub fn plain(&mut self, what: &str, measured: impl Into<String>) {
        self.rows.push([what.into(), "–".into(), measured.into(), String::new()]);
    }

    /// Adds a figure with its aim, and whether that is met.
    pub fn aimed(&mut self, what: &str, aim: &str, measured: impl Into<String>, met: bool) {
        self.rows.push([what.into(), aim.into(), measured.into(), if met { "met" } else { "missed" }.into()]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["figure", "aim", "measured", ""].map(str::to_owned);
        let width = |column: fn(&[String; 4]) -> &String| {
            self.rows.iter().chain([&head]).map(|row| column(row).chars().count()).max().unwrap_or_default()
        };
        let (a, b, c) = (width(|[a, ..]| a), width(|[_, b, ..]| b), width(|[_, _, c, _]| c));
        let mut line = |[figure, aim, measured, met]: &[String; 4]| {
            writeln!(formatter, "| {figure:a$} | {aim:b$} | {measured:c$} | {met:6} |")
        };
        line(&head)?;
        line(&["-".repeat(a), "-".repeat(b), "-".repeat(c), "-".repeat(6)])?;
        self.rows.iter().try_for_each(line)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::default();
        table.aimed("start", "1 s", "p50 600 ms", true);
        table.plain("decode", "4 µs");
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "| figure | aim | measured   |        |");
        assert_eq!(lines[2], "| start  | 1 s | p50 600 ms | met    |");
        assert_eq!(lines[3], "| decode | –   | 4 µs       |        |");
    }
}
