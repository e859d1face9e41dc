use super::{CallState, CallStep, LEGAL, step};
use CallState as S;
use CallStep as T;
use std::collections::BTreeSet;
use steersman_protocol::ExecutionStatus;

/// Every state with every step that is legal there, written out once more and by hand.
const EXPECTED: &[(S, &[(T, S)])] = &[
    (
        S::Proposed,
        &[
            (T::Planned, S::Planned),
            (T::PlanFailed, S::Failed),
            (T::JudgedAllow, S::Allowed),
            (T::JudgedAsk, S::MustAsk),
            (T::JudgedDeny, S::Denied),
            (T::Cancelled, S::Cancelled),
        ],
    ),
    (
        S::Planned,
        &[
            (T::JudgedAllow, S::Allowed),
            (T::JudgedAsk, S::MustAsk),
            (T::JudgedDeny, S::Denied),
            (T::Cancelled, S::Cancelled),
        ],
    ),
    (
        S::Allowed,
        &[
            (T::Granted, S::Granted),
            (T::QueryStarted, S::Reading),
            (T::Cancelled, S::Cancelled),
        ],
    ),
    (
        S::MustAsk,
        &[(T::ApprovalRequested, S::Waiting), (T::Cancelled, S::Cancelled)],
    ),
    (
        S::Waiting,
        &[
            (T::Approved, S::Approved),
            (T::Rejected, S::Rejected),
            (T::Expired, S::Expired),
            (T::Cancelled, S::Cancelled),
        ],
    ),
    (S::Approved, &[(T::Granted, S::Granted), (T::Cancelled, S::Cancelled)]),
    (
        S::Granted,
        &[
            (T::QueryStarted, S::Reading),
            (T::IntentToPerform, S::Running),
            (T::RecheckFailed, S::Failed),
            (T::Cancelled, S::Cancelled),
        ],
    ),
    (
        S::Reading,
        &[
            (T::QueryAnswered, S::Completed),
            (T::QueryFailed, S::Failed),
            (T::Cancelled, S::Cancelled),
        ],
    ),
    (
        S::Running,
        &[
            (T::Performed, S::Performed),
            (T::PerformFailed, S::Uncertain),
            (T::Interrupted, S::Uncertain),
            (T::RecheckFailed, S::Failed),
        ],
    ),
    (
        S::Performed,
        &[
            (T::VerifiedHolds, S::Completed),
            (T::VerifiedNot, S::Failed),
            (T::VerifiedLeftBehind, S::Broken),
            (T::VerifiedCannotTell, S::Unknown),
        ],
    ),
    (
        S::Uncertain,
        &[
            (T::VerifiedHolds, S::Completed),
            (T::VerifiedNot, S::Failed),
            (T::VerifiedLeftBehind, S::Broken),
            (T::VerifiedCannotTell, S::Unknown),
        ],
    ),
    (
        S::Broken,
        &[(T::IntentToCleanUp, S::CleaningUp), (T::CleanUpFailed, S::Failed)],
    ),
    (
        S::CleaningUp,
        &[
            (T::CleanedUp, S::Undone),
            (T::CleanUpFailed, S::Failed),
            (T::Interrupted, S::CleanUpUncertain),
        ],
    ),
    (
        S::CleanUpUncertain,
        &[
            (T::VerifiedHolds, S::Completed),
            (T::VerifiedNot, S::Undone),
            (T::VerifiedLeftBehind, S::Failed),
            (T::VerifiedCannotTell, S::Unknown),
        ],
    ),
    (S::Completed, &[]),
    (S::Denied, &[]),
    (S::Rejected, &[]),
    (S::Expired, &[]),
    (S::Cancelled, &[]),
    (S::Failed, &[]),
    (S::Undone, &[]),
    (S::Unknown, &[]),
];

#[test]
fn every_pair_of_state_and_step_does_what_the_table_says_and_nothing_else() {
    // A new state or step changes these numbers: then it needs its line above.
    assert_eq!((S::ALL.len(), T::ALL.len(), EXPECTED.len()), (22, 26, 22));
    for state in S::ALL {
        let (_, expected) = EXPECTED
            .iter()
            .find(|(from, _)| from == state)
            .expect("a line for every state");
        for by in T::ALL {
            let to = expected.iter().find(|(step, _)| step == by).map(|(_, to)| *to);
            assert_eq!(step(*state, *by), to, "{by:?} from {state:?}");
        }
    }
    assert_eq!(
        LEGAL.len(),
        EXPECTED.iter().map(|(_, steps)| steps.len()).sum::<usize>()
    );
}

#[test]
fn every_step_is_legal_somewhere() {
    for by in T::ALL {
        assert!(LEGAL.iter().any(|(_, step, _)| step == by), "{by:?}");
    }
}

/// States that can be reached from `start` without the steps in `without`.
fn reachable(start: S, without: &[T]) -> BTreeSet<String> {
    let mut seen = vec![start];
    let mut next = 0;
    while let Some(from) = seen.get(next).copied() {
        next += 1;
        for by in T::ALL.iter().filter(|by| !without.contains(by)) {
            if let Some(to) = step(from, *by)
                && !seen.contains(&to)
            {
                seen.push(to);
            }
        }
    }
    seen.iter().map(|state| format!("{state:?}")).collect()
}

fn into(state: S) -> Vec<(S, T)> {
    LEGAL
        .iter()
        .filter(|(_, _, to)| *to == state)
        .map(|(from, by, _)| (*from, *by))
        .collect()
}

#[test]
fn nothing_runs_without_a_grant_and_nothing_is_granted_without_leave() {
    assert_eq!(into(S::Running), [(S::Granted, T::IntentToPerform)]);
    assert_eq!(into(S::Granted), [(S::Allowed, T::Granted), (S::Approved, T::Granted)]);
    assert_eq!(into(S::Approved), [(S::Waiting, T::Approved)]);
    assert_eq!(into(S::Waiting), [(S::MustAsk, T::ApprovalRequested)]);
    assert_eq!(
        into(S::Reading),
        [(S::Allowed, T::QueryStarted), (S::Granted, T::QueryStarted)]
    );
    assert_eq!(into(S::CleaningUp), [(S::Broken, T::IntentToCleanUp)]);
    let acting = [
        "Running",
        "Performed",
        "Uncertain",
        "Broken",
        "CleaningUp",
        "CleanUpUncertain",
        "Completed",
    ];
    let holds_none = |states: BTreeSet<String>| acting.iter().all(|state| !states.contains(*state));
    // Without a grant nothing acts; without a judgement nothing even reads; asked about, only an approval helps.
    let ungranted = reachable(S::Proposed, &[T::Granted]);
    assert!(!ungranted.contains("Running") && !ungranted.contains("CleaningUp"));
    assert!(holds_none(reachable(S::Proposed, &[T::JudgedAllow, T::JudgedAsk])));
    assert!(holds_none(reachable(S::Proposed, &[T::JudgedAllow, T::Approved])));
    assert!(!reachable(S::Proposed, &[T::IntentToPerform]).contains("Performed"));
}

#[test]
fn a_denied_rejected_or_expired_call_never_reads_or_acts() {
    for state in [S::Denied, S::Rejected, S::Expired, S::Cancelled] {
        assert_eq!(reachable(state, &[]), BTreeSet::from([format!("{state:?}")]));
    }
}

#[test]
fn states_that_are_over_have_no_way_out_and_all_others_lead_to_one() {
    for state in S::ALL {
        let exits = LEGAL.iter().filter(|(from, _, _)| from == state).count();
        assert_eq!(exits == 0, state.is_over(), "{state:?}");
        let ends = reachable(*state, &[]);
        assert!(
            S::ALL
                .iter()
                .any(|end| end.is_over() && ends.contains(&format!("{end:?}"))),
            "{state:?}"
        );
    }
}

#[test]
fn a_call_acts_at_most_once() {
    // No state that comes after acting leads back to a state before it.
    for state in [S::Running, S::Performed, S::Uncertain, S::Broken, S::CleaningUp] {
        let after = reachable(state, &[]);
        for before in S::ALL.iter().filter(|before| before.is_before_action()) {
            assert!(!after.contains(&format!("{before:?}")), "{before:?} after {state:?}");
        }
    }
    assert!(
        !reachable(S::CleaningUp, &[]).contains("Broken"),
        "clean-up is not repeated"
    );
    assert!(!reachable(S::Performed, &[]).contains("Running"));
}

#[test]
fn once_something_may_have_happened_only_looking_at_the_world_ends_the_call() {
    for state in [S::Performed, S::Uncertain] {
        let looked = [
            T::VerifiedHolds,
            T::VerifiedNot,
            T::VerifiedLeftBehind,
            T::VerifiedCannotTell,
        ];
        assert_eq!(reachable(state, &looked).len(), 1, "{state:?}");
    }
    assert!(
        into(S::Completed)
            .iter()
            .all(|(_, by)| matches!(by, T::VerifiedHolds | T::QueryAnswered))
    );
}

#[test]
fn a_stop_drops_a_call_exactly_before_it_acts() {
    for state in S::ALL {
        let can_be_dropped = step(*state, T::Cancelled).is_some();
        assert_eq!(
            can_be_dropped,
            state.is_before_action() || *state == S::Reading,
            "{state:?}"
        );
    }
}

#[test]
fn people_see_each_state_as_one_of_seven() {
    use ExecutionStatus as E;
    let expected = [
        (
            E::Pending,
            vec![S::Proposed, S::Planned, S::Allowed, S::MustAsk, S::Waiting],
        ),
        (E::Approved, vec![S::Approved, S::Granted]),
        (
            E::Executing,
            vec![
                S::Reading,
                S::Running,
                S::Performed,
                S::Uncertain,
                S::Broken,
                S::CleaningUp,
                S::CleanUpUncertain,
            ],
        ),
        (E::Completed, vec![S::Completed]),
        (E::Rejected, vec![S::Denied, S::Rejected, S::Expired, S::Cancelled]),
        (E::Failed, vec![S::Failed, S::Undone]),
        (E::Unknown, vec![S::Unknown]),
    ];
    for (status, states) in &expected {
        let with: Vec<S> = S::ALL
            .iter()
            .copied()
            .filter(|state| state.status() == *status)
            .collect();
        assert_eq!(&with, states);
    }
}
