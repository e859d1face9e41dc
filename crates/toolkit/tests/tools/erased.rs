use crate::stage::*;
use serde_json::json;
use std::sync::Arc;
use steersman_toolkit::{protocol::*, *};

fn query() -> Arc<dyn QueryTool> {
    match Tool::query(ListThings) {
        Tool::Query(tool) => tool,
        Tool::Change(_) => panic!("a query is a query"),
    }
}

fn change() -> Arc<dyn ChangeTool> {
    match Tool::change(PutThing) {
        Tool::Change(tool) => tool,
        Tool::Query(_) => panic!("a change is a change"),
    }
}

fn handles() -> (Shelf, Handles) {
    let shelf = Shelf::default();
    (shelf.clone(), Handles::new(Window(shelf.clone()), shelf))
}

#[test]
fn what_a_tool_is_follows_from_its_declaration_and_type() {
    let spec = Tool::change(PutThing).spec().clone();
    assert_eq!(spec.kind, ToolKind::Change);
    assert_eq!(spec.permission, "tool:change:shelf");
    assert_eq!((spec.name.as_str(), spec.floor), ("shelf.put_thing", Risk::Medium));
    let spec = Tool::query(ListThings).spec().clone();
    assert_eq!(spec.kind, ToolKind::Query);
    assert_eq!(spec.permission, "tool:read:shelf");
    assert_eq!(spec.synonyms, ["inventory"]);
    assert_eq!(spec.input_schema, input_schema::<Thing>());
}

#[tokio::test]
async fn arguments_are_read_before_a_tool_runs() {
    let (_, handles) = handles();
    let answer = query().run(&cx(), &handles, arguments()).await.expect("an answer");
    assert_eq!(answer.summary, "0 things.");
    for bad in [
        json!({}),
        json!({ "name": 5 }),
        json!(null),
        json!("cup"),
        json!({ "name": "a", "limit": -1 }),
    ] {
        let problem = query().run(&cx(), &handles, bad.clone()).await.expect_err("refused");
        assert_eq!(problem.code, "tool.bad_arguments", "{bad}");
        let problem = change().plan(&cx(), &handles, bad.clone()).await.expect_err("refused");
        assert_eq!(problem.code, "tool.bad_arguments", "{bad}");
    }
}

#[tokio::test]
async fn handles_of_another_plugin_are_refused() {
    let foreign = Handles::new(5u8, "x");
    let problem = query().run(&cx(), &foreign, arguments()).await.expect_err("refused");
    assert_eq!(problem.code, "toolkit.wrong_handle");
    let granted = check().redeem().expect("granted");
    let problem = change().perform(&cx(), &foreign, &granted).await.expect_err("refused");
    assert_eq!(problem.code, "toolkit.wrong_handle");
    assert!(foreign.reader::<u8>().is_ok());
}

#[tokio::test]
async fn a_change_performs_only_what_was_granted_for_it() {
    let (shelf, handles) = handles();
    let granted = check().redeem().expect("granted");
    change().perform(&cx(), &handles, &granted).await.expect("performed");
    assert_eq!(shelf.things(), [granted.idempotency_key()]);

    let mut cleaning = check();
    cleaning.grant_use = GrantUse::CleanUp;
    let cleaning = cleaning.redeem().expect("granted");
    let mut other = check();
    other.plan.tool = "shelf.take_thing".parse().expect("a name");
    other.grant.digest = other.plan.digest(7);
    let other = other.redeem().expect("granted");
    for (name, wrong) in [("for cleaning up", &cleaning), ("for another tool", &other)] {
        let problem = change().perform(&cx(), &handles, wrong).await.expect_err("refused");
        assert_eq!(problem.code, "toolkit.wrong_grant", "{name}");
    }
    let problem = change().clean_up(&cx(), &handles, &granted).await.expect_err("refused");
    assert_eq!(problem.code, "toolkit.wrong_grant");
    assert_eq!(shelf.things().len(), 1, "nothing more was done");

    let problem = change()
        .clean_up(&cx(), &handles, &cleaning)
        .await
        .expect_err("it has none");
    assert_eq!(problem.code, "toolkit.no_clean_up");
}

#[tokio::test]
async fn verification_knows_whether_the_report_was_lost() {
    let (_, handles) = handles();
    let receipt = Receipt {
        sentence: "Put.".into(),
        elapsed_ms: 1,
        facts: Default::default(),
    };
    for (receipt, expected) in [(Some(&receipt), "Put."), (None, "no receipt")] {
        let found = change()
            .verify(&cx(), &handles, &plan(), receipt)
            .await
            .expect("looked");
        assert_eq!(
            found,
            Verification::CannotTell {
                sentence: expected.into()
            }
        );
    }
}
