//! A new role from plan to login, and where its password is and is not.

use super::{CreateUser, create};
use crate::{
    fixture::{Fixture, KEY},
    tools::drop_user::DropUser,
};
use serde_json::{Value, json};
use steersman_testkit::Postgres;
use steersman_toolkit::{
    Change, ExposeSecret, Handover, SecretString,
    protocol::{Fact, Plan, Undo, Verification},
};

/// A name that no other test has: roles belong to the whole server, and all tests share one.
fn unique(fixture: &Fixture, name: &str) -> String {
    format!("{name}_{}", fixture.database.name.replace('-', "_"))
}

async fn verify(fixture: &Fixture, plan: &Plan) -> Verification {
    CreateUser
        .verify(&fixture.cx, &fixture.reader, plan, None)
        .await
        .unwrap()
}

fn holds(verification: &Verification) -> bool {
    matches!(verification, Verification::Holds { .. })
}

fn left(fixture: &Fixture) -> Vec<(String, SecretString)> {
    fixture.left.0.lock().unwrap().clone()
}

#[tokio::test]
async fn a_new_role_can_log_in_with_the_password_that_was_left_and_nothing_else_holds_it() {
    let fixture = Fixture::open().await;
    let (name, readers) = (unique(&fixture, "reporting"), unique(&fixture, "readers"));
    fixture.sql(&format!("CREATE ROLE {readers}")).await;
    let arguments = json!({
        "name": name.to_uppercase(), "connection_limit": 5, "valid_until": "2099-01-01T00:00:00Z",
        "member_of": [readers], "creates_databases": true
    });
    let plan = fixture.plan(&CreateUser, arguments).await.unwrap();
    assert_eq!(
        plan.steps[0].literal,
        format!(
            "CREATE ROLE {name} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5 \
             VALID UNTIL '2099-01-01T00:00:00Z' IN ROLE {readers} PASSWORD '********'"
        )
    );
    assert!(!holds(&verify(&fixture, &plan).await));
    assert!(left(&fixture).is_empty(), "planning makes no password");

    let receipt = create(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    let outcome = verify(&fixture, &plan).await;
    assert!(holds(&outcome), "{outcome:?}");
    let (label, password) = left(&fixture).remove(0);
    assert_eq!(label, format!("password of the role {name}"));

    let server = Postgres::shared().await.unwrap();
    let client = steersman_testkit::postgres::connect(&fixture.database.url_as(&name, password.expose_secret()))
        .await
        .unwrap();
    let who: String = client.query_one("SELECT current_user::text", &[]).await.unwrap().get(0);
    assert_eq!(who, name);

    let kept = fixture
        .sql(&format!("SELECT rolpassword FROM pg_authid WHERE rolname = '{name}'"))
        .await[0][0]
        .clone()
        .unwrap();
    assert!(kept.starts_with("SCRAM-SHA-256$4096:"), "{kept}");
    let said = format!(
        "{plan:?} {receipt:?} {outcome:?} {:?} {}",
        fixture.progress.lock().unwrap(),
        server.server().folder().display()
    );
    assert!(
        !said.contains(password.expose_secret()) && !said.contains("SCRAM-SHA-256$"),
        "{said}"
    );

    // A second time nothing happens, and the password that was left stays the right one.
    let again = create(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap_err();
    assert_eq!(again.code, "postgres.name_taken");
    assert_eq!(left(&fixture).len(), 1);
    drop(client);

    let Undo::Reversible { call: Some(call), .. } = &plan.undo else {
        panic!("{:?}", plan.undo)
    };
    let undo = fixture.plan(&DropUser, call.arguments.clone()).await.unwrap();
    crate::connection::run_steps(&fixture.cx, &fixture.writer, &undo, &undo.steps, KEY, None)
        .await
        .unwrap();
    assert!(!holds(&verify(&fixture, &plan).await));
    fixture.sql(&format!("DROP ROLE {readers}")).await;
}

#[tokio::test]
async fn without_a_keeper_for_the_password_no_role_is_made() {
    let mut fixture = Fixture::open().await;
    let name = unique(&fixture, "unkept");
    let plan = fixture.plan(&CreateUser, json!({ "name": name })).await.unwrap();
    fixture.cx.handover = Handover::closed();
    let problem = create(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap_err();
    assert_eq!(problem.code, "toolkit.no_handover");
    assert!(!holds(&verify(&fixture, &plan).await));
}

#[tokio::test]
async fn roles_that_reach_too_far_are_refused_or_raise_the_risk() {
    let fixture = Fixture::open().await;
    let (name, boss) = (unique(&fixture, "climber"), unique(&fixture, "boss"));
    fixture
        .sql(&format!(
            "CREATE ROLE {boss} SUPERUSER; CREATE ROLE {boss}_group; GRANT {boss} TO {boss}_group"
        ))
        .await;
    let check = |arguments: Value, expected: &'static str| {
        let fixture = &fixture;
        async move {
            let problem = fixture.plan(&CreateUser, arguments.clone()).await.unwrap_err();
            assert_eq!(problem.code, expected, "{arguments}: {problem}");
        }
    };
    check(
        json!({ "name": name, "member_of": [format!("{boss}_group")] }),
        "postgres.too_powerful",
    )
    .await;
    check(
        json!({ "name": name, "member_of": ["nobody_at_all"] }),
        "postgres.no_such_role",
    )
    .await;
    check(json!({ "name": "pg_mine" }), "postgres.bad_name").await;
    check(json!({ "name": "a.b" }), "postgres.bad_name").await;
    check(json!({ "name": boss }), "postgres.name_taken").await;
    check(
        json!({ "name": name, "valid_until": "tomorrow" }),
        "postgres.bad_options",
    )
    .await;
    check(
        json!({ "name": name, "valid_until": "2020-01-01T00:00:00Z" }),
        "postgres.bad_options",
    )
    .await;
    for (group, is_critical) in [("pg_write_all_data", true), ("pg_monitor", false)] {
        let plan = fixture
            .plan(&CreateUser, json!({ "name": name, "member_of": [group] }))
            .await
            .unwrap();
        let changes_access = plan.facts.iter().any(|fact| matches!(fact, Fact::ChangesAccess { .. }));
        assert_eq!(changes_access, is_critical, "{group}: {:?}", plan.facts);
    }
    for option in ["superuser", "replication", "bypassrls", "createrole"] {
        let arguments = json!({ "name": name, option: true });
        assert!(serde_json::from_value::<super::Input>(arguments).is_err(), "{option}");
    }
    fixture.sql(&format!("DROP ROLE {boss}, {boss}_group")).await;
}
