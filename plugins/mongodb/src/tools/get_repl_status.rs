//! The tool *get repl status*.

use crate::{
    connection::{Bounds, Reader},
    problem,
    server::{self, Member, ServerState},
    show,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Cell, Problem, Risk},
};

pub(crate) struct GetReplStatus;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {}

const HEADINGS: [show::Heading; 8] = [
    ("member", ""),
    ("state", ""),
    ("reachable", ""),
    ("behind", "ms"),
    ("applied until", "time"),
    ("syncs from", ""),
    ("up", "seconds"),
    ("message", ""),
];

#[async_trait]
impl Query for GetReplStatus {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.get_repl_status",
            title: "Replication status",
            description: "Shows the members of the replica set: who is primary, who can be reached, and how far each secondary \
                          is behind",
            example: "show the replica set status of {target}",
            synonyms: &[
                "rs.status",
                "replication lag",
                "who is primary",
                "replica set members",
                "secondaries",
                "replication status",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, _input: Input) -> Result<Answer, Problem> {
        let read = reader.begin(Bounds::of(cx, "read the replication status"))?;
        let state = server::state(&read).await?;
        if state.set_name().is_none() {
            let text = format!("There is no replication here: this is {}.", state.role());
            return Ok(Answer {
                summary: text.trim_end_matches('.').to_owned(),
                blocks: vec![Block::text(text)],
                suggestions: Vec::new(),
            });
        }
        let Some(members) = &state.members else {
            return Err(problem::permission_denied(read.what(), "replSetGetStatus"));
        };
        let primary = members
            .iter()
            .find(|member| member.state == "PRIMARY")
            .and_then(|member| member.applied_ms);
        let rows = members.iter().map(|member| row(member, primary)).collect();
        Ok(Answer {
            summary: summary(&state, members),
            blocks: vec![show::table(cx, "Members", &HEADINGS, rows)],
            suggestions: Vec::new(),
        })
    }
}

fn summary(state: &ServerState, members: &[Member]) -> String {
    let primary = match members.iter().find(|member| member.state == "PRIMARY") {
        Some(member) => format!("the primary is \"{}\"", show::one_line(&member.name, 120)),
        None => "there is no primary, so nothing can be written".to_owned(),
    };
    let mut sentence = format!(
        "Replica set \"{}\" with {}: {primary}",
        state.set_name().unwrap_or("?"),
        show::plural(members.len(), "member", "members")
    );
    if let Some(lag) = state.lag_ms() {
        sentence = format!(
            "{sentence}; the slowest secondary is {} behind",
            show::duration(lag as f64)
        );
    }
    if !state.unreachable().is_empty() {
        sentence = format!("{sentence}; not reachable: {}", state.unreachable().join(", "));
    }
    sentence
}

fn row(member: &Member, primary: Option<i64>) -> Vec<Cell> {
    let behind = match (member.state.as_str(), primary, member.applied_ms) {
        ("SECONDARY", Some(primary), Some(applied)) => Some((primary - applied).max(0)),
        _ => None,
    };
    let from = member
        .document
        .get_str("syncSourceHost")
        .ok()
        .filter(|host| !host.is_empty());
    let message = ["infoMessage", "lastHeartbeatMessage"]
        .iter()
        .find_map(|name| member.document.get_str(name).ok());
    vec![
        json!(member.name),
        json!(member.state),
        json!(member.is_healthy),
        json!(behind),
        json!(
            member
                .applied_ms
                .map(|ms| show::moment(bson::DateTime::from_millis(ms)))
        ),
        json!(from),
        show::cell_at(&member.document, "uptime"),
        json!(
            message
                .filter(|text| !text.is_empty())
                .map(|text| show::one_line(text, 200))
        ),
    ]
}
