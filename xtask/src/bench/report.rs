//! What a group came to: tables for people, lines for the record.

use std::fmt;

/// What a group came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Report {
    pub(super) tables: Vec<Table>,
    /// How to read the tables, a sentence or two each.
    pub(super) notes: Vec<String>,
    /// The same and more as plain numbers, one line each, for the record.
    pub(super) lines: Lines,
}

/// Rows of fields under names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lines {
    pub(super) names: &'static [&'static str],
    pub(super) rows: Vec<Vec<String>>,
}

/// A table in markdown; its first column holds words, the others numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            writeln!(f, "{table}")?;
        }
        for note in &self.notes {
            writeln!(f, "{note}\n")?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "**{}**\n", self.title)?;
        let widths: Vec<usize> = (0..self.header.len()).map(|column| self.width(column)).collect();
        write_row(f, &self.header, &widths)?;
        for (column, width) in widths.iter().enumerate() {
            let colon = if column == 0 { '-' } else { ':' };
            write!(f, "|{:-<dashes$}{colon}", "", dashes = width + 1)?;
        }
        writeln!(f, "|")?;
        self.rows.iter().try_for_each(|row| write_row(f, row, &widths))
    }
}

impl Table {
    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().chain([&self.header]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &[String], widths: &[usize]) -> fmt::Result {
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        if column == 0 {
            write!(f, "| {cell:<width$} ")?;
        } else {
            write!(f, "| {cell:>width$} ")?;
        }
    }
    writeln!(f, "|")
}

/// Rounds to a whole number and sets it in groups of three digits: `12,345`.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.25x`, and with one digit less from ten on.
pub(super) fn times(ratio: f64) -> String {
    if ratio < 9.995 { format!("{ratio:.2}x") } else { format!("{ratio:.1}x") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Vec<String> {
        words.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn tables_are_aligned() {
        let table = Table {
            title: "MB/s".to_owned(),
            header: words("name a long"),
            rows: vec![words("x 1,000 2"), words("Zürich 1 –")],
        };
        let expected = "**MB/s**\n\n\
            | name   |     a | long |\n\
            |--------|------:|-----:|\n\
            | x      | 1,000 |    2 |\n\
            | Zürich |     1 |    – |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn numbers_are_shown_as_precisely_as_they_are_known() {
        assert_eq!(
            [0.4, 999.5, 12_345.6, 1_234_567.0].map(grouped),
            ["0", "1,000", "12,346", "1,234,567"]
        );
        assert_eq!([0.333, 9.99, 9.996, 12.34].map(times), ["0.33x", "9.99x", "10.0x", "12.3x"]);
    }
}
