//! Whatever is said: no panic, only offered tools on offered targets, the same answer every time.

use super::*;
use proptest::{collection::vec, prelude::*, sample::select};

const WORDS: &[&str] = &[
    "drop",
    "create",
    "index",
    "kill",
    "4711",
    "on",
    "orders",
    "orders-db",
    "shop-db",
    "(",
    "status",
    ")",
    ",",
    "and",
    "then",
    "it",
    "again",
    "not",
    "select",
    "from",
    "`",
    "\"",
    "'",
    "```",
    "/var/log",
    "1 GB",
    "200 ms",
    "top",
    "5",
    "why",
    "slow",
    "fix",
    "the",
    "second",
    "one",
    "same",
    "other",
    "all",
    "databases",
    "where",
    "=",
    "undo",
    "yes",
    "no",
    "again",
    "\u{fc}\u{2019}s",
    "\u{1f600}",
    ";",
    "?",
    "in",
    "production",
    "table",
    "columns",
    "explain",
];

fn message() -> impl Strategy<Value = String> {
    prop_oneof![".{0,80}", vec(select(WORDS), 0..14).prop_map(|words| words.join(" "))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_conversation_gives_only_offered_calls(messages in vec(message(), 1..5), is_error in any::<bool>()) {
        // `Chat` itself checks every call against the offer.
        let run = || {
            let mut chat = Chat::new(inventory());
            let mut said = Vec::new();
            for message in &messages {
                let mut answer = chat.say(message);
                for _ in 0..8 {
                    said.push(answer.clone());
                    if matches!(answer, Said::Text(_)) {
                        break;
                    }
                    let next = suggest("postgres.create_index", "orders-db", json!({"table": "orders", "columns": ["status"]}), "it helps");
                    answer = chat.results(&[("Done", is_error)], vec![next], "");
                }
                prop_assert!(matches!(said.last(), Some(Said::Text(_))), "it never ends: {said:?}");
            }
            Ok(said)
        };
        prop_assert_eq!(run()?, run()?);
    }
}
