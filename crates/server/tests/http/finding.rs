//! Lists that are filtered: audit, runs, approvals, policy, roles, suggestions.

use crate::stage::{faulty, refused, shop};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use steersman_protocol::{ExecutionStatus, RunStatus};
use steersman_testkit::TestApp;

fn items(reply: &steersman_testkit::app::Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_parameters_are_named() {
    let (app, _, _, _) = faulty().await;
    let owner = app.as_("owner");
    for (path, parameter) in [
        ("/api/audit?risk=huge", "risk"),
        ("/api/audit?from=yesterday", "from"),
        ("/api/audit?limit=many", "limit"),
        (
            "/api/audit/stats?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            "from",
        ),
        ("/api/runs?status=failed,lost", "status"),
        ("/api/approvals?status=maybe", "status"),
        ("/api/suggestions?page=nowhere", "page"),
        ("/api/tools?risk=huge", "risk"),
    ] {
        let reply = owner.get(path).await;
        refused(&reply, 400, "request.bad_query");
        assert_eq!(
            reply.json()["errors"][0]["parameter"],
            json!(parameter),
            "{path}: {}",
            reply.text
        );
    }
    refused(&owner.get("/api/runs?cursor=x").await, 400, "store.invalid");
    assert_eq!(items(&owner.get("/api/audit?limit=0").await).len(), 1);
    assert!(items(&owner.get("/api/audit?limit=4000000000").await).len() <= 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_comes_with_its_relatives_and_days_are_counted() {
    let (app, _, target, _) = faulty().await;
    let run = app
        .propose("developer", &target, "set_value", json!({ "name": "a", "value": "1" }))
        .await;
    let approval = app.approval_of(&run).await;
    app.approve("operator", &approval, None).await;
    app.over("developer", run.id).await;
    let operator = app.as_("operator");
    let asked = items(&operator.get("/api/audit?action=approval.requested").await);
    let entry = operator
        .get(&format!("/api/audit/{}", asked[0]["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(entry["number"], asked[0]["number"]);
    let related = entry["related"].as_array().unwrap();
    assert!(related.len() >= 3, "{related:#?}");
    assert!(
        related
            .iter()
            .all(|one| one["execution_id"] == entry["execution_id"] && one["id"] != entry["id"])
    );
    refused(
        &app.as_("stranger")
            .get(&format!("/api/audit/{}", entry["id"].as_str().unwrap()))
            .await,
        404,
        "store.not_found",
    );
    // By name and by id, mixed with others.
    let by_name = items(&operator.get("/api/audit?user=developer&action=approval.*").await);
    let by_id = format!("/api/audit?user={}&action=approval.*", app.person("developer").id);
    assert_eq!(by_name, items(&operator.get(&by_id).await));
    assert_eq!(by_name, asked);
    assert_eq!(
        items(&operator.get("/api/audit?q=FAULT.SET_VALUE&user=&tool=").await),
        items(&operator.get("/api/audit?target=faulty").await)
    );

    let stats = operator.get("/api/audit/stats").await.json();
    let days = stats["days"].as_array().unwrap();
    let all = items(&operator.get("/api/audit?limit=500").await);
    assert_eq!(days.len(), 30);
    let sum: i64 = ["intended", "success", "failure", "rejected", "unknown"]
        .iter()
        .flat_map(|result| days.iter().map(move |day| day[result].as_i64().unwrap()))
        .sum();
    assert_eq!(
        (stats["entries"].as_i64(), sum),
        (Some(all.len() as i64), all.len() as i64)
    );
    let tools = stats["by_tool"].as_array().unwrap();
    assert_eq!(tools[0]["name"], json!("fault.set_value"));
    for (list, least) in [("by_user", 2), ("by_action", 4)] {
        assert!(stats[list].as_array().unwrap().len() >= least, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_and_approvals_are_filtered_and_counted() {
    let (app, _, target, _) = faulty().await;
    let set = |value: &str| json!({ "name": "a", "value": value });
    let waiting = app.propose("developer", &target, "set_value", set("1")).await;
    let rejected = app
        .propose("operator", &target, "destroy_value", json!({ "name": "a" }))
        .await;
    let approval = app.approval_of(&rejected).await;
    let path = format!("/api/approvals/{}/reject", approval.id);
    assert_eq!(app.as_("owner").post(&path, &json!({})).await.status, 200);
    app.over("operator", rejected.id).await;
    let owner = app.as_("owner");
    let ids = async |path: &str| -> BTreeSet<String> {
        let items = items(&owner.get(path).await);
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let both: BTreeSet<String> = [waiting.id.to_string(), rejected.id.to_string()].into();
    let first: BTreeSet<String> = [waiting.id.to_string()].into();
    let other = app.as_("owner").get(&format!("/api/runs/{}", rejected.id)).await.json()["status"].clone();
    for (path, expected) in [
        ("/api/runs?target=faulty".to_owned(), &both),
        ("/api/runs?q=SET_value".into(), &first),
        (
            format!("/api/runs?status=waiting_approval,{}", other.as_str().unwrap()),
            &both,
        ),
        ("/api/runs?status=waiting_approval".into(), &first),
        ("/api/runs?target=this-machine".into(), &BTreeSet::new()),
    ] {
        assert_eq!(&ids(&path).await, expected, "{path}");
    }
    let listed = items(&owner.get("/api/runs?q=set_value").await);
    assert_eq!(listed[0]["counts"], json!({ "executions": 1, "waiting": 1 }));
    assert_eq!(listed[0]["targets"], json!(["faulty"]));
    assert_eq!(listed[0]["user_name"], "developer");
    let pending = app.approval_of(&waiting).await;
    for (path, expected) in [
        ("/api/approvals?status=approved,rejected".to_owned(), vec![approval.id]),
        (format!("/api/approvals?risk={}", pending.risk), vec![pending.id]),
        (
            "/api/approvals?target=faulty&requested_by=developer".into(),
            vec![pending.id],
        ),
        ("/api/approvals?target=other".into(), vec![]),
    ] {
        let found = items(&owner.get(&path).await);
        let found: Vec<&str> = found.iter().map(|one| one["id"].as_str().unwrap()).collect();
        let expected: Vec<String> = expected.iter().map(|id| id.to_string()).collect();
        assert_eq!(found, expected, "{path}");
    }
    // A developer finds only their own, whatever they ask for.
    let theirs = items(&app.as_("developer").get("/api/approvals?requested_by=operator").await);
    assert_eq!(theirs, Vec::<Value>::new());
    assert_eq!(
        items(&app.as_("stranger").get("/api/runs?target=faulty").await),
        Vec::<Value>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_say_what_changed_and_the_matrix_says_who_may_do_what() {
    let (app, _, target, _) = faulty().await;
    let owner = app.as_("owner");
    let mut policy = owner.get("/api/policy").await.json();
    policy["four_eyes"] = json!(true);
    let deny = json!({
        "id": "deny-destroying", "when": { "tools": ["fault.destroy_*"], "environments": ["production"] },
        "effect": { "say": "deny" }, "reason": "Nothing is destroyed here.",
    });
    policy["rules"].as_array_mut().unwrap().push(deny);
    let draft =
        json!({ "policy": policy, "tools": ["fault.destroy_value"], "targets": [target.id], "roles": ["owner"] });
    let decision = async |question: &Value| {
        let reply = owner.post("/api/policy/matrix", question).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()["cells"][0]["verdict"]["decision"].clone()
    };
    assert_eq!(decision(&draft).await, json!("deny"), "an unsaved rule can be tried");
    let mut in_force = draft.clone();
    in_force["policy"] = Value::Null;
    assert_eq!(decision(&in_force).await, json!("ask"));
    assert_eq!(owner.put("/api/policy", &policy).await.status, 200);
    assert_eq!(decision(&in_force).await, json!("deny"));

    let revisions = items(&app.as_("developer").get("/api/policy/revisions").await);
    assert_eq!(revisions.len(), 2);
    assert_eq!(
        (revisions[0]["sentence"].clone(), revisions[0]["changed_by"].clone()),
        (
            json!("Added rule deny-destroying; a critical change needs a second person."),
            json!("owner")
        )
    );
    let whole = owner.get("/api/policy/revisions/2").await.json();
    assert_eq!(
        (
            whole["policy"]["four_eyes"].clone(),
            whole["previous"]["four_eyes"].clone()
        ),
        (json!(true), json!(false))
    );
    refused(&owner.get("/api/policy/revisions/3").await, 404, "store.not_found");
    refused(&owner.get("/api/policy/revisions/last").await, 404, "request.not_found");

    let cells = owner.post("/api/policy/matrix", &json!({})).await.json()["cells"]
        .as_array()
        .unwrap()
        .clone();
    let of = |role: &str, tool: &str| {
        let cell = cells
            .iter()
            .find(|cell| cell["role"] == role && cell["tool"] == tool)
            .unwrap();
        (cell["is_permitted"].clone(), cell["verdict"]["decision"].clone())
    };
    assert_eq!(of("viewer", "fault.read_values"), (json!(true), json!("allow")));
    assert_eq!(of("viewer", "fault.set_value"), (json!(false), json!("ask")));
    assert_eq!(of("developer", "fault.destroy_value"), (json!(true), json!("deny")));
    assert!(
        cells
            .iter()
            .all(|cell| !cell["verdict"]["rules"].as_array().unwrap().is_empty())
    );
    let elsewhere = json!({ "environments": ["staging"], "tools": ["fault.destroy_value"], "roles": ["owner"] });
    assert_eq!(decision(&elsewhere).await, json!("ask"));
    let many: Vec<String> = (0..2000).map(|n| format!("e{n}")).collect();
    refused(
        &owner.post("/api/policy/matrix", &json!({ "environments": many })).await,
        400,
        "request.too_many",
    );
    let mut bad = draft.clone();
    bad["policy"]["rules"][0]["reason"] = json!("");
    refused(&owner.post("/api/policy/matrix", &bad).await, 422, "policy.bad_rules");
    refused(
        &app.as_("stranger").post("/api/policy/matrix", &in_force).await,
        404,
        "store.not_found",
    );

    let roles = items(&app.as_("viewer").get("/api/roles").await);
    let names: Vec<&str> = roles.iter().map(|role| role["role"].as_str().unwrap()).collect();
    assert_eq!(names, ["owner", "operator", "developer", "viewer"]);
    assert_eq!(roles[0]["permissions"], json!(["*"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_suggested_works_with_the_built_in_provider() {
    let app = TestApp::start().await;
    let (_, target) = shop(&app).await;
    let machine = app.store().targets(app.organization_id()).await.unwrap();
    let machine = machine.iter().find(|target| target.plugin == "host").unwrap();
    let run = app.execute("viewer", machine, "get_metrics", json!({})).await.json();
    let mut all = BTreeSet::new();
    for (query, about) in [
        ("".to_owned(), None),
        ("?page=sessions".into(), None),
        ("?page=approvals".into(), None),
        ("?page=runs".into(), None),
        ("?page=audit".into(), None),
        ("?page=agents".into(), None),
        ("?page=tools".into(), None),
        ("?page=settings".into(), None),
        (
            format!("?page=run&resource={}", run["id"].as_str().unwrap()),
            Some("this-machine"),
        ),
        ("?page=target&resource=orders-db".into(), Some("orders-db")),
        (format!("?page=target&resource={}", target.id), Some("orders-db")),
        (format!("?page=target&resource={}", machine.id), Some("this-machine")),
        (format!("?page=server&resource={}", app.server_id()), None),
    ] {
        let found = items(&app.as_("viewer").get(&format!("/api/suggestions{query}")).await);
        assert!((3..=5).contains(&found.len()), "{query}: {found:?}");
        for text in found.iter().map(|text| text.as_str().unwrap()) {
            assert!(about.is_none_or(|name| text.contains(name)), "{query}: {text}");
            all.insert(text.to_owned());
        }
    }
    for nothing in [
        "?page=target&resource=no-such-db",
        "?page=run&resource=01890a5d-ac96-774b-bcce-b302099a8057",
    ] {
        assert_eq!(
            items(&app.as_("viewer").get(&format!("/api/suggestions{nothing}")).await),
            Vec::<Value>::new()
        );
    }
    for text in all {
        let asked = app.ask("viewer", &text).await;
        assert_eq!(
            asked.run.status,
            RunStatus::Completed,
            "{text}: {:#?}",
            asked.run.problem
        );
        let done = asked
            .run
            .executions
            .iter()
            .all(|call| call.status == ExecutionStatus::Completed);
        assert!(
            done && !asked.run.executions.is_empty(),
            "{text}: {:#?}\n{}",
            asked.run.executions,
            asked.answer()
        );
    }
}
