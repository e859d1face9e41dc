//! A client of Postgres MCP Pro: JSON-RPC, one message a line (Model Context Protocol, transport *stdio*).

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// Names the program, where it is not on the PATH.
const PROGRAM: &str = "STEERSMAN_BENCH_POSTGRES_MCP";

pub struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    asked: u64,
    /// Name and version, as it says.
    pub version: String,
}

impl Peer {
    /// Starts it on a database and waits until it answers.
    pub fn start(database: &str) -> Result<Self> {
        let program = env::var(PROGRAM).unwrap_or_else(|_| "postgres-mcp".to_owned());
        let mut process = Command::new(&program)
            .args(["--access-mode=restricted", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| {
                format!(
                    "Could not start {program}. Install it into an environment of Python 3.12 (pip install --no-deps \
                     postgres-mcp==0.3.0; pip install \"pglast<8\" \"mcp<2\" \"psycopg[binary]\" psycopg-pool humanize attrs \
                     instructor) and let {PROGRAM} name the program postgres-mcp in it"
                )
            })?;
        let input = process.stdin.take().context("it has no input")?;
        let output = BufReader::new(process.stdout.take().context("it has no output")?);
        let mut peer = Self {
            process,
            input,
            output,
            asked: 0,
            version: String::new(),
        };
        let hello = peer.ask(
            "initialize",
            json!({
                "protocolVersion": "2025-03-26", "capabilities": {},
                "clientInfo": { "name": "bench", "version": env!("CARGO_PKG_VERSION") }
            }),
        )?;
        let info = &hello["serverInfo"];
        peer.version = format!("{} (MCP library {})", info["name"], info["version"]).replace('"', "");
        peer.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(peer)
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Calls a tool and returns its text.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Result<String> {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))?;
        let text = answer["content"][0]["text"].as_str().unwrap_or_default();
        let has_failed = answer["isError"].as_bool() == Some(true) || text.starts_with("Error");
        ensure!(!has_failed && !text.is_empty(), "{tool} failed: {text}");
        Ok(text.to_owned())
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value> {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line)? == 0 {
                bail!("Postgres MCP ended without an answer to {method}");
            }
            let mut message: Value = serde_json::from_str(&line)?;
            if message["id"].as_u64() == Some(id) {
                ensure!(message.get("error").is_none(), "{method} failed: {}", message["error"]);
                return Ok(message["result"].take());
            }
        }
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        writeln!(self.input, "{message}")?;
        Ok(self.input.flush()?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
