//! Reading on from a place in the log, for those who follow a part of what an organization does.

use crate::{db::values, error::Result, log::record, store::Store};
use steersman_protocol::{EventRecord, OrganizationId, RunId, RunStatus, UserId};

/// Which events; what is not set matches everything.
#[derive(Clone, Copy, Debug)]
pub struct EventFilter {
    /// Of this person's runs only.
    pub user: Option<UserId>,
    pub kinds: EventKinds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKinds {
    All,
    /// Requested, decided, expired, cancelled.
    Approvals,
    /// The ends of calls. An answered query has no other end.
    CallEnds,
}

impl EventKinds {
    /// How the stored text of such an event begins: its tag is written first.
    const fn patterns(self) -> [Option<&'static str>; 2] {
        match self {
            EventKinds::All => [None, None],
            EventKinds::Approvals => [Some(r#"{"type":"approval_%"#), Some(r#"{"type":"decided"%"#)],
            EventKinds::CallEnds => [Some(r#"{"type":"call_ended"%"#), Some(r#"{"type":"query_answered"%"#)],
        }
    }
}

impl Store {
    /// At most `limit` events of an organization after one position and not beyond another, in order.
    pub async fn events_between(
        &self,
        organization_id: OrganizationId,
        filter: EventFilter,
        after: i64,
        until: i64,
        limit: u32,
    ) -> Result<Vec<EventRecord>> {
        let [one, other] = filter.kinds.patterns();
        self.many(
            "SELECT e.* FROM run_event e JOIN run r ON r.id = e.run_id
             WHERE e.position > $2 AND e.position <= $3 AND e.organization_id = $1
               AND (CAST($4 AS TEXT) IS NULL OR r.user_id = $4)
               AND (CAST($5 AS TEXT) IS NULL OR e.body LIKE $5 OR e.body LIKE $6)
             ORDER BY e.position LIMIT $7",
            values![organization_id, after, until, filter.user, one, other, i64::from(limit)],
        )
        .await?
        .iter()
        .map(record)
        .collect()
    }

    /// Whose run it is and where it stands; `None` where there is none in this organization.
    pub async fn run_standing(
        &self,
        organization_id: OrganizationId,
        id: RunId,
    ) -> Result<Option<(UserId, RunStatus)>> {
        self.one(
            "SELECT user_id, status FROM run WHERE organization_id = $1 AND id = $2",
            values![organization_id, id],
        )
        .await?
        .map(|row| Ok((row.parsed("user_id")?, row.parsed("status")?)))
        .transpose()
    }
}
