//! Walking a chain from its first entry to its sealed end.

use super::{
    chain::{Head, Header, body_digest, no_hash},
    erase::ACTION,
};
use crate::{
    db::{Row, values},
    error::{Result, StoreError},
    readers::Reader,
    store::Store,
};
use steersman_protocol::{AuditBody, AuditVerification, OrganizationId};

/// Entries looked at in one go.
const STRIDE: i64 = 1000;

impl Store {
    /// Looks at every entry of one state of the database. The first thing that is wrong is told in words: a changed
    /// header or body, a missing, moved or added entry, a cut-off end, a body that vanished without an erasure.
    pub async fn verify_audit(&self, organization_id: OrganizationId) -> Result<AuditVerification> {
        let mut reader = self.reader().await?;
        reader.begin().await?;
        let mut walk = Walk::default();
        let found = self.walk(&mut reader, organization_id, &mut walk).await;
        reader.end().await?;
        let broken_at = match found {
            Ok(()) => None,
            Err(Stop::Wrong(sentence)) => Some(sentence),
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(AuditVerification {
            is_intact: broken_at.is_none(),
            entries: walk.head.number,
            erased_bodies: walk.missing_bodies.len() as i64,
            head: walk.head.hash,
            broken_at,
        })
    }

    async fn walk(
        &self,
        reader: &mut Reader,
        organization_id: OrganizationId,
        walk: &mut Walk,
    ) -> std::result::Result<(), Stop> {
        loop {
            let rows = reader
                .rows_inside(
                    "SELECT e.*, b.salt, b.body FROM audit_entry e
                     LEFT JOIN audit_body b ON b.organization_id = e.organization_id AND b.number = e.number
                     WHERE e.organization_id = $1 AND e.number > $2
                     ORDER BY e.number LIMIT $3",
                    values![organization_id, walk.head.number, STRIDE],
                )
                .await?;
            for row in &rows {
                walk.step(row)?;
            }
            if rows.len() < STRIDE as usize {
                break;
            }
        }
        self.check_end(reader, organization_id, &walk.head).await?;
        walk.check_erasures()
    }

    async fn check_end(
        &self,
        reader: &mut Reader,
        organization_id: OrganizationId,
        last: &Head,
    ) -> std::result::Result<(), Stop> {
        let rows = reader
            .rows_inside(
                "SELECT * FROM audit_head WHERE organization_id = $1",
                values![organization_id],
            )
            .await?;
        let Some(row) = rows.first() else {
            let organization = reader
                .rows_inside("SELECT id FROM organization WHERE id = $1", values![organization_id])
                .await?;
            return match last.number == 0 && organization.is_empty() {
                true => Ok(()),
                false => wrong("The sealed end of the log is missing"),
            };
        };
        let sealed = Head {
            number: row.int("number")?,
            hash: row.text("hash")?,
        };
        match sealed.check(&self.keys(), organization_id, &row.text("key_id")?, &row.text("seal")?) {
            Ok(()) => {}
            Err(StoreError::Tampered(_)) => {
                return wrong(format!(
                    "The seal over the end of the log does not fit: it says entry {}, but was changed by hand",
                    sealed.number
                ));
            }
            Err(error) => return Err(Stop::Failed(error)),
        }
        if last.number < sealed.number {
            return wrong(format!(
                "The end is cut off: the log ends with entry {}, its seal says {}",
                last.number, sealed.number
            ));
        }
        match *last == sealed {
            true => Ok(()),
            false => wrong(format!(
                "The end was rewritten: entry {} is not what was sealed as entry {}",
                last.number, sealed.number
            )),
        }
    }
}

/// Where the walk is and what it has seen.
struct Walk {
    head: Head,
    missing_bodies: Vec<i64>,
    /// Inclusive ranges that erasures owned up to.
    erased: Vec<(i64, i64)>,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            head: Head::first(),
            missing_bodies: Vec::new(),
            erased: Vec::new(),
        }
    }
}

enum Stop {
    Wrong(String),
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Stop::Failed(error)
    }
}

fn wrong(sentence: impl Into<String>) -> std::result::Result<(), Stop> {
    Err(Stop::Wrong(sentence.into()))
}

impl Walk {
    fn step(&mut self, row: &Row) -> std::result::Result<(), Stop> {
        let header = header(row)?;
        let number = header.number;
        let expected = self.head.number + 1;
        if number != expected {
            return match number - expected {
                1 => wrong(format!("Entry {expected} is missing")),
                _ => wrong(format!("Entries {expected} to {} are missing", number - 1)),
            };
        }
        let hash = row.text("hash")?;
        let before = if expected == 1 {
            no_hash()
        } else {
            self.head.hash.clone()
        };
        if header.hash() != hash {
            return wrong(format!("Entry {number} was changed: its header does not fit its hash"));
        }
        if header.previous_hash != before {
            return wrong(format!(
                "Entry {number} does not follow entry {}: one of them was moved, replaced or rewritten",
                number - 1
            ));
        }
        self.look_at_body(row, &header)?;
        self.head = Head { number, hash };
        Ok(())
    }

    fn look_at_body(&mut self, row: &Row, header: &Header) -> std::result::Result<(), Stop> {
        let number = header.number;
        let (Some(salt), Some(body)) = (row.text_if_set("salt")?, row.text_if_set("body")?) else {
            self.missing_bodies.push(number);
            return Ok(());
        };
        if body_digest(&salt, &body) != header.body_digest {
            return wrong(format!("Entry {number} was changed: its body does not fit its digest"));
        }
        if header.action == ACTION {
            let body: AuditBody =
                serde_json::from_str(&body).map_err(|error| Stop::Failed(StoreError::broken(error)))?;
            let ranges: Vec<(i64, i64)> =
                serde_json::from_value(body.parameters["numbers"].clone()).unwrap_or_default();
            // An erasure speaks for what was before it, never for what came after.
            self.erased
                .extend(ranges.into_iter().filter(|(_, last)| *last < number));
        }
        Ok(())
    }

    fn check_erasures(&mut self) -> std::result::Result<(), Stop> {
        self.erased.sort_unstable();
        let mut covered = self.erased.iter().copied().peekable();
        for &number in &self.missing_bodies {
            while covered.next_if(|(_, last)| *last < number).is_some() {}
            match covered.peek() {
                Some((first, _)) if *first <= number => {}
                _ => return wrong(format!("The body of entry {number} is missing, and no erasure says so")),
            }
        }
        Ok(())
    }
}

fn header(row: &Row) -> Result<Header> {
    Ok(Header {
        id: row.text("id")?,
        number: row.int("number")?,
        at: row.text("at")?,
        organization_id: row.text("organization_id")?,
        action: row.text("action")?,
        result: row.text("result")?,
        risk: row.text_if_set("risk")?,
        run_id: row.text_if_set("run_id")?,
        execution_id: row.text_if_set("execution_id")?,
        body_digest: row.text("body_digest")?,
        previous_hash: row.text("previous_hash")?,
    })
}
