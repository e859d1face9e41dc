//! Logs of real runs of every kind, told live, at once, and in compact form: always the same message.

use crate::{
    chat::{message, reads, sets, with_model},
    stage::{faulty, until},
};
use serde_json::{Value, json};
use std::time::Duration;
use steersman_protocol::{ApprovalView, Event, EventRecord, RunId, SessionId};
use steersman_server::ui_stream::{
    chunk::Chunk,
    compact::compact,
    encode::{Encoder, Taken},
};
use steersman_testkit::{
    TestApp,
    model_server::{Answer, Ending, Scripted, ScriptedModel},
};

/// A small generator: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// A run of each kind: its name, and its events.
async fn logs() -> Vec<(&'static str, Vec<EventRecord>)> {
    let (mut app, fault, target, clock) = faulty().await;
    let (model, session) = with_model(&app, Vec::new()).await;
    let mut logs = Vec::new();
    let mut note = |name: &'static str, log: Vec<EventRecord>| logs.push((name, log));

    note(
        "a query",
        run(&app, &model, session, vec![reads(&target), Scripted::text(&["None."])]).await,
    );
    note(
        "only text",
        run(&app, &model, session, vec![Scripted::text(&["Hello."])]).await,
    );
    note(
        "a model that failed",
        run(&app, &model, session, vec![Scripted::error(403, "forbidden")]).await,
    );
    note(
        "a provider that is away",
        run(&app, &model, session, vec![Scripted::error(429, "rate_limit_exceeded")]).await,
    );
    let broken_off = Scripted::Answer(Answer {
        ending: Ending::Error,
        ..Answer::text(&["I think", " that"])
    });
    note(
        "an answer that broke off",
        run(&app, &model, session, vec![broken_off]).await,
    );
    let hanging = Scripted::Answer(Answer {
        ending: Ending::Hang,
        ..Answer::text(&["I am ", "thinking"])
    });
    model.then(hanging);
    let run_id = app.say("operator", session, "please").await;
    until("it writes", async || {
        app.runtime()
            .partial_answer(run_id)
            .is_some_and(|(_, text)| text == "I am thinking")
    })
    .await;
    let path = format!("/api/runs/{run_id}/cancel");
    assert_eq!(app.as_("operator").post(&path, &json!({})).await.status, 202);
    note("a stopped answer", over(&app, run_id).await);
    let unknown = Scripted::call("x", "fault_explode", r#"{"target":"faulty"}"#);
    note(
        "a refused call",
        run(&app, &model, session, vec![unknown, Scripted::text(&["No."])]).await,
    );
    let plan_failed = sets(&target, "p", Some("panic_in_plan"));
    note(
        "a failed plan",
        run(&app, &model, session, vec![plan_failed, Scripted::text(&["No."])]).await,
    );

    for (name, mishap) in [
        ("an approved change", None),
        ("a failed recheck", Some("plan_differs")),
        ("a change that lies", Some("lies")),
        ("a change that is cleaned up", Some("leaves_half")),
        ("a change that is left half", Some("leaves_half_for_good")),
        ("an unknown outcome", Some("nobody_knows")),
    ] {
        let (run_id, approval) = parked(&app, &model, session, sets(&target, name, mishap)).await;
        model.then(Scripted::text(&["So it is."]));
        assert_eq!(app.approve("colleague", &approval, None).await.status, 200);
        note(name, over(&app, run_id).await);
    }
    let (run_id, approval) = parked(&app, &model, session, sets(&target, "r", None)).await;
    model.then(Scripted::text(&["A pity."]));
    assert_eq!(app.reject("colleague", &approval, Some("no")).await.status, 200);
    note("a rejected change", over(&app, run_id).await);
    let (run_id, _) = parked(&app, &model, session, sets(&target, "c", None)).await;
    let path = format!("/api/runs/{run_id}/cancel");
    assert_eq!(app.as_("operator").post(&path, &json!({})).await.status, 202);
    note("a cancelled change", over(&app, run_id).await);
    let (run_id, _) = parked(&app, &model, session, sets(&target, "e", None)).await;
    model.then(Scripted::text(&["Too late."]));
    clock.advance(Duration::from_secs(48 * 3600));
    note("an expired question", over(&app, run_id).await);

    let (run_id, approval) = parked(&app, &model, session, sets(&target, "i", None)).await;
    fault.world.reporting.close();
    assert_eq!(app.approve("colleague", &approval, None).await.status, 200);
    fault.world.reporting.reached().await;
    app.crash().await;
    fault.world.reporting.open();
    model.then(Scripted::text(&["It is there."]));
    app.start_again().await;
    note("an interrupted change", over(&app, run_id).await);
    logs
}

async fn run(app: &TestApp, model: &ScriptedModel, session: SessionId, script: Vec<Scripted>) -> Vec<EventRecord> {
    script.into_iter().for_each(|scripted| model.then(scripted));
    let run_id = app.say("operator", session, "please").await;
    over(app, run_id).await
}

async fn parked(app: &TestApp, model: &ScriptedModel, session: SessionId, scripted: Scripted) -> (RunId, ApprovalView) {
    model.then(scripted);
    let asked = app.ask_in("operator", session, "please").await;
    (asked.run.id, app.approval_of(&asked.run).await)
}

async fn over(app: &TestApp, run_id: RunId) -> Vec<EventRecord> {
    app.over("operator", run_id).await;
    app.store().run_events(run_id, 0).await.unwrap()
}

fn at_once(log: &[EventRecord]) -> Vec<Chunk> {
    let (mut encoder, mut chunks) = (Encoder::new(log[0].run_id), Vec::new());
    for record in log {
        assert_eq!(encoder.event(record, &mut chunks), Ok(Taken::New));
    }
    chunks
}

/// As a follower from the first moment hears it: text in pieces, lines of progress, and now and then something twice,
/// too early or not at all. Checks after every event that the message is that of the events so far.
fn live(name: &str, log: &[EventRecord], dice: &mut Dice) -> Vec<Chunk> {
    let (mut encoder, mut chunks) = (Encoder::new(log[0].run_id), Vec::new());
    let mut number = 0;
    for (index, record) in log.iter().enumerate() {
        if let Event::ModelAnswered { turn, answer, .. } = &record.event {
            let said = match dice.below(4) {
                0 => "Something else entirely".to_owned(),
                1 => format!("{} and too much", answer.text),
                _ => answer.text.clone(),
            };
            pieces(&mut encoder, *turn, &said, dice, &mut chunks);
        }
        if let (Event::ModelFailed { turn, .. }, 0) = (&record.event, dice.below(2)) {
            pieces(&mut encoder, *turn, "I think that", dice, &mut chunks);
        }
        for execution_id in encoder.at_work().collect::<Vec<_>>() {
            for _ in 0..dice.below(3) {
                number += 1;
                assert_eq!(encoder.line(execution_id, number, "building", &mut chunks), Taken::New);
                assert_eq!(
                    encoder.line(execution_id, number, "building", &mut chunks),
                    Taken::Known
                );
            }
        }
        if let Some(later) = log.get(index + 1).filter(|_| dice.below(3) == 0) {
            assert_eq!(encoder.event(later, &mut chunks), Ok(Taken::Gap));
        }
        assert_eq!(encoder.event(record, &mut chunks), Ok(Taken::New));
        assert_eq!(encoder.event(record, &mut chunks), Ok(Taken::Known));
        let is_all_said = encoder.at_work().count() == 0 || dice.below(2) == 0;
        if is_all_said && !says_progress(&message(&chunks)) {
            assert_eq!(
                message(&chunks),
                message(&at_once(&log[..=index])),
                "{name} after {:?}",
                record.event
            );
        }
    }
    chunks
}

fn says_progress(message: &Value) -> bool {
    let parts = message["parts"].as_array().unwrap();
    parts.iter().any(|part| part["data"]["progress"].is_array())
}

/// The text cut anywhere, some pieces told twice, one perhaps missed and mended by the text so far.
fn pieces(encoder: &mut Encoder, turn: u32, text: &str, dice: &mut Dice, chunks: &mut Vec<Chunk>) {
    let mut begin = 0;
    while begin < text.len() {
        let mut end = begin + 1 + dice.below(5).min(text.len() - begin - 1);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        if dice.below(6) == 0 {
            encoder.text_so_far(turn, &text[..end], chunks);
        } else {
            assert_eq!(encoder.piece(turn, begin, &text[begin..end], chunks), Taken::New);
        }
        assert_eq!(encoder.piece(turn, begin, &text[begin..end], chunks), Taken::Known);
        assert_eq!(encoder.piece(turn, end + 1, "x", chunks), Taken::Gap);
        assert_eq!(encoder.piece(turn + 1, 0, "x", chunks), Taken::Gap);
        begin = end;
    }
}

/// What every client needs: one start first, an end last, nothing left open, nothing null that may be absent.
fn check_shape(name: &str, chunks: &[Chunk]) {
    let (mut writing, mut is_step_open) = (Vec::new(), false);
    for (index, chunk) in chunks.iter().enumerate() {
        let json = serde_json::to_value(chunk).unwrap();
        let members = json.as_object().unwrap();
        let nulls = members
            .iter()
            .filter(|(key, value)| value.is_null() && !["input", "output", "data"].contains(&key.as_str()));
        assert_eq!(nulls.count(), 0, "{name}: {json}");
        assert_eq!(serde_json::from_value::<Chunk>(json.clone()).unwrap(), *chunk, "{name}");
        assert_eq!(index == 0, matches!(chunk, Chunk::Start { .. }), "{name}: {json}");
        match chunk {
            Chunk::TextStart { id } => writing.push(id.clone()),
            Chunk::TextEnd { id } => writing.retain(|open| open != id),
            Chunk::ResetStep => writing.clear(),
            Chunk::StartStep => assert!(!std::mem::replace(&mut is_step_open, true), "{name}"),
            Chunk::FinishStep => assert!(std::mem::replace(&mut is_step_open, false), "{name}"),
            Chunk::Finish { .. } | Chunk::Error { .. } | Chunk::Abort { .. } => {
                assert!(writing.is_empty() && !is_step_open, "{name}: {chunks:#?}");
            }
            _ => {}
        }
    }
    assert!(matches!(chunks.last(), Some(Chunk::Finish { .. })), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_run_reads_the_same_live_at_once_and_compact() {
    let logs = logs().await;
    let mut dice = Dice(7);
    for (name, log) in &logs {
        let whole = at_once(log);
        check_shape(name, &whole);
        let expected = message(&whole);
        for _ in 0..8 {
            let live = live(name, log, &mut dice);
            check_shape(name, &live);
            assert_eq!(message(&live), expected, "{name}");
            // Compact as a whole, and in batches of any size as a follower writes them.
            let mut batches = Vec::new();
            let mut rest = live.as_slice();
            while !rest.is_empty() {
                let (batch, after) = rest.split_at(1 + dice.below(rest.len()));
                batches.extend(compact(batch.to_vec()));
                rest = after;
            }
            for fewer in [compact(live.clone()), batches] {
                check_shape(name, &fewer);
                assert!(fewer.len() <= live.len(), "{name}");
                assert_eq!(message(&fewer), expected, "{name}");
            }
        }
        let compacted = compact(whole);
        let data = compacted.iter().filter(|chunk| matches!(chunk, Chunk::Data(_))).count();
        let parts = expected["parts"].as_array().unwrap();
        let kept = parts
            .iter()
            .filter(|part| part["type"].as_str().unwrap().starts_with("data-"))
            .count();
        assert_eq!(data, kept, "{name}: one chunk a data part");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_of_a_call_has_its_state() {
    let logs = logs().await;
    let tool = |name: &str| {
        let (_, log) = logs.iter().find(|(of, _)| *of == name).unwrap();
        let message = message(&at_once(log));
        let parts = message["parts"].as_array().unwrap();
        let tool = parts
            .iter()
            .find(|part| part["type"] == "dynamic-tool")
            .cloned()
            .unwrap_or_default();
        (
            tool["state"].as_str().unwrap_or("none").to_owned(),
            tool["approval"]["approved"].as_bool(),
            message["metadata"]["status"].clone(),
        )
    };
    let so = |state: &str, approved: Option<bool>, status: &str| (state.to_owned(), approved, json!(status));
    for (name, expected) in [
        ("a query", so("output-available", None, "completed")),
        ("only text", so("none", None, "completed")),
        ("a model that failed", so("none", None, "failed")),
        ("a provider that is away", so("none", None, "completed")),
        ("an answer that broke off", so("none", None, "failed")),
        ("a stopped answer", so("none", None, "cancelled")),
        ("a refused call", so("output-error", None, "completed")),
        ("a failed plan", so("output-error", None, "completed")),
        ("an approved change", so("output-available", Some(true), "completed")),
        ("a failed recheck", so("output-error", Some(true), "completed")),
        ("a change that lies", so("output-error", Some(true), "completed")),
        (
            "a change that is cleaned up",
            so("output-error", Some(true), "completed"),
        ),
        (
            "a change that is left half",
            so("output-error", Some(true), "completed"),
        ),
        ("an unknown outcome", so("output-error", Some(true), "completed")),
        ("a rejected change", so("output-denied", Some(false), "completed")),
        ("a cancelled change", so("output-denied", Some(false), "cancelled")),
        ("an expired question", so("output-denied", Some(false), "completed")),
        ("an interrupted change", so("output-available", Some(true), "completed")),
    ] {
        assert_eq!(tool(name), expected, "{name}");
    }
    assert_eq!(logs.len(), 18, "every kind");
    let of = |name: &str| {
        let (_, log) = logs.iter().find(|(of, _)| *of == name).unwrap();
        message(&at_once(log))
    };
    let notice = |message: &Value| message["parts"].as_array().unwrap().last().unwrap()["data"].clone();
    let stopped = of("a stopped answer");
    assert_eq!(
        stopped["parts"][1],
        json!({ "type": "text", "text": "I am thinking", "state": "done" })
    );
    assert_eq!(
        notice(&stopped),
        json!({ "level": "info", "text": "Stopped by operator.", "code": "run.cancelled" })
    );
    let broken_off = of("an answer that broke off");
    assert_eq!(broken_off["parts"][1]["text"], "I think that");
    assert_eq!(notice(&broken_off)["code"], broken_off["metadata"]["problem"]["code"]);
    let away = of("a provider that is away");
    assert_eq!(
        (&away["metadata"]["fallback"], &notice(&away)["code"]),
        (&json!("scripted"), &json!("model.stood_in"))
    );
}
