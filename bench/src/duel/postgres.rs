//! Side by side with Postgres MCP Pro: the questions that both can answer, on one server with one workload.
//!
//! The peer runs as its users run it: restricted mode, over its standard input and output. Steersman's side goes through
//! the whole funnel, audit included, in this process. For suggested indexes the advice is taken for real, and the
//! estimated costs of the workload are compared.

use super::{
    Case, Duel,
    peer::{Peer, Program},
};
use crate::{
    dba::{self, DATABASE},
    machine::Machine,
    report::Report,
    station::Station,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use steersman_protocol::{Block, Target};
use steersman_testkit::Postgres;
use tokio_postgres::Client;

const LOOK_UP: &str = "SELECT * FROM orders WHERE customer_id = 42";

/// The pages and reports of the sample shop, and the statements of pgbench, which want no index.
const WORKLOAD: [&str; 7] = [
    "SELECT id, status, total_cents FROM orders WHERE customer_id = 42 ORDER BY placed_at DESC LIMIT 20",
    "SELECT c.name, count(*), sum(o.total_cents) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = 9 AND o.placed_at >= timestamptz '2024-06-01' GROUP BY c.name",
    "SELECT i.product, sum(i.quantity * i.price_cents) AS revenue FROM order_items i JOIN orders o ON o.id = i.order_id JOIN customers c ON c.id = o.customer_id WHERE c.country = 'IS' AND o.status <> 'returned' GROUP BY i.product ORDER BY revenue DESC LIMIT 10",
    "SELECT id FROM orders WHERE status = 'open' ORDER BY placed_at LIMIT 10",
    "SELECT order_id FROM order_items WHERE product = 'product-400'",
    "SELECT abalance FROM pgbench_accounts WHERE aid = 4711",
    "SELECT bid, count(*) FROM pgbench_accounts GROUP BY bid",
];

const PGBENCH: &str = "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84)); \
     INSERT INTO pgbench_accounts SELECT i, 1 + i / 10000, 0, '' FROM generate_series(1, 50000) i; ANALYZE pgbench_accounts";

const PROGRAM: Program = Program {
    name: "Postgres MCP",
    usual: "postgres-mcp",
    variable: "STEERSMAN_BENCH_POSTGRES_MCP",
    how_to_get: "Install it into an environment of Python 3.12 (pip install --no-deps postgres-mcp==0.3.0; pip install \
                 \"pglast<8\" \"mcp<2\" \"psycopg[binary]\" psycopg-pool humanize attrs instructor)",
};

fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "explain",
            ("postgres.explain_query", json!({ "sql": LOOK_UP })),
            ("explain_query", json!({ "sql": LOOK_UP })),
        ),
        Case::new(
            "slow queries",
            ("postgres.get_slow_queries", json!({})),
            ("get_top_queries", json!({ "sort_by": "mean_time", "limit": 10 })),
        ),
        Case::new(
            "indexes",
            ("postgres.list_indexes", json!({})),
            ("analyze_db_health", json!({ "health_type": "index" })),
        ),
        Case::new(
            "describe a table",
            ("postgres.describe_table", json!({ "table": "orders" })),
            (
                "get_object_details",
                json!({ "schema_name": "public", "object_name": "orders" }),
            ),
        ),
        Case::new(
            "run a query",
            ("postgres.run_query", json!({ "sql": LOOK_UP })),
            ("execute_sql", json!({ "sql": LOOK_UP })),
        ),
        Case::new(
            "suggest indexes",
            ("postgres.suggest_indexes", json!({ "statements": WORKLOAD })),
            (
                "analyze_query_indexes",
                json!({ "queries": WORKLOAD, "max_index_size_mb": 10000, "method": "dta" }),
            ),
        ),
    ]
}

pub async fn measure() -> Result<Report> {
    let (server, _shop) = dba::shop().await?;
    let client = server.connect(DATABASE).await?;
    client.batch_execute(PGBENCH).await?;
    let settings = json!({
        "host": server.host(), "port": server.port(), "database": DATABASE, "user": server.user(), "ssl_mode": "disable"
    });
    let station = Station::open().await?;
    let target = station.add_postgres(&server, settings).await?;
    let peer = Peer::start(&PROGRAM, &["--access-mode=restricted", &server.url_for(DATABASE)])?;
    let report = Report::new("dba-vs-postgres-mcp", Machine::look(station.folder.path()));
    let mut duel = Duel {
        station,
        target,
        peer,
        report,
    };
    duel.fight(&cases()).await?;
    let Duel {
        station,
        target,
        mut peer,
        mut report,
    } = duel;
    compare_advice(&station, &target, &mut peer, &server, &mut report).await?;
    report.note(
        "\"indexes\": Steersman lists every index with its state; the peer's health check names only what is wrong.",
    );
    Ok(report)
}

/// Takes the advice of each, in turn, and asks the planner what the workload costs then.
async fn compare_advice(
    station: &Station,
    target: &Target,
    peer: &mut Peer,
    server: &Postgres,
    report: &mut Report,
) -> Result<()> {
    let client = server.connect(DATABASE).await?;
    let before = Costs::of(&client).await?;
    let last = cases().pop().context("there is a case of suggested indexes")?;
    let answer = station.call(target, last.ours.0, last.ours.1.clone()).await?;
    let ours = of_our_answer(&answer.blocks);
    let theirs = of_text(&peer.call(last.theirs.0, last.theirs.1.clone())?);
    let with_ours = taken(&client, &ours).await?;
    let with_theirs = taken(&client, &theirs).await?;
    for (name, value, unit) in [
        ("advice: cost of the workload before", before.sum(), ""),
        ("advice: cost with Steersman's indexes", with_ours.sum(), ""),
        ("advice: cost with Postgres MCP's indexes", with_theirs.sum(), ""),
        (
            "advice: cost, Steersman / Postgres MCP",
            with_ours.sum() / with_theirs.sum(),
            "times",
        ),
        (
            "advice: geometric mean, Steersman / Postgres MCP",
            with_ours.mean() / with_theirs.mean(),
            "times",
        ),
        ("advice: size of Steersman's indexes", with_ours.mib, "MiB"),
        ("advice: size of Postgres MCP's indexes", with_theirs.mib, "MiB"),
    ] {
        report.figure(name, value, unit);
    }
    report.note(format!("Steersman suggests: {}", ours.join("; ")));
    report.note(format!("Postgres MCP suggests: {}", theirs.join("; ")));
    Ok(())
}

/// Costs of the workload's statements, and the size of the indexes that were made for them.
struct Costs {
    each: Vec<f64>,
    mib: f64,
}

impl Costs {
    async fn of(client: &Client) -> Result<Self> {
        let mut each = Vec::new();
        for sql in WORKLOAD {
            let row = client.query_one(&format!("EXPLAIN (FORMAT JSON) {sql}"), &[]).await?;
            let plan: Value = row.get(0);
            each.push(plan[0]["Plan"]["Total Cost"].as_f64().context("a plan has a cost")?);
        }
        Ok(Self { each, mib: 0.0 })
    }

    fn sum(&self) -> f64 {
        self.each.iter().sum()
    }

    fn mean(&self) -> f64 {
        (self.each.iter().map(|cost| cost.ln()).sum::<f64>() / self.each.len() as f64).exp()
    }
}

/// Makes the indexes, reads the costs, and undoes it all.
async fn taken(client: &Client, indexes: &[String]) -> Result<Costs> {
    const SIZE: &str = "SELECT (sum(pg_relation_size(indexrelid)) / 1048576.0)::float8 FROM pg_index i \
                        JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace";
    client.batch_execute("BEGIN").await?;
    let before: f64 = client.query_one(SIZE, &[]).await?.get(0);
    for index in indexes {
        let statement = index.replace(" CONCURRENTLY", "");
        client.batch_execute(&statement).await.with_context(|| index.clone())?;
    }
    let mut costs = Costs::of(client).await?;
    costs.mib = client.query_one(SIZE, &[]).await?.get::<_, f64>(0) - before;
    client.batch_execute("ROLLBACK").await?;
    Ok(costs)
}

fn of_our_answer(blocks: &[Block]) -> Vec<String> {
    let table = blocks.iter().find_map(|block| match block {
        Block::Table {
            title: Some(title),
            rows,
            ..
        } if title == "Suggested indexes" => Some(rows),
        _ => None,
    });
    let statements = table
        .into_iter()
        .flatten()
        .filter_map(|row| Some(row.first()?.as_str()?.to_owned()));
    statements.collect()
}

/// The peer writes its answer as text, with each index's definition in quotes.
fn of_text(text: &str) -> Vec<String> {
    text.split("'index_definition': ")
        .skip(1)
        .filter_map(|rest| {
            let quote = rest.chars().next()?;
            Some(rest[1..].split(quote).next()?.to_owned())
        })
        .collect()
}
