//! What the whole funnel adds to a query: judge, intent and result in the audit chain, two durable commits.
//!
//! Three ways of one query, interleaved in one process on one PostgreSQL: through [`Runtime::execute_and_wait`]; the
//! same tool called directly on handles of its own; and the bare statements that the tool was seen to send, on a
//! connection of the same client library.
//!
//! [`Runtime::execute_and_wait`]: steersman_runtime::Runtime::execute_and_wait

pub(crate) mod statements;

use crate::{
    machine::Machine,
    report::Report,
    spread::{Spread, ms},
    station::Station,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use statements::Statements;
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use steersman_engine::audit;
use steersman_protocol::{AuditResult, Limits, Target, TargetRef};
use steersman_runtime::toolkit::Plugin;
use steersman_testkit::{Postgres, sample};
use steersman_toolkit::{CancellationToken, Cx, Handles, Handover, Progress, QueryTool, SecretString, Tool};

const WARM_UP: usize = 30;
const MEASURED: usize = 300;
const DATABASE: &str = "shop";

/// A tool with the names of its figures.
struct Case {
    tool: &'static str,
    arguments: Value,
    figures: [&'static str; 8],
}

macro_rules! figures {
    ($tool:literal) => {
        [
            concat!($tool, ": bare statements, median"),
            concat!($tool, ": bare tool, median"),
            concat!($tool, ": funnel, median"),
            concat!($tool, ": bare statements, p99"),
            concat!($tool, ": funnel, p99"),
            concat!($tool, ": funnel adds, median"),
            concat!($tool, ": funnel / bare statements"),
            concat!($tool, ": two durable commits alone, median"),
        ]
    };
}

pub async fn measure() -> Result<Report> {
    let server = Postgres::start().await?;
    server.sql(&format!("CREATE DATABASE {DATABASE}")).await?;
    sample::fill_shop(&server.connect(DATABASE).await?, 0.05).await?;
    let settings = json!({
        "host": server.host(), "port": server.port(), "database": DATABASE, "user": server.user(), "ssl_mode": "disable"
    });
    let station = Station::open().await?;
    let target = station.add_postgres(&server, settings.clone()).await?;
    let mut report = Report::new("funnel", Machine::look(station.folder.path()));
    let cases = [
        Case {
            tool: "postgres.get_connection_stats",
            arguments: json!({}),
            figures: figures!("get_connection_stats"),
        },
        Case {
            tool: "postgres.run_query",
            arguments: json!({ "sql": "SELECT 1" }),
            figures: figures!("run_query"),
        },
    ];
    for case in &cases {
        measure_one(case, &station, &server, &settings, &target, &mut report).await?;
    }
    report.note(format!(
        "{MEASURED} rounds after {WARM_UP}, each round all ways one after the other; WAL, synchronous=FULL. A call through the funnel has two commits: before it reads, and before it answers."
    ));
    report.note(
        "\"funnel adds\" is the median of the funnel less the median of the bare statements, in the same rounds.",
    );
    Ok(report)
}

async fn measure_one(
    case: &Case,
    station: &Station,
    server: &Postgres,
    settings: &Value,
    target: &Target,
    report: &mut Report,
) -> Result<()> {
    let direct = Direct::new(case, server, settings, target, station).await?;
    let bare = Statements::of(server, DATABASE, || direct.call()).await?;
    let mut times: [Vec<f64>; 4] = Default::default();
    for round in 0..WARM_UP + MEASURED {
        let mut took = [0.0; 4];
        let began = Instant::now();
        bare.run().await?;
        took[0] = ms(began);
        let began = Instant::now();
        direct.call().await?;
        took[1] = ms(began);
        let began = Instant::now();
        station.call(target, case.tool, case.arguments.clone()).await?;
        took[2] = ms(began);
        let began = Instant::now();
        commit_nothing(station).await?;
        commit_nothing(station).await?;
        took[3] = ms(began);
        if round >= WARM_UP {
            for (times, took) in times.iter_mut().zip(took) {
                times.push(took);
            }
        }
    }
    let [statements, tool, funnel, commits] = times.map(Spread::of);
    let adds = funnel.median() - statements.median();
    let values = [
        (statements.median(), "ms"),
        (tool.median(), "ms"),
        (funnel.median(), "ms"),
        (statements.p99(), "ms"),
        (funnel.p99(), "ms"),
        (adds, "ms"),
        (funnel.median() / statements.median(), "times"),
        (commits.median(), "ms"),
    ];
    for (name, (value, unit)) in case.figures.iter().zip(values) {
        report.figure(*name, value, unit);
    }
    report.note(format!("{}: {} bare statements.", case.tool, bare.len()));
    Ok(())
}

/// The tool itself, without anything around it.
struct Direct {
    tool: Arc<dyn QueryTool>,
    handles: Handles,
    target: TargetRef,
    arguments: Value,
    station: steersman_runtime::Runtime,
}

impl Direct {
    async fn new(case: &Case, server: &Postgres, settings: &Value, target: &Target, station: &Station) -> Result<Self> {
        let plugin = steersman_plugin_postgres::Postgres;
        let found = plugin
            .tools()
            .into_iter()
            .find(|tool| tool.spec().name.to_string() == case.tool);
        let Some(Tool::Query(tool)) = found else {
            anyhow::bail!("there is no query {}", case.tool);
        };
        let password = SecretString::from(server.password().to_owned());
        let secrets = BTreeMap::from([("password".to_owned(), password)]);
        let settings = plugin.check_settings(settings)?;
        Ok(Self {
            tool,
            handles: plugin.connect(&settings, &secrets).await?,
            target: target.to_ref(),
            arguments: case.arguments.clone(),
            station: station.runtime.clone(),
        })
    }

    async fn call(&self) -> Result<()> {
        let cx = Cx {
            target: self.target.clone(),
            now: self.station.now(),
            limits: Limits::default(),
            cancel: CancellationToken::new(),
            progress: Progress::silent(),
            handover: Handover::closed(),
        };
        let answer = self.tool.run(&cx, &self.handles, self.arguments.clone()).await?;
        answer.blocks.first().context("the tool answered nothing")?;
        Ok(())
    }
}

/// What the disk alone takes: a durable transaction with one small audit entry.
async fn commit_nothing(station: &Station) -> Result<()> {
    let runtime = &station.runtime;
    let body = steersman_protocol::AuditBody::default();
    let organization_id = station.start.organization_id;
    let entry = audit::outside_a_run(organization_id, "bench.commit", AuditResult::Success, body);
    Ok(runtime.store().append_audit(runtime.now(), vec![entry]).await?)
}
