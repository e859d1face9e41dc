//! The questions to the catalogue, prepared once for each connection.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

/// The guard's prepared questions on one connection. Keep it beside the client, and make a
/// new one for a new connection: planning the questions costs more than answering them.
#[derive(Default)]
pub struct Lookups {
    /// By text; the guard asks about ten different questions.
    prepared: Mutex<HashMap<&'static str, Statement>>,
}

/// A connection to ask.
pub(super) struct Catalogue<'a> {
    pub client: &'a Client,
    pub lookups: &'a Lookups,
}

impl Catalogue<'_> {
    pub async fn rows(&self, sql: &'static str, values: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql, values).await?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|(value, _)| *value).collect();
        self.client.query(&statement, &values).await
    }

    async fn prepare(&self, sql: &'static str, values: &[(&(dyn ToSql + Sync), Type)]) -> Result<Statement, Error> {
        if let Some(statement) = self.lookups.with(|prepared| prepared.get(sql).cloned()) {
            return Ok(statement);
        }
        let types: Vec<Type> = values.iter().map(|(_, kind)| kind.clone()).collect();
        // Marked, so that the record of slow queries leaves them out.
        let marked = format!("{}{sql}", crate::connection::MARK);
        let statement = self.client.prepare_typed(&marked, &types).await?;
        self.lookups.with(|prepared| prepared.insert(sql, statement.clone()));
        Ok(statement)
    }
}

impl Lookups {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<&'static str, Statement>) -> T) -> T {
        // A map of prepared statements is whole after every single operation on it.
        work(&mut self.prepared.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Lookups {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.with(|prepared| prepared.len());
        write!(formatter, "Lookups({count} prepared)")
    }
}
