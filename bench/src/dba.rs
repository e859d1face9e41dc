//! What each reading tool for PostgreSQL takes, beside the very statements that it sends, on one server.
//!
//! Two ways of one call, interleaved in one process: the tool on handles of its own, with the guard and everything
//! that it makes of the answer; and the statements that it was seen to send, bare, by the same client library.

use crate::{
    funnel::statements::Statements,
    machine::Machine,
    report::Report,
    spread::{Spread, ms},
};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use steersman_runtime::toolkit::Plugin;
use steersman_testkit::{Postgres, postgres, sample};
use steersman_toolkit::{
    Answer, CancellationToken, Cx, Handles, Handover, Progress, QueryTool, SecretString, Tool,
    protocol::{Limits, TargetRef},
};

const WARM_UP: usize = 5;
const MEASURED: usize = 100;
pub const DATABASE: &str = "shop";
const SCALE: f64 = 0.1;

/// A tool with the names of its figures.
struct Case {
    tool: &'static str,
    arguments: Value,
    figures: [&'static str; 5],
}

macro_rules! case {
    ($tool:literal, $arguments:tt) => {
        Case {
            tool: concat!("postgres.", $tool),
            arguments: json!($arguments),
            figures: [
                concat!($tool, ": tool, median"),
                concat!($tool, ": bare statements, median"),
                concat!($tool, ": tool, p99"),
                concat!($tool, ": bare statements, p99"),
                concat!($tool, ": tool / bare statements"),
            ],
        }
    };
}

fn cases() -> Vec<Case> {
    vec![
        case!("get_slow_queries", {}),
        case!("explain_query", { "sql": "SELECT * FROM orders WHERE customer_id = 42" }),
        case!("list_indexes", {}),
        case!("suggest_indexes", {}),
        case!("get_table_stats", {}),
        case!("get_connection_stats", {}),
        case!("get_locks", {}),
        case!("get_replication_status", {}),
        case!("check_health", {}),
        case!("list_tables", {}),
        case!("describe_table", { "table": "orders" }),
        case!("run_query", { "sql": "SELECT count(*) FROM orders WHERE customer_id = 42" }),
    ]
}

pub async fn measure() -> Result<Report> {
    let (server, shop) = shop().await?;
    let mut report = Report::new("dba", Machine::look(server.folder()));
    for case in cases() {
        measure_one(&case, &shop, &server, &mut report).await?;
    }
    report.note(format!(
        "{MEASURED} rounds after {WARM_UP}, each round both ways one after the other; the sample shop at scale {SCALE}, \
         with its workload recorded and hypopg installed."
    ));
    report.note(
        "A tool's call has the guard in it, and what is made of the rows; the bare statements are sent as logged.",
    );
    Ok(report)
}

async fn measure_one(case: &Case, shop: &Shop, server: &Postgres, report: &mut Report) -> Result<()> {
    let tool = find(case.tool)?;
    let call = || async {
        let answer = shop.ask(&tool, case.arguments.clone()).await?;
        ensure!(!answer.summary.is_empty(), "the tool answered nothing");
        anyhow::Ok(())
    };
    let bare = Statements::of(server, DATABASE, call).await?;
    let mut times: [Vec<f64>; 2] = Default::default();
    for round in 0..WARM_UP + MEASURED {
        let began = Instant::now();
        call().await?;
        let tool = ms(began);
        let began = Instant::now();
        bare.run().await?;
        if round >= WARM_UP {
            times[0].push(tool);
            times[1].push(ms(began));
        }
    }
    let [tool, statements] = times.map(Spread::of);
    let values = [
        (tool.median(), "ms"),
        (statements.median(), "ms"),
        (tool.p99(), "ms"),
        (statements.p99(), "ms"),
        (tool.median() / statements.median(), "times"),
    ];
    for (name, (value, unit)) in case.figures.iter().zip(values) {
        report.figure(*name, value, unit);
    }
    report.note(format!("{}: {} bare messages.", case.tool, bare.len()));
    Ok(())
}

/// A target with the sample shop, seen by the plugin alone.
pub struct Shop {
    handles: Handles,
    target: TargetRef,
}

/// A server with the sample shop, its workload recorded.
pub async fn shop() -> Result<(Postgres, Shop)> {
    postgres::needs_extension("hypopg")?;
    let server = Postgres::start().await?;
    server.sql(&format!("CREATE DATABASE {DATABASE}")).await?;
    let client = server.connect(DATABASE).await?;
    sample::fill_shop(&client, SCALE).await?;
    client.batch_execute("CREATE EXTENSION hypopg").await?;
    sample::run_slow_workload(&client).await?;
    let shop = Shop::connect(&server).await?;
    Ok((server, shop))
}

impl Shop {
    async fn connect(server: &Postgres) -> Result<Self> {
        let plugin = steersman_plugin_postgres::Postgres;
        let settings = json!({
            "host": server.host(), "port": server.port(), "database": DATABASE, "user": server.user(),
            "ssl_mode": "disable"
        });
        let password = SecretString::from(server.password().to_owned());
        let secrets = BTreeMap::from([("password".to_owned(), password)]);
        let handles = plugin.connect(&plugin.check_settings(&settings)?, &secrets).await?;
        Ok(Self {
            handles,
            target: TargetRef {
                id: uuid::Uuid::now_v7().to_string().parse()?,
                name: "orders-db".to_owned(),
                plugin: "postgres".to_owned(),
                environment: "production".to_owned(),
                revision: 1,
            },
        })
    }

    pub async fn ask(&self, tool: &Arc<dyn QueryTool>, arguments: Value) -> Result<Answer> {
        let cx = Cx {
            target: self.target.clone(),
            now: jiff::Timestamp::now(),
            limits: Limits::default(),
            cancel: CancellationToken::new(),
            progress: Progress::silent(),
            handover: Handover::closed(),
        };
        Ok(tool.run(&cx, &self.handles, arguments).await?)
    }
}

/// A query of the plugin.
pub fn find(name: &str) -> Result<Arc<dyn QueryTool>> {
    let tools = steersman_plugin_postgres::Postgres.tools();
    match tools.into_iter().find(|tool| tool.spec().name.as_str() == name) {
        Some(Tool::Query(tool)) => Ok(tool),
        _ => anyhow::bail!("there is no query {name}"),
    }
}
