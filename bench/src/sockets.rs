//! Many WebSockets on one session: how late an event arrives at each, beside one socket alone, and what a socket costs.

use crate::{binary, machine::Machine, report::Report, spread::Spread, start::resident_bytes};
use anyhow::{Context, Result, ensure};
use futures::future::{join_all, try_join_all};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use steersman_protocol::Timestamp;
use steersman_testkit::{
    app::Socket,
    server_process::{Http, Launch},
};

const MANY: usize = 500;
const MESSAGES: usize = 30;
const SETTLE: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(60);

pub async fn measure() -> Result<Report> {
    let binary = binary::built("steersman", "steersman", &[])?;
    let folder = tempfile::tempdir()?;
    let server = Launch::new(&binary, folder.path()).start().await?;
    let http = server.http();
    let mut report = Report::new("sockets", Machine::look(folder.path()));
    // The first socket and the first message make what all share.
    let alone = delivery(&http, 1).await?;
    tokio::time::sleep(SETTLE).await;

    let before = resident_bytes(server.id())?;
    let (session, sockets) = joined(&http, MANY).await?;
    tokio::time::sleep(SETTLE).await;
    let idle = resident_bytes(server.id())?;
    let many = talk(&http, &session, sockets).await?;
    let after = resident_bytes(server.id())?;
    server.stop().await?;

    let kilobytes = |bytes: u64| bytes.saturating_sub(before) as f64 / 1e3 / MANY as f64;
    report.figure("1 socket: event to client, median", alone.median(), "ms");
    report.figure("1 socket: event to client, p99", alone.p99(), "ms");
    report.figure("500 sockets: event to client, median", many.median(), "ms");
    report.figure("500 sockets: event to client, p99", many.p99(), "ms");
    report.figure(
        "500 sockets / 1 socket, median",
        many.median() / alone.median(),
        "times",
    );
    report.figure("memory of an idle joined socket", kilobytes(idle), "kB");
    report.figure("memory of a socket after use", kilobytes(after), "kB");
    report.note(format!(
        "From the time written in an event, which is before it is on disk, to the client's having read its frame; \
         {MESSAGES} messages to the built-in provider, all their events, each at every socket."
    ));
    report.note("Server and all clients share the machine; the clients' own reading is in the figures.");
    report.note("Memory is VmRSS of the server, shared out; kB are 1,000 bytes.");
    Ok(report)
}

async fn delivery(http: &Http, count: usize) -> Result<Spread> {
    let (session, sockets) = joined(http, count).await?;
    talk(http, &session, sockets).await
}

/// So many sockets that joined a new session.
async fn joined(http: &Http, count: usize) -> Result<(String, Vec<Socket>)> {
    let (status, session) = http.post("/api/sessions", None, &json!({})).await?;
    ensure!(status == 201, "no session: {session}");
    let session = session["id"].as_str().context("a session has an id")?.to_owned();
    let address: SocketAddr = http.url().trim_start_matches("http://").parse()?;
    let authorization = http.authorization();
    let open = (0..count).map(|_| async {
        let headers = [("authorization", authorization.as_str())];
        let mut socket = Socket::open(address, &headers, None)
            .await
            .map_err(|status| anyhow::anyhow!("no socket: {status}"))?;
        let joined = socket.ask(json!({ "type": "chat:join", "session_id": session })).await;
        ensure!(joined["ok"] == true, "could not join: {joined}");
        anyhow::Ok(socket)
    });
    let sockets = try_join_all(open).await?;
    Ok((session, sockets))
}

/// Says something again and again, and measures how late its events arrive.
async fn talk(http: &Http, session: &str, mut sockets: Vec<Socket>) -> Result<Spread> {
    let mut late = Vec::new();
    for _ in 0..MESSAGES {
        let path = format!("/api/sessions/{session}/messages");
        let said = async {
            let (status, taken) = http.post(&path, None, &json!({ "text": "hello" })).await?;
            ensure!(status == 202, "not taken: {taken}");
            anyhow::Ok(())
        };
        let heard = join_all(
            sockets
                .iter_mut()
                .map(|socket| tokio::time::timeout(LONGEST, hear(socket))),
        );
        let (said, heard) = futures::join!(said, heard);
        said?;
        for times in heard {
            late.extend(times.context("a socket heard no end of the run")??);
        }
    }
    Ok(Spread::of(late))
}

/// Milliseconds from each event of a run to its arrival here.
async fn hear(socket: &mut Socket) -> Result<Vec<f64>> {
    let mut late = Vec::new();
    loop {
        let text = socket.next_text().await.context("the socket ended")?;
        let now = Timestamp::now();
        let frame: Value = serde_json::from_str(&text)?;
        if frame["type"] != "chat:event" {
            continue;
        }
        let at: Timestamp = frame["record"]["at"].as_str().context("an event has a time")?.parse()?;
        late.push(now.duration_since(at).as_secs_f64() * 1_000.0);
        if frame["record"]["event"]["type"] == "run_ended" {
            return Ok(late);
        }
    }
}
