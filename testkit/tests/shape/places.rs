//! Things that may be done in one place only.

use crate::{
    Violation, none, places_of,
    shipped::shipped,
    workspace::{Source, sources},
};

struct Place {
    /// Code that does the thing.
    signs: &'static [&'static str],
    /// Crates, or single files, that may.
    only: Only,
    rule: &'static str,
}

enum Only {
    In(&'static [&'static str]),
    NotIn(&'static [&'static str]),
}

const PLACES: &[Place] = &[
    Place {
        signs: &["rusqlite::", "use rusqlite"],
        only: Only::In(&["steersman-store"]),
        rule: "SQL on our own database is only in store",
    },
    Place {
        signs: &["axum::", "use axum"],
        only: Only::In(&["steersman-server"]),
        rule: "HTTP is served only by server",
    },
    Place {
        signs: &["env::var", "env::set_var", "toml::"],
        only: Only::In(&["steersman"]),
        rule: "environment and configuration files are read only by app and passed inward as values",
    },
    Place {
        signs: &[
            "tokio::spawn",
            "task::spawn",
            "spawn_blocking",
            "spawn_local",
            "JoinSet",
            "TaskTracker",
            "thread::spawn",
            "thread::Builder",
        ],
        only: Only::In(&["steersman-runtime", "steersman-node"]),
        rule: "tasks are spawned only by runtime and node, where they are tracked and awaited at shutdown; elsewhere \
               await, join or select",
    },
    Place {
        signs: &["GrantCheck", ".redeem("],
        only: Only::In(&["steersman-runtime", "steersman-toolkit"]),
        rule: "a grant is redeemed only by runtime",
    },
    Place {
        signs: &[
            "Timestamp::now",
            "Zoned::now",
            "Instant::now",
            "SystemTime::now",
            "Uuid::now_v7",
            "Uuid::new_v4",
            "rand::",
        ],
        only: Only::NotIn(&["steersman-protocol", "steersman-engine", "steersman-toolkit"]),
        rule: "clock and randomness are passed inward as values",
    },
    Place {
        signs: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "tokio::",
            "async fn",
            ".await",
        ],
        only: Only::NotIn(&["steersman-protocol", "steersman-engine"]),
        rule: "protocol and engine have no async and no IO",
    },
];

/// What only the gateway may know of a model vendor's wire; looked for inside quotes too.
const VENDOR_WORDS: &[&str] = &[
    "chat/completions",
    "max_completion_tokens",
    "finish_reason\"",
    "anthropic-version",
    "functionDeclarations",
    "num_ctx",
    "/responses\"",
];

/// Not shipped, or built before anything runs.
fn is_outside(source: &Source) -> bool {
    source.is_test || matches!(&*source.package, "steersman-testkit" | "bench") || source.path.ends_with("/build.rs")
}

fn broken(sources: &[Source]) -> Vec<Violation> {
    sources
        .iter()
        .filter(|source| !is_outside(source))
        .flat_map(broken_in)
        .collect()
}

fn broken_in(source: &Source) -> Vec<Violation> {
    let violation = |index: usize, line: &str, rule: &str| Violation {
        path: source.path.clone(),
        line: index + 1,
        found: line.trim().to_owned(),
        rule: rule.to_owned(),
    };
    let code = shipped(&source.text);
    let mut violations = Vec::new();
    for (index, line) in code.lines().enumerate() {
        for place in PLACES.iter().filter(|place| !may(place, source)) {
            if place.signs.iter().any(|sign| holds(line, sign)) {
                violations.push(violation(index, line, place.rule));
            }
        }
    }
    if source.package != "steersman-llm" {
        // Lines that are blank in `code` are comments or tests.
        let lines = source
            .text
            .lines()
            .zip(code.lines())
            .enumerate()
            .filter(|(_, (_, code))| !code.trim().is_empty());
        for (index, (line, _)) in lines {
            if VENDOR_WORDS.iter().any(|word| line.contains(word)) {
                violations.push(violation(index, line, "a model vendor's JSON is only in llm"));
            }
        }
    }
    violations
}

fn may(place: &Place, source: &Source) -> bool {
    let is_named = |names: &[&str]| names.contains(&&*source.package) || names.contains(&&*source.path);
    match place.only {
        Only::In(names) => is_named(names),
        Only::NotIn(names) => !is_named(names),
    }
}

/// The sign at the start of a word: `axum::` is not in `utoipa_axum::`.
fn holds(line: &str, sign: &str) -> bool {
    let starts_word = sign.starts_with(|c: char| c.is_alphanumeric());
    line.match_indices(sign)
        .any(|(at, _)| !starts_word || !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn what_belongs_in_one_place_is_only_there() {
    none(broken(&sources()));
}

#[test]
fn a_planted_misplacement_is_found() {
    let check = |package: &str, text: &str, expected: &[&str]| {
        let source = Source {
            package: package.to_owned(),
            path: "x/src/a.rs".to_owned(),
            text: text.to_owned(),
            is_test: false,
        };
        assert_eq!(places_of(&broken(&[source])), expected, "{package}: {text}");
    };
    for text in [
        "use axum::Router;",
        "let x = rusqlite::query(q);",
        "std::env::var(\"X\")",
        "env::var_os(\"X\")",
        "tokio::spawn(f)",
        "tokio::task::spawn_blocking(f)",
        "std::thread::spawn(f)",
        "GrantCheck { grant }",
        "check.redeem()",
        "post(\"/v1/chat/completions\")",
    ] {
        check("steersman-plugin-x", text, &["x/src/a.rs:1"]);
        check(
            "steersman-plugin-x",
            &format!("// {text}\n#[cfg(test)]\nmod tests {{ fn a() {{ {text}; }} }}"),
            &[],
        );
    }
    check(
        "steersman-engine",
        "fn a() {}\nlet now = Timestamp::now();",
        &["x/src/a.rs:2"],
    );
    check("steersman-engine", "std::fs::read(p)", &["x/src/a.rs:1"]);
    check(
        "steersman-runtime",
        "tokio::spawn(f); Timestamp::now(); GrantCheck { a }.redeem()",
        &[],
    );
    check("steersman-server", "utoipa_axum::x; axum::serve(l, r)", &[]);
    check(
        "steersman-plugin-x",
        "let text = \"tokio::spawn\"; utoipa_axum::x; tokio::task::yield_now()",
        &[],
    );
}
