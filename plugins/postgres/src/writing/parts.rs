//! The parts of INSERT, UPDATE, DELETE and MERGE as queries.

use super::{Added, Kind, Plain, Refused, Rows, named, not_rated, write};
use crate::identifier;
use pg_query::{
    NodeEnum,
    protobuf::{
        AConst, DeleteStmt, InsertStmt, LimitOption, MergeStmt, Node, RangeVar, ResTarget, SelectStmt, SetOperation,
        UpdateStmt, WithClause,
    },
};

pub(super) fn insert(insert: &InsertStmt, text: String) -> Result<Rows, Refused> {
    no_returning(insert.returning_clause.is_some())?;
    let Some(query) = insert.select_stmt.as_deref() else {
        return Err(not_rated("DEFAULT VALUES names no values; write them"));
    };
    let Some(NodeEnum::SelectStmt(source)) = &query.node else {
        return Err(not_rated("its rows are no query"));
    };
    let (mut source, mut defaulted) = ((**source).clone(), Vec::new());
    let mut exprs = Vec::new();
    for values in &mut source.values_lists {
        if let Some(NodeEnum::List(list)) = &mut values.node {
            for (at, value) in list.items.iter_mut().enumerate() {
                if matches!(value.node, Some(NodeEnum::SetToDefault(_))) {
                    defaulted.push(at);
                    *value = null();
                }
            }
        }
    }
    if let Some(with) = &insert.with_clause {
        if source.with_clause.is_some() {
            return Err(not_rated("it has two WITH clauses"));
        }
        source.with_clause = Some(with.clone());
    }
    let query = write(&NodeEnum::SelectStmt(Box::new(source.clone())))?;
    let conflict = insert.on_conflict_clause.as_deref();
    if let Some(conflict) = conflict {
        exprs.extend(values_of(&conflict.target_list)?);
        exprs.extend(conflict.where_clause.as_deref().cloned());
        if let Some(infer) = &conflict.infer {
            exprs.extend(infer.where_clause.as_deref().cloned());
            let is_plain = |node: &Node| matches!(&node.node, Some(NodeEnum::IndexElem(elem)) if elem.expr.is_none());
            if !infer.index_elems.iter().all(is_plain) {
                return Err(not_rated(
                    "ON CONFLICT names an expression; name columns or a constraint",
                ));
            }
        }
    }
    let table = named(insert.relation.as_ref())?;
    let mut from = vec![relation(insert.relation.as_ref())];
    from.push(sub_query(source));
    Ok(Rows {
        kind: Kind::Insert,
        text,
        table,
        judged: select(exprs, from, None, None)?,
        has_condition: true,
        touched: Some(format!("SELECT pg_catalog.count(*) FROM ({query}) AS added")),
        plain: None,
        set: Vec::new(),
        added: conflict.is_none().then(|| Added {
            columns: insert.cols.iter().filter_map(target_name).collect(),
            defaulted,
            query,
        }),
    })
}

pub(super) fn update(update: &UpdateStmt, text: String) -> Result<Rows, Refused> {
    no_returning(update.returning_clause.is_some())?;
    let exprs = values_of(&update.target_list)?;
    let set = update
        .target_list
        .iter()
        .filter_map(|target| Some((target_name(target)?, constant(target))))
        .collect();
    let touched = Touched {
        relation: update.relation.as_ref(),
        others: &update.from_clause,
        condition: update.where_clause.as_deref(),
        with: update.with_clause.as_ref(),
    };
    touched.rows(Kind::Update, text, exprs, set)
}

pub(super) fn delete(delete: &DeleteStmt, text: String) -> Result<Rows, Refused> {
    no_returning(delete.returning_clause.is_some())?;
    let touched = Touched {
        relation: delete.relation.as_ref(),
        others: &delete.using_clause,
        condition: delete.where_clause.as_deref(),
        with: delete.with_clause.as_ref(),
    };
    touched.rows(Kind::Delete, text, Vec::new(), Vec::new())
}

pub(super) fn merge(merge: &MergeStmt, text: String) -> Result<Rows, Refused> {
    no_returning(merge.returning_clause.is_some())?;
    let mut exprs: Vec<Node> = merge.join_condition.as_deref().cloned().into_iter().collect();
    for clause in &merge.merge_when_clauses {
        let Some(NodeEnum::MergeWhenClause(clause)) = &clause.node else {
            return Err(not_rated("it holds a clause that is not known"));
        };
        exprs.extend(clause.condition.as_deref().cloned());
        exprs.extend(values_of(&clause.target_list)?);
        exprs.extend(clause.values.iter().filter(|value| !is_default(value)).cloned());
    }
    let mut from = vec![relation(merge.relation.as_ref())];
    from.extend(merge.source_relation.as_deref().cloned());
    Ok(Rows {
        kind: Kind::Merge,
        text,
        table: named(merge.relation.as_ref())?,
        judged: select(exprs, from, None, merge.with_clause.clone())?,
        has_condition: true,
        touched: None,
        plain: None,
        set: Vec::new(),
        added: None,
    })
}

/// The rows that an UPDATE or DELETE touches.
struct Touched<'a> {
    relation: Option<&'a RangeVar>,
    others: &'a [Node],
    condition: Option<&'a Node>,
    with: Option<&'a WithClause>,
}

impl Touched<'_> {
    fn rows(
        &self,
        kind: Kind,
        text: String,
        exprs: Vec<Node>,
        set: Vec<(String, Option<String>)>,
    ) -> Result<Rows, Refused> {
        if matches!(
            self.condition.and_then(|node| node.node.as_ref()),
            Some(NodeEnum::CurrentOfExpr(_))
        ) {
            return Err(not_rated("WHERE CURRENT OF needs a cursor"));
        }
        let table = named(self.relation)?;
        let alias = self.relation.map_or("", |relation| {
            relation
                .alias
                .as_ref()
                .map_or(relation.relname.as_str(), |alias| alias.aliasname.as_str())
        });
        let alias = identifier::plain(alias);
        let from: Vec<Node> = std::iter::once(relation(self.relation))
            .chain(self.others.iter().cloned())
            .collect();
        let condition = self.condition.cloned();
        let is_alone = self.others.is_empty() && self.with.is_none();
        let plain = is_alone
            .then(|| select(Vec::new(), from.clone(), condition.clone(), None))
            .transpose()?
            .and_then(|text| text.strip_prefix("SELECT ").map(str::to_owned))
            .map(|from_where| Plain {
                alias: alias.clone(),
                from_where,
            });
        let columns = target_list(&format!(
            "DISTINCT {alias}.tableoid AS part, {alias}.ctid AS place, ({alias}.*)::text AS content"
        ))?;
        let rows = SelectStmt {
            distinct_clause: columns.distinct_clause,
            target_list: columns.target_list,
            from_clause: from.clone(),
            where_clause: condition.clone().map(Box::new),
            with_clause: self.with.cloned(),
            ..bare()
        };
        let rows = write(&NodeEnum::SelectStmt(Box::new(rows)))?;
        Ok(Rows {
            kind,
            text,
            table,
            judged: select(exprs, from, condition, self.with.cloned())?,
            has_condition: self.condition.is_some(),
            touched: Some(fingerprint(&rows)),
            plain,
            set,
            added: None,
        })
    }
}

/// Count, fingerprint and size of the rows of a query with a column `content`.
fn fingerprint(rows: &str) -> String {
    format!(
        "SELECT pg_catalog.count(*)::text, \
         coalesce(pg_catalog.sum(pg_catalog.hashtextextended(touched.content, 0)::numeric), 0)::text, \
         coalesce(pg_catalog.sum(pg_catalog.octet_length(touched.content)), 0)::text FROM ({rows}) AS touched"
    )
}

fn no_returning(has: bool) -> Result<(), Refused> {
    if has {
        return Err(not_rated("RETURNING is not shown by this tool; leave it out"));
    }
    Ok(())
}

/// The expressions of `SET a = …`; DEFAULT is none.
fn values_of(targets: &[Node]) -> Result<Vec<Node>, Refused> {
    let mut values = Vec::new();
    for target in targets {
        let Some(NodeEnum::ResTarget(target)) = &target.node else {
            return Err(not_rated("it sets something that is no column"));
        };
        if !target.indirection.is_empty() {
            return Err(not_rated("it sets a part of a column; set the whole column"));
        }
        match target.val.as_deref() {
            Some(value) if is_default(value) => {}
            Some(Node {
                node: Some(NodeEnum::MultiAssignRef(_)),
            }) => return Err(not_rated("it sets several columns at once; set each on its own")),
            Some(value) => values.push(value.clone()),
            None => {}
        }
    }
    Ok(values)
}

fn is_default(node: &Node) -> bool {
    matches!(node.node, Some(NodeEnum::SetToDefault(_)))
}

fn target_name(target: &Node) -> Option<String> {
    match &target.node {
        Some(NodeEnum::ResTarget(target)) => Some(target.name.clone()),
        _ => None,
    }
}

/// The value of `SET a = 'x'`, where it is a constant, perhaps under a cast.
fn constant(target: &Node) -> Option<String> {
    let Some(NodeEnum::ResTarget(target)) = &target.node else {
        return None;
    };
    let value = target.val.as_deref()?;
    let inner = match &value.node {
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref()?,
        _ => value,
    };
    if !matches!(inner.node, Some(NodeEnum::AConst(_))) {
        return None;
    }
    let text = select(vec![value.clone()], Vec::new(), None, None).ok()?;
    text.strip_prefix("SELECT ").map(str::to_owned)
}

fn null() -> Node {
    Node {
        node: Some(NodeEnum::AConst(AConst {
            isnull: true,
            ..AConst::default()
        })),
    }
}

fn relation(relation: Option<&RangeVar>) -> Node {
    Node {
        node: relation.cloned().map(NodeEnum::RangeVar),
    }
}

fn sub_query(query: SelectStmt) -> Node {
    let alias = pg_query::protobuf::Alias {
        aliasname: "excluded".to_owned(),
        colnames: Vec::new(),
    };
    Node {
        node: Some(NodeEnum::RangeSubselect(Box::new(pg_query::protobuf::RangeSubselect {
            lateral: false,
            subquery: Some(Box::new(Node {
                node: Some(NodeEnum::SelectStmt(Box::new(query))),
            })),
            alias: Some(alias),
        }))),
    }
}

/// A SELECT without anything, in the parser's way of saying so.
fn bare() -> SelectStmt {
    SelectStmt {
        limit_option: LimitOption::Default as i32,
        op: SetOperation::SetopNone as i32,
        ..SelectStmt::default()
    }
}

fn target_list(text: &str) -> Result<SelectStmt, Refused> {
    let parsed = pg_query::parse(&format!("SELECT {text}"), 0).map_err(|_| not_rated("its table cannot be named"))?;
    match parsed
        .protobuf
        .stmts
        .first()
        .and_then(|raw| raw.stmt.as_ref()?.node.clone())
    {
        Some(NodeEnum::SelectStmt(select)) => Ok(*select),
        _ => Err(not_rated("its table cannot be named")),
    }
}

/// `SELECT exprs FROM from WHERE condition`.
fn select(
    exprs: Vec<Node>,
    from: Vec<Node>,
    condition: Option<Node>,
    with: Option<WithClause>,
) -> Result<String, Refused> {
    let target = |expr: Node| Node {
        node: Some(NodeEnum::ResTarget(Box::new(ResTarget {
            val: Some(Box::new(expr)),
            ..ResTarget::default()
        }))),
    };
    write(&NodeEnum::SelectStmt(Box::new(SelectStmt {
        target_list: exprs.into_iter().map(target).collect(),
        from_clause: from,
        where_clause: condition.map(Box::new),
        with_clause: with,
        ..bare()
    })))
}
