//! The tool *create index*.

mod build;
mod draft;
mod new_index;
mod outcome;
#[cfg(test)]
mod tests;

use crate::{
    connection::{Bounds, Reader, Writer},
    identifier,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Plan, Problem, Receipt, Risk, Verification},
};

pub(crate) struct CreateIndex;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The table to index. Example: `orders` or `sales.orders`.
    #[schemars(extend("x-slot" = "table"))]
    pub table: String,
    /// Its columns, the most important first. Example: `["customer_id", "placed_at"]`.
    #[schemars(length(min = 1, max = 32), extend("x-slot" = "column_list"))]
    pub columns: Vec<String>,
    /// More columns to keep in the index without sorting by them, so that queries need not read the table; btree and gist
    /// only. Example: `["total_cents"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub include: Vec<String>,
    /// Name of the new index; made from table and columns when left out. Example: `orders_customer_id_idx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether equal values are forbidden from then on. Example: `false`.
    #[serde(default)]
    pub unique: bool,
    /// Whether writes go on while it is built; slower, and nearly always right. Example: `true`.
    #[serde(default = "yes")]
    pub concurrently: bool,
    /// The kind of index. Example: `btree`.
    #[serde(default)]
    pub method: Method,
    /// Only rows that meet this condition. Example: `status = 'open'`.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    #[default]
    Btree,
    Hash,
    Gin,
    Gist,
    Spgist,
    Brin,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Method::Btree => "btree",
            Method::Hash => "hash",
            Method::Gin => "gin",
            Method::Gist => "gist",
            Method::Spgist => "spgist",
            Method::Brin => "brin",
        }
    }
}

#[async_trait]
impl Change for CreateIndex {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "postgres.create_index",
            title: "Create an index",
            description: "Creates an index on columns of one table, by default CONCURRENTLY so that writes go on; shows the \
                          exact statement, size, locks and undo first, and checks afterwards that the index is valid",
            example: "create an index on orders (customer_id) on {target}",
            synonyms: &[
                "add index",
                "new index",
                "make an index",
                "index the column",
                "speed up",
                "missing index",
            ],
            category: "database",
            floor: Risk::Medium,
        }
    }

    async fn plan(&self, cx: &Cx, reader: &Reader, input: Input) -> Result<Draft, Problem> {
        let mut read = reader.begin(Bounds::of(cx, "plan create_index")).await?;
        let draft = draft::draft(cx, &mut read, input).await;
        read.end().await;
        draft
    }

    async fn perform(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        build::build(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }

    async fn verify(
        &self,
        cx: &Cx,
        reader: &Reader,
        plan: &Plan,
        _receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        outcome::verify(cx, reader, plan).await
    }

    async fn clean_up(&self, cx: &Cx, writer: &Writer, granted: &Granted) -> Result<String, Problem> {
        build::clean_up(cx, writer, granted.plan(), &granted.idempotency_key()).await
    }
}

/// The parts of a CREATE INDEX that this tool can express.
pub(crate) struct Definition<'a> {
    /// As it is, not quoted.
    pub name: &'a str,
    /// Schema and name, quoted where needed.
    pub table: &'a str,
    /// As they are, not quoted.
    pub columns: &'a [&'a str],
    pub included: &'a [&'a str],
    pub is_unique: bool,
    pub is_concurrent: bool,
    pub method: Method,
    /// Written anew by the parser.
    pub condition: Option<&'a str>,
}

/// `CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id)`.
pub(crate) fn create_statement(definition: &Definition<'_>) -> String {
    let list = |columns: &[&str]| {
        let names: Vec<String> = columns.iter().map(|column| identifier::plain(column)).collect();
        names.join(", ")
    };
    let included = match definition.included {
        [] => String::new(),
        columns => format!(" INCLUDE ({})", list(columns)),
    };
    let method = match definition.method {
        Method::Btree => String::new(),
        other => format!(" USING {}", other.as_str()),
    };
    format!(
        "CREATE {}INDEX {}{} ON {}{method} ({}){included}{}",
        if definition.is_unique { "UNIQUE " } else { "" },
        if definition.is_concurrent { "CONCURRENTLY " } else { "" },
        identifier::plain(definition.name),
        definition.table,
        list(definition.columns),
        definition
            .condition
            .map_or(String::new(), |text| format!(" WHERE {text}")),
    )
}
