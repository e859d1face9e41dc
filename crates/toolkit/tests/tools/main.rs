//! What a plugin author relies on: schemas, erased tools, and the one way to a granted plan.

mod erased;
mod grants;
mod schemas;
mod stage;
