//! What there is, for one person: targets and the names of things on them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    pub targets: Vec<InventoryTarget>,
    /// Names of those among them that the person looks at on a page: meant where a message names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looking_at: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InventoryTarget {
    pub name: String,
    pub plugin: String,
    pub environment: String,
    pub is_healthy: bool,
    /// At most 500, the largest first.
    pub resources: Vec<ResourceName>,
}

/// A thing on a target that people call by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceName {
    /// The slot it fills: `table`, `index`, …
    pub kind: String,
    /// As the tool wants it: `orders` or `sales.orders`.
    pub name: String,
}
