//! Users and roles on a real server.

use super::{
    create_user::{self, CreateUser},
    drop_user::DropUser,
    grant_roles::GrantRoles,
    revoke_roles::RevokeRoles,
};
use crate::fixture::{Fixture, KEY};
use bson::{Document, doc};
use serde_json::json;
use steersman_testkit::mongodb::USER;
use steersman_toolkit::protocol::{Block, Plan, Undo};

async fn roles(fixture: &Fixture, user: &str) -> Vec<String> {
    let answer = fixture.run(doc! { "usersInfo": user }).await;
    let user = answer
        .get_array("users")
        .unwrap()
        .first()
        .and_then(|user| user.as_document().cloned());
    let user: Document = user.unwrap_or_default();
    let mut names: Vec<String> = user
        .get_array("roles")
        .into_iter()
        .flatten()
        .map(|role| role.as_document().unwrap().get_str("role").unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn difference(plan: &Plan) -> (String, String) {
    let found = plan.observed.iter().find_map(|block| match block {
        Block::Diff { before, after, .. } => Some((before.clone(), after.clone())),
        _ => None,
    });
    found.expect("a difference")
}

#[tokio::test]
async fn a_user_is_made_with_a_password_that_only_a_person_sees() {
    let fixture = Fixture::with_orders(5).await;
    let plan = fixture
        .plan(&CreateUser, json!({ "user": "reporting", "roles": ["read"] }))
        .await
        .unwrap();
    let (before, after) = difference(&plan);
    assert_eq!(before, "");
    assert!(
        after.contains(&format!("every collection of {}: find", fixture.database)),
        "{after}"
    );
    let receipt = create_user::create(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap();
    assert!(fixture.holds(&CreateUser, &plan).await);
    let kept = fixture.handed_over.0.lock().unwrap().clone();
    let [(label, password)] = &kept[..] else {
        panic!("{kept:?}")
    };
    assert!(label.contains("reporting") && password.len() == 24, "{label}");

    // It opens the door, and it is written nowhere.
    let theirs = Fixture::as_user(
        &fixture.address,
        fixture.database.clone(),
        "reporting",
        password,
        &fixture.database,
    );
    assert!(
        theirs
            .plan(&DropUser, json!({ "user": "nobody" }))
            .await
            .unwrap_err()
            .code
            .starts_with("mongodb.permission")
    );
    let everything = format!(
        "{} {receipt:?} {:?}",
        serde_json::to_string(&plan).unwrap(),
        fixture.progress.lock().unwrap()
    );
    assert!(!everything.contains(password.as_str()));
    assert!(plan.steps[0].literal.contains("••••••"));

    let again = fixture
        .plan(&CreateUser, json!({ "user": "reporting", "roles": ["read"] }))
        .await
        .unwrap_err();
    assert_eq!(again.code, "mongodb.user_exists");
    let Undo::Reversible { call: Some(call), .. } = &plan.undo else {
        panic!("{:?}", plan.undo)
    };
    let drop = fixture.plan(&DropUser, call.arguments.clone()).await.unwrap();
    assert!(
        matches!(drop.undo, Undo::Irreversible { .. }) && drop.summary.contains("read@"),
        "{}",
        drop.summary
    );
    fixture.carry_out(&drop).await.unwrap();
    assert!(fixture.holds(&DropUser, &drop).await);
    assert_eq!(
        fixture.plan(&DropUser, call.arguments.clone()).await.unwrap_err().code,
        "mongodb.no_such_user"
    );
}

#[tokio::test]
async fn a_password_that_cannot_be_kept_makes_no_user() {
    let mut fixture = Fixture::with_orders(1).await;
    let plan = fixture
        .plan(&CreateUser, json!({ "user": "reporting", "roles": ["read"] }))
        .await
        .unwrap();
    fixture.cx.handover = steersman_toolkit::Handover::closed();
    let problem = create_user::create(&fixture.cx, &fixture.writer, &plan, KEY)
        .await
        .unwrap_err();
    assert_eq!(problem.code, "toolkit.no_handover");
    assert!(!fixture.holds(&CreateUser, &plan).await);
}

#[tokio::test]
async fn roles_are_given_and_taken_exactly() {
    let fixture = Fixture::with_orders(1).await;
    fixture
        .run(doc! { "createUser": "app", "pwd": "a password", "roles": ["read"] })
        .await;
    let plan = fixture
        .plan(
            &GrantRoles,
            json!({ "user": "app", "roles": ["read", "readWrite", "dbAdmin"] }),
        )
        .await
        .unwrap();
    // What it has already is neither given nor, by the undo, taken.
    assert!(!plan.steps[0].literal.contains("\"read\""), "{}", plan.steps[0].literal);
    let (before, after) = difference(&plan);
    let right = format!("every collection of {}: insert", fixture.database);
    assert!(!before.contains(&right) && after.contains(&right));
    assert!(!fixture.holds(&GrantRoles, &plan).await);
    fixture.carry_out(&plan).await.unwrap();
    assert!(fixture.holds(&GrantRoles, &plan).await);
    assert_eq!(roles(&fixture, "app").await, ["dbAdmin", "read", "readWrite"]);

    let Undo::Reversible { call: Some(call), .. } = &plan.undo else {
        panic!("{:?}", plan.undo)
    };
    let back = fixture.plan(&RevokeRoles, call.arguments.clone()).await.unwrap();
    fixture.carry_out(&back).await.unwrap();
    assert!(fixture.holds(&RevokeRoles, &back).await);
    assert_eq!(roles(&fixture, "app").await, ["read"]);

    for (arguments, expected) in [
        (json!({ "user": "app", "roles": ["read"] }), "mongodb.no_change"),
        (
            json!({ "user": "app", "roles": ["noSuchRole"] }),
            "mongodb.no_such_role",
        ),
        (
            json!({ "user": "app", "roles": ["__system@admin"] }),
            "mongodb.bad_role",
        ),
        (json!({ "user": "nobody", "roles": ["read"] }), "mongodb.no_such_user"),
        (
            json!({ "user": format!("{USER}@admin"), "roles": ["read@admin"] }),
            "mongodb.our_own",
        ),
    ] {
        let problem = fixture.plan(&GrantRoles, arguments.clone()).await.unwrap_err();
        assert_eq!(problem.code, expected, "{arguments}: {problem}");
    }
    let powerful = fixture
        .plan(
            &GrantRoles,
            json!({ "user": "app", "roles": ["readWriteAnyDatabase@admin"] }),
        )
        .await
        .unwrap();
    assert!(powerful.warnings.iter().any(|warning| warning.contains("Far-reaching")));
    let own = fixture
        .plan(&DropUser, json!({ "user": USER, "database": "admin" }))
        .await
        .unwrap_err();
    assert_eq!(own.code, "mongodb.our_own");
}
