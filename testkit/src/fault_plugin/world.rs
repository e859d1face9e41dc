//! What the fault plugin changes, and the places where a test can hold it.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::watch;

/// Names and values, how often each thing was done, and gates.
#[derive(Default)]
pub struct World {
    values: Mutex<BTreeMap<String, String>>,
    keys: Mutex<Vec<String>>,
    planned: AtomicUsize,
    cancelled: AtomicUsize,
    passwords: Mutex<Vec<String>>,
    reading_now: AtomicUsize,
    pub connecting: Gate,
    pub reading: Gate,
    pub planning: Gate,
    pub performing: Gate,
    /// After a secret was left for a person, before the world is changed.
    pub left: Gate,
    /// After the world was changed, before performing returns: a crash here loses the report.
    pub reporting: Gate,
    pub verifying: Gate,
}

impl World {
    pub fn value(&self, name: &str) -> Option<String> {
        locked(&self.values).get(name).cloned()
    }

    /// `None` removes it.
    pub fn put(&self, name: &str, value: Option<&str>) {
        let mut values = locked(&self.values);
        match value {
            Some(value) => values.insert(name.to_owned(), value.to_owned()),
            None => values.remove(name),
        };
    }

    pub fn values(&self) -> BTreeMap<String, String> {
        locked(&self.values).clone()
    }

    /// The idempotency keys that changes were performed with, in order.
    pub fn performed(&self) -> Vec<String> {
        locked(&self.keys).clone()
    }

    /// The passwords that accounts were made with, in order: what a person is to be shown.
    pub fn passwords(&self) -> Vec<String> {
        locked(&self.passwords).clone()
    }

    /// How often something was planned.
    pub fn planned(&self) -> usize {
        self.planned.load(Ordering::SeqCst)
    }

    /// How often a tool saw that it was to stop.
    pub fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::SeqCst)
    }

    pub(super) fn note_performed(&self, key: String) {
        locked(&self.keys).push(key);
    }
    /// How many read at this moment.
    pub fn reading_now(&self) -> usize {
        self.reading_now.load(Ordering::SeqCst)
    }

    pub(super) async fn read(&self) -> BTreeMap<String, String> {
        self.reading_now.fetch_add(1, Ordering::SeqCst);
        self.reading.pass().await;
        self.reading_now.fetch_sub(1, Ordering::SeqCst);
        self.values()
    }
    pub(super) fn note_password(&self, password: &str) {
        locked(&self.passwords).push(password.to_owned());
    }
    pub(super) fn note_planned(&self) -> usize {
        self.planned.fetch_add(1, Ordering::SeqCst)
    }
    pub(super) fn note_cancelled(&self) {
        self.cancelled.fetch_add(1, Ordering::SeqCst);
    }
}

/// A place that can be closed: whoever comes there waits until it is opened.
pub struct Gate {
    is_closed: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            is_closed: watch::Sender::new(false),
            waiting: watch::Sender::new(0),
        }
    }
}

impl Gate {
    pub fn close(&self) {
        self.is_closed.send_replace(true);
    }

    pub fn open(&self) {
        self.is_closed.send_replace(false);
    }

    /// Returns when somebody has come to the closed gate since the last time this was asked.
    pub async fn reached(&self) {
        let mut waiting = self.waiting.subscribe();
        let _ = waiting.wait_for(|count| *count > 0).await;
        self.waiting.send_replace(0);
    }

    pub(super) async fn pass(&self) {
        let mut is_closed = self.is_closed.subscribe();
        if *is_closed.borrow_and_update() {
            self.waiting.send_modify(|count| *count += 1);
        }
        let _ = is_closed.wait_for(|is_closed| !is_closed).await;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
