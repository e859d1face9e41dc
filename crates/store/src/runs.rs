//! Runs as lists show them.

use crate::{
    audit::search_pattern,
    db::{self, Row, json_text, values},
    error::{Result, StoreError},
    page::{PageRequest, cursor},
    store::Store,
    writer::Tx,
};
use steersman_protocol::{OrganizationId, Page, RunId, RunStatus, RunView, SessionId, Timestamp, UserId};

/// What is not set matches everything.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub session: Option<SessionId>,
    /// Any of these; empty matches every status.
    pub statuses: Vec<RunStatus>,
    pub user: Option<UserId>,
    /// Occurs in what was asked, in either case (ASCII).
    pub text: Option<String>,
    /// The name of a target that a call of the run was about.
    pub target: Option<String>,
    /// Begun from this time on.
    pub from: Option<Timestamp>,
    /// Begun before this time.
    pub to: Option<Timestamp>,
}

/// Names of targets that are told of one run.
const MOST_TARGETS: i64 = 5;

/// What a list tells of a run beside the run itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSummary {
    /// Who asked.
    pub user_name: String,
    pub executions: i64,
    /// Approvals that are pending.
    pub waiting: i64,
    /// Names of the targets that its calls were about, at most 5, by name.
    pub targets: Vec<String>,
}

impl Store {
    /// With its executions. `NotFound` in another organization too.
    pub async fn run(&self, organization_id: OrganizationId, id: RunId) -> Result<RunView> {
        let row = self
            .one(
                "SELECT * FROM run WHERE organization_id = $1 AND id = $2",
                values![organization_id, id],
            )
            .await?
            .ok_or(StoreError::not_found("run"))?;
        let mut run = view(&row)?;
        run.executions = self.executions(id).await?;
        Ok(run)
    }

    /// Newest first, without executions.
    pub async fn runs(
        &self,
        organization_id: OrganizationId,
        filter: RunFilter,
        request: PageRequest,
    ) -> Result<Page<RunView>> {
        let (time, id) = request.after()?;
        let rows = self
            .many(
                "SELECT * FROM run
                 WHERE organization_id = $1
                   AND (CAST($2 AS TEXT) IS NULL OR session_id = $2)
                   AND (CAST($3 AS TEXT) IS NULL OR $3 LIKE '%,' || status || ',%')
                   AND (CAST($4 AS TEXT) IS NULL OR user_id = $4)
                   AND (CAST($8 AS TEXT) IS NULL OR LOWER(title) LIKE $8 ESCAPE '\\')
                   AND (CAST($9 AS TEXT) IS NULL
                        OR EXISTS (SELECT 1 FROM execution
                                   WHERE execution.organization_id = $1 AND execution.target = $9
                                     AND execution.run_id = run.id))
                   AND (CAST($10 AS TEXT) IS NULL OR created_at >= $10)
                   AND (CAST($11 AS TEXT) IS NULL OR created_at < $11)
                   AND (CAST($5 AS TEXT) IS NULL OR created_at < $5 OR (created_at = $5 AND id < $6))
                 ORDER BY created_at DESC, id DESC
                 LIMIT $7",
                values![
                    organization_id,
                    filter.session,
                    any_of(&filter.statuses),
                    filter.user,
                    time,
                    id,
                    request.rows(),
                    filter.text.as_deref().map(search_pattern),
                    filter.target,
                    filter.from,
                    filter.to
                ],
            )
            .await?;
        request.page(rows, view, |run| cursor(run.created_at, run.id))
    }

    /// Of each of these runs, in their order; for a page of [`Store::runs`].
    pub async fn run_summaries(&self, ids: &[RunId]) -> Result<Vec<RunSummary>> {
        let mut reader = self.reader().await?;
        let mut summaries = Vec::with_capacity(ids.len());
        for id in ids {
            let row = reader
                .row(
                    "SELECT (SELECT COUNT(*) FROM execution WHERE run_id = $1) AS executions,
                            (SELECT COUNT(*) FROM approval WHERE run_id = $1 AND status = 'pending') AS waiting,
                            (SELECT u.name FROM app_user u JOIN run r ON r.user_id = u.id WHERE r.id = $1) AS user_name",
                    values![*id],
                )
                .await?
                .ok_or(StoreError::not_found("run"))?;
            let targets = reader
                .rows(
                    "SELECT DISTINCT target FROM execution WHERE run_id = $1 AND target IS NOT NULL
                     ORDER BY target LIMIT $2",
                    values![*id, MOST_TARGETS],
                )
                .await?;
            summaries.push(RunSummary {
                user_name: row.text_if_set("user_name")?.unwrap_or_default(),
                executions: row.int("executions")?,
                waiting: row.int("waiting")?,
                targets: targets
                    .iter()
                    .map(|target| target.text("target"))
                    .collect::<Result<_>>()?,
            });
        }
        Ok(summaries)
    }
}

/// `,failed,completed,`: one parameter for a list of any length.
fn any_of(statuses: &[RunStatus]) -> Option<String> {
    let names: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    (!names.is_empty()).then(|| format!(",{},", names.join(",")))
}

impl Tx {
    /// Its place in the tree is written once, with its first event.
    pub(crate) async fn write_run(&mut self, run: &RunView) -> Result<()> {
        let ordinal = self.last_position().await? + 1;
        db::execute(
            &mut self.connection,
            "INSERT INTO run (id, organization_id, session_id, user_id, title, status, problem, created_at, updated_at,
                              parent_run_id, ordinal)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (id) DO UPDATE
             SET title = excluded.title, status = excluded.status, problem = excluded.problem,
                 updated_at = excluded.updated_at",
            values![
                run.id,
                run.organization_id,
                run.session_id,
                run.user_id,
                &run.title,
                run.status.as_str(),
                run.problem.as_ref().map(json_text).transpose()?,
                run.created_at,
                run.updated_at,
                run.parent_run_id,
                ordinal
            ],
        )
        .await?;
        Ok(())
    }
}

pub(crate) fn view(row: &Row) -> Result<RunView> {
    Ok(RunView {
        id: row.parsed("id")?,
        organization_id: row.parsed("organization_id")?,
        session_id: row.parsed_if_set("session_id")?,
        parent_run_id: row.parsed_if_set("parent_run_id")?,
        user_id: row.parsed("user_id")?,
        title: row.text("title")?,
        status: row.parsed("status")?,
        problem: row.json_if_set("problem")?,
        created_at: row.parsed("created_at")?,
        updated_at: row.parsed("updated_at")?,
        executions: Vec::new(),
    })
}
