//! Aligned columns for people.

use std::fmt::Write;

/// Rows under a head; each column as wide as its widest cell, and left out if nothing but `-` is in it.
pub struct Table {
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A head of column names; one that begins with `>` is set to the right.
    pub fn new(head: &[&str]) -> Self {
        let right = head.iter().map(|name| name.starts_with('>')).collect();
        let names = head.iter().map(|name| name.trim_start_matches('>').to_owned()).collect();
        Self { right, rows: vec![names] }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.right.len());
        self.rows.push(cells);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = |column: usize| {
            self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        };
        let blank = |column: usize| {
            self.rows[1..].iter().all(|row| matches!(row[column].as_str(), "" | "-"))
        };
        let columns: Vec<(usize, usize)> = (0..self.right.len())
            .filter(|column| !blank(*column))
            .map(|column| (column, width(column)))
            .collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, width) in &columns {
                let cell = &row[*column];
                let _ = match self.right[*column] {
                    true => write!(line, "{cell:>width$}  "),
                    false => write!(line, "{cell:width$}  "),
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_names() {
        let mut table = Table::new(&["STEP", ">FAILED", ">SIZE", "WHY"]);
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        table.row(row(["render/film", "-", "4 MB", "new"]));
        table.row(row(["ω", "-", "12.1 kB", ""]));
        insta::assert_snapshot!(table.to_string(), @r"
        STEP            SIZE  WHY
        render/film     4 MB  new
        ω            12.1 kB
        ");
    }
}
