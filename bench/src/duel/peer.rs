//! A client of a peer: JSON-RPC, one message a line (Model Context Protocol, transport *stdio*).

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A peer's program.
pub struct Program {
    /// For the figures.
    pub name: &'static str,
    /// What it is called on the PATH.
    pub usual: &'static str,
    /// Names it, where it is not on the PATH.
    pub variable: &'static str,
    pub how_to_get: &'static str,
}

pub struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    asked: u64,
    pub name: &'static str,
    /// Name and version, as it says.
    pub version: String,
}

impl Peer {
    /// Starts it and waits until it answers.
    pub fn start(program: &Program, arguments: &[&str]) -> Result<Self> {
        let path = env::var(program.variable).unwrap_or_else(|_| program.usual.to_owned());
        let mut process = Command::new(&path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| {
                let Program {
                    usual,
                    variable,
                    how_to_get,
                    ..
                } = program;
                format!("Could not start {path}. {how_to_get}, and let {variable} name the program {usual} in it")
            })?;
        let input = process.stdin.take().context("it has no input")?;
        let output = BufReader::new(process.stdout.take().context("it has no output")?);
        let mut peer = Self {
            process,
            input,
            output,
            asked: 0,
            name: program.name,
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
                bail!("{} ended without an answer to {method}", self.name);
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
