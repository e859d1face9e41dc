//! What the log refuses: events that cannot come next are a bug or a log that was tampered with.

use super::story::*;
use super::world::{Do, Found, Who, World, id, problem};
use crate::run::Run;
use steersman_protocol::*;

fn refuses(world: &World, event: &Event) {
    let mut run = world.run.clone();
    let before = format!("{run:?}");
    assert!(
        run.evolve(event, world.now).is_err(),
        "{event:?} in {:?}",
        world.run.status()
    );
    assert_eq!(format!("{run:?}"), before, "a refused event changes nothing");
}

fn ended(world: &World, outcome: Outcome) -> Event {
    Event::CallEnded {
        execution_id: world.run.calls[0].execution_id,
        outcome,
        summary: "x".into(),
        problem: None,
        suggestions: Vec::new(),
    }
}

#[test]
fn a_run_starts_once_and_before_anything_else() {
    let world = until_waiting();
    let started = world.events[0].0.clone();
    refuses(&world, &started);
    let mut empty = Run::new(world.run.id);
    for (event, at) in &world.events[1..] {
        assert!(empty.evolve(event, *at).is_err());
    }
}

#[test]
fn nothing_but_a_refused_attempt_follows_the_end_of_a_run() {
    let mut world = until_waiting();
    world.take(Do::Cancel(Who::Ana));
    let events: Vec<Event> = world.events.iter().map(|(event, _)| event.clone()).collect();
    for event in &events {
        refuses(&world, event);
    }
    let attempt = Event::AttemptRefused {
        by: UserId::from_uuid(id(12)),
        by_name: "Ben".into(),
        execution_id: None,
        problem: problem("approval.not_found"),
    };
    assert!(world.run.evolve(&attempt, world.now).is_ok());
}

#[test]
fn every_event_of_a_call_needs_its_call_and_its_state() {
    let world = until_waiting();
    let stranger = ExecutionId::from_uuid(id(99));
    refuses(&world, &Event::QueryStarted { execution_id: stranger });
    refuses(
        &world,
        &Event::CallEnded {
            execution_id: stranger,
            outcome: Outcome::Completed,
            summary: String::new(),
            problem: None,
            suggestions: Vec::new(),
        },
    );
    // A waiting call has not completed, whatever the log claims.
    for outcome in [
        Outcome::Completed,
        Outcome::Failed,
        Outcome::Denied,
        Outcome::Rejected,
        Outcome::Expired,
        Outcome::Unknown,
    ] {
        refuses(&world, &ended(&world, outcome));
    }
    refuses(&world, &world.events[3].0.clone());
    let execution_id = world.run.calls[0].execution_id;
    refuses(
        &world,
        &Event::Decided {
            execution_id,
            approval_id: ApprovalId::from_uuid(id(98)),
            approved: true,
            by: UserId::from_uuid(id(12)),
            by_name: "Ben".into(),
            reason: None,
        },
    );
    refuses(
        &world,
        &Event::RunEnded {
            status: RunStatus::Completed,
            problem: None,
        },
    );
}

#[test]
fn a_grant_is_for_the_plan_and_the_approval_of_its_call() {
    let granted = until_granted();
    let (event, _) = granted.events.last().expect("an event");
    let Event::Granted {
        execution_id,
        grant,
        by,
    } = event
    else {
        panic!("the last event is the grant")
    };
    let before = {
        let mut world = until_waiting();
        let (decided, at) = granted.events[granted.events.len() - 2].clone();
        world.run.evolve(&decided, at).expect("decided");
        world
    };
    let with = |edit: fn(&mut Grant)| {
        let mut grant = grant.clone();
        edit(&mut grant);
        Event::Granted {
            execution_id: *execution_id,
            grant,
            by: by.clone(),
        }
    };
    assert!(before.run.clone().evolve(event, before.now).is_ok());
    refuses(&before, &with(|grant| grant.digest = Digest::of(&"another plan")));
    refuses(&before, &with(|grant| grant.approval_id = None));
    refuses(
        &before,
        &with(|grant| grant.execution_id = ExecutionId::from_uuid(id(97))),
    );
}

#[test]
fn what_belongs_to_queries_does_not_happen_to_changes() {
    let world = until_granted();
    let execution_id = world.run.calls[0].execution_id;
    refuses(&world, &Event::QueryStarted { execution_id });
}

#[test]
fn effects_are_wanted_only_in_the_state_that_asked_for_them() {
    let mut world = World::new();
    let mut seen = Vec::new();
    for step in [
        Do::Say,
        Do::Calls(vec![super::world::Tool::Change]),
        Do::Planned(0),
        Do::Approve(0, Who::Ben),
        Do::Begin(0),
        Do::PerformFails(0),
        Do::Verified(0, Found::LeftBehind),
        Do::BeginCleanUp(0),
        Do::CleanedUp(0),
    ] {
        let decision = world.decide(step).expect("a step");
        seen.extend(decision.effects);
        let wanted: Vec<&str> = seen
            .iter()
            .filter(|effect| world.run.wants(effect))
            .map(crate::effect::Effect::kind)
            .collect();
        assert_eq!(wanted.len(), 1, "{wanted:?}");
    }
    world.take(Do::Answers);
    assert!(seen.iter().all(|effect| !world.run.wants(effect)));
}
