//! Privileges given and taken on the real server, and taken back exactly.

use super::carry_out;
use crate::{
    fixture::{Fixture, KEY},
    tools::{grant_permission::GrantPermission, revoke_permission::RevokePermission},
};
use serde_json::{Value, json};
use steersman_toolkit::{
    Change,
    protocol::{Fact, Plan, Undo, Verification},
};

const THINGS: &str = "CREATE TABLE orders (id int); CREATE TABLE items (id int); CREATE SEQUENCE numbers; \
     CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n'; \
     REVOKE EXECUTE ON FUNCTION twice FROM PUBLIC; \
     CREATE FUNCTION strength() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; \
     REVOKE EXECUTE ON FUNCTION strength FROM PUBLIC";

/// A database with things in it, and a role of its own: roles belong to the whole server, and all tests share one.
async fn with_role() -> (Fixture, String) {
    let fixture = Fixture::open().await;
    let role = format!("visitor_{}", fixture.database.name.replace('-', "_"));
    fixture
        .sql(&format!("{THINGS}; CREATE ROLE {role}; CREATE ROLE {role}_group"))
        .await;
    (fixture, role)
}

async fn clear(fixture: &Fixture, role: &str) {
    fixture
        .sql(&format!(
            "DROP OWNED BY {role}; DROP OWNED BY {role}_group; DROP ROLE {role}; DROP ROLE {role}_group"
        ))
        .await;
}

/// All access lists of the database, and all memberships of the role.
async fn snapshot(fixture: &Fixture, role: &str) -> Vec<Vec<Option<String>>> {
    fixture
        .sql(&format!(
            "SELECT c.relname::text, a::text FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))) a \
              WHERE c.relname IN ('orders', 'items', 'numbers') \
             UNION ALL SELECT proname, a::text FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) a WHERE proname = 'twice' \
             UNION ALL SELECT nspname, a::text FROM pg_namespace, aclexplode(nspacl) a WHERE nspname = 'public' \
             UNION ALL SELECT 'database', a::text FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a WHERE datname = current_database() \
             UNION ALL SELECT roleid::regrole::text, admin_option::text FROM pg_auth_members WHERE member = '{role}'::regrole \
             ORDER BY 1, 2"
        ))
        .await
}

async fn holds<C>(fixture: &Fixture, change: &C, plan: &Plan) -> bool
where
    C: Change<Reader = crate::Reader>,
{
    let outcome = change.verify(&fixture.cx, &fixture.reader, plan, None).await.unwrap();
    matches!(outcome, Verification::Holds { .. })
}

#[tokio::test]
async fn every_kind_of_privilege_is_given_verified_and_taken_back_exactly() {
    let (fixture, role) = with_role().await;
    let database = fixture.database.name.clone();
    let quoted = crate::identifier::plain(&database);
    for (rest, expected) in [
        (
            json!({ "object": "orders", "privileges": ["select", "insert"] }),
            format!("GRANT INSERT, SELECT ON TABLE public.orders TO {role}"),
        ),
        (
            json!({ "object": "public", "on": "all_tables", "privileges": ["select"] }),
            format!("GRANT SELECT ON TABLE public.items, public.orders TO {role}"),
        ),
        (
            json!({ "object": "numbers", "on": "sequence", "privileges": ["all"] }),
            format!("GRANT SELECT, UPDATE, USAGE ON SEQUENCE public.numbers TO {role}"),
        ),
        (
            json!({ "object": "public", "on": "schema", "privileges": ["create"] }),
            format!("GRANT CREATE ON SCHEMA public TO {role}"),
        ),
        (
            json!({ "object": quoted, "on": "database", "privileges": ["temporary", "create"] }),
            format!("GRANT CREATE, TEMPORARY ON DATABASE {quoted} TO {role}"),
        ),
        (
            json!({ "object": "twice(int)", "on": "function", "privileges": ["execute"] }),
            format!("GRANT EXECUTE ON ROUTINE public.twice(integer) TO {role}"),
        ),
        (
            json!({ "object": format!("{role}_group"), "on": "role" }),
            format!("GRANT {role}_group TO {role}"),
        ),
    ] {
        let mut arguments: Value = rest;
        arguments["role"] = json!(role);
        let before = snapshot(&fixture, &role).await;
        let plan = fixture.plan(&GrantPermission, arguments.clone()).await.unwrap();
        let literals: Vec<&str> = plan.steps.iter().map(|step| step.literal.as_str()).collect();
        assert_eq!(literals, [expected.as_str()]);
        assert!(
            !plan.facts.iter().any(|fact| matches!(fact, Fact::ChangesAccess { .. })),
            "{plan:?}"
        );
        assert!(!holds(&fixture, &GrantPermission, &plan).await);
        carry_out(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
        assert!(holds(&fixture, &GrantPermission, &plan).await, "{expected}");
        let again = fixture.plan(&GrantPermission, arguments).await.unwrap_err();
        assert_eq!(again.code, "postgres.nothing_to_change");

        let Undo::Reversible { call: Some(call), .. } = &plan.undo else {
            panic!("{:?}", plan.undo)
        };
        let undo = fixture.plan(&RevokePermission, call.arguments.clone()).await.unwrap();
        let Undo::Reversible { steps, .. } = &plan.undo else {
            unreachable!()
        };
        assert_eq!(&undo.steps, steps, "the undo shown is the undo done");
        assert!(!holds(&fixture, &RevokePermission, &undo).await);
        carry_out(&fixture.cx, &fixture.writer, &undo, KEY).await.unwrap();
        assert!(holds(&fixture, &RevokePermission, &undo).await);
        assert_eq!(snapshot(&fixture, &role).await, before, "{expected}");
    }
    clear(&fixture, &role).await;
}

#[tokio::test]
async fn only_what_differs_is_changed_and_its_undo_leaves_what_was_there() {
    let (fixture, role) = with_role().await;
    fixture.sql(&format!("GRANT SELECT ON items TO {role}")).await;
    let before = snapshot(&fixture, &role).await;
    let arguments = json!({ "role": role, "object": "public", "on": "all_tables", "privileges": ["select", "delete"] });
    let plan = fixture.plan(&GrantPermission, arguments).await.unwrap();
    let literals: Vec<&str> = plan.steps.iter().map(|step| step.literal.as_str()).collect();
    assert_eq!(
        literals,
        [
            "BEGIN",
            &format!("GRANT DELETE ON TABLE public.items TO {role}"),
            &format!("GRANT DELETE, SELECT ON TABLE public.orders TO {role}"),
            "COMMIT",
        ]
    );
    let Undo::Reversible { steps, call } = plan.undo.clone() else {
        panic!("{:?}", plan.undo)
    };
    assert_eq!(call, None, "no single call would leave SELECT on items");
    carry_out(&fixture.cx, &fixture.writer, &plan, KEY).await.unwrap();
    assert!(holds(&fixture, &GrantPermission, &plan).await);
    for step in steps {
        fixture.sql(&step.literal).await;
    }
    assert_eq!(snapshot(&fixture, &role).await, before);
    clear(&fixture, &role).await;
}

#[tokio::test]
async fn what_reaches_far_is_a_matter_of_access() {
    let (fixture, role) = with_role().await;
    for rest in [
        json!({ "object": "orders", "privileges": ["select"], "grant_option": true }),
        json!({ "object": "pg_write_all_data", "on": "role" }),
        json!({ "object": format!("{role}_group"), "on": "role", "grant_option": true }),
        json!({ "object": "strength()", "on": "function", "privileges": ["execute"] }),
        json!({ "object": "pg_catalog.pg_authid", "privileges": ["select"] }),
    ] {
        let mut arguments: Value = rest;
        arguments["role"] = json!(role);
        let plan = fixture.plan(&GrantPermission, arguments.clone()).await.unwrap();
        let is_access = plan.facts.iter().any(|fact| matches!(fact, Fact::ChangesAccess { .. }));
        assert!(is_access, "{arguments}: {:?}", plan.facts);
    }
    clear(&fixture, &role).await;
}

#[tokio::test]
async fn what_revoke_would_not_take_or_would_take_too_is_refused() {
    let (fixture, role) = with_role().await;
    fixture
        .sql(&format!(
            "GRANT SELECT ON orders TO {role} WITH GRANT OPTION; SET ROLE {role}; GRANT SELECT ON orders TO {role}_group; \
             RESET ROLE; GRANT UPDATE (id), UPDATE ON items TO {role}; GRANT {role} TO {role}_group"
        ))
        .await;
    let us = fixture.sql("SELECT current_user").await[0][0].clone().unwrap();
    for (arguments, expected) in [
        (
            json!({ "role": role, "object": "orders", "privileges": ["select"] }),
            "postgres.handed_on",
        ),
        (
            json!({ "role": format!("{role}_group"), "object": "orders", "privileges": ["select"] }),
            "postgres.granted_by_another",
        ),
        (
            json!({ "role": role, "object": "items", "privileges": ["update"] }),
            "postgres.column_privileges",
        ),
        (
            json!({ "role": role, "object": "items", "privileges": ["delete"] }),
            "postgres.nothing_to_change",
        ),
        (
            json!({ "role": us, "object": "items", "privileges": ["delete"] }),
            "postgres.our_own",
        ),
        (
            json!({ "role": role, "object": "items", "privileges": ["usage"] }),
            "postgres.bad_options",
        ),
        (json!({ "role": role, "object": "items" }), "postgres.bad_options"),
        (
            json!({ "role": role, "object": "nothing", "privileges": ["select"] }),
            "postgres.no_such_table",
        ),
        (
            json!({ "role": role, "object": "nothing", "on": "sequence", "privileges": ["usage"] }),
            "postgres.no_such_sequence",
        ),
        (
            json!({ "role": "nobody_at_all", "object": "items", "privileges": ["select"] }),
            "postgres.no_such_role",
        ),
    ] {
        let problem = fixture.plan(&RevokePermission, arguments.clone()).await.unwrap_err();
        assert_eq!(problem.code, expected, "{arguments}: {problem}");
    }
    let arguments = json!({ "role": role, "object": format!("{role}_group"), "on": "role" });
    let problem = fixture.plan(&GrantPermission, arguments).await.unwrap_err();
    assert_eq!(problem.code, "postgres.membership_loop");
    clear(&fixture, &role).await;
}
