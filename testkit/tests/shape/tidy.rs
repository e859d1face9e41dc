//! Tidiness: what a crate says about itself, how long a file gets, and nothing of the machine it was written on.

use crate::{
    Violation, none, places_of,
    workspace::{packages, project_files, root, sources},
};
use std::fs;

const MAX_LINES: usize = 500;

/// Files that may be longer, with the reason.
const LONG: &[(&str, &str)] = &[];

/// Folders of the machines that we happen to write on. Split so that this file does not hold them.
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

fn lines_too_long(path: &str, text: &str) -> Option<Violation> {
    let lines = text.lines().count();
    let is_excused = LONG.iter().any(|(excused, _)| *excused == path);
    (lines > MAX_LINES && !is_excused).then(|| Violation {
        path: path.to_owned(),
        line: MAX_LINES,
        found: format!("{lines} lines"),
        rule: format!(
            "one idea a file: split it, or give a reason in the list of testkit/tests/shape/tidy.rs (limit {MAX_LINES})"
        ),
    })
}

fn undocumented(path: &str, text: &str) -> Option<Violation> {
    let is_crate_root = path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs");
    (is_crate_root && !text.starts_with("//! ")).then(|| Violation {
        path: path.to_owned(),
        line: 1,
        found: text.lines().next().unwrap_or_default().to_owned(),
        rule: "a crate begins with //! and says what it is for".to_owned(),
    })
}

fn machine_paths(path: &str, text: &str) -> Vec<Violation> {
    let is_inside_a_longer_path =
        |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || "._~)}*-".contains(c));
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            MACHINE_PATHS.iter().any(|folder| {
                line.match_indices(folder)
                    .any(|(at, _)| !is_inside_a_longer_path(&line[..at]))
            })
        })
        .map(|(index, line)| Violation {
            path: path.to_owned(),
            line: index + 1,
            found: line.trim().chars().take(120).collect(),
            rule: "no file names a folder of the machine it was written on".to_owned(),
        })
        .collect()
}

#[test]
fn files_hold_one_idea() {
    let sources = sources();
    none(
        sources
            .iter()
            .filter_map(|source| lines_too_long(&source.path, &source.text))
            .collect(),
    );
    for (excused, reason) in LONG {
        let lines = sources
            .iter()
            .find(|s| s.path == *excused)
            .map_or(0, |s| s.text.lines().count());
        assert!(lines > MAX_LINES, "{excused} no longer needs its excuse ({reason})");
    }
}

#[test]
fn every_crate_says_what_it_is_for_and_keeps_the_lints() {
    none(
        sources()
            .iter()
            .filter_map(|source| undocumented(&source.path, &source.text))
            .collect(),
    );
    for package in packages() {
        let manifest = fs::read_to_string(root().join(&package.folder).join("Cargo.toml")).expect("a manifest");
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{}/Cargo.toml does not take the workspace's lints",
            package.folder
        );
    }
}

#[test]
fn no_file_names_a_folder_of_the_machine_it_was_written_on() {
    let read = |path: String| Some((fs::read_to_string(root().join(&path)).ok()?, path));
    none(
        project_files()
            .into_iter()
            .filter_map(read)
            .flat_map(|(text, path)| machine_paths(&path, &text))
            .collect(),
    );
}

#[test]
fn every_dependency_of_the_workspace_is_explained() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let explained = fs::read_to_string(root().join("docs/decisions/0003-stack.md")).expect("the decision record");
    let dependencies = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("a list of dependencies");
    let missing: Vec<&str> = dependencies
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name.trim()))
        .filter(|name| !name.starts_with("steersman-") && !explained.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/decisions/0003-stack.md does not say why these are needed: {}",
        missing.join(", ")
    );
}

#[test]
fn planted_untidiness_is_found() {
    assert!(lines_too_long("a.rs", &"x\n".repeat(501)).is_some());
    assert!(lines_too_long("a.rs", &"x\n".repeat(500)).is_none());
    assert!(undocumented("crates/a/src/lib.rs", "mod a;").is_some());
    assert!(undocumented("crates/a/src/lib.rs", "//! Says it.").is_none());
    let text = format!(
        "a\nsee {}main\nsee https://x.org{}y\n",
        MACHINE_PATHS[0], MACHINE_PATHS[0]
    );
    assert_eq!(places_of(&machine_paths("a.md", &text)), ["a.md:2"]);
}
