//! Queries that an organization saved as tools.
//!
//! The statement has `:name` where a value goes. Each becomes a bound parameter with a cast to its type, so a value is
//! never part of the text. The text is judged by the guard's grammar when it is saved, and both stages judge it again at
//! every run: what a view or function does may have changed since.

use crate::{
    connection::{Bounds, Read, Reader},
    guard::{self, Kind, ReadOnlyStatement},
    problem, statement,
    tools::run_query,
};
use serde_json::{Map, Value};
use steersman_toolkit::{
    Answer, Cx, Handles, QueryTool, Tool, async_trait,
    protocol::{CustomParameter, CustomTool, ParameterType, Problem, Risk, ToolKind, ToolName, ToolSpec},
};
use tokio_postgres::{Client, types::Type};

/// The definition as a tool.
///
/// Errors: `custom_tool.bad_name`, `custom_tool.bad_placeholder`, and the codes of the guard.
pub(crate) fn tool(definition: &CustomTool) -> Result<Tool, Problem> {
    let what = format!("Could not make a tool of \"{}\"", definition.name);
    let name: ToolName = definition
        .tool_name()
        .parse()
        .map_err(|why: String| Problem::new("custom_tool.bad_name", &what, why, "Choose another name"))?;
    let sql = bound(&definition.statement, &definition.parameters).map_err(|why| bad_placeholder(&what, why))?;
    let judged = guard::parse_read_only(&sql).map_err(|refusal| problem::refused(&what, refusal))?;
    if judged.kind() != Kind::Rows {
        return Err(Problem::new(
            "custom_tool.no_rows",
            what,
            "it is no SELECT, VALUES or TABLE",
            "Save a statement that returns rows",
        ));
    }
    let spec = ToolSpec {
        permission: format!("tool:read:{}", name.plugin()),
        name,
        kind: ToolKind::Query,
        title: definition.title.clone(),
        description: definition.description.clone(),
        example: definition.example.clone(),
        synonyms: definition.synonyms.clone(),
        category: "custom".to_owned(),
        floor: Risk::Low,
        input_schema: definition.input_schema(),
    };
    Ok(Tool::Query(std::sync::Arc::new(Saved {
        spec,
        judged,
        parameters: definition.parameters.clone(),
    })))
}

/// Judges it on this very server, with all that it names, and runs nothing.
pub(crate) async fn check(cx: &Cx, reader: &Reader, definition: &CustomTool) -> Result<(), Problem> {
    tool(definition)?;
    let sql = bound(&definition.statement, &definition.parameters)
        .map_err(|why| bad_placeholder("Could not check the statement", why))?;
    let mut read = reader.begin(Bounds::of(cx, "check the statement")).await?;
    let checked = check_on(&mut read, &sql, definition.parameters.len()).await;
    read.end().await;
    checked
}

async fn check_on(read: &mut Read<'_>, sql: &str, parameters: usize) -> Result<(), Problem> {
    let judged = guard::parse_read_only(sql).map_err(|refusal| problem::refused(read.what(), refusal))?;
    let checked = read.check(&judged).await?;
    let one = statement::only(checked.text()).unwrap_or_default().to_owned();
    let types = vec![Type::TEXT; parameters];
    read.with(async |client: &Client| client.prepare_typed(&one, &types).await)
        .await
        .map(drop)
}

struct Saved {
    spec: ToolSpec,
    judged: ReadOnlyStatement,
    parameters: Vec<CustomParameter>,
}

#[async_trait]
impl QueryTool for Saved {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn run(&self, cx: &Cx, handles: &Handles, arguments: Value) -> Result<Answer, Problem> {
        let bounds = Bounds::of(cx, &format!("run {}", self.spec.name));
        let values = values(&self.parameters, &arguments).map_err(|why| {
            Problem::new(
                "tool.bad_arguments",
                &bounds.what,
                why,
                "Correct the arguments and call again",
            )
        })?;
        let mut read = handles.reader::<Reader>()?.begin(bounds).await?;
        let found = run_query::rows_of(&mut read, &self.judged, &values, &cx.limits).await;
        read.end().await;
        Ok(run_query::answer(cx, found?))
    }
}

/// The values as PostgreSQL reads them, in the order of the parameters.
fn values(parameters: &[CustomParameter], arguments: &Value) -> Result<Vec<String>, String> {
    let empty = Map::new();
    let given = arguments.as_object().unwrap_or(&empty);
    parameters
        .iter()
        .map(|parameter| {
            let name = &parameter.name;
            let value = given
                .get(name)
                .or(parameter.default.as_ref())
                .ok_or_else(|| format!("{name} is missing"))?;
            if !parameter.r#type.takes(value) {
                return Err(format!("{name} is no {:?}", parameter.r#type).to_lowercase());
            }
            Ok(match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        })
        .collect()
}

/// Values travel as text. That is written out, so that the guard also looks at casts from text that somebody made.
fn place(number: usize, kind: ParameterType) -> String {
    match kind {
        ParameterType::Text => format!("(${number}::pg_catalog.text)"),
        other => format!("(${number}::pg_catalog.text::pg_catalog.{})", cast(other)),
    }
}

const fn cast(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::Text => "text",
        ParameterType::Integer => "int8",
        ParameterType::Number => "numeric",
        ParameterType::Boolean => "bool",
        ParameterType::Timestamp => "timestamptz",
    }
}

/// The statement with `($1::pg_catalog.text::pg_catalog.int8)` where `:limit` stood. PostgreSQL's own scanner finds the places, so a
/// colon in a text, a comment, a quoted name or a cast is none.
fn bound(statement: &str, parameters: &[CustomParameter]) -> Result<String, String> {
    if statement.len() > guard::LONGEST_STATEMENT_BYTES {
        return Err(format!("it is longer than {} bytes", guard::LONGEST_STATEMENT_BYTES));
    }
    let places = statement::named_places(statement).ok_or("it could not be read as SQL")?;
    if statement::placeholders(statement) > 0 {
        return Err("write a parameter as :name, not as $1".into());
    }
    let mut sql = String::with_capacity(statement.len() + places.len() * 24);
    let mut done = 0;
    for (at, name) in &places {
        let (number, parameter) = (1..)
            .zip(parameters)
            .find(|(_, parameter)| parameter.name == *name)
            .ok_or_else(|| format!(":{name} is none of the parameters; after a colon in a slice, write a space"))?;
        sql.push_str(&statement[done..at.start]);
        sql.push_str(&place(number, parameter.r#type));
        done = at.end;
    }
    sql.push_str(&statement[done..]);
    match parameters
        .iter()
        .find(|one| !places.iter().any(|(_, name)| *name == one.name))
    {
        Some(unused) => Err(format!(
            "the parameter {0} is nowhere in it; write :{0} where its value goes",
            unused.name
        )),
        None => Ok(sql),
    }
}

fn bad_placeholder(what: &str, why: String) -> Problem {
    Problem::new(
        "custom_tool.bad_placeholder",
        what,
        why,
        "Correct the statement or the parameters",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parameter(name: &str, kind: ParameterType) -> CustomParameter {
        CustomParameter {
            name: name.into(),
            r#type: kind,
            description: String::new(),
            default: None,
        }
    }

    #[test]
    fn only_a_colon_and_a_name_of_its_own_are_a_place() {
        let parameters = [
            parameter("name", ParameterType::Text),
            parameter("limit", ParameterType::Integer),
        ];
        for (statement, expected) in [
            (
                "SELECT :name, :limit::text, :name",
                Ok("SELECT ($1::pg_catalog.text), ($2::pg_catalog.text::pg_catalog.int8)::text, ($1::pg_catalog.text)"),
            ),
            (
                "SELECT ':name', $$:other$$, \":x\", a::text /* :y */ FROM t WHERE b = :name LIMIT :limit -- :z",
                Ok(
                    "SELECT ':name', $$:other$$, \":x\", a::text /* :y */ FROM t WHERE b = ($1::pg_catalog.text) LIMIT \
                    ($2::pg_catalog.text::pg_catalog.int8) -- :z",
                ),
            ),
            ("SELECT :name, :limit, :other", Err(":other is none of the parameters")),
            ("SELECT :name", Err("the parameter limit is nowhere in it")),
            ("SELECT :name, :limit, $1", Err("write a parameter as :name")),
            ("SELECT 'never ends, :name :limit", Err("it could not be read as SQL")),
        ] {
            match (bound(statement, &parameters), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{statement}: {found}"),
                (found, expected) => panic!("{statement}: {found:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let parameters = [parameter("n", ParameterType::Integer)];
        assert_eq!(values(&parameters, &json!({ "n": 7 })), Ok(vec!["7".to_owned()]));
        for bad in [
            json!({ "n": "7" }),
            json!({ "n": 7.5 }),
            json!({ "n": null }),
            json!({}),
        ] {
            assert!(values(&parameters, &bad).is_err(), "{bad}");
        }
        let text = [parameter("t", ParameterType::Text)];
        assert!(values(&text, &json!({ "t": "a\u{0}b" })).is_err());
    }
}
