//! What kind of server we are on, for plans: which one, primary or not, with how many others, how far behind.

use crate::{
    connection::{Read, Stopped},
    problem, show,
};
use bson::{Bson, Document, doc};
use serde_json::{Value, json};
use steersman_toolkit::protocol::{Fact, Problem};

/// The server that answers, as it says of itself.
pub(crate) struct ServerState {
    pub hello: Document,
    /// Made once when the set was initiated; `None` where our user may not see it, and on a standalone.
    replica_set_id: Option<String>,
    pub members: Option<Vec<Member>>,
}

/// One member of the set, from replSetGetStatus.
pub(crate) struct Member {
    pub name: String,
    /// `PRIMARY`, `SECONDARY`, `ARBITER`, `(not reachable/healthy)`, …
    pub state: String,
    pub is_healthy: bool,
    /// When the newest operation that it has applied was made, in ms since the epoch.
    pub applied_ms: Option<i64>,
    pub document: Document,
}

impl Member {
    fn is_data_bearing(&self) -> bool {
        self.state != "ARBITER"
    }
}

impl ServerState {
    pub(crate) fn set_name(&self) -> Option<&str> {
        self.hello.get_str("setName").ok()
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.says("isWritablePrimary") || self.says("ismaster")
    }

    fn says(&self, name: &str) -> bool {
        self.hello.get_bool(name).unwrap_or(false)
    }

    pub(crate) fn is_router(&self) -> bool {
        self.hello.get_str("msg").is_ok_and(|text| text == "isdbgrid")
    }

    /// `a primary of rs0`, `a standalone server`.
    pub(crate) fn role(&self) -> String {
        let kind = match () {
            () if self.is_router() => return "a router (mongos) of a sharded cluster".to_owned(),
            () if self.is_primary() => "the primary",
            () if self.says("secondary") => "a secondary",
            () if self.says("arbiterOnly") => "an arbiter",
            () => "neither primary nor secondary at the moment, a member",
        };
        match self.set_name() {
            Some(set) => format!("{kind} of the replica set \"{}\"", show::one_line(set, 60)),
            None => "a standalone server".to_owned(),
        }
    }

    /// How far the slowest reachable secondary is behind the primary, in ms.
    pub(crate) fn lag_ms(&self) -> Option<i64> {
        let members = self.members.as_ref()?;
        let primary = members.iter().find(|member| member.state == "PRIMARY")?.applied_ms?;
        let behind = members
            .iter()
            .filter(|member| member.state == "SECONDARY")
            .filter_map(|member| member.applied_ms);
        behind.map(|applied| (primary - applied).max(0)).max()
    }

    /// Members that hold data, the primary aside.
    pub(crate) fn replicas(&self) -> u32 {
        let from_status = self
            .members
            .as_ref()
            .map(|members| members.iter().filter(|m| m.is_data_bearing()).count());
        let hosts = self.hello.get_array("hosts").map_or(0, |hosts| hosts.len());
        u32::try_from(from_status.unwrap_or(hosts).saturating_sub(1)).unwrap_or(0)
    }

    /// Members that hold data and cannot be reached, in quotes: they keep waiting whoever waits for all.
    pub(crate) fn unreachable(&self) -> Vec<String> {
        let members = self.members.iter().flatten();
        let lost = members.filter(|member| !member.is_healthy && member.is_data_bearing());
        lost.map(|member| format!("\"{}\"", show::one_line(&member.name, 120)))
            .collect()
    }

    /// What must still be so when the plan is carried out: the same set, still its primary, still the same one.
    pub(crate) fn must_hold(&self) -> Value {
        json!({
            "is_primary": true,
            "set": self.set_name(),
            "replica_set_id": self.replica_set_id,
            "primary": self.hello.get_str("me").ok(),
        })
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        match self.replicas() {
            0 => Vec::new(),
            replicas => vec![Fact::PrimaryWithReplicas { replicas }],
        }
    }

    /// `none`, or `2, the slowest 1.5 s behind`.
    pub(crate) fn replicas_in_words(&self) -> String {
        match (self.replicas(), self.lag_ms()) {
            (0, _) => "none".to_owned(),
            (n, Some(lag)) => format!("{n}, the slowest {} behind", show::duration(lag as f64)),
            (n, None) => format!("{n}, their lag is not known"),
        }
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.lag_ms().is_some_and(|lag| lag > 10_000) {
            warnings.push(format!("Replication is behind already: {}", self.replicas_in_words()));
        }
        if !self.unreachable().is_empty() {
            warnings.push(format!(
                "Members of the set that cannot be reached: {}",
                self.unreachable().join(", ")
            ));
        }
        warnings
    }
}

/// Reads what the server says of itself and, where our user may, of its set.
pub(crate) async fn state(read: &Read<'_>) -> Result<ServerState, Problem> {
    let hello = read.run("admin", doc! { "hello": 1 }).await?;
    let (members, replica_set_id) = if hello.contains_key("setName") {
        (members(read).await?, set_id(read).await?)
    } else {
        (None, None)
    };
    Ok(ServerState {
        hello,
        replica_set_id,
        members,
    })
}

/// The state of a server that can be changed.
///
/// Errors: `mongodb.not_primary`.
pub(crate) async fn primary(read: &Read<'_>) -> Result<ServerState, Problem> {
    let state = state(read).await?;
    if !state.is_primary() {
        return Err(Problem::new(
            "mongodb.not_primary",
            read.what(),
            format!("this server is {}, and only a primary can be changed", state.role()),
            "Name the replica set in the target's settings to follow its primary, or ask on the primary's target",
        ));
    }
    Ok(state)
}

/// `None` where our user may not see them.
async fn members(read: &Read<'_>) -> Result<Option<Vec<Member>>, Problem> {
    let Some(status) = optional(read, doc! { "replSetGetStatus": 1 }).await? else {
        return Ok(None);
    };
    let members = status.get_array("members").map_or(&[][..], Vec::as_slice);
    Ok(Some(members.iter().filter_map(Bson::as_document).map(member).collect()))
}

fn member(document: &Document) -> Member {
    Member {
        name: document.get_str("name").unwrap_or_default().to_owned(),
        state: document.get_str("stateStr").unwrap_or_default().to_owned(),
        is_healthy: show::number(document.get("health")) == Some(1.0),
        // A member that is down shows the year 1970.
        applied_ms: document
            .get_datetime("optimeDate")
            .ok()
            .map(|time| time.timestamp_millis())
            .filter(|ms| *ms > 0),
        document: document.clone(),
    }
}

async fn set_id(read: &Read<'_>) -> Result<Option<String>, Problem> {
    let config = optional(read, doc! { "replSetGetConfig": 1 }).await?;
    let settings = config
        .as_ref()
        .and_then(|config| config.get_document("config").ok()?.get_document("settings").ok());
    Ok(settings.and_then(|settings| Some(settings.get_object_id("replicaSetId").ok()?.to_hex())))
}

/// The answer of an admin command, or nothing where our user may not or the server does not know it.
pub(crate) async fn optional(read: &Read<'_>, command: Document) -> Result<Option<Document>, Problem> {
    let verb = command.keys().next().cloned().unwrap_or_default();
    match read.try_run("admin", command).await {
        Ok(answer) => Ok(Some(answer)),
        Err(stopped) if is_withheld(&stopped) => Ok(None),
        Err(stopped) => Err(problem::of(read.what(), stopped, read.limits(), &verb)),
    }
}

/// True when the server refused for lack of a right, or does not do this at all.
pub(crate) fn is_withheld(stopped: &Stopped) -> bool {
    // Unauthorized, CommandNotFound, NoReplicationEnabled, CommandNotSupported, NotYetInitialized.
    matches!(problem::server_code(stopped), Some(13 | 59 | 76 | 115 | 94))
}
