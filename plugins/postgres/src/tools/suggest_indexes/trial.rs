//! What the planner would do if an index were there: hypothetical indexes, by the extension hypopg.
//!
//! They exist in the memory of our session only, take no lock and write nothing, so they go with a read-only transaction.
//! Only our own statements create them; whatever happens, none is left when the connection is used again.

use super::{candidate::Candidate, table::Table, workload::Statement};
use crate::{
    connection::{MARK, Read},
    identifier,
    query_plan::QueryPlan,
};
use steersman_toolkit::protocol::Problem;

/// Where hypopg is; that its functions are the extension's own is asked too.
const HYPOPG: &str = "SELECT n.nspname::text FROM pg_catalog.pg_extension e \
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
 WHERE e.extname = 'hypopg' AND 3 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend d \
   JOIN pg_catalog.pg_proc p ON p.oid = d.objid \
  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = e.oid \
    AND p.pronamespace = n.oid AND p.proname IN ('hypopg_create_index', 'hypopg_relation_size', 'hypopg_reset') \
    AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))";

/// Whether the package is there, and for which version of the server to look for one.
const AVAILABLE: &str = "SELECT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'hypopg'), \
  pg_catalog.current_setting('server_version_num')::int8 / 10000";

/// One plan: its cost, and which of the tried indexes it uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub cost: f64,
    pub used: Vec<usize>,
}

pub(super) struct Trial<'a, 'b> {
    pub read: &'a mut Read<'b>,
    /// Quoted.
    pub schema: String,
    pub statements: &'a [Statement],
    pub tables: &'a [Table],
}

/// The schema of hypopg, quoted; `None` where it is not installed or not ours to use.
pub(super) async fn find_hypopg(read: &mut Read<'_>) -> Result<Option<String>, Problem> {
    Ok(read.row(HYPOPG, &[]).await?.map(|row| identifier::quoted(row.get(0))))
}

/// How to get it.
pub(super) async fn how_to_install(read: &mut Read<'_>) -> Result<String, Problem> {
    let row = read.row(AVAILABLE, &[]).await?;
    let (is_available, major) = row.map_or((false, 0), |row| (row.get(0), row.get::<_, i64>(1)));
    let extension = "run `CREATE EXTENSION hypopg` in this database as a superuser (on a managed service: its \
                     administrator's role)";
    Ok(match is_available {
        true => format!("To have them judged by the planner, {extension}."),
        false => format!(
            "To have them judged by the planner, install the extension hypopg on the server (Debian and Ubuntu: \
             `apt-get install postgresql-{major}-hypopg`; Red Hat: `hypopg_{major}`; Amazon RDS and Google Cloud SQL \
             have it), then {extension}."
        ),
    })
}

/// After these there is no going on.
pub(super) fn is_final(problem: &Problem) -> bool {
    matches!(
        problem.code.as_str(),
        "postgres.cancelled" | "postgres.connection_lost" | "postgres.too_slow" | "postgres.ended_by_another"
    )
}

impl Trial<'_, '_> {
    /// The plans of some statements with these indexes in place, and the sizes of the indexes in bytes.
    pub(super) async fn with(
        &mut self,
        candidates: &[&Candidate],
        statements: &[usize],
    ) -> Result<(Vec<Outcome>, Vec<f64>), Problem> {
        let mut batch = format!("{MARK}SAVEPOINT steersman_trial;");
        for candidate in candidates {
            let index = identifier::literal(&candidate.statement(self.tables, ""));
            batch.push_str(&format!(
                "{MARK}SELECT i.indexrelid::text, {schema}.hypopg_relation_size(i.indexrelid)::text \
                   FROM {schema}.hypopg_create_index({index}) i;",
                schema = self.schema
            ));
        }
        for at in statements {
            batch.push_str(
                &self.statements[*at]
                    .accepted
                    .asking("", &format!("steersman_trial_{at}")),
            );
        }
        let reset = format!("{MARK}SELECT {}.hypopg_reset()", self.schema);
        batch.push_str(&format!("{reset};{MARK}RELEASE SAVEPOINT steersman_trial"));
        let rows = match self.read.text(&batch).await {
            Ok(rows) => rows,
            Err(problem) if is_final(&problem) => return Err(problem),
            Err(problem) => {
                // What was prepared may be left, so this connection is not kept for others.
                self.read.give_up();
                self.read
                    .text(&format!("ROLLBACK TO SAVEPOINT steersman_trial;{reset}"))
                    .await?;
                return Err(problem);
            }
        };
        let text = |at: usize, column: usize| {
            rows.get(at)
                .and_then(|row| row.get(column)?.as_deref())
                .unwrap_or_default()
        };
        let names: Vec<String> = (0..candidates.len()).map(|at| format!("<{}>", text(at, 0))).collect();
        let sizes = (0..candidates.len())
            .map(|at| text(at, 1).parse().unwrap_or_default())
            .collect();
        let outcomes: Option<Vec<Outcome>> = (0..statements.len())
            .map(|at| outcome(text(candidates.len() + at, 0), &names))
            .collect();
        match outcomes {
            Some(outcomes) => Ok((outcomes, sizes)),
            None => Err(crate::explain::unreadable(self.read.what())),
        }
    }
}

/// hypopg names an index after its number: `<13543>btree_orders_customer_id`.
fn outcome(json: &str, names: &[String]) -> Option<Outcome> {
    let plan = QueryPlan::parse(json)?;
    let nodes = plan.nodes();
    let is_used = |name: &String| {
        nodes.iter().any(|node| {
            node.index
                .as_ref()
                .is_some_and(|index| index.starts_with(name.as_str()))
        })
    };
    Some(Outcome {
        cost: plan.root.total_cost,
        used: (0..names.len()).filter(|at| is_used(&names[*at])).collect(),
    })
}

/// The plans as things are. A statement that cannot be planned (the types of its placeholders are unknown, say) is
/// taken out of the workload; how many were is returned.
pub(super) async fn plans_now(
    read: &mut Read<'_>,
    statements: &mut Vec<Statement>,
) -> Result<(Vec<f64>, usize), Problem> {
    let mut costs = Vec::new();
    let mut failed = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        // A failure would end the transaction.
        let asking = statement.accepted.asking("", &format!("steersman_look_{at}"));
        let batch = format!("{MARK}SAVEPOINT steersman_look;{asking}{MARK}RELEASE SAVEPOINT steersman_look");
        match read.text(&batch).await {
            Ok(rows) => {
                let json = rows.first().and_then(|row| row.first()?.as_deref()).unwrap_or_default();
                let outcome = outcome(json, &[]).ok_or_else(|| crate::explain::unreadable(read.what()))?;
                costs.push(outcome.cost);
            }
            Err(problem) if is_final(&problem) => return Err(problem),
            Err(_) => {
                // What was prepared may be left, so this connection is not kept for others.
                read.text("ROLLBACK TO SAVEPOINT steersman_look").await?;
                read.give_up();
                failed.push(at);
            }
        }
    }
    let mut at = 0;
    statements.retain(|_| {
        at += 1;
        !failed.contains(&(at - 1))
    });
    Ok((costs, failed.len()))
}
