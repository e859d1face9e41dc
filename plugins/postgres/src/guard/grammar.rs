//! Which nodes of PostgreSQL's parse tree a read may hold, and which of their fields.
//!
//! Whatever is not in this table is refused: a node kind, or a field that is set. So a new
//! version of the grammar cannot bring in something that nobody looked at.
//!
//! Source: `pg_query.proto` of libpg_query 18 (the raw parse tree before analysis).

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a field of an allowed node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A number, text or flag without meaning for this judgement.
    Plain,
    /// A node or a list of nodes, each naming its own kind.
    Nodes,
    /// A message of this kind, which the tree does not name.
    Message(&'static str),
}

/// `name` is plain, `name*` holds nodes, `name=Kind` holds a message of that kind. Fields that
/// end in `location` are always plain.
const TABLE: &[(&str, &str)] = &[
    // Statements. Deliberately absent: `into_clause` (creates a table), `locking_clause`.
    (
        "SelectStmt",
        "distinct_clause* target_list* from_clause* where_clause* group_clause* group_distinct \
         having_clause* window_clause* values_lists* sort_clause* limit_offset* limit_count* \
         limit_option with_clause=WithClause op all larg=SelectStmt rarg=SelectStmt",
    ),
    ("VariableShowStmt", "name"),
    ("WithClause", "ctes* recursive"),
    (
        "CommonTableExpr",
        "ctename aliascolnames* ctematerialized ctequery* search_clause=CteSearchClause \
         cycle_clause=CteCycleClause",
    ),
    (
        "CteSearchClause",
        "search_col_list* search_breadth_first search_seq_column",
    ),
    (
        "CteCycleClause",
        "cycle_col_list* cycle_mark_column cycle_mark_value* cycle_mark_default* cycle_path_column",
    ),
    // What is read.
    (
        "RangeVar",
        "catalogname schemaname relname inh relpersistence alias=Alias",
    ),
    ("Alias", "aliasname colnames*"),
    ("RangeSubselect", "lateral subquery* alias=Alias"),
    (
        "RangeFunction",
        "lateral ordinality is_rowsfrom functions* alias=Alias coldeflist*",
    ),
    (
        "RangeTableFunc",
        "lateral docexpr* rowexpr* namespaces* columns* alias=Alias",
    ),
    (
        "RangeTableFuncCol",
        "colname type_name=TypeName for_ordinality is_not_null colexpr* coldefexpr*",
    ),
    ("RangeTableSample", "relation* method* args* repeatable*"),
    (
        "JoinExpr",
        "jointype is_natural larg* rarg* using_clause* join_using_alias=Alias quals* alias=Alias rtindex",
    ),
    // A column of `AS t(a int)` after a function; never a table's.
    (
        "ColumnDef",
        "colname type_name=TypeName is_local coll_clause=CollateClause",
    ),
    ("ResTarget", "name val*"),
    ("SortBy", "node* sortby_dir sortby_nulls use_op*"),
    (
        "WindowDef",
        "name refname partition_clause* order_clause* frame_options start_offset* end_offset*",
    ),
    ("GroupingSet", "kind content*"),
    ("GroupingFunc", "args*"),
    // Expressions.
    ("ColumnRef", "fields*"),
    ("ParamRef", "number"),
    ("AConst", "isnull val"),
    ("AStar", ""),
    ("AExpr", "kind name* lexpr* rexpr* rexpr_list_start rexpr_list_end"),
    ("AIndices", "is_slice lidx* uidx*"),
    ("AIndirection", "arg* indirection*"),
    ("AArrayExpr", "elements* list_start list_end"),
    ("TypeCast", "arg* type_name=TypeName"),
    // Deliberately absent: `setof` and `pct_type`, which belong to function definitions.
    ("TypeName", "names* typmods* typemod array_bounds*"),
    ("CollateClause", "arg* collname*"),
    (
        "FuncCall",
        "funcname* args* agg_order* agg_filter* over=WindowDef agg_within_group agg_star \
         agg_distinct func_variadic funcformat",
    ),
    ("NamedArgExpr", "arg* name argnumber"),
    ("BoolExpr", "boolop args*"),
    ("SubLink", "sub_link_type sub_link_id testexpr* oper_name* subselect*"),
    ("CaseExpr", "arg* args* defresult*"),
    ("CaseWhen", "expr* result*"),
    ("CoalesceExpr", "args*"),
    ("MinMaxExpr", "op args*"),
    ("NullTest", "arg* nulltesttype argisrow"),
    ("BooleanTest", "arg* booltesttype"),
    ("RowExpr", "args* row_format colnames*"),
    ("SqlvalueFunction", "op typmod"),
    (
        "XmlExpr",
        "op name named_args* arg_names* args* xmloption indent typmod",
    ),
    ("XmlSerialize", "xmloption expr* type_name=TypeName indent"),
    // SQL/JSON.
    (
        "JsonFuncExpr",
        "op column_name context_item=JsonValueExpr pathspec* passing* output=JsonOutput \
         on_empty=JsonBehavior on_error=JsonBehavior wrapper quotes",
    ),
    ("JsonValueExpr", "raw_expr* formatted_expr* format=JsonFormat"),
    ("JsonFormat", "format_type encoding"),
    ("JsonReturning", "format=JsonFormat typmod"),
    ("JsonOutput", "type_name=TypeName returning=JsonReturning"),
    ("JsonArgument", "val=JsonValueExpr name"),
    ("JsonBehavior", "btype expr* coerce"),
    (
        "JsonTable",
        "context_item=JsonValueExpr pathspec=JsonTablePathSpec passing* columns* \
         on_error=JsonBehavior alias=Alias lateral",
    ),
    (
        "JsonTableColumn",
        "coltype name type_name=TypeName pathspec=JsonTablePathSpec format=JsonFormat wrapper \
         quotes columns* on_empty=JsonBehavior on_error=JsonBehavior",
    ),
    ("JsonTablePathSpec", "string* name"),
    (
        "JsonObjectConstructor",
        "exprs* output=JsonOutput absent_on_null unique",
    ),
    ("JsonArrayConstructor", "exprs* output=JsonOutput absent_on_null"),
    (
        "JsonArrayQueryConstructor",
        "query* output=JsonOutput format=JsonFormat absent_on_null",
    ),
    (
        "JsonAggConstructor",
        "output=JsonOutput agg_filter* agg_order* over=WindowDef",
    ),
    (
        "JsonObjectAgg",
        "constructor=JsonAggConstructor arg=JsonKeyValue absent_on_null unique",
    ),
    (
        "JsonArrayAgg",
        "constructor=JsonAggConstructor arg=JsonValueExpr absent_on_null",
    ),
    ("JsonKeyValue", "key* value=JsonValueExpr"),
    ("JsonParseExpr", "expr=JsonValueExpr output=JsonOutput unique_keys"),
    ("JsonScalarExpr", "expr* output=JsonOutput"),
    ("JsonSerializeExpr", "expr=JsonValueExpr output=JsonOutput"),
    ("JsonIsPredicate", "expr* format=JsonFormat item_type unique_keys"),
    // Leaves.
    ("List", "items*"),
    ("String", "sval"),
    ("Integer", "ival"),
    ("Float", "fval"),
    ("Boolean", "boolval"),
    ("BitString", "bsval"),
];

static KINDS: LazyLock<HashMap<&'static str, HashMap<&'static str, Field>>> = LazyLock::new(|| {
    let fields = |text: &'static str| text.split_whitespace().map(field).collect();
    TABLE.iter().map(|(kind, text)| (*kind, fields(text))).collect()
});

fn field(word: &'static str) -> (&'static str, Field) {
    if let Some(name) = word.strip_suffix('*') {
        return (name, Field::Nodes);
    }
    match word.split_once('=') {
        Some((name, kind)) => (name, Field::Message(kind)),
        None => (word, Field::Plain),
    }
}

/// The fields that an allowed node of this kind may have; `None` for a kind that no read has.
pub(super) fn fields_of(kind: &str) -> Option<&'static HashMap<&'static str, Field>> {
    KINDS.get(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_in_the_table_is_itself_in_the_table() {
        for (kind, fields) in KINDS.iter() {
            for (name, field) in fields {
                if let Field::Message(inner) = field {
                    assert!(KINDS.contains_key(inner), "{kind}.{name} holds {inner}");
                }
            }
        }
        assert_eq!(KINDS.len(), TABLE.len());
    }
}
