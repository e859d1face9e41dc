//! The tool *get replication status*.

mod logical;
mod primary;
mod standby;

use crate::{
    connection::{Bounds, Reader},
    replication, show,
    version::Version,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use steersman_toolkit::{
    Answer, Cx, Declaration, Query, async_trait,
    protocol::{Block, Problem, Risk},
};

pub(crate) struct GetReplicationStatus;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {}

/// What was found, as clauses that make one sentence.
#[derive(Default)]
struct Findings {
    wrong: Vec<String>,
    well: Vec<String>,
    blocks: Vec<Block>,
}

impl Findings {
    fn wrong(&mut self, clause: impl Into<String>) {
        self.wrong.push(clause.into());
    }

    fn well(&mut self, clause: impl Into<String>) {
        self.well.push(clause.into());
    }

    /// What is wrong comes first.
    fn sentence(&self) -> String {
        let clauses: Vec<&str> = self.wrong.iter().chain(&self.well).map(String::as_str).collect();
        show::sentence(&clauses.join("; "))
    }
}

#[async_trait]
impl Query for GetReplicationStatus {
    type Reader = Reader;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.get_replication_status",
            title: "Show replication",
            description: "Shows who follows a primary and how far each standby is behind in bytes and seconds, the slots \
                          and the log they keep, publications, subscriptions and the archiver; on a standby whether it \
                          receives, how far it is behind, and whether replay is paused",
            example: "how far behind are the standbys of {target}",
            synonyms: &[
                "replication",
                "replicas",
                "standby",
                "replication lag",
                "replica lag",
                "streaming replication",
                "replication slots",
                "wal archiving",
                "archiver",
                "publications",
                "subscriptions",
                "logical replication",
                "is it a primary",
                "pg_stat_replication",
            ],
            category: "monitoring",
            floor: Risk::Low,
        }
    }

    async fn run(&self, cx: &Cx, reader: &Reader, _input: Input) -> Result<Answer, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "read the state of replication")).await?;
        let version = Version::of(&mut read).await?;
        let is_standby = replication::is_standby(&mut read).await?;
        let mut findings = Findings::default();
        if is_standby {
            standby::look(cx, &mut read, version, &mut findings).await?;
        }
        primary::look(cx, &mut read, version, is_standby, &mut findings).await?;
        logical::look(cx, &mut read, version, &mut findings).await?;
        read.end().await;

        let mut suggestions = Vec::new();
        if !findings.wrong.is_empty() {
            let because = "it also shows what else is wrong, and what the standbys and slots hold back";
            let arguments = json!({ "checks": ["replication", "vacuum"] });
            suggestions.push(show::suggest(cx, "postgres.check_health", arguments, because));
        }
        Ok(Answer {
            summary: findings.sentence(),
            blocks: findings.blocks,
            suggestions,
        })
    }
}
