//! *List listening ports*: who waits for connections.

use crate::{
    Reader, machine, show,
    sockets::{self, ListeningPort},
};
use nix::unistd::{Uid, User};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Column, Problem, Risk},
};

pub struct ListListeningPorts;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Show only this port. Example: 5432
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535), extend("x-slot" = "port"))]
    port: Option<u16>,
}

#[async_trait]
impl Query for ListListeningPorts {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "host.list_listening_ports",
            title: "List listening ports",
            description: "Lists the TCP and UDP ports of a machine that something listens on, with address and process, \
                          and says which are open to the network.",
            example: "who listens on port 5432 on {target}",
            synonyms: &[
                "netstat",
                "ss",
                "lsof",
                "open ports",
                "who listens on",
                "what listens on",
                "which process uses port",
                "port in use",
                "address already in use",
                "sockets",
                "listening services",
                "what is exposed",
                "open to the network",
                "tcp ports",
                "udp ports",
            ],
            category: "host",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, _reader: &Reader, input: Input) -> Result<Answer, Problem> {
        let mut found = machine::briefly_blocking(sockets::listening);
        found.retain(|listening| input.port.is_none_or(|port| listening.port == port));
        Ok(Answer {
            summary: summary(&found, input.port),
            blocks: vec![table(cx, &found)],
            suggestions: Vec::new(),
        })
    }
}

fn holder(listening: &ListeningPort) -> String {
    match &listening.process {
        Some((pid, name)) => format!("\"{}\" ({pid})", show::short(name, 40)),
        None => format!("a process of {} that we may not look into", user(listening.owner_uid)),
    }
}

fn user(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => format!("user {uid}"),
    }
}

fn summary(found: &[ListeningPort], port: Option<u16>) -> String {
    if let Some(port) = port {
        let Some(first) = found.first() else {
            return format!("Nothing listens on port {port}");
        };
        let mut places: Vec<String> = found.iter().map(|l| format!("{} {}", l.protocol, l.address)).collect();
        places.dedup();
        return format!("Port {port} is held by {} on {}", holder(first), places.join(", "));
    }
    let mut open: Vec<u16> = found
        .iter()
        .filter(|l| l.is_open_to_the_network())
        .map(|l| l.port)
        .collect();
    open.dedup();
    let count = show::count(found.len() as u64, "listening socket", "listening sockets");
    let shown: Vec<String> = open.iter().take(8).map(u16::to_string).collect();
    match open.len() {
        0 => format!("{count}; none is open to the network"),
        1 => format!("{count}; port {} is open to the network", shown.join("")),
        n if n > shown.len() => format!("{count}; {n} ports are open to the network: {}, …", shown.join(", ")),
        n => format!("{count}; {n} ports are open to the network: {}", shown.join(", ")),
    }
}

fn table(cx: &Cx, found: &[ListeningPort]) -> Block {
    let rows = found.iter().take(cx.limits.rows as usize).map(|listening| {
        let (pid, name) = match &listening.process {
            Some((pid, name)) => (json!(pid), json!(show::short(name, 64))),
            None => (Cell::Null, Cell::Null),
        };
        let reach = if listening.is_open_to_the_network() {
            "network"
        } else {
            "this machine"
        };
        vec![
            json!(listening.protocol),
            json!(listening.address.to_string()),
            json!(listening.port),
            json!(reach),
            pid,
            name,
            json!(user(listening.owner_uid)),
        ]
    });
    Block::Table {
        origin: show::from_target(cx),
        title: Some("Listening ports".to_owned()),
        columns: ["protocol", "address", "port", "open to", "pid", "process", "user"]
            .map(Column::new)
            .to_vec(),
        rows: rows.collect(),
        total_rows: Some(found.len() as u64),
    }
}
