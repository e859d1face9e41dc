//! The session's settings, as far as the meaning of a statement hangs on them.

use super::CheckFailure;
use super::lookups::Catalogue;
use crate::guard::names::Names;
use crate::guard::refusal::{Refusal, SECRET, UNSAFE_SESSION};

/// The schemas that names without one are looked up in, in order.
///
/// Refuses a session in which a user's function could stand before a built-in one of the
/// same name, or in which backslashes in strings mean more than they did to the parser.
pub(super) async fn search_path(catalogue: &Catalogue<'_>) -> Result<Vec<String>, CheckFailure> {
    // The last column is for this transaction only: planning the guard's questions anew for each
    // list of names costs several times what answering them does.
    let sql = "SELECT pg_catalog.current_schemas(true)::pg_catalog.text[], \
               pg_catalog.current_setting('standard_conforming_strings'), \
               pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)";
    let rows = catalogue.rows(sql, &[]).await?;
    let Some(row) = rows.first() else {
        return Err(unsafe_session("it has no search path", "Check the target's role").into());
    };
    let schemas: Vec<String> = row.try_get(0)?;
    let conforming: &str = row.try_get(1)?;
    if conforming != "on" {
        return Err(unsafe_session(
            "standard_conforming_strings is off, so backslashes in strings are ambiguous",
            "Set it to on for the target's role",
        )
        .into());
    }
    // Functions are never looked up in the schema of temporary objects.
    let first = schemas.iter().find(|schema| !schema.starts_with("pg_temp"));
    if first.is_none_or(|schema| schema != "pg_catalog") {
        return Err(unsafe_session(
            "the search path puts another schema before pg_catalog, so built-in functions may be replaced",
            "Leave pg_catalog out of search_path for the target's role",
        )
        .into());
    }
    Ok(schemas)
}

/// Refuses what would show settings while one of them holds a password.
pub(super) async fn check_secret_settings(catalogue: &Catalogue<'_>, names: &Names) -> Result<(), CheckFailure> {
    if !shows_settings(names) {
        return Ok(());
    }
    let sql = "SELECT name FROM pg_catalog.pg_settings \
               WHERE setting ~* 'passw' AND name = ANY ($1) ORDER BY 1 LIMIT 1";
    let row = catalogue
        .rows(sql, &[(&SECRET_SETTINGS, tokio_postgres::types::Type::TEXT_ARRAY)])
        .await?;
    let Some(row) = row.first() else {
        return Ok(());
    };
    let name: &str = row.try_get(0)?;
    Err(Refusal::new(
        SECRET,
        format!("This is not run: it could show the setting {name}, which holds a password on this server. Put the password in a password file, or show one other setting with SHOW."),
    )
    .into())
}

/// Settings whose value is a connection string or a command line.
const SECRET_SETTINGS: &[&str] = &[
    "archive_cleanup_command",
    "archive_command",
    "primary_conninfo",
    "recovery_end_command",
    "restore_command",
    "ssl_passphrase_command",
];

fn shows_settings(names: &Names) -> bool {
    let reads_any = ["current_setting", "pg_show_all_settings"];
    let is_secret = |name: &String| {
        name.eq_ignore_ascii_case("all") || SECRET_SETTINGS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
    };
    names
        .functions
        .iter()
        .any(|call| reads_any.contains(&call.name.name.as_str()))
        || names.settings.iter().any(is_secret)
}

fn unsafe_session(why: &str, next: &str) -> Refusal {
    Refusal::new(UNSAFE_SESSION, format!("This is not run as a read: {why}. {next}."))
}
