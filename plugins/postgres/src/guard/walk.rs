//! Visits every node of a parse tree: refuses what the grammar table does not have, and
//! collects what is named.
//!
//! The tree is walked in its serialised form, because there every field of every node is
//! reached by one loop: no node can be forgotten.

use serde_json::{Map, Value};

use super::forbidden;
use super::grammar::{Field, fields_of};
use super::names::{FunctionCall, Name, Names, TypeUse};
use super::refusal::{Refusal, UNKNOWN_SYNTAX};

type Node = Map<String, Value>;

/// Judges one statement's node and returns what it names.
pub(super) fn walk(node: &Value) -> Result<Names, Refusal> {
    let mut names = Names::default();
    // Comparisons that the syntax does not spell: IN, USING, CASE x WHEN, NULLIF, BETWEEN.
    for operator in ["=", "<>", "<", ">", "<=", ">="] {
        names.operators.insert(Name::plain(operator));
    }
    visit_nodes(node, &mut names)?;
    Ok(names)
}

/// The kind of a node and its fields: `{"node": {"SelectStmt": {…}}}`.
pub(super) fn kind_of(node: &Value) -> Option<(&str, &Node)> {
    let (kind, fields) = node.get("node")?.as_object()?.iter().next()?;
    Some((kind, fields.as_object()?))
}

fn visit_nodes(value: &Value, names: &mut Names) -> Result<(), Refusal> {
    if let Value::Array(items) = value {
        return items.iter().try_for_each(|item| visit_nodes(item, names));
    }
    if value.get("node").is_some_and(Value::is_null) {
        return Ok(());
    }
    match kind_of(value) {
        Some((kind, fields)) => visit(kind, fields, names),
        None => Err(unknown("a part without a kind")),
    }
}

fn visit(kind: &str, node: &Node, names: &mut Names) -> Result<(), Refusal> {
    let Some(allowed) = fields_of(kind) else {
        return Err(forbidden::kind(kind));
    };
    for (field, value) in node {
        if is_unset(value) || field.ends_with("location") {
            continue;
        }
        match allowed.get(field.as_str()) {
            Some(Field::Plain) => {}
            Some(Field::Nodes) => visit_nodes(value, names)?,
            Some(Field::Message(inner)) => {
                let fields = value.as_object().ok_or_else(|| unknown(field))?;
                visit(inner, fields, names)?;
            }
            None => return Err(forbidden::field(kind, field)),
        }
    }
    collect(kind, node, names)
}

/// The value of a field that was not written. Protocol buffers do not tell "zero" from "unset".
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) => false,
    }
}

fn collect(kind: &str, node: &Node, names: &mut Names) -> Result<(), Refusal> {
    match kind {
        "FuncCall" => collect_call(node, names)?,
        "ColumnRef" => collect_attributes(strings(node, "fields").skip(1), names),
        "AIndirection" => collect_attributes(strings(node, "indirection"), names),
        "AExpr" => collect_operator(node, "name", names)?,
        "SubLink" => collect_operator(node, "oper_name", names)?,
        "SortBy" => collect_operator(node, "use_op", names)?,
        "TypeName" => {
            let name = qualified(strings(node, "names"))?;
            names.types.insert(TypeUse {
                name,
                is_optional: false,
            });
        }
        "RangeVar" => collect_relation(node, names)?,
        "RangeTableSample" => {
            let name = qualified(strings(node, "method"))?;
            names.functions.insert(FunctionCall {
                name,
                arguments: Some(1),
                is_optional: false,
            });
        }
        "CommonTableExpr" => {
            names.with_queries.insert(text(node, "ctename").to_owned());
        }
        "VariableShowStmt" => {
            names.settings.insert(text(node, "name").to_owned());
        }
        _ if kind.starts_with("Json") => collect_json_keywords(names),
        _ => {}
    }
    Ok(())
}

fn collect_call(node: &Node, names: &mut Names) -> Result<(), Refusal> {
    let name = qualified(strings(node, "funcname"))?;
    let count = node.get("args").and_then(Value::as_array).map_or(0, Vec::len);
    // Of an ordered-set aggregate the sort columns are arguments too.
    let is_ordered_set = node.get("agg_within_group").and_then(Value::as_bool) == Some(true);
    let arguments = (!is_ordered_set).then_some(count);
    if arguments == Some(1) {
        names.types.insert(TypeUse {
            name: name.clone(),
            is_optional: true,
        });
    }
    names.functions.insert(FunctionCall {
        name,
        arguments,
        is_optional: false,
    });
    Ok(())
}

/// `x.f` and `(x).f` call the function f of one argument where x has no column f:
/// `SELECT s.nextval FROM unnest(…) s` moves a sequence.
fn collect_attributes<'a>(attributes: impl Iterator<Item = &'a str>, names: &mut Names) {
    for attribute in attributes {
        let name = Name::plain(attribute);
        names.functions.insert(FunctionCall {
            name,
            arguments: Some(1),
            is_optional: true,
        });
    }
}

fn collect_operator(node: &Node, field: &str, names: &mut Names) -> Result<(), Refusal> {
    if strings(node, field).next().is_some() {
        names.operators.insert(qualified(strings(node, field))?);
    }
    Ok(())
}

fn collect_relation(node: &Node, names: &mut Names) -> Result<(), Refusal> {
    if !text(node, "catalogname").is_empty() {
        return Err(three_parts(text(node, "relname")));
    }
    let name = text(node, "relname").to_owned();
    let schema = Some(text(node, "schemaname").to_owned()).filter(|schema| !schema.is_empty());
    names.relations.insert(Name { schema, name });
    Ok(())
}

/// Words that the parser's grammar reads as SQL/JSON, but that an older server reads as
/// calls of functions which a user may have made.
fn collect_json_keywords(names: &mut Names) {
    const KEYWORDS: [&str; 11] = [
        "json",
        "json_array",
        "json_arrayagg",
        "json_exists",
        "json_object",
        "json_objectagg",
        "json_query",
        "json_scalar",
        "json_serialize",
        "json_table",
        "json_value",
    ];
    for keyword in KEYWORDS {
        let name = Name::plain(keyword);
        names.functions.insert(FunctionCall {
            name,
            arguments: None,
            is_optional: true,
        });
    }
}

fn qualified<'a>(parts: impl Iterator<Item = &'a str>) -> Result<Name, Refusal> {
    match parts.collect::<Vec<_>>()[..] {
        [name] => Ok(Name::plain(name)),
        [schema, name] => Ok(Name::in_schema(schema, name)),
        [_, _, name] => Err(three_parts(name)),
        _ => Err(unknown("a name of more than three parts")),
    }
}

fn strings<'a>(node: &'a Node, field: &str) -> impl Iterator<Item = &'a str> {
    let items = node.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| match kind_of(item) {
        Some(("String", fields)) => fields.get("sval").and_then(Value::as_str),
        _ => None,
    })
}

fn text<'a>(node: &'a Node, field: &str) -> &'a str {
    node.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn three_parts(name: &str) -> Refusal {
    Refusal::new(
        UNKNOWN_SYNTAX,
        format!(
            "This is not run as a read: {name} is given with the name of a database. Leave the database's name out; a statement runs in the target's own."
        ),
    )
}

fn unknown(what: &str) -> Refusal {
    Refusal::new(
        UNKNOWN_SYNTAX,
        format!("This is not run as a read: it holds {what}, which is not known to be harmless. Write it more simply."),
    )
}
