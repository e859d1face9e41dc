//! Sending a run's message: all of it from the start, then what comes, until it ends or waits for a person.

use super::{
    chunk::Chunk,
    compact::compact,
    encode::{Encoder, Taken},
    read::{broken, read},
};
use crate::{
    access::{Pass, not_signed_in},
    app::App,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use futures::FutureExt;
use std::time::Duration;
use steersman_protocol::{Problem, RunId};
use steersman_runtime::{FeedItem, Tail, TailItem};
use tokio::time::{Instant, sleep_until};

const WHAT: &str = "Could not go on with the answer";
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long somebody who may no longer look is still shown something.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Live items that are put into one write at most.
const AT_ONCE: usize = 64;

/// The answer of both streaming endpoints. `run_id` must be the caller's to see.
pub fn response(app: App, pass: Pass, run_id: RunId) -> Response {
    // Listening begins before the store is read, so that nothing falls between.
    let tail = app.runtime.tail();
    let now = Instant::now();
    let follower = Follower {
        app,
        pass,
        encoder: Encoder::new(run_id),
        tail,
        is_caught_up: false,
        is_over: false,
        look_again_at: now + LOOK_AGAIN,
        keep_alive_at: now + KEEP_ALIVE,
    };
    let frames = futures::stream::unfold(follower, |mut follower| async move {
        let frame = follower.next().await?;
        Some((Ok::<_, std::convert::Infallible>(frame), follower))
    });
    let mut response = Response::new(Body::from_stream(frames));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
        (header::HeaderName::from_static("x-vercel-ai-ui-message-stream"), "v1"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

struct Follower {
    app: App,
    pass: Pass,
    encoder: Encoder,
    tail: Tail,
    is_caught_up: bool,
    is_over: bool,
    look_again_at: Instant,
    keep_alive_at: Instant,
}

impl Follower {
    /// The next piece of the body; `None` after its end.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_over {
            let mut chunks = Vec::new();
            if !self.is_caught_up {
                match read(&mut self.encoder, &self.app.runtime, WHAT, &mut chunks).await {
                    Ok(()) => {
                        self.is_caught_up = true;
                        self.end_if_done(&mut chunks);
                    }
                    Err(problem) => self.end_badly(&problem, &mut chunks),
                }
            } else if self.wait(&mut chunks).await {
                self.keep_alive_at = Instant::now() + KEEP_ALIVE;
                return Some(Bytes::from_static(b": keep-alive\n\n"));
            }
            if !chunks.is_empty() {
                self.keep_alive_at = Instant::now() + KEEP_ALIVE;
                return Some(self.frames(compact(chunks)));
            }
        }
        None
    }

    /// Waits for something to say. True when it is time for a sign of life instead.
    async fn wait(&mut self, out: &mut Vec<Chunk>) -> bool {
        let runtime = self.app.runtime.clone();
        tokio::select! {
            item = self.tail.next() => {
                self.take(item, out);
                for _ in 0..AT_ONCE {
                    match self.tail.next().now_or_never() {
                        Some(item) if self.is_caught_up && !self.is_over => self.take(item, out),
                        // Missing something is mended from the store, where the rest is too.
                        Some(_) | None => break,
                    }
                }
                // Parked after this event is not parked after the next of the same commit: the store has them all.
                if self.encoder.is_parked() {
                    self.is_caught_up = false;
                }
                self.end_if_done(out);
            }
            () = runtime.stopping() => {
                self.encoder.interrupt("The server is stopping; the run goes on when it is back.", out);
                self.is_over = true;
            }
            () = sleep_until(self.look_again_at) => self.look_again(out).await,
            () = sleep_until(self.keep_alive_at) => return true,
        }
        false
    }

    fn take(&mut self, item: TailItem, out: &mut Vec<Chunk>) {
        let item = match item {
            TailItem::Item(item) => item,
            TailItem::Behind => {
                self.is_caught_up = false;
                return;
            }
            TailItem::Closed => {
                self.encoder.interrupt("The server has stopped.", out);
                self.is_over = true;
                return;
            }
        };
        let own = self.encoder.run().id;
        let taken = match item.as_ref() {
            FeedItem::Event { record, .. } if record.run_id == own => match self.encoder.event(record, out) {
                Ok(taken) => taken,
                Err(error) => return self.end_badly(&broken(WHAT, error.0), out),
            },
            FeedItem::Delta {
                run_id,
                turn,
                text,
                offset,
                ..
            } if *run_id == own => self.encoder.piece(*turn, *offset, text, out),
            FeedItem::Progress {
                run_id,
                execution_id,
                line,
                number,
                ..
            } if *run_id == own => self.encoder.line(*execution_id, *number, line, out),
            FeedItem::Notice { run_id, problem, .. } if *run_id == own => {
                self.encoder.notice(problem, out);
                Taken::New
            }
            FeedItem::Event { .. }
            | FeedItem::Delta { .. }
            | FeedItem::Progress { .. }
            | FeedItem::Notice { .. }
            | FeedItem::Health { .. }
            | FeedItem::TargetChanged { .. }
            | FeedItem::AuditAppended { .. }
            | FeedItem::Typing { .. } => return,
        };
        if taken == Taken::Gap {
            self.is_caught_up = false;
        }
    }

    fn end_if_done(&mut self, out: &mut Vec<Chunk>) {
        if self.is_over || !self.is_caught_up {
            return;
        }
        if self.encoder.is_over() {
            self.is_over = true;
        } else if self.encoder.is_parked() {
            self.encoder.park(out);
            self.is_over = true;
        }
    }

    fn end_badly(&mut self, problem: &Problem, out: &mut Vec<Chunk>) {
        tracing::warn!(run_id = %self.encoder.run().id, %problem, "a stream ended badly");
        self.encoder.fail(problem, out);
        self.is_over = true;
    }

    /// Ends the stream of somebody who is no longer signed in.
    async fn look_again(&mut self, out: &mut Vec<Chunk>) {
        self.look_again_at = Instant::now() + LOOK_AGAIN;
        match self.pass.holder(&self.app).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                self.encoder.fail(&not_signed_in(WHAT), out);
                self.is_over = true;
            }
            Err(error) => {
                let problem = error.to_problem("Could not look whether you are still signed in");
                self.end_badly(&problem, out);
            }
        }
    }

    fn frames(&self, chunks: Vec<Chunk>) -> Bytes {
        let mut body = Vec::new();
        for chunk in &chunks {
            body.extend_from_slice(b"data: ");
            if serde_json::to_writer(&mut body, chunk).is_err() {
                // Our types have string keys and no NaN: the only reasons why this can fail.
                tracing::error!("a chunk is no JSON");
            }
            body.extend_from_slice(b"\n\n");
        }
        if self.is_over {
            body.extend_from_slice(b"data: [DONE]\n\n");
        }
        body.into()
    }
}
