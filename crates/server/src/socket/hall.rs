//! What open sockets share: how many there are, and what is the same for all of them.

use axum::extract::ws::Utf8Bytes;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use steersman_protocol::{ExecutionId, RunId, TargetRef, ToolName, UserId};

/// Sockets that may be open at once, in all and of one person.
const MOST: usize = 4_096;
const MOST_OF_ONE: u32 = 1_024;
/// Frames that are kept for the next socket that sends the same one, and their bytes.
const MOST_FRAMES: usize = 512;
const MOST_FRAME_BYTES: usize = 8 << 20;
/// Calls and runs whose names and owners are remembered.
const MOST_REMEMBERED: usize = 4_096;

/// Which broadcast of an event a kept frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    ChatEvent,
    ToolExecution,
    Approval,
    RunEvent,
    ToolExecuted,
}

#[derive(Default)]
pub struct Hall {
    open: Mutex<HashMap<UserId, u32>>,
    entered: AtomicU64,
    frames: Mutex<Frames>,
    calls: Mutex<BTreeMap<ExecutionId, (ToolName, TargetRef)>>,
    owners: Mutex<BTreeMap<RunId, UserId>>,
}

#[derive(Default)]
struct Frames {
    kept: BTreeMap<(i64, Kind), Utf8Bytes>,
    bytes: usize,
}

/// One open socket; given back when dropped.
pub struct Seat {
    /// Different for every socket of this process.
    pub number: u64,
    user_id: UserId,
    hall: Arc<Hall>,
}

impl Hall {
    /// `None` when too many are open.
    pub fn enter(self: &Arc<Self>, user_id: UserId) -> Option<Seat> {
        let mut open = lock(&self.open);
        let all: u32 = open.values().sum();
        let of_one = open.entry(user_id).or_default();
        if all as usize >= MOST || *of_one >= MOST_OF_ONE {
            return None;
        }
        *of_one += 1;
        Some(Seat {
            number: self.entered.fetch_add(1, Ordering::Relaxed),
            user_id,
            hall: self.clone(),
        })
    }

    pub fn frame(&self, position: i64, kind: Kind) -> Option<Utf8Bytes> {
        lock(&self.frames).kept.get(&(position, kind)).cloned()
    }

    /// Keeps a frame; the oldest events go first.
    pub fn keep(&self, position: i64, kind: Kind, frame: Utf8Bytes) {
        let mut frames = lock(&self.frames);
        frames.bytes += frame.len();
        if let Some(earlier) = frames.kept.insert((position, kind), frame) {
            frames.bytes -= earlier.len();
        }
        while frames.kept.len() > MOST_FRAMES || frames.bytes > MOST_FRAME_BYTES {
            let Some((_, oldest)) = frames.kept.pop_first() else {
                break;
            };
            frames.bytes -= oldest.len();
        }
    }

    pub fn call(&self, id: ExecutionId) -> Option<(ToolName, TargetRef)> {
        lock(&self.calls).get(&id).cloned()
    }

    pub fn remember_call(&self, id: ExecutionId, tool: ToolName, target: TargetRef) {
        remember(&self.calls, id, (tool, target));
    }

    pub fn owner(&self, id: RunId) -> Option<UserId> {
        lock(&self.owners).get(&id).copied()
    }

    pub fn remember_owner(&self, id: RunId, owner: UserId) {
        remember(&self.owners, id, owner);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = lock(&self.hall.open);
        if let Some(count) = open.get_mut(&self.user_id) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user_id);
            }
        }
    }
}

/// Ids sort by time, so that the oldest are forgotten first.
fn remember<K: Ord, V>(map: &Mutex<BTreeMap<K, V>>, id: K, value: V) {
    let mut map = lock(map);
    map.insert(id, value);
    while map.len() > MOST_REMEMBERED {
        map.pop_first();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn one_person_cannot_take_all_seats() {
        let hall = Arc::new(Hall::default());
        let seats: Vec<Seat> = (0..MOST_OF_ONE).map(|_| hall.enter(user(1)).unwrap()).collect();
        assert!(hall.enter(user(1)).is_none());
        let other = hall.enter(user(2)).unwrap();
        drop(seats);
        assert!(hall.enter(user(1)).is_some());
        drop(other);
        assert!(lock(&hall.open).is_empty());
    }

    #[test]
    fn kept_frames_are_bounded() {
        let hall = Hall::default();
        for position in 0..2_000 {
            hall.keep(position, Kind::ChatEvent, "x".repeat(10).into());
        }
        assert_eq!(lock(&hall.frames).kept.len(), MOST_FRAMES);
        assert!(hall.frame(0, Kind::ChatEvent).is_none());
        assert!(hall.frame(1_999, Kind::ChatEvent).is_some());
        hall.keep(2_000, Kind::ChatEvent, "x".repeat(MOST_FRAME_BYTES + 1).into());
        assert_eq!(lock(&hall.frames).bytes, 0);
    }
}
