//! The tool *create index*.

mod draft;
mod new_index;
mod outcome;

pub(super) use outcome::{collection_of, find as find_planned, name_of};

use crate::{
    connection::{Bounds, Reader, Steps, Writer},
    show, verify,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};

pub(crate) struct CreateIndex;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The collection to index. Example: `orders`.
    #[schemars(extend("x-slot" = "collection"))]
    pub collection: String,
    /// Its fields, the most important first; `-field` descending, `field:hashed`, `field:text` or `field:2dsphere` for other
    /// kinds. Example: `["customer_id", "-placed_at"]`.
    #[schemars(length(min = 1, max = 32), extend("x-slot" = "column_list"))]
    pub fields: Vec<String>,
    /// Another database than the target's own. Example: `shop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Name of the new index; made from the fields when left out. Example: `customer_id_1_placed_at_-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether equal values are forbidden from then on. Example: `false`.
    #[serde(default)]
    pub unique: bool,
    /// Whether documents without the fields are left out. Example: `false`.
    #[serde(default)]
    pub sparse: bool,
    /// Documents are deleted this many seconds after the time in the field. Example: `86400`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 2147483647))]
    pub expire_after_seconds: Option<i32>,
    /// Only documents that meet this condition, as the text of a JSON object. Example: `{"status": "open"}`.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Part of what the server says of an operation that builds.
const BUILDING: &str = "^Index Build";

#[async_trait]
impl Change for CreateIndex {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "mongodb.create_index",
            title: "Create an index",
            description: "Creates an index on fields of one collection while reads and writes go on; shows the exact command, \
                          size, members of the set and undo first, and checks afterwards that the index is whole",
            example: "create an index on the collection orders (customer_id) on {target}",
            synonyms: &[
                "add index",
                "new index",
                "make an index",
                "index the field",
                "ensureIndex",
                "createIndexes",
            ],
            category: "database",
            floor: Risk::Medium,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let read = reader.begin(Bounds::of(cx, "plan create_index"))?;
        draft::draft(cx, &read, input).await
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        build(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        Ok(verify::read_back(cx, reader, plan, |read| async move {
            outcome::outcome(cx, &read, plan).await
        })
        .await)
    }

    /// Ends a build that goes on without its approval's result, and removes what it left.
    async fn clean_up(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<String, Problem> {
        clean_up(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }
}

pub(super) async fn build(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<Receipt, Problem> {
    let steps = Steps {
        plan,
        steps: &plan.steps,
        key,
        secret: None,
        watch: Some(BUILDING),
    };
    let done = writer.run(cx, steps).await?;
    Ok(Receipt {
        sentence: format!(
            "The server built the index in {}",
            show::duration(done.elapsed_ms as f64)
        ),
        elapsed_ms: done.elapsed_ms,
        facts: BTreeMap::new(),
    })
}

pub(super) async fn clean_up(cx: &Cx, writer: &Writer, plan: &Plan, key: &str) -> Result<String, Problem> {
    let name = outcome::name_of(plan);
    let steps = Steps {
        plan,
        steps: &plan.on_failure,
        key,
        secret: None,
        watch: None,
    };
    match writer.run(&verify::unstoppable(cx), steps).await {
        Ok(_) => Ok(format!(
            "The build of the index {name} was ended, and nothing of it is left"
        )),
        // It ended by itself in between.
        Err(problem) if problem.code == "mongodb.no_such_index" => Ok(format!("Nothing of the index {name} is left")),
        Err(problem) => Err(problem),
    }
}
