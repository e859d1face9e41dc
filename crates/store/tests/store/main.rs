//! The store against real files.

mod audit;
mod branches;
mod commits;
mod crash;
mod disk;
mod finding;
mod groups;
mod lists;
mod metrics;
mod people;
mod scope;
mod secrets;
mod sql;
mod support;
mod versions;
