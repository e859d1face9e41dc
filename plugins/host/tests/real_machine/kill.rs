use crate::stage::{Stage, grant, kill_process};
use serde_json::json;
use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use steersman_toolkit::protocol::{Fact, Plan, Undo, Verification};

struct Victim(Child);
impl Victim {
    fn spawn(script: &str) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh");
        if script.contains("echo") {
            // The script says when its set-up is done.
            let mut said = [0];
            std::io::Read::read_exact(child.stdout.as_mut().expect("its output"), &mut said).expect("a sign of life");
        }
        Self(child)
    }
    fn sleeper() -> Self {
        Self::spawn("exec sleep 600")
    }
    fn stubborn() -> Self {
        Self::spawn("trap '' TERM; echo ready; exec sleep 600 >/dev/null")
    }
    fn pid(&self) -> u32 {
        self.0.id()
    }
    fn is_running(&mut self) -> bool {
        self.0.try_wait().expect("a status").is_none()
    }
}
impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the new process has become its program.
async fn settled(victim: &Victim, program: &str) {
    for _ in 0..200 {
        if fs::read_to_string(format!("/proc/{}/comm", victim.pid())).is_ok_and(|name| name.trim() == program) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} did not become {program}", victim.pid());
}

async fn perform(stage: &Stage, plan: &Plan) -> Result<Verification, String> {
    let tool = kill_process();
    let receipt = tool
        .perform(&stage.cx, &stage.handles, &grant(plan))
        .await
        .map_err(|problem| problem.code)?;
    tool.verify(&stage.cx, &stage.handles, plan, Some(&receipt))
        .await
        .map_err(|problem| problem.code)
}

#[tokio::test]
async fn a_process_is_ended_once_and_seen_to_be_gone() {
    let mut victim = Victim::sleeper();
    settled(&victim, "sleep").await;
    let stage = Stage::new().await;
    let plan = stage.plan_kill(json!({"pid": victim.pid()})).await.expect("a plan");
    assert_eq!(plan.steps[0].literal, format!("kill({}, SIGTERM)", victim.pid()));
    assert!(matches!(plan.undo, Undo::Irreversible { .. }));
    assert!(matches!(plan.facts[..], [Fact::Interrupts { .. }]));
    let again = stage.plan_kill(plan.arguments.clone()).await.expect("the same plan");
    assert_eq!(
        (&again.steps, &again.must_hold),
        (&plan.steps, &plan.must_hold),
        "planning can be repeated"
    );
    assert!(victim.is_running(), "planning changes nothing");

    let verification = perform(&stage, &plan).await.expect("performed");
    assert!(matches!(verification, Verification::Holds { .. }), "{verification:?}");
    assert!(!victim.is_running());
    assert_eq!(
        perform(&stage, &plan).await,
        Err("host.no_such_process".to_owned()),
        "a second time reaches nobody"
    );
}

#[tokio::test]
async fn a_process_that_ignores_term_is_reported_as_running_and_kill_ends_it() {
    let mut victim = Victim::stubborn();
    settled(&victim, "sleep").await;
    let stage = Stage::new().await;
    let plan = stage
        .plan_kill(json!({"pid": victim.pid(), "signal": "term"}))
        .await
        .expect("a plan");
    assert!(
        plan.warnings.iter().any(|w| w.contains("ignores SIGTERM")),
        "{:?}",
        plan.warnings
    );
    let began = Instant::now();
    match perform(&stage, &plan).await.expect("performed") {
        Verification::DoesNotHold {
            sentence, left_behind, ..
        } => {
            assert!(sentence.contains("signal kill") && !left_behind, "{sentence}");
        }
        other => panic!("unexpected {other:?}"),
    }
    assert!((5.0..8.0).contains(&began.elapsed().as_secs_f64()) && victim.is_running());

    let plan = stage
        .plan_kill(json!({"pid": victim.pid(), "signal": "kill"}))
        .await
        .expect("a plan");
    assert_eq!(plan.steps[0].literal, format!("kill({}, SIGKILL)", victim.pid()));
    let verification = perform(&stage, &plan).await.expect("performed");
    assert!(matches!(verification, Verification::Holds { .. }), "{verification:?}");
    assert!(!victim.is_running());
}

#[tokio::test]
async fn a_number_that_went_to_another_process_is_not_hit() {
    let mut victim = Victim::sleeper();
    settled(&victim, "sleep").await;
    let stage = Stage::new().await;
    let plan = stage.plan_kill(json!({"pid": victim.pid()})).await.expect("a plan");
    for (key, value) in [
        ("started_ticks", json!(1)),
        ("executable", json!("/bin/other")),
        ("boot_id", json!("another")),
    ] {
        let mut old = plan.clone();
        old.must_hold.insert(key.to_owned(), value);
        assert_eq!(
            perform(&stage, &old).await,
            Err("host.process_changed".to_owned()),
            "{key}"
        );
    }
    assert!(victim.is_running());
    let mut old = plan;
    old.must_hold.insert("started_ticks".to_owned(), json!(1));
    let verification = kill_process()
        .verify(&stage.cx, &stage.handles, &old, None)
        .await
        .expect("a look");
    assert!(
        matches!(verification, Verification::Holds { .. }),
        "the planned one is gone: {verification:?}"
    );
}

#[tokio::test]
async fn a_lost_report_is_made_good_by_looking() {
    let mut victim = Victim::sleeper();
    settled(&victim, "sleep").await;
    let stage = Stage::new().await;
    let plan = stage.plan_kill(json!({"pid": victim.pid()})).await.expect("a plan");
    match kill_process()
        .verify(&stage.cx, &stage.handles, &plan, None)
        .await
        .expect("a look")
    {
        Verification::DoesNotHold { sentence, .. } => assert!(sentence.contains("is not known"), "{sentence}"),
        other => panic!("unexpected {other:?}"),
    }
    assert!(victim.is_running(), "looking changes nothing");
    victim.0.kill().expect("killed elsewhere");
    let verification = kill_process()
        .verify(&stage.cx, &stage.handles, &plan, None)
        .await
        .expect("a look");
    assert!(matches!(verification, Verification::Holds { .. }), "{verification:?}");
}

#[tokio::test]
async fn a_stop_before_the_signal_sends_none_and_a_stop_of_the_check_claims_nothing() {
    let mut victim = Victim::sleeper();
    settled(&victim, "sleep").await;
    let stage = Stage::new().await;
    let plan = stage.plan_kill(json!({"pid": victim.pid()})).await.expect("a plan");
    stage.cx.cancel.cancel();
    assert_eq!(perform(&stage, &plan).await, Err("host.cancelled".to_owned()));
    let verification = kill_process()
        .verify(&stage.cx, &stage.handles, &plan, None)
        .await
        .expect("a look");
    assert!(
        matches!(verification, Verification::CannotTell { .. }),
        "{verification:?}"
    );
    assert!(victim.is_running());
}

#[tokio::test]
async fn what_must_never_be_ended_is_refused_when_planning() {
    let stage = Stage::new().await;
    let us = std::process::id();
    let other_threads = fs::read_dir("/proc/self/task").expect("our threads").flatten();
    let thread = other_threads
        .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok())
        .find(|&tid| tid != us);
    let mut zombie = Command::new("true").spawn().expect("true");
    tokio::time::sleep(Duration::from_millis(200)).await;
    for (pid, code) in [
        (1, "host.protected_process"),
        (us, "host.protected_process"),
        (
            thread.expect("a test runs in a thread of its own"),
            "host.protected_process",
        ),
        (zombie.id(), "host.already_ended"),
        (4_194_303, "host.no_such_process"),
        (u32::MAX, "host.no_such_process"),
        (0, "host.no_such_process"),
    ] {
        let problem = stage.plan_kill(json!({"pid": pid})).await.expect_err("must be refused");
        assert_eq!(problem.code, code, "{pid}: {problem}");
        assert!(problem.what.contains("here") && !problem.next.is_empty(), "{problem}");
    }
    zombie.wait().expect("it has ended");
}

#[tokio::test]
async fn the_plan_shows_what_a_careful_person_would_look_up_and_no_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let stage = Stage::new().await;
    let secret = "planted-hunter2";
    let script = "sleep 600 & echo ready; wait";
    let victim = Command::new("sh")
        .args(["-c", script, "x", &format!("--token={secret}")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("sh");
    let mut victim = Victim(victim);
    std::io::Read::read_exact(victim.0.stdout.as_mut().expect("its output"), &mut [0]).expect("a sign of life");
    let plan = stage.plan_kill(json!({"pid": victim.pid()})).await.expect("a plan");
    let printed = serde_json::to_string(&plan).expect("JSON");
    for expected in [
        "--token=***",
        "\"owner\"",
        "\"memory\"",
        "\"started\"",
        "sleep",
        "irreversible",
        "may go on without it",
    ] {
        assert!(printed.contains(expected), "{expected} in {printed}");
    }
    assert!(!printed.contains(secret), "{printed}");
    drop(listener);
    // The shell's child outlives it: end it by the group of numbers that the plan showed.
    let child = fs::read_to_string(format!("/proc/{0}/task/{0}/children", victim.pid())).unwrap_or_default();
    for pid in child.split_whitespace() {
        let _ = Command::new("kill").arg(pid).status();
    }
}
