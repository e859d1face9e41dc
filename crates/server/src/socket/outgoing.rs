//! What waits to be sent on one connection: bounded, so that a client that does not read costs a known amount.

use super::connection::End;
use axum::extract::ws::{Message, Utf8Bytes};
use futures::{Sink, SinkExt};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// Beyond either, the client is too slow.
const MOST_FRAMES: usize = 2_048;
const MOST_BYTES: usize = 4 << 20;
/// A replay adds to the queue only below these, so that by itself it never makes anybody too slow.
const ROOM_FRAMES: usize = 256;
const ROOM_BYTES: usize = 512 << 10;
/// A frame that the network has not taken for so long will not be.
const STUCK: Duration = Duration::from_secs(20);

#[derive(Default)]
pub struct Outgoing {
    waiting: Mutex<Waiting>,
    added: Notify,
    taken: Notify,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Message>,
    bytes: usize,
}

impl Outgoing {
    /// Queues a frame of text. One that is larger than the whole queue may wait alone.
    pub fn push(&self, text: Utf8Bytes) -> Result<(), End> {
        self.push_message(Message::Text(text))
    }

    pub fn ping(&self) -> Result<(), End> {
        self.push_message(Message::Ping(Default::default()))
    }

    fn push_message(&self, message: Message) -> Result<(), End> {
        let mut waiting = self.lock();
        let size = size(&message);
        let is_full = waiting.frames.len() >= MOST_FRAMES || waiting.bytes + size > MOST_BYTES;
        if is_full && !waiting.frames.is_empty() {
            return Err(End::TOO_SLOW);
        }
        waiting.bytes += size;
        waiting.frames.push_back(message);
        drop(waiting);
        self.added.notify_one();
        Ok(())
    }

    pub fn has_room(&self) -> bool {
        let waiting = self.lock();
        waiting.frames.len() < ROOM_FRAMES && waiting.bytes < ROOM_BYTES
    }

    /// Returns when there may be room for more of a replay.
    pub async fn room(&self) {
        while !self.has_room() {
            self.taken.notified().await;
        }
    }

    /// Sends what is queued until that fails or takes too long.
    pub async fn send_to<S: Sink<Message> + Unpin>(&self, sink: &mut S) -> End {
        loop {
            let sent = async {
                while let Some(message) = self.take() {
                    timeout(STUCK, sink.feed(message))
                        .await
                        .map_err(|_| End::TOO_SLOW)?
                        .map_err(|_| End::Gone)?;
                }
                timeout(STUCK, sink.flush())
                    .await
                    .map_err(|_| End::TOO_SLOW)?
                    .map_err(|_| End::Gone)
            };
            if let Err(end) = sent.await {
                return end;
            }
            self.added.notified().await;
        }
    }

    fn take(&self) -> Option<Message> {
        let mut waiting = self.lock();
        let message = waiting.frames.pop_front()?;
        waiting.bytes -= size(&message);
        drop(waiting);
        self.taken.notify_one();
        Some(message)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Utf8Bytes {
        "x".repeat(length).into()
    }

    #[test]
    fn the_queue_is_bounded_in_frames_and_in_bytes() {
        let queue = Outgoing::default();
        for _ in 0..MOST_FRAMES {
            queue.push(text(1)).unwrap();
        }
        assert_eq!(queue.push(text(1)), Err(End::TOO_SLOW));
        let queue = Outgoing::default();
        queue.push(text(MOST_BYTES / 2)).unwrap();
        queue.push(text(MOST_BYTES / 2)).unwrap();
        assert_eq!(queue.push(text(1)), Err(End::TOO_SLOW));
        let queue = Outgoing::default();
        queue.push(text(MOST_BYTES * 2)).unwrap();
        assert_eq!(queue.push(text(1)), Err(End::TOO_SLOW));
    }

    #[tokio::test]
    async fn what_is_queued_is_sent_in_order() {
        let queue = Outgoing::default();
        for number in 0..ROOM_FRAMES {
            queue.push(number.to_string().into()).unwrap();
        }
        assert!(!queue.has_room());
        let (mut sink, seen) = (Vec::new(), ROOM_FRAMES);
        tokio::select! {
            end = queue.send_to(&mut sink) => panic!("{end:?}"),
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
        let expected: Vec<Message> = (0..seen)
            .map(|number| Message::Text(number.to_string().into()))
            .collect();
        assert_eq!(sink, expected);
        queue.room().await;
    }
}
