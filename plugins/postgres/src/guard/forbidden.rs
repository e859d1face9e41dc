//! What to say about a part of a statement that no read may have.

use super::refusal::{Refusal, UNKNOWN_SYNTAX};

/// A node kind that is not in the grammar table.
pub(super) fn kind(kind: &str) -> Refusal {
    if let Some((_, what)) = KNOWN_KINDS.iter().find(|(known, _)| *known == kind) {
        return Refusal::not_read_only(what);
    }
    if let Some(words) = kind.strip_suffix("Stmt") {
        return Refusal::not_read_only(format_args!("it is a statement of the kind {}", spaced(words)));
    }
    Refusal::new(
        UNKNOWN_SYNTAX,
        format!(
            "This is not run as a read: it holds a part of the kind {}, which is not known to be harmless. Write it without that part.",
            spaced(kind)
        ),
    )
}

/// A field that is set, of a kind that is in the table without it.
pub(super) fn field(kind: &str, field: &str) -> Refusal {
    match (kind, field) {
        ("SelectStmt", "into_clause") => Refusal::not_read_only("SELECT … INTO creates a table"),
        ("SelectStmt", "locking_clause") => Refusal::not_read_only("FOR UPDATE, FOR SHARE and the like lock the rows"),
        _ => Refusal::new(
            UNKNOWN_SYNTAX,
            format!(
                "This is not run as a read: {} with {field} is not known to be harmless. Write it without that part.",
                spaced(kind)
            ),
        ),
    }
}

const KNOWN_KINDS: &[(&str, &str)] = &[
    ("InsertStmt", "INSERT writes rows"),
    ("UpdateStmt", "UPDATE writes rows"),
    ("DeleteStmt", "DELETE removes rows"),
    ("MergeStmt", "MERGE writes rows"),
    ("TruncateStmt", "TRUNCATE removes rows"),
    (
        "CopyStmt",
        "COPY writes rows, or reads and writes files and programs on the server",
    ),
    (
        "TransactionStmt",
        "BEGIN, COMMIT, ROLLBACK and the like would leave the read-only transaction",
    ),
    (
        "VariableSetStmt",
        "SET and RESET change the session, its role or its limits",
    ),
    ("DoStmt", "DO runs arbitrary code"),
    ("CallStmt", "CALL runs a procedure, which may do anything"),
    ("PrepareStmt", "PREPARE changes the session; give the statement itself"),
    (
        "ExecuteStmt",
        "EXECUTE runs a statement that cannot be seen here; give the statement itself",
    ),
    ("DeallocateStmt", "DEALLOCATE changes the session"),
    ("DeclareCursorStmt", "DECLARE opens a cursor; give the query itself"),
    ("FetchStmt", "FETCH and MOVE need a cursor; give the query itself"),
    ("ClosePortalStmt", "CLOSE needs a cursor"),
    ("ListenStmt", "LISTEN changes the session"),
    ("UnlistenStmt", "UNLISTEN changes the session"),
    ("NotifyStmt", "NOTIFY sends a message to other sessions"),
    ("LockStmt", "LOCK locks tables"),
    ("DiscardStmt", "DISCARD changes the session"),
    ("LoadStmt", "LOAD loads code into the server"),
    (
        "CreateTableAsStmt",
        "CREATE TABLE AS and CREATE MATERIALIZED VIEW create a table",
    ),
    ("DropStmt", "DROP removes objects"),
    ("VacuumStmt", "VACUUM and ANALYZE rewrite pages or statistics"),
    ("IndexStmt", "CREATE INDEX creates an index"),
    ("ReindexStmt", "REINDEX rebuilds indexes"),
    ("GrantStmt", "GRANT and REVOKE change who may do what"),
    ("GrantRoleStmt", "GRANT and REVOKE change who may do what"),
    ("AlterSystemStmt", "ALTER SYSTEM changes the server's settings"),
    ("SetToDefault", "DEFAULT belongs to a statement that writes"),
    ("CurrentOfExpr", "WHERE CURRENT OF belongs to a statement that writes"),
];

/// `AlterTableStmt` → `alter table`.
fn spaced(kind: &str) -> String {
    let mut words = String::new();
    for character in kind.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}
