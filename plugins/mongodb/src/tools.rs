//! The tools, one file each; the list is in the order to show.

pub(crate) mod list_collections;
#[cfg(test)]
mod reading_tests;

use steersman_toolkit::Tool;

pub(crate) fn all() -> Vec<Tool> {
    vec![Tool::query(list_collections::ListCollections)]
}
