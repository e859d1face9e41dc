//! What a tool says about itself.

use steersman_protocol::Risk;

/// The words of a tool. Its schema, permission and wire names follow from its type.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// `postgres.list_indexes`; fixed for good.
    pub name: &'static str,
    /// For people: "List indexes".
    pub title: &'static str,
    /// One sentence for a capable stranger: what it returns or does, on what, with which limits.
    pub description: &'static str,
    /// A request that it answers, with `{target}` where the target's name goes: "which indexes does orders have on {target}".
    pub example: &'static str,
    /// Other words people use; for search only.
    pub synonyms: &'static [&'static str],
    /// `query`, `database`, `monitoring`, `host`, …
    pub category: &'static str,
    /// The least risk it can have. A query is `Low`.
    pub floor: Risk,
}
