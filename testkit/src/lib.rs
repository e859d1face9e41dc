//! What tests stand on: real services, started and stopped by the test itself.
//!
//! A good addition is a service that a test needs and that this machine can run for real,
//! or a wire-faithful fake of one that it cannot. Deliberately absent: anything that a
//! shipped crate would import. No shipped crate depends on this one.

#[cfg(feature = "app")]
pub mod app;
#[cfg(feature = "app")]
pub mod chaos;
#[cfg(feature = "app")]
pub mod fault_plugin;
#[cfg(feature = "app")]
pub mod lost_report;
pub mod model_server;
#[cfg(feature = "mongodb")]
pub mod mongodb;
pub mod postgres;
pub mod sample;
#[cfg(feature = "app")]
pub mod server_process;
#[cfg(feature = "app")]
pub mod tally;

#[cfg(feature = "app")]
pub use app::TestApp;
#[cfg(feature = "mongodb")]
pub use mongodb::MongoDb;
pub use postgres::Postgres;
