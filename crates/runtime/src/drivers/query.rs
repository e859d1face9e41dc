//! Running a query.

use crate::{inbox::Work, runtime::Runtime};
use std::time::{Duration, Instant};
use steersman_engine::Input;
use steersman_protocol::{ExecutionId, Limits, Problem, RunId};
use steersman_toolkit::{Answer, Tool};

/// A tool keeps its own time limit; this much later we stop waiting for it.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// A tool keeps its own limits (256 KiB); one that does not must not fill the database.
const LARGEST_ANSWER: usize = 4 << 20;

impl Runtime {
    pub(super) async fn run_query(&self, run_id: RunId, execution_id: ExecutionId) -> Option<Input> {
        let cancel = self.token_for(run_id, Work::Call(execution_id)).await;
        let stopping = self.tasks().stopping();
        let _place = tokio::select! {
            place = self.lanes().enter(run_id) => place,
            () = stopping.cancelled() => {
                self.inboxes().end(Work::Call(execution_id));
                return None;
            }
        };
        let began = Instant::now();
        let work = self.answer(run_id, execution_id, cancel.clone());
        tokio::pin!(work);
        let result = tokio::select! {
            result = &mut work => result,
            () = stopping.cancelled() => {
                // Reading again costs nothing: the next start does.
                cancel.cancel();
                let _ = tokio::time::timeout(GRACE, work).await;
                self.inboxes().end(Work::Call(execution_id));
                return None;
            }
        };
        self.inboxes().end(Work::Call(execution_id));
        Some(match result {
            Ok(Answer {
                summary,
                blocks,
                suggestions,
            }) => {
                let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                Input::QueryAnswered {
                    execution_id,
                    summary,
                    blocks,
                    suggestions,
                    elapsed_ms,
                }
            }
            Err(problem) => Input::QueryFailed { execution_id, problem },
        })
    }

    async fn answer(
        &self,
        run_id: RunId,
        execution_id: ExecutionId,
        cancel: steersman_toolkit::CancellationToken,
    ) -> Result<Answer, Problem> {
        let subject = self.subject(run_id, execution_id).await?;
        let handles = self.handles_of(&subject).await?;
        let what = format!("Could not run {} on {}", subject.call.tool, subject.target.name);
        let registry = self.registry_of(subject.actor.organization_id);
        let Some(Tool::Query(tool)) = registry.tool(&subject.call.tool) else {
            return Err(Problem::new(
                "call.unknown_tool",
                what,
                "this build has no such query",
                "Use a build with it",
            ));
        };
        let limits = Limits::default();
        let cx = self.cx(&subject, limits, cancel.clone());
        let run = tool.run(&cx, &handles, subject.call.arguments.clone());
        match tokio::time::timeout(Duration::from_millis(limits.time_ms) + GRACE, run).await {
            Ok(Ok(answer)) if size_bytes(&answer) > LARGEST_ANSWER => Err(Problem::new(
                "call.too_large",
                what,
                format!("its result is larger than {} MiB", LARGEST_ANSWER >> 20),
                "Ask for less",
            )),
            Ok(result) => result.map_err(|problem| {
                if problem.what.is_empty() {
                    problem.while_doing(what)
                } else {
                    problem
                }
            }),
            Err(_) => {
                cancel.cancel();
                Err(Problem::new(
                    "call.timed_out",
                    what,
                    format!("it took longer than {} s", limits.time_ms / 1000),
                    "Ask for less, or try when the target is quieter",
                ))
            }
        }
    }
}

/// As JSON, counted without being kept.
fn size_bytes(answer: &Answer) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(answer.summary.len());
    match serde_json::to_writer(&mut count, &answer.blocks) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}
