//! Settings of the whole installation: names and texts. Nothing secret.

use crate::{
    db::{self, values},
    error::Result,
    store::Store,
};

impl Store {
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        self.one("SELECT value FROM setting WHERE key = $1", values![key])
            .await?
            .map(|row| row.text("value"))
            .transpose()
    }

    /// Without an audit entry: these are the program's own notes (first start, last version), not a person's choice.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                db::execute(
                    &mut tx.connection,
                    "INSERT INTO setting (key, value) VALUES ($1, $2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    values![key, value],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }
}
