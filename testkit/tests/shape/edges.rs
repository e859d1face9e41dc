//! Who may import whom.

use crate::{
    Violation, none, places_of,
    workspace::{Dependency, Package, packages},
};

/// A crate, what it may import, and what its tests may in addition. `plugins` stands for every plugin.
const ALLOWED: &[(&str, &[&str], &[&str])] = &[
    ("steersman-protocol", &[], &[]),
    ("steersman-engine", &["protocol"], &[]),
    ("steersman-toolkit", &["protocol"], &["testkit"]),
    ("steersman-llm", &["protocol"], &["testkit", "toolkit", "plugins"]),
    ("steersman-store", &["protocol"], &["testkit"]),
    (
        "steersman-runtime",
        &["protocol", "engine", "toolkit", "llm", "store"],
        &["testkit", "plugins"],
    ),
    ("steersman-node", &["protocol", "toolkit"], &["testkit", "plugins"]),
    (
        "steersman-server",
        &["protocol", "runtime"],
        &["testkit", "toolkit", "llm", "store", "engine", "plugins"],
    ),
    (
        "steersman",
        &[
            "protocol", "engine", "toolkit", "llm", "store", "runtime", "node", "server", "plugins",
        ],
        &["testkit"],
    ),
    ("plugins", &["toolkit"], &["testkit"]),
    (
        "steersman-testkit",
        &[
            "protocol", "engine", "toolkit", "llm", "store", "runtime", "server", "plugins",
        ],
        &[],
    ),
    (
        "bench",
        &[
            "protocol", "engine", "toolkit", "llm", "store", "runtime", "server", "plugins", "testkit",
        ],
        &[],
    ),
];

/// The pure crates and the libraries that are pure too.
const PURE: &[(&str, &[&str])] = &[
    (
        "steersman-engine",
        &["serde", "serde_json", "jiff", "uuid", "rust-stemmers"],
    ),
    (
        "steersman-protocol",
        &[
            "serde",
            "serde_json",
            "serde_json_canonicalizer",
            "jiff",
            "uuid",
            "thiserror",
            "schemars",
            "aws-lc-rs",
            "utoipa",
        ],
    ),
];

/// Libraries with one home. Tests, the testkit and the bench may use them to look from outside.
const HOMES: &[(&str, &[&str], &str)] = &[
    (
        "rusqlite",
        &["steersman-store"],
        "SQL on our own database is only in store",
    ),
    ("axum", &["steersman-server"], "HTTP is served only by server"),
    ("utoipa-axum", &["steersman-server"], "HTTP is served only by server"),
    ("tower-http", &["steersman-server"], "HTTP is served only by server"),
    ("toml", &["steersman"], "configuration files are read only by app"),
    (
        "pg_query",
        &["steersman-plugin-postgres"],
        "a plugin brings its own libraries, and nobody else does",
    ),
    (
        "mongodb",
        &["steersman-plugin-mongodb"],
        "a plugin brings its own libraries, and nobody else does",
    ),
    (
        "bson",
        &["steersman-plugin-mongodb"],
        "a plugin brings its own libraries, and nobody else does",
    ),
    (
        "sysinfo",
        &["steersman-plugin-host"],
        "a plugin brings its own libraries, and nobody else does",
    ),
    (
        "listeners",
        &["steersman-plugin-host"],
        "a plugin brings its own libraries, and nobody else does",
    ),
];

fn kind(name: &str) -> &str {
    if name.starts_with("steersman-plugin-") {
        "plugins"
    } else {
        name.strip_prefix("steersman-").unwrap_or(name)
    }
}

fn broken(packages: &[Package]) -> Vec<Violation> {
    packages
        .iter()
        .flat_map(|package| package.dependencies.iter().filter_map(|edge| judge(package, edge)))
        .collect()
}

fn judge(package: &Package, edge: &Dependency) -> Option<Violation> {
    let violation = |rule: String| {
        let found = format!("{} imports {}", package.name, edge.name);
        Some(Violation {
            path: format!("{}/Cargo.toml", package.folder),
            line: 1,
            found,
            rule,
        })
    };
    if edge.is_ours {
        let row = if kind(&package.name) == "plugins" {
            "plugins"
        } else {
            &package.name
        };
        let Some((_, normal, in_tests)) = ALLOWED.iter().find(|(name, _, _)| *name == row) else {
            return violation(
                "a new crate needs a row in the table of testkit/tests/shape/edges.rs and in ARCHITECTURE.md"
                    .to_owned(),
            );
        };
        let wanted = kind(&edge.name);
        if normal.contains(&wanted) || (edge.is_dev && in_tests.contains(&wanted)) {
            return None;
        }
        return violation(match wanted {
            "testkit" => "nothing shipped imports the testkit; make it a dev-dependency".to_owned(),
            _ => format!(
                "{row} may import: {}",
                if normal.is_empty() {
                    "nothing of ours".to_owned()
                } else {
                    normal.join(", ")
                }
            ),
        });
    }
    if edge.is_dev || matches!(&*package.name, "steersman-testkit" | "bench") {
        return None;
    }
    let impure = PURE
        .iter()
        .any(|(name, pure)| *name == package.name && !pure.contains(&&*edge.name));
    if impure {
        return violation("protocol and engine have no clock, no randomness, no async and no IO".to_owned());
    }
    let (_, _, rule) = HOMES
        .iter()
        .find(|(name, homes, _)| *name == edge.name && !homes.contains(&&*package.name))?;
    violation((*rule).to_owned())
}

#[test]
fn every_crate_imports_only_what_it_may() {
    none(broken(&packages()));
}

#[test]
fn a_planted_import_is_found() {
    let check = |name: &str, dependency: &str, is_dev: bool, is_broken: bool| {
        let package = Package {
            name: name.to_owned(),
            folder: "x".to_owned(),
            dependencies: vec![Dependency {
                name: dependency.to_owned(),
                is_dev,
                is_ours: dependency.starts_with("steersman"),
            }],
        };
        let expected = if is_broken { vec!["x/Cargo.toml:1"] } else { vec![] };
        assert_eq!(places_of(&broken(&[package])), expected, "{name} on {dependency}");
    };
    check("steersman-plugin-host", "steersman-plugin-postgres", false, true);
    check("steersman-plugin-host", "steersman-runtime", true, true);
    check("steersman-plugin-host", "steersman-testkit", false, true);
    check("steersman-plugin-host", "steersman-testkit", true, false);
    check("steersman-server", "steersman-store", false, true);
    check("steersman-engine", "steersman-store", false, true);
    check("steersman-engine", "tokio", false, true);
    check("steersman-runtime", "rusqlite", false, true);
    check("steersman-runtime", "rusqlite", true, false);
    check("steersman-brand-new", "steersman-protocol", false, true);
    check("steersman", "steersman-plugin-brand-new", false, false);
}
