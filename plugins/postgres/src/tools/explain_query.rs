//! The tool *explain query*.

use crate::{
    connection::{Bounds, Reader},
    explain::{self, Explained, MissingIndex},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk, SuggestedCall},
};

pub(crate) struct ExplainQuery;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// One query; placeholders like $1 are fine. Example: `SELECT * FROM orders WHERE customer_id = 42`.
    #[schemars(extend("x-slot" = "sql"))]
    sql: String,
    /// Also run the query and measure it. It only reads, but takes as long as it takes. Example: `true`.
    #[serde(default)]
    analyze: bool,
}

#[async_trait]
impl Query for ExplainQuery {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.explain_query",
            title: "Explain a query",
            description: "Shows how PostgreSQL would carry out one query (its plan with costs and rows, on request measured), \
                          says in words what is slow about it, and which index would help",
            example: "explain SELECT * FROM orders WHERE customer_id = 42 on {target}",
            synonyms: &[
                "query plan",
                "execution plan",
                "why is this query slow",
                "explain analyze",
                "missing index",
                "does it use an index",
                "analyze query",
            ],
            category: "query",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "explain the query")).await?;
        let explained = explain::explain(&mut read, &input.sql, input.analyze).await;
        read.end().await;
        let explained = explained?;

        let warnings = explained.plan.warnings(&explained.rows);
        let mut blocks = vec![Block::Tree {
            origin: show::origin(cx),
            title: "Query plan".to_owned(),
            roots: vec![explained.plan.tree(&explained.rows)],
        }];
        if !warnings.is_empty() {
            let lines: Vec<String> = warnings.iter().map(|warning| format!("- {warning}")).collect();
            blocks.push(Block::Text {
                origin: show::origin(cx),
                text: lines.join("\n"),
            });
        }
        if explained.is_generic {
            blocks.push(Block::text(
                "The statement has placeholders; this is the plan for typical values.",
            ));
        }
        let mut suggestions: Vec<_> = explained
            .missing
            .iter()
            .take(2)
            .map(|index| index.suggest(cx))
            .collect();
        if let Some((schema, table)) = explained.plan.misjudged_tables().first() {
            let arguments = json!({ "table": crate::identifier::qualified(schema, table) });
            let because = "the planner's estimate was far off, so its statistics may be out of date";
            suggestions.push(show::suggest(cx, "postgres.analyze_table", arguments, because));
        }
        Ok(Answer {
            summary: summary(&explained, warnings.len()),
            blocks,
            suggestions,
        })
    }
}

impl MissingIndex {
    /// The call that would create it.
    pub(crate) fn suggest(&self, cx: &Cx) -> SuggestedCall {
        let because = format!(
            "the query reads all of \"{}\" (about {} rows), and no index covers its filter on {}",
            self.table,
            show::count(self.table_rows),
            self.columns.join(", "),
        );
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| crate::identifier::plain(column))
            .collect();
        let arguments = json!({ "table": self.table, "columns": columns });
        show::suggest(cx, "postgres.create_index", arguments, because)
    }
}

fn summary(explained: &Explained, warnings: usize) -> String {
    let cost = match explained.plan.execution_ms {
        Some(ms) => format!("It took {}", show::duration(ms)),
        None => format!(
            "The planner expects a cost of {}",
            show::count(explained.plan.root.total_cost)
        ),
    };
    let planning = explained
        .plan
        .planning_ms
        .map_or(String::new(), |ms| format!(" and {} to plan", show::duration(ms)));
    match (explained.missing.first(), warnings) {
        (Some(index), _) => format!(
            "{cost}{planning}: it reads all of \"{}\", and an index on {} would spare that",
            index.table,
            index.columns.join(", ")
        ),
        (None, 0) => format!("{cost}{planning}; nothing stands out"),
        (None, n) => format!("{cost}{planning}; {} below", show::plural(n, "remark", "remarks")),
    }
}
