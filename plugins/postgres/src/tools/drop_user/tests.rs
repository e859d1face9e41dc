//! The end of a role, with everything that can hang on it.

use super::{DropUser, drop_role};
use crate::fixture::{Fixture, KEY};
use serde_json::json;
use steersman_toolkit::{
    Change,
    protocol::{Plan, Undo, Verification},
};

/// A name that no other test has: roles belong to the whole server, and all tests share one.
fn unique(fixture: &Fixture, name: &str) -> String {
    format!("{name}_{}", fixture.database.name.replace('-', "_"))
}

async fn holds(fixture: &Fixture, plan: &Plan) -> bool {
    let outcome = DropUser.verify(&fixture.cx, &fixture.reader, plan, None).await.unwrap();
    matches!(outcome, Verification::Holds { .. })
}

#[tokio::test]
async fn a_role_with_nothing_is_dropped_once_and_for_good() {
    let fixture = Fixture::open().await;
    let name = unique(&fixture, "leaver");
    fixture
        .sql(&format!(
            "CREATE ROLE {name} LOGIN CONNECTION LIMIT 3; GRANT pg_monitor TO {name}; ALTER ROLE {name} SET work_mem TO '8MB'"
        ))
        .await;
    let plan = fixture.plan(&DropUser, json!({ "name": name })).await.unwrap();
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].literal, format!("DROP ROLE {name}"));
    assert!(matches!(plan.undo, Undo::Irreversible { .. }));
    let shown = serde_json::to_string(&plan.observed).unwrap();
    for expected in ["CONNECTION LIMIT 3", "GRANT pg_monitor TO", "work_mem TO '8MB'"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(!holds(&fixture, &plan).await);
    drop_role(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(holds(&fixture, &plan).await);
    let again = drop_role(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap_err();
    assert_eq!(again.code, "postgres.bad_sql", "{again}");
    assert_eq!(
        fixture.plan(&DropUser, json!({ "name": name })).await.unwrap_err().code,
        "postgres.no_such_role"
    );
}

#[tokio::test]
async fn what_it_owns_goes_to_another_and_its_rights_end_in_one_transaction() {
    let fixture = Fixture::open().await;
    let (name, heir) = (unique(&fixture, "owner"), unique(&fixture, "heir"));
    fixture
        .sql(&format!(
            "CREATE ROLE {name}; CREATE ROLE {heir}; CREATE TABLE things (a int); CREATE TABLE shared (a int); \
             INSERT INTO things VALUES (1); ALTER TABLE things OWNER TO {name}; GRANT SELECT ON shared TO {name}"
        ))
        .await;
    let problem = fixture.plan(&DropUser, json!({ "name": name })).await.unwrap_err();
    assert_eq!(problem.code, "postgres.owns_things");
    assert!(problem.why.contains("table things"), "{problem}");

    let arguments = json!({ "name": name, "reassign_to": heir });
    let plan = fixture.plan(&DropUser, arguments.clone()).await.unwrap();
    let literals: Vec<&str> = plan.steps.iter().map(|step| step.literal.as_str()).collect();
    assert_eq!(
        literals,
        [
            "BEGIN",
            &format!("REASSIGN OWNED BY {name} TO {heir}"),
            &format!("DROP OWNED BY {name}"),
            &format!("DROP ROLE {name}"),
            "COMMIT",
        ]
    );
    let shown = serde_json::to_string(&plan.observed).unwrap();
    assert!(shown.contains("GRANT SELECT ON TABLE public.shared"), "{shown}");

    // Somebody reads the table: REASSIGN cannot lock it, and nothing at all is done.
    let reader = fixture.database.connect().await.unwrap();
    reader.batch_execute("BEGIN; SELECT * FROM things").await.unwrap();
    let mut hurried = plan.clone();
    hurried.limits.lock_wait_ms = 300;
    let problem = drop_role(&fixture.cx, &fixture.writer, &hurried, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.lock_not_granted");
    assert!(!holds(&fixture, &plan).await);
    let again = fixture.plan(&DropUser, arguments).await.unwrap();
    assert_eq!(again.must_hold, plan.must_hold);
    reader.batch_execute("COMMIT").await.unwrap();

    drop_role(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(holds(&fixture, &plan).await);
    let owner = fixture
        .sql("SELECT tableowner, (SELECT count(*) FROM things) FROM pg_tables WHERE tablename = 'things'")
        .await;
    assert_eq!(owner[0], [Some(heir.clone()), Some("1".to_owned())]);
    fixture.sql(&format!("DROP TABLE things; DROP ROLE {heir}")).await;
}

#[tokio::test]
async fn rights_in_another_database_and_roles_that_must_stay_are_refused_with_a_reason() {
    let fixture = Fixture::open().await;
    let other = Fixture::open().await;
    let name = unique(&fixture, "wanderer");
    fixture.sql(&format!("CREATE ROLE {name}")).await;
    other
        .sql(&format!("CREATE TABLE t (a int); GRANT SELECT ON t TO {name}"))
        .await;
    let problem = fixture.plan(&DropUser, json!({ "name": name })).await.unwrap_err();
    assert_eq!(problem.code, "postgres.owns_elsewhere");
    assert!(problem.why.contains(&other.database.name), "{problem}");

    // There it is possible: its rights are taken away first, and what it might own would be kept.
    let plan = other.plan(&DropUser, json!({ "name": name })).await.unwrap();
    assert_eq!(plan.steps.len(), 5);
    drop_role(&other.cx, &other.writer, &plan, KEY).await.unwrap();
    assert!(holds(&other, &plan).await);

    let us = fixture.sql("SELECT current_user").await[0][0].clone().unwrap();
    for (arguments, expected) in [
        (json!({ "name": us }), "postgres.our_own"),
        (json!({ "name": "pg_monitor" }), "postgres.reserved"),
        (json!({ "name": "nobody_at_all" }), "postgres.no_such_role"),
    ] {
        let problem = fixture.plan(&DropUser, arguments.clone()).await.unwrap_err();
        assert_eq!(problem.code, expected, "{arguments}: {problem}");
    }
}
