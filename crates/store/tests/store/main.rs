//! The store against real files.

mod audit;
mod commits;
mod crash;
mod disk;
mod groups;
mod lists;
mod people;
mod scope;
mod secrets;
mod sql;
mod support;
mod versions;
