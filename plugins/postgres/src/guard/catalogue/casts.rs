//! Casts that somebody made: they run without a word in the statement.

use super::CheckFailure;
use super::lookups::Catalogue;
use super::types_in_play::TypesInPlay;
use crate::guard::rating::FIRST_USER_OID;
use tokio_postgres::types::Type;

/// A cast that runs a function.
pub(super) struct Cast {
    between: [u32; 2],
    function: u32,
}

/// All user casts. Explicit ones count too: `to_json` looks for them by itself.
pub(super) async fn look_up(catalogue: &Catalogue<'_>) -> Result<Vec<Cast>, CheckFailure> {
    let sql = "SELECT c.castsource, c.casttarget, c.castfunc FROM pg_catalog.pg_cast c \
               WHERE c.castfunc >= $1 AND c.castmethod = 'f'";
    let rows = catalogue.rows(sql, &[(&FIRST_USER_OID, Type::OID)]).await?;
    let found = rows.iter().map(|row| {
        Ok(Cast {
            between: [row.try_get(0)?, row.try_get(1)?],
            function: row.try_get(2)?,
        })
    });
    Ok(found.collect::<Result<_, tokio_postgres::Error>>()?)
}

/// The functions of the casts between types that could occur.
pub(super) fn behind(casts: &[Cast], types: &TypesInPlay) -> impl Iterator<Item = u32> {
    casts
        .iter()
        .filter(|cast| types.could_take(&cast.between))
        .map(|cast| cast.function)
}
