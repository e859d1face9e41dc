//! Looks at targets: told, kept over time, and summed up on the first page.

use crate::stage::until;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};
use steersman_protocol::{Health, HealthState, Measurement, Problem, ResourceName, Target};
use steersman_runtime::toolkit::{Handles, Plugin, Secrets, Tool, async_trait};
use steersman_testkit::{
    TestApp,
    app::{ManualClock, Setup},
};

/// A target whose health the test sets.
#[derive(Clone, Default)]
struct Patient(Arc<AtomicU8>);

impl Patient {
    fn is_now(&self, state: HealthState) {
        self.0.store(state as u8, Ordering::SeqCst);
    }
}

struct Nothing;

#[async_trait]
impl Plugin for Patient {
    fn name(&self) -> &'static str {
        "patient"
    }
    fn title(&self) -> &'static str {
        "Patient"
    }
    fn description(&self) -> &'static str {
        "Is as well as it is told to be."
    }
    fn settings_schema(&self) -> Value {
        json!({ "type": "object", "properties": {} })
    }
    fn tools(&self) -> Vec<Tool> {
        Vec::new()
    }
    fn check_settings(&self, settings: &Value) -> Result<Value, Problem> {
        Ok(settings.clone())
    }
    async fn connect(&self, _: &Value, _: &Secrets) -> Result<Handles, Problem> {
        Ok(Handles::new(Nothing, Nothing))
    }
    async fn health(&self, _: &Handles) -> Health {
        let state = [HealthState::Healthy, HealthState::Degraded, HealthState::Down]
            .into_iter()
            .find(|state| *state as u8 == self.0.load(Ordering::SeqCst))
            .unwrap();
        Health {
            state,
            sentence: "So they say.".into(),
            version: None,
            latency_ms: 3,
            measurements: vec![Measurement::new("pulse", "per minute", 60.5)],
        }
    }
    async fn resources(&self, _: &Handles) -> Result<Vec<ResourceName>, Problem> {
        Ok(Vec::new())
    }
}

async fn hospital() -> (TestApp, Patient, Target, Arc<ManualClock>) {
    let (patient, clock) = (Patient::default(), Arc::new(ManualClock::new()));
    let app = TestApp::with(Setup {
        plugins: vec![Arc::new(patient.clone())],
        clock: Some(clock.clone()),
        watch_targets: true,
        ..Setup::default()
    })
    .await;
    let target = app.add_target("ward", "patient", json!({})).await;
    (app, patient, target, clock)
}

/// The points of one measurement of the last hour.
async fn points(app: &TestApp, target: &Target, name: &str) -> Vec<Value> {
    let path = format!("/api/metrics?target_id={}&name={name}&points=1000", target.id);
    let reply = app.as_("viewer").get(&path).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["series"][0]["points"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// Moves the clock until a look found this state (2 healthy, 1 degraded, 0 down) and it is kept.
async fn look(app: &TestApp, target: &Target, clock: &ManualClock, state: f64) {
    let kept = points(app, target, "health").await.len();
    until("another look", async || {
        clock.advance(Duration::from_secs(31));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let points = points(app, target, "health").await;
        points.len() > kept && points.last().is_some_and(|point| point[1] == state)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_are_broadcast_and_kept_and_leave_no_trace_in_the_log() {
    let (app, patient, target, clock) = hospital().await;
    let mut socket = app.socket("viewer").await;
    socket.must(json!({ "type": "plugin:subscribe" })).await;
    let mut stranger = app.socket("stranger").await;
    stranger.must(json!({ "type": "plugin:subscribe" })).await;
    let newest = |page: Value| page["items"][0]["number"].as_i64().unwrap();
    let before = newest(app.as_("owner").get("/api/audit?limit=1").await.json());
    let events = app.store().last_position(app.organization_id()).await.unwrap();
    look(&app, &target, &clock, 2.0).await;
    patient.is_now(HealthState::Down);
    look(&app, &target, &clock, 0.0).await;

    let is_of = |frame: &Value| frame["type"] == "plugin:health" && frame["target_id"] == json!(target.id);
    let well = socket.until(is_of).await.pop().unwrap();
    assert_eq!(well["health"]["state"], "healthy");
    assert_eq!(
        well["health"]["measurements"],
        json!([{ "name": "pulse", "unit": "per minute", "value": 60.5 }])
    );
    let down = |frame: &Value| is_of(frame) && frame["health"]["state"] == "down";
    assert!(socket.until(down).await.last().unwrap()["at"].is_string());
    assert_eq!(stranger.next_within(Duration::from_millis(300)).await, None);

    let health: Vec<f64> = points(&app, &target, "health")
        .await
        .iter()
        .map(|point| point[1].as_f64().unwrap())
        .collect();
    assert_eq!(health.first(), Some(&2.0));
    assert_eq!(health.last(), Some(&0.0));
    assert!(
        points(&app, &target, "pulse")
            .await
            .iter()
            .all(|point| point[1] == 60.5)
    );
    assert!(
        points(&app, &target, "latency")
            .await
            .iter()
            .all(|point| point[1] == 3.0)
    );
    let after = newest(app.as_("owner").get("/api/audit?limit=1").await.json());
    assert_eq!(after, before, "a look is no entry");
    assert_eq!(app.store().last_position(app.organization_id()).await.unwrap(), events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_not_well_is_found_with_since_when_and_gone_when_it_is() {
    let (app, patient, target, clock) = hospital().await;
    look(&app, &target, &clock, 2.0).await;
    let overview = async |name: &str| app.as_(name).get("/api/overview").await.json();
    let of_target = |page: &Value| -> Option<Value> {
        let findings = page["findings"].as_array().unwrap();
        findings
            .iter()
            .find(|one| one["target_id"] == json!(target.id))
            .cloned()
    };
    assert_eq!(of_target(&overview("viewer").await), None);
    patient.is_now(HealthState::Degraded);
    look(&app, &target, &clock, 1.0).await;
    let first = of_target(&overview("viewer").await).unwrap();
    assert_eq!(first["level"], "warning");
    assert_eq!(first["target_name"], "ward");
    assert_eq!(first["sentence"], "ward is not well: So they say.");
    look(&app, &target, &clock, 1.0).await;
    look(&app, &target, &clock, 1.0).await;
    let later = of_target(&overview("viewer").await).unwrap();
    assert_eq!(
        later["since"], first["since"],
        "it has been so since the first look that found it"
    );
    patient.is_now(HealthState::Down);
    look(&app, &target, &clock, 0.0).await;
    let page = overview("owner").await;
    assert_eq!(page["findings"][0]["level"], "error");
    assert_eq!(page["targets"]["down"], 1);
    assert_eq!(of_target(&overview("stranger").await), None);
    patient.is_now(HealthState::Healthy);
    look(&app, &target, &clock, 2.0).await;
    assert_eq!(of_target(&overview("owner").await), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_targets_are_told() {
    let (app, _, _, _) = hospital().await;
    let mut socket = app.socket("viewer").await;
    socket.must(json!({ "type": "plugin:subscribe" })).await;
    let target = app.add_target("other", "patient", json!({})).await;
    let path = app.path_of(&target, "");
    let changed = json!({ "revision": target.revision, "name": "other", "is_enabled": false });
    let reply = app.as_("owner").patch(&path, &changed).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(app.as_("owner").delete(&path).await.status < 300);
    for change in ["created", "changed", "removed"] {
        let is_status = |frame: &Value| frame["type"] == "plugin:status";
        let told = socket.until(is_status).await.pop().unwrap();
        assert_eq!(
            told,
            json!({ "type": "plugin:status", "target_id": target.id, "change": change })
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_machine_and_its_numbers_are_on_the_list_of_servers() {
    let (app, _, target, clock) = hospital().await;
    look(&app, &target, &clock, 2.0).await;
    look(&app, &target, &clock, 2.0).await;
    let list = app.as_("viewer").get("/api/servers").await.json();
    let server = &list["items"][0];
    assert_eq!(server["targets"], 2, "{server}");
    assert!(
        server["health"]["state"].is_string() && server["looked_at"].is_string(),
        "{server}"
    );
    let names: Vec<&str> = server["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    for name in ["memory", "disk", "load"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let theirs = app.as_("stranger").get("/api/servers").await.json();
    assert_eq!(theirs["items"][0]["targets"], 0);
    assert!(theirs["items"][0]["health"].is_null(), "{theirs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn measurements_are_refused_to_others_and_where_nothing_can_be_told() {
    let (app, _, target, _) = hospital().await;
    let of = |rest: &str| format!("/api/metrics?target_id={}{rest}", target.id);
    assert_eq!(app.as_("viewer").get(&of("")).await.status, 200);
    assert_eq!(app.as_("viewer").get(&of("&minutes=20160")).await.status, 200);
    let reply = app.as_("stranger").get(&of("")).await;
    assert_eq!(reply.status, 404, "{}", reply.text);
    for rest in [
        "&points=0",
        "&points=1001",
        "&points=x",
        "&from=yesterday",
        "&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        "&minutes=0",
        "&minutes=20161",
        "&minutes=5&from=2026-01-01T00:00:00Z",
    ] {
        let reply = app.as_("viewer").get(&of(rest)).await;
        assert_eq!(
            reply.told(),
            (400, "request.bad_query".to_owned()),
            "{rest}: {}",
            reply.text
        );
    }
    assert_eq!(app.as_("viewer").get("/api/metrics").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_what_the_caller_may_see() {
    let (app, fault, target, _) = crate::stage::faulty().await;
    let run = app
        .propose("developer", &target, "set_value", json!({ "name": "a", "value": "1" }))
        .await;
    fault.world.performing.close();
    let overview = async |name: &str| app.as_(name).get("/api/overview").await.json();
    for (name, pending) in [("developer", 1), ("operator", 1), ("viewer", 0), ("stranger", 0)] {
        let page = overview(name).await;
        assert_eq!(page["approvals_pending"], pending, "{name}: {page}");
        assert_eq!(page["runs_active"], pending, "{name}: {page}");
        assert_eq!(page["recent"].as_array().unwrap().len(), pending, "{name}: {page}");
    }
    assert_eq!(overview("developer").await["recent"][0]["id"], json!(run.id));
    assert_eq!(app.anonymous().get("/api/overview").await.status, 401);
}
