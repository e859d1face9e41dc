//! Reading all that is known of a run into its encoder.

use super::{chunk::Chunk, compact::compact, encode::Encoder};
use steersman_protocol::Problem;
use steersman_runtime::Runtime;

/// Chunks that are gathered before they are made fewer: each state of a call may be large.
const MOST_CHUNKS: usize = 64;

/// Everything that the store and the live feed know and the encoder does not.
///
/// Errors: those of the store; `runtime.bug` for a log that is not one of a run.
pub async fn read(encoder: &mut Encoder, runtime: &Runtime, what: &str, out: &mut Vec<Chunk>) -> Result<(), Problem> {
    let run_id = encoder.run().id;
    let mut kept = 0;
    let records = runtime.store().run_events(run_id, encoder.seq()).await;
    for record in records.map_err(|error| error.to_problem(what))? {
        encoder.event(&record, out).map_err(|error| broken(what, error.0))?;
        if out.len() >= MOST_CHUNKS + kept {
            *out = compact(std::mem::take(out));
            kept = out.len();
        }
    }
    if let Some((turn, text)) = runtime.partial_answer(run_id) {
        encoder.text_so_far(turn, &text, out);
    }
    for execution_id in encoder.at_work().collect::<Vec<_>>() {
        encoder.lines(execution_id, runtime.progress_of(execution_id), out);
    }
    Ok(())
}

/// The log does not fit together.
pub fn broken(what: &str, why: String) -> Problem {
    Problem::new("runtime.bug", what, why, "Report this as a bug, with the run's id")
}
