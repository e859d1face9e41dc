use crate::stage::{check, id, plan};
use steersman_toolkit::{GrantCheck, protocol::*};

/// What redeeming says after one thing was changed.
fn after(edit: impl FnOnce(&mut GrantCheck)) -> Result<(), String> {
    let mut check = check();
    edit(&mut check);
    check.redeem().map(|_| ()).map_err(|problem| problem.code)
}

#[test]
fn a_check_in_which_everything_agrees_gives_the_plan() {
    let granted = check().redeem().expect("granted");
    assert_eq!(granted.plan(), &plan());
    assert_eq!(granted.grant_use(), GrantUse::Perform);
    assert_eq!(granted.idempotency_key(), id(2).to_string());
    assert_eq!(check().digest(), check().grant.digest);
}

#[test]
fn each_single_disagreement_is_refused_with_its_code() {
    type Edit = fn(&mut GrantCheck);
    let cases: Vec<(&str, Edit, &str)> = vec![
        (
            "another call's grant",
            |check| check.grant.execution_id = ExecutionId::from_uuid(id(9)),
            "grant.wrong_execution",
        ),
        (
            "used for another call",
            |check| check.execution_id = ExecutionId::from_uuid(id(9)),
            "grant.wrong_execution",
        ),
        (
            "another target",
            |check| check.grant.target_id = TargetId::from_uuid(id(9)),
            "grant.changed_target",
        ),
        (
            "another target in the plan",
            |check| check.plan.target.id = TargetId::from_uuid(id(9)),
            "grant.changed_target",
        ),
        (
            "the target was edited",
            |check| check.target_revision = 5,
            "grant.changed_target",
        ),
        (
            "granted for an older target",
            |check| check.grant.target_revision = 3,
            "grant.changed_target",
        ),
        (
            "planned for an older target",
            |check| check.plan.target.revision = 3,
            "grant.changed_target",
        ),
        (
            "the policy was edited",
            |check| check.policy_revision = 8,
            "grant.changed_policy",
        ),
        (
            "granted under an older policy",
            |check| check.grant.policy_revision = 6,
            "grant.changed_policy",
        ),
        (
            "another statement",
            |check| check.plan.steps[0].literal.push_str("; DROP"),
            "grant.changed_plan",
        ),
        (
            "another clean-up",
            |check| check.plan.on_failure.clear(),
            "grant.changed_plan",
        ),
        (
            "another warning",
            |check| check.plan.warnings.push("x".into()),
            "grant.changed_plan",
        ),
        (
            "another digest",
            |check| check.grant.digest = Digest::of(&"x"),
            "grant.changed_plan",
        ),
        (
            "its time has come",
            |check| check.now = check.grant.expires_at,
            "grant.expired",
        ),
        ("long ago", |check| check.now = Timestamp::MAX, "grant.expired"),
        (
            "the right was withdrawn",
            |check| check.answerable_still_may = false,
            "grant.right_withdrawn",
        ),
    ];
    for (name, edit, code) in cases {
        assert_eq!(after(edit), Err(code.to_owned()), "{name}");
        // Cleaning up is no way around, except for the time.
        let cleaning = after(|check| {
            check.grant_use = GrantUse::CleanUp;
            edit(check);
        });
        let expected = if code == "grant.expired" {
            Ok(())
        } else {
            Err(code.to_owned())
        };
        assert_eq!(cleaning, expected, "cleaning up, {name}");
    }
}

#[test]
fn a_moment_before_its_end_a_grant_still_holds() {
    assert_eq!(
        after(|check| check.now = "2026-01-01T12:29:59.999999999Z".parse().expect("a time")),
        Ok(())
    );
}

#[test]
fn performing_and_cleaning_up_have_keys_of_their_own() {
    let mut check = check();
    check.grant_use = GrantUse::CleanUp;
    let granted = check.redeem().expect("granted");
    assert_eq!(granted.idempotency_key(), format!("{}-clean-up", id(2)));
}
