//! Settings as a list of keys with values, each with where it was written.
//!
//! Knows no key and no output format.

use serde_json::Value;

use super::tree::{Data, Place, Tree};

/// One setting: `lint.ignore`, `catalog[0].package`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub key: String,
    pub value: Value,
    /// `None` for a default.
    pub place: Option<Place>,
}

/// Every key of a tree, sorted; lists of tables are taken apart.
pub fn rows(tree: &Tree) -> Vec<Row> {
    let mut rows = Vec::new();
    collect(tree, "", &None, &mut rows);
    rows
}

fn collect(tree: &Tree, key: &str, place: &Option<Place>, rows: &mut Vec<Row>) {
    match &tree.data {
        Data::Table(table) if !table.is_empty() || key.is_empty() => {
            for (name, member) in tree.members() {
                collect(&member.value, &joined(key, name), &member.place, rows);
            }
        }
        Data::List(items) if !items.is_empty() && items.iter().all(Tree::is_table) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{key}[{index}]"), place, rows);
            }
        }
        _ => rows.push(Row { key: key.into(), value: tree.json(), place: place.clone() }),
    }
}

/// A name that is no bare key of TOML is quoted.
fn joined(key: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let name = if bare { name.to_string() } else { format!("{name:?}") };
    if key.is_empty() { name } else { format!("{key}.{name}") }
}
