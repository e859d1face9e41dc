//! Steersman over HTTP: the real server, store, runtime and plugins, and a real PostgreSQL.

mod approvals;
mod audit;
mod bad_luck;
mod calls;
mod document;
mod logins;
mod main_job;
mod model_answers;
mod requests;
mod rights;
mod stage;
mod stop;
mod streams;
