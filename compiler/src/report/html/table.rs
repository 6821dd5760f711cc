//! Tables: the figures behind a chart, and facts.

use super::node::{Node, element, text};

/// A table whose first columns are text and whose others are figures.
pub struct Table {
    headings: Vec<String>,
    left: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table; the first `left` columns are text.
    pub fn new(left: usize, headings: &[&str]) -> Table {
        Table { headings: headings.iter().map(|&heading| heading.to_owned()).collect(), left, rows: Vec::new() }
    }

    /// With more rows, each as long as the headings.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<String>>) -> Table {
        self.rows.extend(rows);
        self
    }

    /// The table in a frame that scrolls; `name` is what it is called.
    pub fn draw(self, name: &str) -> Node {
        let left = self.left;
        let class = |cell: Node, column: usize| if column < left { cell.with("class", "l") } else { cell };
        let heading = |(column, heading): (usize, String)| class(text("th", heading).with("scope", "col"), column);
        let head = element("thead").child(element("tr").children(self.headings.into_iter().enumerate().map(heading)));
        // The last text column names the row.
        let cell = |(column, cell): (usize, String)| {
            let cell = if column + 1 == left { text("th", cell).with("scope", "row") } else { text("td", cell) };
            class(cell, column)
        };
        let row = |row: Vec<String>| element("tr").children(row.into_iter().enumerate().map(cell));
        let body = element("tbody").children(self.rows.into_iter().map(row));
        let table = element("table").child(text("caption", name).with("class", "unseen")).child(head).child(body);
        element("div").with("class", "scroll").with("role", "region").with("tabindex", 0).with("aria-label", name).child(table)
    }

    /// The table behind a line that opens it.
    pub fn details(self, name: &str) -> Node {
        element("details").child(text("summary", name)).child(self.draw(name))
    }
}

/// Names and their values, one below the other.
pub fn facts(class: &str, entries: impl IntoIterator<Item = (String, Vec<Node>)>) -> Node {
    let entry = |(name, value)| element("div").child(text("dt", name)).child(element("dd").children(value));
    element("dl").with("class", class).children(entries.into_iter().map(entry))
}
