//! One thing that a connection follows: from where, and whether it has caught up.

use crate::app::App;
use std::collections::VecDeque;
use steersman_protocol::{Event, EventRecord, OrganizationId, RunId, SessionId, UserId};
use steersman_runtime::store::{EventFilter, EventKinds, StoreError};

/// Events read at a time.
const BATCH: u32 = 100;
/// Positions looked through at a time, so that one read stays short in a log of any length.
const STRETCH: i64 = 20_000;

/// What is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Session(SessionId),
    Approvals,
    Run(RunId),
    Runs,
    Plugins,
    Audit,
}

impl Topic {
    /// Whether this kind of event belongs to the topic. Whether the person may see it is another question.
    pub fn covers(self, record: &EventRecord) -> bool {
        match self {
            Topic::Session(id) => record.session_id == Some(id),
            Topic::Run(id) => record.run_id == id,
            Topic::Runs => true,
            Topic::Approvals => matches!(
                record.event,
                Event::ApprovalRequested { .. }
                    | Event::Decided { .. }
                    | Event::ApprovalExpired { .. }
                    | Event::ApprovalCancelled { .. }
            ),
            Topic::Plugins => matches!(record.event, Event::CallEnded { .. } | Event::QueryAnswered { .. }),
            Topic::Audit => false,
        }
    }
}

/// Position in the log, and what was read of it and not passed on yet.
pub struct Subscription {
    pub topic: Topic,
    /// Position of the last event that was passed on or is not of this topic.
    pub position: i64,
    /// True while events have to be read from the store; live ones are left aside meanwhile, they are there too.
    pub is_behind: bool,
    read: VecDeque<EventRecord>,
}

/// What one look into the store gave.
pub enum Progress {
    /// More may be there.
    More,
    /// Everything up to the newest event was read in this look.
    Whole,
}

impl Subscription {
    pub fn new(topic: Topic, position: i64, is_behind: bool) -> Self {
        Self {
            topic,
            position,
            is_behind,
            read: VecDeque::new(),
        }
    }

    /// The next event that was read and not passed on.
    pub fn take_read(&mut self) -> Option<EventRecord> {
        let record = self.read.pop_front()?;
        self.position = self.position.max(record.position);
        Some(record)
    }

    /// Reads on from the position. `only` is the person whose runs may be seen, `None` for everybody's.
    pub async fn read_on(
        &mut self,
        app: &App,
        organization_id: OrganizationId,
        only: Option<UserId>,
    ) -> Result<Progress, StoreError> {
        let store = app.runtime.store();
        let kinds = match self.topic {
            Topic::Session(id) => {
                let records = store.session_events(id, self.position, BATCH).await?;
                return Ok(self.keep(records));
            }
            Topic::Run(id) => {
                let mut records = store.run_events(id, 0).await?;
                records.retain(|record| record.position > self.position);
                self.read.extend(records);
                return Ok(Progress::Whole);
            }
            Topic::Runs => EventKinds::All,
            Topic::Approvals => EventKinds::Approvals,
            Topic::Plugins => EventKinds::CallEnds,
            Topic::Audit => return Ok(Progress::Whole),
        };
        let newest = store.last_position(organization_id).await?;
        let until = newest.min(self.position.saturating_add(STRETCH));
        let filter = EventFilter { user: only, kinds };
        let records = store
            .events_between(organization_id, filter, self.position, until, BATCH)
            .await?;
        match self.keep(records) {
            Progress::More => Ok(Progress::More),
            Progress::Whole if until < newest => {
                // Nothing of ours is between what was read and the end of the stretch.
                if self.read.is_empty() {
                    self.position = until;
                }
                Ok(Progress::More)
            }
            Progress::Whole => Ok(Progress::Whole),
        }
    }

    fn keep(&mut self, records: Vec<EventRecord>) -> Progress {
        let is_whole = records.len() < BATCH as usize;
        self.read.extend(records);
        match is_whole {
            true => Progress::Whole,
            false => Progress::More,
        }
    }
}
