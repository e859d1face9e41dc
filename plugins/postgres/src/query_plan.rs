//! A query plan as EXPLAIN gives it, and what a colleague would notice about it.

use crate::{show, statement};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use steersman_toolkit::protocol::TreeNode;

/// Below this many rows a full scan is as good as anything.
pub(crate) const LARGE_TABLE_ROWS: f64 = 10_000.0;
/// A filter that keeps less than this part of the rows wants an index.
const FEW: f64 = 0.1;
/// An estimate this far off, in either direction, misleads the planner.
const FAR_OFF: f64 = 10.0;
/// Misestimates among fewer rows than this do no harm.
const WORTH_ESTIMATING: f64 = 1_000.0;
/// An inner part that runs so often is where the time goes.
const MANY_ROUNDS: f64 = 10_000.0;
/// Rounds that took less than this in all do no harm.
const ROUNDS_NOTICED_MS: f64 = 100.0;
/// Compiling is worth a word from this time on, when it is this part of the whole.
const JIT_NOTICED_MS: f64 = 50.0;
const JIT_HEAVY: f64 = 0.25;
/// PostgreSQL's usual block size; blocks of another size are built by hand.
const BLOCK_BYTES: f64 = 8_192.0;
/// Deeper plans are cut for display.
const MAX_DEPTH: usize = 60;

/// One node of EXPLAIN's JSON, the fields that we use. Rows and times are for one loop, as EXPLAIN gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PlanNode {
    #[serde(rename = "Node Type")]
    pub node_type: String,
    pub schema: Option<String>,
    #[serde(rename = "Relation Name")]
    pub relation: Option<String>,
    #[serde(rename = "Index Name")]
    pub index: Option<String>,
    #[serde(rename = "Join Type")]
    pub join_type: Option<String>,
    #[serde(rename = "Total Cost")]
    pub total_cost: f64,
    #[serde(rename = "Plan Rows")]
    pub plan_rows: f64,
    #[serde(rename = "Actual Rows")]
    pub actual_rows: Option<f64>,
    #[serde(rename = "Actual Loops")]
    pub actual_loops: Option<f64>,
    #[serde(rename = "Actual Total Time")]
    pub actual_ms: Option<f64>,
    #[serde(rename = "Rows Removed by Filter")]
    pub removed_by_filter: Option<f64>,
    pub filter: Option<String>,
    #[serde(rename = "Index Cond")]
    pub index_condition: Option<String>,
    #[serde(rename = "Hash Cond")]
    pub hash_condition: Option<String>,
    #[serde(rename = "Sort Key")]
    pub sort_key: Vec<String>,
    #[serde(rename = "Sort Space Used")]
    pub sort_kib: Option<f64>,
    #[serde(rename = "Sort Space Type")]
    pub sort_space: Option<String>,
    #[serde(rename = "Hash Batches")]
    pub hash_batches: Option<f64>,
    #[serde(rename = "HashAgg Batches")]
    pub group_batches: Option<f64>,
    #[serde(rename = "Shared Hit Blocks")]
    pub blocks_hit: Option<f64>,
    #[serde(rename = "Shared Read Blocks")]
    pub blocks_read: Option<f64>,
    #[serde(rename = "Temp Written Blocks")]
    pub temp_written: Option<f64>,
    pub plans: Vec<PlanNode>,
}

/// The whole answer of `EXPLAIN (FORMAT JSON)`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct QueryPlan {
    #[serde(rename = "Plan")]
    pub root: PlanNode,
    #[serde(rename = "Planning Time")]
    pub planning_ms: Option<f64>,
    #[serde(rename = "Execution Time")]
    pub execution_ms: Option<f64>,
    #[serde(rename = "JIT")]
    jit: Option<Jit>,
}

/// Compiling of expressions. `timing` is there when the statement was measured.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Jit {
    timing: Option<JitTiming>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct JitTiming {
    total: f64,
}

/// Rows of tables by (schema, table), as the planner believes.
pub(crate) type TableRows = HashMap<(String, String), f64>;

/// A full scan of a large table whose filter keeps few rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WastefulScan {
    pub schema: String,
    pub table: String,
    pub table_rows: f64,
    pub columns: statement::FilterColumns,
}

impl QueryPlan {
    /// Reads EXPLAIN's JSON text. `None` when it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Vec<QueryPlan>>(text).ok()?.into_iter().next()
    }

    /// Every node, outermost first.
    pub(crate) fn nodes(&self) -> Vec<&PlanNode> {
        let mut nodes = vec![&self.root];
        let mut at = 0;
        while at < nodes.len() {
            nodes.extend(&nodes[at].plans);
            at += 1;
        }
        nodes
    }

    /// The tables that it scans, as (schema, table), without repetition.
    pub(crate) fn tables(&self) -> Vec<(String, String)> {
        let mut tables: Vec<_> = self.nodes().into_iter().filter_map(PlanNode::table).collect();
        tables.sort();
        tables.dedup();
        tables
    }

    /// Full scans that an index could spare, the largest table first.
    pub(crate) fn wasteful_scans(&self, rows: &TableRows) -> Vec<WastefulScan> {
        let mut scans: Vec<_> = self
            .nodes()
            .into_iter()
            .filter_map(|node| node.wasteful_scan(rows))
            .collect();
        scans.sort_by(|a, b| b.table_rows.total_cmp(&a.table_rows));
        scans
    }

    /// Tables whose scan gave far more or fewer rows than expected.
    pub(crate) fn misjudged_tables(&self) -> Vec<(String, String)> {
        self.nodes()
            .into_iter()
            .filter(|node| node.is_misestimated())
            .filter_map(PlanNode::table)
            .collect()
    }

    pub(crate) fn tree(&self, rows: &TableRows) -> TreeNode {
        self.root.tree(rows, 0)
    }

    /// Every warning of the tree, outermost first, then those about the whole.
    pub(crate) fn warnings(&self, rows: &TableRows) -> Vec<String> {
        let of_nodes = self.nodes().into_iter().filter_map(|node| node.warning(rows));
        of_nodes.chain(self.jit_warning()).collect()
    }

    fn jit_warning(&self) -> Option<String> {
        let compiling = self.jit.as_ref()?.timing.as_ref()?.total;
        let all = self.execution_ms?;
        (compiling >= JIT_NOTICED_MS && compiling >= JIT_HEAVY * all).then(|| {
            format!(
                "{} of {} went into compiling expressions (JIT): a higher jit_above_cost, or jit = off, would spare that",
                show::duration(compiling),
                show::duration(all)
            )
        })
    }
}

impl PlanNode {
    fn table(&self) -> Option<(String, String)> {
        Some((self.schema.clone().unwrap_or_default(), self.relation.clone()?))
    }

    fn wasteful_scan(&self, rows: &TableRows) -> Option<WastefulScan> {
        let filter = self.filter.as_ref().filter(|_| self.node_type == "Seq Scan")?;
        let (schema, table) = self.table()?;
        let table_rows = *rows.get(&(schema.clone(), table.clone()))?;
        let kept = match (self.actual_rows, self.removed_by_filter) {
            (Some(kept), Some(removed)) if kept + removed > 0.0 => kept / (kept + removed),
            _ => self.plan_rows / table_rows.max(1.0),
        };
        (table_rows > LARGE_TABLE_ROWS && kept < FEW).then(|| WastefulScan {
            schema,
            table,
            table_rows,
            columns: statement::filter_columns(filter),
        })
    }

    fn is_misestimated(&self) -> bool {
        let Some(actual) = self.actual_rows else {
            return false;
        };
        // A node that never ran says nothing about its estimate.
        let ran = self.actual_loops.unwrap_or(1.0) > 0.0;
        let (more, less) = (actual.max(self.plan_rows).max(1.0), actual.min(self.plan_rows).max(1.0));
        ran && more >= WORTH_ESTIMATING && more / less >= FAR_OFF
    }

    /// What stands out about this node, in words.
    fn warning(&self, rows: &TableRows) -> Option<String> {
        let mut warnings = Vec::new();
        if let Some(scan) = self.wasteful_scan(rows) {
            warnings.push(format!(
                "reads all of \"{}\" (about {} rows) to keep about {}",
                scan.table,
                show::count(scan.table_rows),
                show::count(self.actual_rows.unwrap_or(self.plan_rows)),
            ));
        }
        warnings.extend(self.misestimate());
        warnings.extend(self.spill());
        warnings.extend(self.rounds());
        (!warnings.is_empty()).then(|| warnings.join("; "))
    }

    fn misestimate(&self) -> Option<String> {
        let actual = self.actual_rows.filter(|_| self.is_misestimated())?;
        let (more, less) = (actual.max(self.plan_rows).max(1.0), actual.min(self.plan_rows).max(1.0));
        let way = if actual > self.plan_rows { "more" } else { "fewer" };
        Some(format!(
            "{} rows were expected and {} came, {} times {way}: the statistics may be out of date",
            show::count(self.plan_rows),
            show::count(actual),
            show::count(more / less),
        ))
    }

    /// Work that did not fit into memory. Blocks of a node count those of its parts too.
    fn spill(&self) -> Option<String> {
        const WHY: &str = "more than work_mem holds";
        if self.sort_space.as_deref() == Some("Disk") {
            let size = show::bytes((self.sort_kib.unwrap_or_default() * 1024.0) as i64);
            return Some(format!("sorts {size} on disk: {WHY}"));
        }
        if let Some(batches) = self.hash_batches.filter(|batches| *batches > 1.0) {
            return Some(format!("hashes in {batches:.0} parts on disk: {WHY}"));
        }
        if let Some(batches) = self.group_batches.filter(|batches| *batches > 1.0) {
            return Some(format!("groups in {batches:.0} parts on disk: {WHY}"));
        }
        let of_parts: f64 = self.plans.iter().filter_map(|part| part.temp_written).sum();
        let own = self.temp_written? - of_parts;
        // A hash join writes the parts that its Hash node announced.
        let is_told = self.node_type == "Hash Join";
        (own > 0.0 && !is_told).then(|| {
            let size = show::bytes((own * BLOCK_BYTES) as i64);
            format!("writes {size} to temporary files: {WHY}")
        })
    }

    /// An inner part of a nested loop that runs very often, or is expected to.
    fn rounds(&self) -> Option<String> {
        let [outer, inner] = self.plans.as_slice() else {
            return None;
        };
        if self.node_type != "Nested Loop" {
            return None;
        }
        if let (Some(loops), Some(ms)) = (inner.actual_loops, inner.actual_ms) {
            return (loops >= MANY_ROUNDS && loops * ms >= ROUNDS_NOTICED_MS).then(|| {
                format!(
                    "runs its inner part {} times, {} in all: a join by hash may be faster, or the estimate of the outer \
                     part is too low",
                    show::count(loops),
                    show::duration(loops * ms)
                )
            });
        }
        (outer.plan_rows >= MANY_ROUNDS && inner.node_type == "Seq Scan").then(|| {
            format!(
                "would read all of \"{}\" about {} times: an index on what it is joined by would help",
                inner.relation.as_deref().unwrap_or_default(),
                show::count(outer.plan_rows)
            )
        })
    }

    fn tree(&self, rows: &TableRows, depth: usize) -> TreeNode {
        let mut label = self.node_type.clone();
        if let Some(join) = self.join_type.as_deref().filter(|join| *join != "Inner") {
            label = format!("{label} ({join})");
        }
        if let Some(index) = &self.index {
            label = format!("{label} using {index}");
        }
        if let Some(relation) = &self.relation {
            label = format!("{label} on {relation}");
        }
        let mut facts = vec![
            ("rows (estimate)".to_owned(), json!(self.plan_rows)),
            ("cost".to_owned(), json!(self.total_cost)),
        ];
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                facts.push((name.to_owned(), value));
            }
        };
        add("rows", self.actual_rows.map(|v| json!(v)));
        add(
            "loops",
            self.actual_loops.filter(|loops| *loops != 1.0).map(|v| json!(v)),
        );
        add("time", self.actual_ms.map(|v| json!(show::duration(v))));
        add("blocks from cache", self.blocks_hit.map(|v| json!(v)));
        add(
            "blocks read",
            self.blocks_read.filter(|blocks| *blocks > 0.0).map(|v| json!(v)),
        );
        add(
            "temporary blocks written",
            self.temp_written.filter(|blocks| *blocks > 0.0).map(|v| json!(v)),
        );
        add("filter", self.filter.as_ref().map(|v| json!(show::shortened(v, 300))));
        add("removed by filter", self.removed_by_filter.map(|v| json!(v)));
        add(
            "condition",
            self.index_condition
                .as_ref()
                .or(self.hash_condition.as_ref())
                .map(|v| json!(show::shortened(v, 300))),
        );
        add("sorted by", (!self.sort_key.is_empty()).then(|| json!(self.sort_key)));
        let children = if depth < MAX_DEPTH {
            self.plans.iter().map(|plan| plan.tree(rows, depth + 1)).collect()
        } else {
            Vec::new()
        };
        TreeNode {
            label,
            facts,
            warning: self.warning(rows),
            children,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(node: Value) -> QueryPlan {
        QueryPlan::parse(&json!([{ "Plan": node }]).to_string()).unwrap()
    }

    fn orders(rows: f64) -> TableRows {
        TableRows::from([(("public".to_owned(), "orders".to_owned()), rows)])
    }

    #[test]
    fn a_full_scan_that_keeps_few_rows_is_noticed() {
        let node = |kept: f64| {
            scan(
                json!({ "Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Plan Rows": kept,
                         "Filter": "(orders.customer_id = 1)" }),
            )
        };
        for (kept, rows, expected) in [(10.0, 200_000.0, 1), (10.0, 5_000.0, 0), (150_000.0, 200_000.0, 0)] {
            let plan = node(kept);
            assert_eq!(plan.wasteful_scans(&orders(rows)).len(), expected, "{kept} of {rows}");
            assert_eq!(plan.warnings(&orders(rows)).len(), expected);
        }
        let found = &node(10.0).wasteful_scans(&orders(200_000.0))[0];
        assert_eq!(found.columns.equal, ["customer_id"]);
    }

    #[test]
    fn what_was_measured_counts_more_than_what_was_guessed() {
        let plan = scan(
            json!({ "Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Plan Rows": 10,
                                "Actual Rows": 150000, "Rows Removed by Filter": 50000, "Filter": "(a = 1)" }),
        );
        assert!(plan.wasteful_scans(&orders(200_000.0)).is_empty());
        assert_eq!(plan.misjudged_tables(), [("public".to_owned(), "orders".to_owned())]);
    }

    #[test]
    fn work_on_disk_is_noticed() {
        let plan = scan(
            json!({ "Node Type": "Sort", "Sort Space Type": "Disk", "Sort Space Used": 12288, "Plans": [
            { "Node Type": "Hash", "Hash Batches": 4 }, { "Node Type": "Sort", "Sort Space Type": "Memory" },
            { "Node Type": "Aggregate", "HashAgg Batches": 5 }, { "Node Type": "CTE Scan", "Temp Written Blocks": 256,
              "Plans": [{ "Node Type": "Result", "Temp Written Blocks": 128 }] }] }),
        );
        assert_eq!(
            plan.warnings(&TableRows::new()),
            [
                "sorts 12 MiB on disk: more than work_mem holds",
                "hashes in 4 parts on disk: more than work_mem holds",
                "groups in 5 parts on disk: more than work_mem holds",
                "writes 1.0 MiB to temporary files: more than work_mem holds",
                "writes 1.0 MiB to temporary files: more than work_mem holds",
            ]
        );
    }

    #[test]
    fn many_rounds_and_misestimates_are_told_with_numbers() {
        let plan = scan(
            json!({ "Node Type": "Nested Loop", "Plan Rows": 10, "Actual Rows": 50000, "Plans": [
                { "Node Type": "Index Scan", "Plan Rows": 50000, "Actual Rows": 50000, "Actual Loops": 1 },
                { "Node Type": "Index Scan", "Plan Rows": 1, "Actual Rows": 1, "Actual Loops": 50000,
                  "Actual Total Time": 0.01 }] }),
        );
        assert_eq!(
            plan.warnings(&TableRows::new()),
            [
                "10 rows were expected and 50,000 came, 5,000 times more: the statistics may be out of date; runs its inner \
              part 50,000 times, 500 ms in all: a join by hash may be faster, or the estimate of the outer part is too low"
            ]
        );
        let plan = scan(json!({ "Node Type": "Nested Loop", "Plans": [
            { "Node Type": "Seq Scan", "Plan Rows": 20000 },
            { "Node Type": "Seq Scan", "Relation Name": "items", "Plan Rows": 300 }] }));
        assert_eq!(
            plan.warnings(&TableRows::new()),
            ["would read all of \"items\" about 20,000 times: an index on what it is joined by would help"]
        );
    }

    #[test]
    fn compiling_that_takes_long_is_noticed() {
        let plan = |jit: f64, all: f64| {
            let text =
                json!([{ "Plan": {}, "JIT": { "Functions": 9, "Timing": { "Total": jit } }, "Execution Time": all }]);
            QueryPlan::parse(&text.to_string())
                .unwrap()
                .warnings(&TableRows::new())
                .len()
        };
        assert_eq!((plan(80.0, 200.0), plan(10.0, 12.0), plan(80.0, 900.0)), (1, 0, 0));
    }

    #[test]
    fn garbage_is_no_plan() {
        for text in ["", "[]", "{}", "[1]", "null"] {
            assert!(QueryPlan::parse(text).is_none(), "{text}");
        }
    }
}
