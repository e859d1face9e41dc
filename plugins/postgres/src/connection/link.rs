//! One connection, moved by whoever waits for it.

use crate::guard::Lookups;
use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use steersman_toolkit::CancellationToken;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_postgres::{
    CancelToken, Client, Connection, Error, Row, SimpleQueryMessage, Socket,
    error::SqlState,
    tls::TlsStream,
    types::{ToSql, Type},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a statement may take to end after somebody cancelled it: some work is interrupted only between two pieces.
const STOPS_WITHIN: Duration = Duration::from_secs(15);
/// The same after our own deadline: the server has passed its own time limit by then, so it is likely gone.
const STOPS_WHEN_LATE_WITHIN: Duration = Duration::from_secs(3);
/// One request to stop.
const ASKED_WITHIN: Duration = Duration::from_secs(5);
/// The request to stop may arrive before the statement does; so it is repeated.
const ASK_TO_STOP_EVERY: Duration = Duration::from_millis(500);

/// A session on the server.
///
/// tokio-postgres splits a connection into a client and a future that moves the bytes, and expects the future to be
/// spawned. We keep both together instead: the bytes move while a statement is awaited, and at no other time.
pub(crate) struct Link {
    client: Client,
    wire: Wire,
    stop: CancelToken,
    tls: MakeRustlsConnect,
    is_usable: bool,
    /// The guard's questions, prepared once for this session.
    lookups: Arc<Lookups>,
}

/// When to give up waiting.
#[derive(Clone, Copy)]
pub(crate) struct Until<'a> {
    pub cancel: &'a CancellationToken,
    pub deadline: Instant,
}

/// Why a statement gave no result.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The server or the connection said so.
    Failed(Error),
    /// We were asked to stop, and the statement has ended on the server.
    Cancelled,
    /// The server did not answer in time, or did not stop when told. The session is given up.
    NoAnswer,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Stopped::Failed(error)
    }
}

/// The moving half. Empty once the connection has ended.
struct Wire(Option<Moving>);

type Moving = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

impl Link {
    pub(super) fn new<S>(client: Client, connection: Connection<Socket, S>, tls: MakeRustlsConnect) -> Self
    where
        S: TlsStream + Unpin + Send + 'static,
    {
        Self {
            stop: client.cancel_token(),
            lookups: Arc::default(),
            client,
            wire: Wire(Some(Box::pin(connection))),
            tls,
            is_usable: true,
        }
    }

    /// False once a statement was stopped in mid-flight or the connection ended: a late request to stop could hit the
    /// next statement of this session.
    pub(crate) fn is_usable(&self) -> bool {
        self.is_usable && self.wire.0.is_some() && !self.client.is_closed()
    }

    pub(crate) fn give_up(&mut self) {
        self.is_usable = false;
    }

    /// Runs one of our own statements with bound values.
    pub(crate) async fn rows(
        &mut self,
        until: Until<'_>,
        sql: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Stopped> {
        self.run(until, |client| client.query_typed(sql, values)).await
    }

    /// Runs a statement and returns all rows as text. Only for statements whose result is known to be small.
    pub(crate) async fn text(&mut self, until: Until<'_>, sql: &str) -> Result<Vec<SimpleQueryMessage>, Stopped> {
        self.run(until, |client| client.simple_query(sql)).await
    }

    /// Awaits what `work` does with the client while the connection moves.
    ///
    /// On cancellation or past the deadline, the server is told to end the statement and that is waited for. A result
    /// that arrives all the same is returned: what happened, happened.
    pub(crate) async fn run<'a, T, F>(
        &'a mut self,
        until: Until<'_>,
        work: impl FnOnce(&'a Client) -> F,
    ) -> Result<T, Stopped>
    where
        F: Future<Output = Result<T, Error>>,
    {
        match self.attend(until, work).await {
            Attended {
                output: Some(Ok(value)),
                ..
            } => Ok(value),
            Attended {
                output: Some(Err(error)),
                was_stopped,
            } if error.code() == Some(&SqlState::QUERY_CANCELED) => Err(was_stopped.unwrap_or(Stopped::Failed(error))),
            Attended {
                output: Some(Err(error)),
                ..
            } => Err(Stopped::Failed(error)),
            Attended { output: None, .. } => Err(Stopped::NoAnswer),
        }
    }

    /// The guard's prepared questions of this session.
    pub(super) fn lookups(&self) -> Arc<Lookups> {
        Arc::clone(&self.lookups)
    }

    /// As [`Link::run`], for work that has its own errors: the caller finds cancellation in `was_stopped`.
    pub(crate) async fn attend<'a, T, F>(
        &'a mut self,
        until: Until<'_>,
        work: impl FnOnce(&'a Client) -> F,
    ) -> Attended<T>
    where
        F: Future<Output = T>,
    {
        let Self {
            client,
            wire,
            stop,
            tls,
            is_usable,
            ..
        } = self;
        let mut work = pin!(wire.drive(work(client)));
        let (was_stopped, patience) = tokio::select! {
            biased;
            output = &mut work => return Attended { output: Some(output), was_stopped: None },
            () = until.cancel.cancelled() => (Stopped::Cancelled, STOPS_WITHIN),
            () = sleep_until(until.deadline) => (Stopped::NoAnswer, STOPS_WHEN_LATE_WITHIN),
        };
        *is_usable = false;
        let ask = async {
            loop {
                // A request that fails is repeated; if none gets through, the wait below ends.
                let _ = timeout(ASKED_WITHIN, stop.cancel_query(tls.clone())).await;
                sleep(ASK_TO_STOP_EVERY).await;
            }
        };
        let output = tokio::select! {
            biased;
            output = &mut work => Some(output),
            () = ask => None,
            () = sleep(patience) => None,
        };
        Attended {
            output,
            was_stopped: Some(was_stopped),
        }
    }

    /// For the first words of a session, whose time the caller bounds.
    pub(super) async fn batch_unbounded(&mut self, sql: &str) -> Result<(), Error> {
        let Self { client, wire, .. } = self;
        wire.drive(client.batch_execute(sql)).await
    }

    /// Says goodbye, so that the server's log has no complaint. Waits at most a second.
    pub(crate) async fn close(self) {
        let Self { client, mut wire, .. } = self;
        drop(client);
        if let Some(connection) = wire.0.take() {
            let _ = timeout(Duration::from_secs(1), connection).await;
        }
    }
}

/// What came of some work, and whether it was told to stop on the way.
pub(crate) struct Attended<T> {
    /// `None` when the work did not end in time.
    pub output: Option<T>,
    pub was_stopped: Option<Stopped>,
}

impl Wire {
    async fn drive<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            if let Some(connection) = &mut self.0
                && connection.as_mut().poll(cx).is_ready()
            {
                // Dropping it closes the channels to the client, so the work ends with "connection closed".
                self.0 = None;
                return work.as_mut().poll(cx);
            }
            Poll::Pending
        })
        .await
    }
}
