//! Public and hostile texts, read from the shared data of the project.

use super::*;
use std::path::PathBuf;

/// The lines of a JSONL file of `shared/data`. Fails when it is not there: these tests must not pass unseen.
fn lines(path: &str) -> Vec<Value> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!(
            "{} is needed for this test ({error}); put the shared data folder beside the checkout",
            file.display()
        )
    });
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The decision after a result must be the same whatever the target wrote into its text.
#[test]
fn text_from_targets_never_chooses_a_tool() {
    let payloads: Vec<String> = ["injection/ops_tool_outputs.jsonl", "injection/payloads.jsonl"]
        .into_iter()
        .flat_map(lines)
        .filter_map(|line| line["text"].as_str().map(str::to_owned))
        .collect();
    assert!(payloads.len() > 500);
    let index = suggest(
        "postgres.create_index",
        "orders-db",
        json!({"table": "orders", "columns": ["customer_id"]}),
        "no index covers it",
    );
    for message in ["show slow queries on orders-db", "speed up orders"] {
        let run = |text: &str| {
            let mut chat = Chat::new(inventory());
            chat.say(message);
            let next = chat.results(&[("Done", false)], vec![index.clone()], text);
            let later = chat.say("and what else?");
            (next, later)
        };
        let expected = run("");
        for payload in &payloads {
            assert_eq!(run(payload), expected, "{message}: {payload}");
        }
    }
}

#[test]
fn requests_that_are_not_ours_change_nothing() {
    let mut queried = Vec::new();
    let requests = lines("eval/out_of_scope.jsonl");
    for request in &requests {
        let message = request["query"].as_str().unwrap();
        let mut chat = Chat::new(inventory());
        let said = chat.say(message);
        assert!(!chat.is_change(&said), "{message}: {said:?}");
        if matches!(said, Said::Calls(_)) {
            queried.push(message.to_owned());
        }
    }
    assert!(
        queried.is_empty(),
        "of {} requests these read something: {queried:?}",
        requests.len()
    );
}
