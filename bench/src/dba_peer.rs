//! Side by side with Postgres MCP Pro: the questions that both can answer, on one server with one workload.
//!
//! The peer runs as its users run it: restricted mode, over its standard input and output. Steersman's side goes through
//! the whole funnel, audit included, in this process. For suggested indexes the advice is taken for real, and the
//! estimated costs of the workload are compared.

mod peer;

use crate::{
    dba::{self, DATABASE},
    machine::Machine,
    report::Report,
    spread::Spread,
    station::Station,
};
use anyhow::{Context, Result};
use peer::Peer;
use serde_json::{Value, json};
use std::{fs, time::Instant};
use steersman_protocol::{Block, Target};
use steersman_testkit::Postgres;
use tokio_postgres::Client;

const WARM_UP: usize = 3;
const MEASURED: usize = 50;

/// One question in the words of both.
struct Case {
    ours: (&'static str, Value),
    theirs: (&'static str, Value),
    figures: [&'static str; 7],
}

macro_rules! case {
    ($name:literal, $ours:literal $our_arguments:tt, $theirs:literal $their_arguments:tt) => {
        Case {
            ours: (concat!("postgres.", $ours), json!($our_arguments)),
            theirs: ($theirs, json!($their_arguments)),
            figures: [
                concat!($name, ": Steersman, median"),
                concat!($name, ": Postgres MCP, median"),
                concat!($name, ": Steersman, p99"),
                concat!($name, ": Postgres MCP, p99"),
                concat!($name, ": Steersman, calls"),
                concat!($name, ": Postgres MCP, calls"),
                concat!($name, ": calls, Steersman / Postgres MCP"),
            ],
        }
    };
}

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

fn cases() -> Vec<Case> {
    vec![
        case!("explain", "explain_query" { "sql": LOOK_UP }, "explain_query" { "sql": LOOK_UP }),
        case!("slow queries", "get_slow_queries" {}, "get_top_queries" { "sort_by": "mean_time", "limit": 10 }),
        case!("indexes", "list_indexes" {}, "analyze_db_health" { "health_type": "index" }),
        case!(
            "describe a table",
            "describe_table" { "table": "orders" },
            "get_object_details" { "schema_name": "public", "object_name": "orders" }
        ),
        case!("run a query", "run_query" { "sql": LOOK_UP }, "execute_sql" { "sql": LOOK_UP }),
        case!(
            "suggest indexes",
            "suggest_indexes" { "statements": WORKLOAD },
            "analyze_query_indexes" { "queries": WORKLOAD, "max_index_size_mb": 10000, "method": "dta" }
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
    let mut peer = Peer::start(&server.url_for(DATABASE))?;
    let mut report = Report::new("dba-vs-postgres-mcp", Machine::look(station.folder.path()));
    for case in cases() {
        measure_one(&case, &station, &target, &mut peer, &mut report).await?;
    }
    let (ours, theirs) = (resident_mib("self")?, resident_mib(&peer.pid().to_string())?);
    report.figure("resident memory: Steersman (this process, bench included)", ours, "MiB");
    report.figure("resident memory: Postgres MCP", theirs, "MiB");
    report.figure("resident memory: Steersman / Postgres MCP", ours / theirs, "times");
    compare_advice(&station, &target, &mut peer, &server, &mut report).await?;
    report.note(format!(
        "{} over standard input and output, restricted mode; Steersman with its funnel: judged, recorded, two durable \
         commits a call. {MEASURED} rounds after {WARM_UP}, one call after the other, suggesting indexes a tenth of that.",
        peer.version
    ));
    report.note(
        "\"indexes\": Steersman lists every index with its state; the peer's health check names only what is wrong.",
    );
    Ok(report)
}

async fn measure_one(
    case: &Case,
    station: &Station,
    target: &Target,
    peer: &mut Peer,
    report: &mut Report,
) -> Result<()> {
    let rounds = match case.ours.0 {
        "postgres.suggest_indexes" => MEASURED / 10,
        _ => MEASURED,
    };
    let mut times: [Vec<f64>; 2] = Default::default();
    for round in 0..WARM_UP + rounds {
        let began = Instant::now();
        station.call(target, case.ours.0, case.ours.1.clone()).await?;
        let ours = ms(began);
        let began = Instant::now();
        peer.call(case.theirs.0, case.theirs.1.clone())?;
        if round >= WARM_UP {
            times[0].push(ours);
            times[1].push(ms(began));
        }
    }
    let per_second = times
        .each_ref()
        .map(|times| 1_000.0 * times.len() as f64 / times.iter().sum::<f64>());
    let [ours, theirs] = times.map(Spread::of);
    let values = [
        (ours.median(), "ms"),
        (theirs.median(), "ms"),
        (ours.p99(), "ms"),
        (theirs.p99(), "ms"),
        (per_second[0], "calls/s"),
        (per_second[1], "calls/s"),
        (per_second[0] / per_second[1], "times"),
    ];
    for (name, (value, unit)) in case.figures.iter().zip(values) {
        report.figure(name, value, unit);
    }
    Ok(())
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

fn resident_mib(process: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line
        .and_then(|rest| rest.split_whitespace().next())
        .context("no VmRSS")?
        .parse()?;
    Ok(kib / 1024.0)
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}
