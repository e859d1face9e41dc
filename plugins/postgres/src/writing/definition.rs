//! Statements that define or remove one thing: the few whose effect the grammar alone can tell.

use super::{Refused, named, not_rated};
use crate::identifier;
use pg_query::{
    NodeEnum,
    protobuf::{
        AlterTableStmt, AlterTableType, ColumnDef, ConstrType, CreateStmt, DropBehavior, DropStmt, Node, ObjectType,
        RenameStmt,
    },
};

/// A definition that is made, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Written anew by the parser. This is what runs.
    pub text: String,
    pub kind: DefinitionKind,
    /// The table (or view, or sequence) that it is about, quoted where needed.
    pub on: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DefinitionKind {
    /// A new table of plain columns.
    CreateTable,
    /// A new column without a default.
    AddColumn {
        column: String,
    },
    DropColumn {
        column: String,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    RenameTable {
        to: String,
    },
    /// A table, view or sequence.
    Drop {
        what: &'static str,
    },
    Truncate,
}

pub(super) fn of(node: &NodeEnum, text: String) -> Result<Definition, Refused> {
    let (kind, on) = match node {
        NodeEnum::CreateStmt(create) => create_table(create)?,
        NodeEnum::AlterTableStmt(alter) => alter_table(alter)?,
        NodeEnum::RenameStmt(rename) => rename_thing(rename)?,
        NodeEnum::DropStmt(drop) => drop_thing(drop)?,
        NodeEnum::TruncateStmt(truncate) => {
            let [
                Node {
                    node: Some(NodeEnum::RangeVar(table)),
                },
            ] = &truncate.relations[..]
            else {
                return Err(not_rated("TRUNCATE of several tables; give one"));
            };
            if truncate.behavior == DropBehavior::DropCascade as i32 || truncate.restart_seqs {
                return Err(not_rated(
                    "TRUNCATE with CASCADE or RESTART IDENTITY reaches other things",
                ));
            }
            (DefinitionKind::Truncate, named(Some(table))?)
        }
        other => return Err(refused(other)),
    };
    Ok(Definition { text, kind, on })
}

/// What to say of a statement that is not for this tool.
fn refused(node: &NodeEnum) -> Refused {
    let (code, why) = match node {
        NodeEnum::SelectStmt(_) | NodeEnum::ExplainStmt(_) | NodeEnum::VariableShowStmt(_) => {
            ("postgres.reads_only", "it only reads; postgres.run_query runs it")
        }
        NodeEnum::IndexStmt(_) => ("postgres.other_tool", "postgres.create_index makes indexes"),
        NodeEnum::VacuumStmt(_) => ("postgres.other_tool", "postgres.vacuum_table and analyze_table do that"),
        NodeEnum::ReindexStmt(_) => ("postgres.other_tool", "postgres.reindex_table does that"),
        NodeEnum::GrantStmt(_) | NodeEnum::GrantRoleStmt(_) => (
            "postgres.other_tool",
            "postgres.grant_permission and revoke_permission do that",
        ),
        NodeEnum::CreateRoleStmt(_) => ("postgres.other_tool", "postgres.create_user does that"),
        NodeEnum::DropRoleStmt(_) => ("postgres.other_tool", "postgres.drop_user does that"),
        NodeEnum::CopyStmt(_) => (
            "postgres.not_rated",
            "COPY reads and writes files and programs of the server",
        ),
        NodeEnum::DoStmt(_) | NodeEnum::CallStmt(_) | NodeEnum::ExecuteStmt(_) => {
            ("postgres.not_rated", "it runs code that cannot be seen in it")
        }
        NodeEnum::TransactionStmt(_) => ("postgres.not_rated", "BEGIN, COMMIT and the like are ours to say"),
        NodeEnum::VariableSetStmt(_)
        | NodeEnum::AlterRoleStmt(_)
        | NodeEnum::AlterRoleSetStmt(_)
        | NodeEnum::AlterSystemStmt(_)
        | NodeEnum::AlterDatabaseSetStmt(_) => ("postgres.not_rated", "it changes settings or roles"),
        _ => (
            "postgres.not_rated",
            "what a statement of this kind does is not known here",
        ),
    };
    (code, why.to_owned())
}

fn create_table(create: &CreateStmt) -> Result<(DefinitionKind, String), Refused> {
    let is_more = !create.inh_relations.is_empty()
        || create.partbound.is_some()
        || create.partspec.is_some()
        || create.of_typename.is_some()
        || !create.constraints.is_empty()
        || !create.options.is_empty()
        || !create.tablespacename.is_empty()
        || !create.access_method.is_empty()
        || create.if_not_exists;
    if is_more {
        return Err(not_rated("CREATE TABLE with more than plain columns and keys"));
    }
    for element in &create.table_elts {
        match &element.node {
            Some(NodeEnum::ColumnDef(column)) => plain_column(column, true)?,
            Some(NodeEnum::Constraint(key)) if is_key(key.contype) => {}
            _ => return Err(not_rated("CREATE TABLE with more than plain columns and keys")),
        }
    }
    Ok((DefinitionKind::CreateTable, named(create.relation.as_ref())?))
}

fn is_key(contype: i32) -> bool {
    contype == ConstrType::ConstrPrimary as i32 || contype == ConstrType::ConstrUnique as i32
}

/// A type, and NOT NULL or a key where there are no rows yet: nothing that runs a function.
fn plain_column(column: &ColumnDef, is_new_table: bool) -> Result<(), Refused> {
    let is_plain = |node: &Node| match &node.node {
        Some(NodeEnum::Constraint(constraint)) => {
            constraint.contype == ConstrType::ConstrNull as i32
                || is_new_table
                    && (is_key(constraint.contype) || constraint.contype == ConstrType::ConstrNotnull as i32)
        }
        _ => false,
    };
    if column.raw_default.is_some() || !column.constraints.iter().all(is_plain) {
        return Err(not_rated(format!(
            "the column \"{}\" has a default or a constraint that would have to run or to hold for the rows; add it without",
            column.colname
        )));
    }
    Ok(())
}

fn alter_table(alter: &AlterTableStmt) -> Result<(DefinitionKind, String), Refused> {
    let on = named(alter.relation.as_ref())?;
    let [
        Node {
            node: Some(NodeEnum::AlterTableCmd(command)),
        },
    ] = &alter.cmds[..]
    else {
        return Err(not_rated("ALTER TABLE with several changes; give one"));
    };
    if alter.objtype != ObjectType::ObjectTable as i32 || command.behavior == DropBehavior::DropCascade as i32 {
        return Err(not_rated(
            "only a column of a table is added or dropped here, and never with CASCADE",
        ));
    }
    if command.subtype == AlterTableType::AtAddColumn as i32 {
        let Some(NodeEnum::ColumnDef(column)) = command.def.as_deref().and_then(|def| def.node.as_ref()) else {
            return Err(not_rated("the new column cannot be read"));
        };
        plain_column(column, false)?;
        if command.missing_ok {
            return Err(not_rated("IF NOT EXISTS leaves open what it does"));
        }
        return Ok((
            DefinitionKind::AddColumn {
                column: column.colname.clone(),
            },
            on,
        ));
    }
    if command.subtype == AlterTableType::AtDropColumn as i32 && !command.missing_ok {
        return Ok((
            DefinitionKind::DropColumn {
                column: command.name.clone(),
            },
            on,
        ));
    }
    Err(not_rated("this kind of ALTER TABLE"))
}

fn rename_thing(rename: &RenameStmt) -> Result<(DefinitionKind, String), Refused> {
    let on = named(rename.relation.as_ref())?;
    let kind = if rename.rename_type == ObjectType::ObjectTable as i32 {
        DefinitionKind::RenameTable {
            to: rename.newname.clone(),
        }
    } else if rename.rename_type == ObjectType::ObjectColumn as i32
        && rename.relation_type == ObjectType::ObjectTable as i32
    {
        DefinitionKind::RenameColumn {
            from: rename.subname.clone(),
            to: rename.newname.clone(),
        }
    } else {
        return Err(not_rated("only tables and their columns are renamed here"));
    };
    Ok((kind, on))
}

fn drop_thing(drop: &DropStmt) -> Result<(DefinitionKind, String), Refused> {
    let what = match ObjectType::try_from(drop.remove_type) {
        Ok(ObjectType::ObjectTable) => "table",
        Ok(ObjectType::ObjectView) => "view",
        Ok(ObjectType::ObjectSequence) => "sequence",
        Ok(ObjectType::ObjectIndex) => {
            return Err(("postgres.other_tool", "postgres.drop_index drops indexes".to_owned()));
        }
        _ => return Err(not_rated("only tables, views and sequences are dropped here")),
    };
    if drop.behavior == DropBehavior::DropCascade as i32 {
        return Err(not_rated("CASCADE drops things that are not named"));
    }
    if drop.missing_ok {
        return Err(not_rated("IF EXISTS leaves open what it does"));
    }
    let [
        Node {
            node: Some(NodeEnum::List(name)),
        },
    ] = &drop.objects[..]
    else {
        return Err(not_rated("it drops several things; give one"));
    };
    let parts: Vec<&str> = name
        .items
        .iter()
        .filter_map(|part| match &part.node {
            Some(NodeEnum::String(text)) => Some(text.sval.as_str()),
            _ => None,
        })
        .collect();
    let on = match parts[..] {
        [name] => identifier::plain(name),
        [schema, name] => identifier::qualified(schema, name),
        _ => return Err(not_rated("it names a database; a statement runs in the target's own")),
    };
    Ok((DefinitionKind::Drop { what }, on))
}
