//! Names that say nothing.

use crate::{
    Violation, none, places_of,
    workspace::{packages, sources},
};

const EMPTY_NAMES: &[&str] = &[
    "core", "common", "utils", "util", "helpers", "helper", "types", "models", "misc", "stuff",
];

fn broken(paths: impl IntoIterator<Item = String>) -> Vec<Violation> {
    paths
        .into_iter()
        .filter_map(|path| {
            let name = path.split('/').map(|part| part.trim_end_matches(".rs")).find(|part| {
                EMPTY_NAMES
                    .iter()
                    .any(|empty| part == empty || part.strip_prefix("steersman-") == Some(empty))
            })?;
            Some(Violation {
                line: 1,
                found: format!("\"{name}\""),
                rule:
                    "a crate or module is named for what it does; never core, common, utils, helpers, types or models"
                        .to_owned(),
                path,
            })
        })
        .collect()
}

#[test]
fn no_crate_or_module_has_a_name_that_says_nothing() {
    let crates = packages().into_iter().map(|package| package.name);
    none(broken(sources().into_iter().map(|source| source.path).chain(crates)));
}

#[test]
fn a_planted_name_is_found() {
    let given = [
        "crates/a/src/utils.rs",
        "crates/a/src/types/x.rs",
        "steersman-core",
        "crates/a/src/model.rs",
    ];
    let expected = [
        "crates/a/src/utils.rs:1",
        "crates/a/src/types/x.rs:1",
        "steersman-core:1",
    ];
    assert_eq!(places_of(&broken(given.map(str::to_owned))), expected);
}
