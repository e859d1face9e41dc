//! One open socket, from the first frame to the close.

use super::{
    ask::{self, Ask},
    broadcast,
    hall::Seat,
    outgoing::Outgoing,
    pace::Pace,
    rest::{Rest, problem},
    subscription::{Progress, Subscription, Topic},
    visitor::Visitor,
};
use crate::app::App;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::{SinkExt, StreamExt, future::BoxFuture};
use serde_json::{Map, Value, json};
use std::{future::pending, time::Duration};
use steersman_protocol::{EventRecord, Permission, SessionId};
use steersman_runtime::{FeedItem, Tail, TailItem};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

/// Things that one socket may follow at once.
const MOST_TOPICS: usize = 64;
/// A ping goes out so often.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A client that has said nothing for so long, not even a pong, is gone.
const SILENT: Duration = Duration::from_secs(60);
/// Whether the login still holds is looked at so often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// The audit log is told to have grown at most so often.
const AUDIT_HINT: Duration = Duration::from_millis(500);
/// "Is writing" is passed on at most so often.
const TYPING: Duration = Duration::from_secs(1);
/// The close frame may take this long to go out, and the client's answer as long again.
const GOODBYE: Duration = Duration::from_secs(3);
/// The same for a client that has a lot to read before it.
const SLOW_GOODBYE: Duration = Duration::from_secs(10);

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client closed it, or the network did.
    Gone,
    /// We close it, with this code and reason.
    Close(u16, &'static str),
}

impl End {
    pub const TOO_SLOW: End = End::Close(4008, "too slow; join again with after");
    const LOGIN_ENDED: End = End::Close(4001, "the login has ended");
    const RIGHTS_CHANGED: End = End::Close(1012, "your rights changed; connect again");
    const STOPPING: End = End::Close(1012, "the server restarts; connect again");
    const NOT_TEXT: End = End::Close(1003, "only text frames of JSON are taken");
    const BAD_UTF8: End = End::Close(1007, "the text is not UTF-8");
    const TOO_MANY: End = End::Close(1008, "too many frames");
    const TOO_LONG: End = End::Close(1009, "a frame is longer than 64 KiB");
    const BROKEN: End = End::Close(1002, "this is not the WebSocket protocol");
    const UNREADABLE: End = End::Close(1011, "events could not be read; join again with after");
}

/// Serves a socket until either side ends it.
pub async fn serve(app: App, rest: Rest, visitor: Visitor, seat: Seat, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (runtime, user) = (app.runtime.clone(), visitor.caller.user.id);
    let outgoing = Outgoing::default();
    let connection = Connection {
        tail: app.runtime.tail(),
        app,
        rest,
        visitor,
        seat,
        outgoing: &outgoing,
        topics: Vec::new(),
        acting: None,
        audit_number: None,
        typed_at: None,
    };
    let end = tokio::select! {
        end = connection.run(&mut stream) => end,
        end = outgoing.send_to(&mut sink) => end,
    };
    if let End::Close(code, reason) = end {
        tracing::info!(code, reason, %user, "closing a WebSocket");
        let reason = reason.into();
        let frame = Message::Close(Some(CloseFrame { code, reason }));
        let patience = if end == End::TOO_SLOW { SLOW_GOODBYE } else { GOODBYE };
        let hurry = async {
            runtime.stopping().await;
            tokio::time::sleep(GOODBYE).await;
        };
        tokio::select! {
            _ = timeout(patience, sink.send(frame)) => {}
            () = hurry => {}
        }
    }
    // Reading to the end lets the close arrive before the connection is torn down.
    let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = stream.next().await {} }).await;
}

struct Connection<'a> {
    app: App,
    rest: Rest,
    visitor: Visitor,
    seat: Seat,
    tail: Tail,
    outgoing: &'a Outgoing,
    topics: Vec<Subscription>,
    /// What the client asked for last, while it is looked into. The next frame is read when it is done.
    acting: Option<BoxFuture<'static, Done>>,
    /// The audit log reaches to here and the client was not told yet.
    audit_number: Option<i64>,
    typed_at: Option<Instant>,
}

/// What came of a frame.
struct Done {
    id: Value,
    result: Result<Yes, Value>,
}

pub enum Yes {
    /// With more members of the acknowledgement.
    Did(Map<String, Value>),
    /// The position to go on from, where the client gave one.
    MayFollow(Topic, Option<i64>),
}

impl Connection<'_> {
    async fn run(mut self, stream: &mut (impl StreamExt<Item = Result<Message, axum::Error>> + Unpin)) -> End {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let mut heard_at = start;
        let [mut heartbeat, mut look_again, mut hint] = [HEARTBEAT, LOOK_AGAIN, AUDIT_HINT].map(|every| {
            let mut ticks = interval_at(start + every, every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        let runtime = self.app.runtime.clone();
        let stopping = runtime.stopping();
        tokio::pin!(stopping);
        loop {
            let is_behind = self.topics.iter().any(|topic| topic.is_behind);
            let outgoing = self.outgoing;
            let step = tokio::select! {
                () = &mut stopping => Err(End::STOPPING),
                done = finished(&mut self.acting) => {
                    self.acting = None;
                    self.acknowledge(done).await
                }
                frame = stream.next(), if self.acting.is_none() => {
                    heard_at = Instant::now();
                    match frame {
                        None => Err(End::Gone),
                        Some(Err(error)) => Err(end_of(&error)),
                        Some(Ok(_)) if !pace.count(heard_at) => Err(End::TOO_MANY),
                        Some(Ok(message)) => self.hear(message),
                    }
                }
                item = self.tail.next() => match item {
                    TailItem::Item(item) => self.tell(&item).await,
                    TailItem::Behind => {
                        self.topics.iter_mut().for_each(|topic| topic.is_behind = true);
                        Ok(())
                    }
                    TailItem::Closed => Err(End::STOPPING),
                },
                () = outgoing.room(), if is_behind => self.catch_up().await,
                _ = heartbeat.tick() => {
                    if heard_at.elapsed() > SILENT { Err(End::Gone) } else { self.outgoing.ping() }
                }
                _ = look_again.tick() => self.look_again().await,
                _ = hint.tick(), if self.audit_number.is_some() => self.hint(),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    fn hear(&mut self, message: Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(End::NOT_TEXT),
            Message::Close(_) => return Err(End::Gone),
            // Answered by the library.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        let (id, ask) = ask::read(&text);
        match ask {
            Ok(ask) => self.take(id, ask),
            Err(problem) => self.reply(id, Err(problem)),
        }
    }

    fn take(&mut self, id: Value, ask: Ask) -> Result<(), End> {
        let did = || Ok(Yes::Did(Map::new()));
        match ask {
            Ask::Leave { session_id } => self.leave(Topic::Session(session_id)),
            Ask::NoApprovals => self.leave(Topic::Approvals),
            Ask::NoRuns { run_id } => self.leave(run_id.map_or(Topic::Runs, Topic::Run)),
            Ask::NoPlugins => self.leave(Topic::Plugins),
            Ask::NoAudit => self.leave(Topic::Audit),
            Ask::Quiet => {}
            Ask::Typing { session_id } => {
                if let Err(problem) = self.typing(session_id) {
                    return self.reply(id, Err(problem));
                }
            }
            Ask::Join { .. }
            | Ask::Approvals { .. }
            | Ask::Runs { .. }
            | Ask::Plugins { .. }
            | Ask::Audit
            | Ask::Message { .. }
            | Ask::Respond { .. } => {
                let (rest, credentials) = (self.rest.clone(), self.visitor.credentials());
                self.acting = Some(Box::pin(async move {
                    let result = super::act::perform(&rest, &credentials, ask).await;
                    Done { id, result }
                }));
                return Ok(());
            }
        }
        self.reply(id, did())
    }

    async fn acknowledge(&mut self, done: Done) -> Result<(), End> {
        let (topic, after) = match done.result {
            Ok(Yes::MayFollow(topic, after)) => (topic, after),
            other => return self.reply(done.id, other),
        };
        self.leave(topic);
        if self.topics.len() >= MOST_TOPICS {
            let why = format!("this socket follows {MOST_TOPICS} things already");
            return self.reply(done.id, Err(problem("socket.too_many_topics", &why)));
        }
        let organization_id = self.visitor.caller.actor.organization_id;
        let newest = match self.app.runtime.last_position(organization_id).await {
            Ok(newest) => newest,
            Err(_) => return Err(End::UNREADABLE),
        };
        // A position beyond the newest is from another life of this database; everything from now on is news to it.
        let position = after.map_or(newest, |after| after.clamp(0, newest));
        self.topics.push(Subscription::new(topic, position, position < newest));
        let told = Map::from_iter([("position".to_owned(), json!(position))]);
        self.reply(done.id, Ok(Yes::Did(told)))
    }

    /// Says what came of a frame. Success is silent where the frame has no id.
    fn reply(&self, id: Value, result: Result<Yes, Value>) -> Result<(), End> {
        let frame = match result {
            Ok(_) if id.is_null() => return Ok(()),
            Ok(Yes::Did(more)) => {
                let mut ack = Map::from_iter([
                    ("type".to_owned(), json!("ack")),
                    ("id".to_owned(), id),
                    ("ok".to_owned(), json!(true)),
                ]);
                ack.extend(more);
                Value::Object(ack)
            }
            Ok(Yes::MayFollow(..)) => return Ok(()),
            Err(problem) if id.is_null() => json!({ "type": "problem", "problem": problem }),
            Err(problem) => json!({ "type": "ack", "id": id, "ok": false, "problem": problem }),
        };
        self.outgoing.push(broadcast::text(&frame))
    }

    fn leave(&mut self, topic: Topic) {
        self.topics.retain(|subscription| subscription.topic != topic);
    }

    fn follows(&self, topic: Topic) -> bool {
        self.topics.iter().any(|subscription| subscription.topic == topic)
    }

    fn typing(&mut self, session_id: SessionId) -> Result<(), Value> {
        if !self.follows(Topic::Session(session_id)) {
            return Err(problem("socket.not_joined", "this socket has not joined the session"));
        }
        if self.typed_at.is_none_or(|at| at.elapsed() >= TYPING) {
            self.typed_at = Some(Instant::now());
            let name = self.visitor.caller.user.name.clone();
            self.app.runtime.tell_typing(session_id, name, self.seat.number);
        }
        Ok(())
    }

    /// Passes on what just happened, where it is followed and may be seen.
    async fn tell(&mut self, item: &FeedItem) -> Result<(), End> {
        let mine = self.visitor.caller.actor.organization_id;
        match item {
            FeedItem::Event {
                organization_id,
                record,
            } if *organization_id == mine => self.tell_event(record).await,
            FeedItem::Health {
                organization_id,
                target_id,
                at,
                health,
            } if *organization_id == mine && self.follows(Topic::Plugins) => self.say(&json!({
                "type": "plugin:health", "target_id": target_id, "at": at, "health": health,
            })),
            FeedItem::TargetChanged {
                organization_id,
                target_id,
                change,
            } if *organization_id == mine && self.follows(Topic::Plugins) => self.say(&json!({
                "type": "plugin:status", "target_id": target_id, "change": change.as_str(),
            })),
            FeedItem::AuditAppended {
                organization_id,
                number,
            } if *organization_id == mine && self.follows(Topic::Audit) => {
                self.audit_number = Some(*number);
                Ok(())
            }
            FeedItem::Typing {
                session_id,
                user_name,
                from,
            } if *from != self.seat.number && self.follows(Topic::Session(*session_id)) => self.say(&json!({
                "type": "chat:typing", "session_id": session_id, "user_name": user_name,
            })),
            FeedItem::Event { .. }
            | FeedItem::Health { .. }
            | FeedItem::TargetChanged { .. }
            | FeedItem::AuditAppended { .. }
            | FeedItem::Typing { .. } => Ok(()),
            // Told on the session's own stream.
            FeedItem::Delta { .. } | FeedItem::Progress { .. } | FeedItem::Notice { .. } => Ok(()),
        }
    }

    async fn tell_event(&mut self, record: &EventRecord) -> Result<(), End> {
        for index in 0..self.topics.len() {
            let subscription = &mut self.topics[index];
            if subscription.is_behind || record.position <= subscription.position {
                continue;
            }
            subscription.position = record.position;
            if subscription.topic.covers(record) {
                let topic = subscription.topic;
                self.send(topic, record).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, topic: Topic, record: &EventRecord) -> Result<(), End> {
        let frames = broadcast::frames(&self.app, &self.visitor.caller, topic, record).await;
        let frames = frames.map_err(|error| {
            tracing::warn!(%error, "could not read what an event is about for a socket");
            End::UNREADABLE
        })?;
        for frame in frames.into_iter().flatten() {
            self.outgoing.push(frame)?;
        }
        Ok(())
    }

    fn say(&self, frame: &Value) -> Result<(), End> {
        self.outgoing.push(broadcast::text(frame))
    }

    /// Passes stored events on while there is room. Nothing live is read meanwhile, so that what is announced after the
    /// last look into the store is still ahead of us in the feed.
    async fn catch_up(&mut self) -> Result<(), End> {
        let Some(index) = self.topics.iter().position(|topic| topic.is_behind) else {
            return Ok(());
        };
        let caller = &self.visitor.caller;
        let only = (!caller.actor.may(Permission::APPROVE)).then_some(caller.user.id);
        let organization_id = caller.actor.organization_id;
        let mut is_whole = false;
        while self.outgoing.has_room() {
            let topic = self.topics[index].topic;
            if let Some(record) = self.topics[index].take_read() {
                self.send(topic, &record).await?;
                continue;
            }
            if is_whole {
                self.topics[index].is_behind = false;
                return Ok(());
            }
            let read = self.topics[index].read_on(&self.app, organization_id, only).await;
            is_whole = match read {
                Ok(Progress::Whole) => true,
                Ok(Progress::More) => false,
                Err(error) => {
                    tracing::warn!(%error, "could not read events for a socket");
                    return Err(End::UNREADABLE);
                }
            };
        }
        // Others that are behind have their turn.
        self.topics[index..].rotate_left(1);
        Ok(())
    }

    /// Whether the person may still be here, and with the same rights.
    async fn look_again(&mut self) -> Result<(), End> {
        match self.visitor.look_again(&self.app).await {
            Ok(caller) if caller.user.role != self.visitor.caller.user.role => Err(End::RIGHTS_CHANGED),
            Ok(caller) => {
                self.visitor.caller = caller;
                Ok(())
            }
            Err(failed) if failed.0.code == "auth.required" => Err(End::LOGIN_ENDED),
            // The store is busy or stopping: looked at again in a moment.
            Err(_) => Ok(()),
        }
    }

    fn hint(&mut self) -> Result<(), End> {
        match self.audit_number.take() {
            Some(number) => self.say(&json!({ "type": "audit:appended", "number": number })),
            None => Ok(()),
        }
    }
}

async fn finished(acting: &mut Option<BoxFuture<'static, Done>>) -> Done {
    match acting {
        Some(acting) => acting.await,
        None => pending().await,
    }
}

fn end_of(error: &axum::Error) -> End {
    let text = error.to_string().to_lowercase();
    if text.contains("too long") {
        End::TOO_LONG
    } else if text.contains("utf-8") || text.contains("utf8") {
        End::BAD_UTF8
    } else if text.contains("reset") || text.contains("closed") || text.contains("broken pipe") {
        End::Gone
    } else {
        End::BROKEN
    }
}
