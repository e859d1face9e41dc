//! Pages of lists: newest first, continued by a cursor.

use crate::{
    db::{Row, time_text},
    error::{Result, StoreError},
};
use std::fmt::Display;
use steersman_protocol::{Page, Timestamp};

const MOST: u32 = 500;

/// Which page is wanted. `limit` is brought into 1..=500; `cursor` is the `next_cursor` of the page before.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub limit: u32,
    pub cursor: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            limit: 50,
            cursor: None,
        }
    }
}

impl PageRequest {
    fn size(&self) -> usize {
        self.limit.clamp(1, MOST) as usize
    }

    /// One more than asked for: whether there is a next page.
    pub(crate) fn rows(&self) -> i64 {
        self.size() as i64 + 1
    }

    /// Time and id of the last item seen, for lists ordered by both.
    pub(crate) fn after(&self) -> Result<(Option<String>, Option<String>)> {
        let Some(cursor) = &self.cursor else {
            return Ok((None, None));
        };
        let (time, id) = cursor.split_once('~').ok_or_else(bad_cursor)?;
        let time: Timestamp = time.parse().map_err(|_| bad_cursor())?;
        Ok((Some(time_text(time)), Some(id.to_owned())))
    }

    /// Number of the last item seen, for lists ordered by a number.
    pub(crate) fn after_number(&self) -> Result<Option<i64>> {
        self.cursor
            .as_ref()
            .map(|cursor| cursor.parse().map_err(|_| bad_cursor()))
            .transpose()
    }

    /// Reads the rows into a page; `cursor` tells an item's place.
    pub(crate) fn page<T>(
        &self,
        rows: Vec<Row>,
        read: impl Fn(&Row) -> Result<T>,
        cursor: impl Fn(&T) -> String,
    ) -> Result<Page<T>> {
        let has_more = rows.len() > self.size();
        let items = rows.iter().take(self.size()).map(read).collect::<Result<Vec<T>>>()?;
        let next_cursor = items.last().filter(|_| has_more).map(cursor);
        Ok(Page { items, next_cursor })
    }
}

pub(crate) fn cursor(time: Timestamp, id: impl Display) -> String {
    format!("{}~{id}", time_text(time))
}

fn bad_cursor() -> StoreError {
    StoreError::Invalid("this cursor is not from the page before".into())
}
