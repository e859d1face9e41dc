//! Logs go to standard error: warnings by default, `STEERSMAN_LOG` (or `RUST_LOG`) for more.

use tracing_subscriber::{EnvFilter, fmt};

pub fn start(is_json: bool) {
    let filter = EnvFilter::try_from_env("STEERSMAN_LOG")
        .or_else(|_| EnvFilter::try_from_default_env())
        .unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if is_json {
        builder.json().try_init()
    } else {
        builder.compact().try_init()
    };
}
