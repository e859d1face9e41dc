//! Steersman over HTTP: the real server, store, runtime and plugins, and a real PostgreSQL.

mod approvals;
mod audit;
mod bad_luck;
mod branches;
mod calls;
mod chat;
mod chat_logs;
mod chat_stream;
mod chat_transcript;
mod document;
mod finding;
mod forms;
mod left_secrets;
mod logins;
mod looks;
mod main_job;
mod model_answers;
mod requests;
mod rights;
mod session_marks;
mod socket;
mod socket_load;
mod socket_rights;
mod stage;
mod stop;
mod streams;
