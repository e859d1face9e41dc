//! Second stage: what the names of a statement mean on the server it would run on.

mod casts;
mod functions;
mod lookups;
mod operators;
mod relations;
mod session;
mod types_in_play;

use std::collections::HashSet;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::names::Names;
use super::refusal::{NOT_PERMITTED, Refusal, TOO_COMPLEX};
use super::statement::{Kind, ReadOnlyStatement};
use lookups::Catalogue;
pub use lookups::Lookups;

/// A read-only statement whose every function, view, type and operator was looked up and
/// found harmless. Made only by [`check_catalogue`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedStatement {
    statement: ReadOnlyStatement,
}

impl CheckedStatement {
    pub fn statement(&self) -> &ReadOnlyStatement {
        &self.statement
    }

    /// The text to run, on the connection and in the transaction that it was checked in.
    pub fn text(&self) -> &str {
        self.statement.text()
    }
}

/// Why a statement was not found harmless.
#[derive(Debug)]
pub enum CheckFailure {
    /// It is not a read, or not surely one.
    Refused(Refusal),
    /// The catalogue could not be read: connection lost, cancelled, timed out.
    Unreadable(tokio_postgres::Error),
}

impl std::fmt::Display for CheckFailure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::Unreadable(_) => formatter.write_str(
                "Could not judge the statement: the server's catalogue could not be read, so the statement was not run. Try again, and check the target's connection and role.",
            ),
        }
    }
}

impl std::error::Error for CheckFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Unreadable(error) => Some(error),
        }
    }
}

impl From<Refusal> for CheckFailure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<tokio_postgres::Error> for CheckFailure {
    fn from(error: tokio_postgres::Error) -> Self {
        // Looking a name up in a schema that is closed to the role is an error of its own.
        if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return Self::Refused(Refusal::new(
                NOT_PERMITTED,
                "This is not run: the target's role may not look into a schema that it names. Grant the role USAGE on that schema, or read another.",
            ));
        }
        Self::Unreadable(error)
    }
}

/// Each round can bring new names (a type's check calls a function, which returns a type).
const MOST_ROUNDS: usize = 8;

/// Looks up everything that the statement names, and what lies behind it: views are opened
/// down to their tables, row-security policies and the checks of domains are read as
/// expressions, and operators, casts and types are followed to the functions they run.
///
/// Call it inside the read-only transaction that will run the statement (see
/// [`super::begin_read_only`]): the names are then looked up with the search path that will
/// count. It only reads catalogues that every role may read; about ten short queries. For a
/// connection that is used again, [`Lookups::check`] is several times faster.
///
/// Not judged: expressions of indexes, check constraints and generated columns (PostgreSQL
/// demands immutable functions there; their declaration is believed), planner support
/// functions, and functions that another session replaces between the check and the run. The
/// read-only transaction and the target's role are what stands against those.
pub async fn check_catalogue(client: &Client, statement: &ReadOnlyStatement) -> Result<CheckedStatement, CheckFailure> {
    Lookups::default().check(client, statement).await
}

impl Lookups {
    /// What [`check_catalogue`] does, with the questions prepared on the first call. `client`
    /// must be the same connection every time.
    pub async fn check(
        &self,
        client: &Client,
        statement: &ReadOnlyStatement,
    ) -> Result<CheckedStatement, CheckFailure> {
        let catalogue = Catalogue { client, lookups: self };
        let mut names = statement.names().clone();
        let schemas = session::search_path(&catalogue).await?;
        if statement.kind() != Kind::Show {
            check_names(&catalogue, &schemas, &mut names).await?;
        }
        session::check_secret_settings(&catalogue, &names).await?;
        Ok(CheckedStatement {
            statement: statement.clone(),
        })
    }
}

async fn check_names(catalogue: &Catalogue<'_>, schemas: &[String], names: &mut Names) -> Result<(), CheckFailure> {
    let opened = relations::open(catalogue, names).await?;
    let mut results = HashSet::new();
    for _ in 0..MOST_ROUNDS {
        // Asked together: the questions travel in one go.
        let (types, functions, operators, casts) = futures::try_join!(
            types_in_play::find(catalogue, schemas, names, &opened, &results),
            functions::look_up(catalogue, schemas, &names.functions),
            operators::look_up(catalogue, schemas, &names.operators),
            casts::look_up(catalogue),
        )?;
        let mut new_results = functions::judge(&names.functions, &functions, &types)?;
        let behind_operators = operators::behind(&operators, &types);
        new_results.extend(behind_operators.result_types);

        let known = names.count();
        names.extend(types.names_in_checks.clone());
        if known != names.count() || !new_results.is_subset(&results) {
            results.extend(new_results);
            continue;
        }
        let mut implicit = behind_operators.functions;
        implicit.extend(&opened.exact_functions);
        implicit.extend(&types.functions);
        implicit.extend(casts::behind(&casts, &types));
        return functions::judge_implicit(catalogue, &implicit).await;
    }
    Err(Refusal::new(
        TOO_COMPLEX,
        "This is not run as a read: its types and functions lead to ever more of them. Ask for fewer columns.",
    )
    .into())
}

#[cfg(test)]
mod tests;
