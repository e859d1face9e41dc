//! The one module that knows how a statement reaches the database: values in, rows out.
//!
//! Everything else in this crate speaks SQL that SQLite and PostgreSQL share, through [`execute`], [`rows`] and
//! [`row`]. They are `async` for the sake of a database at the other end of a wire; SQLite answers at once. A second
//! database is a second arm here (decision 0002).

use crate::error::{Result, StoreError};
use rusqlite::{CachedStatement, types::Value as Stored};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Display, str::FromStr, sync::Arc};
use steersman_protocol::{
    ApprovalId, AuditId, CustomToolId, EffectId, ExecutionId, GrantId, LoginId, MessageId, OrganizationId, ProviderId,
    RunId, ServerId, SessionId, TargetId, Timestamp, TokenId, UserId,
};

pub(crate) type Connection = rusqlite::Connection;

/// Runs one statement; returns how many rows it changed.
pub(crate) async fn execute(connection: &mut Connection, sql: &'static str, values: Vec<Value>) -> Result<u64> {
    Ok(bound(connection, sql, values)?.raw_execute()? as u64)
}

/// All rows of one statement. Callers bound their number with LIMIT or by what is asked for.
pub(crate) async fn rows(connection: &mut Connection, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>> {
    let mut statement = bound(connection, sql, values)?;
    let columns: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let values = (0..columns.len())
            .map(|i| row.get(i))
            .collect::<rusqlite::Result<_>>()?;
        found.push(Row {
            columns: Arc::clone(&columns),
            values,
        });
    }
    Ok(found)
}

/// The first row, if there is one.
pub(crate) async fn row(connection: &mut Connection, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>> {
    Ok(rows(connection, sql, values).await?.into_iter().next())
}

/// SQLite counts `$3` as a name, and parameters in the order in which they occur: so they are bound by name.
fn bound<'c>(connection: &'c Connection, sql: &'static str, values: Vec<Value>) -> Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let number: Option<usize> = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$')?.parse().ok());
        let value = number
            .and_then(|number| values.get(number - 1))
            .ok_or_else(|| StoreError::broken(format!("parameter {index} has no value: {sql}")))?;
        match value {
            Value::Text(text) => statement.raw_bind_parameter(index, text)?,
            Value::Int(number) => statement.raw_bind_parameter(index, number)?,
        }
    }
    Ok(statement)
}

/// What a statement can be given: the two column types that both databases share, typed even when absent.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
}

/// `values![a, b, …]`: the parameters $1, $2, … of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(Some(number))
    }
}
impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Value::Int(number)
    }
}
impl From<bool> for Value {
    fn from(claim: bool) -> Self {
        Value::Int(Some(i64::from(claim)))
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Some(text.to_owned()))
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(Some(text.clone()))
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(Some(text))
    }
}
impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Value::Text(text)
    }
}
impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Value::Text(text.map(str::to_owned))
    }
}

macro_rules! text_values {
    ($($type:ty => $text:expr),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self { Value::Text(Some(($text)(value))) }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self { Value::Text(value.map($text)) }
        }
    )*};
}
text_values! {
    Timestamp => time_text,
    OrganizationId => written, UserId => written, LoginId => written, TokenId => written, ServerId => written,
    TargetId => written, SessionId => written, MessageId => written, RunId => written, ExecutionId => written,
    ApprovalId => written, GrantId => written, EffectId => written, AuditId => written, ProviderId => written,
    CustomToolId => written,
}

fn written(value: impl Display) -> String {
    value.to_string()
}

/// RFC 3339 UTC with exactly six decimals, so that texts sort as times do.
pub(crate) fn time_text(time: Timestamp) -> String {
    format!("{:.6}", in_microseconds(time))
}

/// The same time as it will be read back: the database keeps microseconds.
pub(crate) fn in_microseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

pub(crate) fn json_text<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(StoreError::broken)
}

/// A row, read by column name.
pub(crate) struct Row {
    columns: Arc<[String]>,
    values: Vec<Stored>,
}

impl Row {
    pub fn text(&self, column: &'static str) -> Result<String> {
        self.text_if_set(column)?.ok_or_else(|| unexpected(column))
    }
    pub fn text_if_set(&self, column: &'static str) -> Result<Option<String>> {
        match self.value(column)? {
            Stored::Text(text) => Ok(Some(text.clone())),
            Stored::Null => Ok(None),
            Stored::Integer(_) | Stored::Real(_) | Stored::Blob(_) => Err(unexpected(column)),
        }
    }
    pub fn int(&self, column: &'static str) -> Result<i64> {
        match self.value(column)? {
            Stored::Integer(number) => Ok(*number),
            Stored::Null | Stored::Text(_) | Stored::Real(_) | Stored::Blob(_) => Err(unexpected(column)),
        }
    }
    pub fn int_if_set(&self, column: &'static str) -> Result<Option<i64>> {
        match self.value(column)? {
            Stored::Null => Ok(None),
            _ => self.int(column).map(Some),
        }
    }
    fn value(&self, column: &'static str) -> Result<&Stored> {
        let index = self.columns.iter().position(|name| name == column);
        index.map(|index| &self.values[index]).ok_or_else(|| unexpected(column))
    }
    pub fn claim(&self, column: &'static str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }
    /// An id, status, role or time: whatever is written as its text.
    pub fn parsed<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T> {
        parse(column, &self.text(column)?)
    }
    pub fn parsed_if_set<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<Option<T>> {
        self.text_if_set(column)?.map(|text| parse(column, &text)).transpose()
    }
    pub fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        serde_json::from_str(&self.text(column)?).map_err(StoreError::broken)
    }
    pub fn json_if_set<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>> {
        self.text_if_set(column)?
            .map(|text| serde_json::from_str(&text).map_err(StoreError::broken))
            .transpose()
    }
}

fn unexpected(column: &'static str) -> StoreError {
    StoreError::broken(format!("column {column} is missing or of another type"))
}

fn parse<T: FromStr<Err: Display>>(column: &'static str, text: &str) -> Result<T> {
    text.parse()
        .map_err(|error| StoreError::broken(format!("column {column} cannot be read: {error}")))
}
