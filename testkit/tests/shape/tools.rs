//! Every tool of every plugin has a file of its own.

use crate::{
    Violation, none, places_of,
    workspace::{Source, sources},
};

fn broken(sources: &[Source]) -> Vec<Violation> {
    let plugins = sources
        .iter()
        .filter(|source| source.package.starts_with("steersman-plugin-") && !source.is_test);
    plugins.flat_map(broken_in).collect()
}

fn broken_in(source: &Source) -> Vec<Violation> {
    let plugin = source.package.trim_start_matches("steersman-plugin-");
    let declared: Vec<(usize, String)> = source
        .text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, declared_in(line, plugin)?)))
        .collect();
    let violation = |line: usize, found: String, rule: &str| Violation {
        path: source.path.clone(),
        line,
        found,
        rule: rule.to_owned(),
    };
    let (folder, file) = source.path.rsplit_once('/').expect("a source is in a folder");
    let is_tool_file = folder.ends_with("/src/tools") && file != "mod.rs";
    let stem = file.trim_end_matches(".rs");
    if is_tool_file && declared.is_empty() {
        let rule = "src/tools/ holds one tool a file; what tools share lives beside the folder";
        return vec![violation(1, "no tool is declared here".to_owned(), rule)];
    }
    declared
        .into_iter()
        .filter(|(_, name)| !is_tool_file || name != stem)
        .map(|(line, name)| {
            violation(
                line,
                format!("{plugin}.{name}"),
                "a tool lives in src/tools/<its name>.rs",
            )
        })
        .collect()
}

/// `name: "host.read_log"` declares `read_log`.
fn declared_in(line: &str, plugin: &str) -> Option<String> {
    let name = line
        .trim()
        .strip_prefix("name: \"")?
        .strip_prefix(plugin)?
        .strip_prefix('.')?;
    Some(name.split('"').next()?.to_owned())
}

#[test]
fn every_tool_has_its_own_file() {
    let sources = sources();
    none(broken(&sources));
    let is_tool = |source: &&Source| source.path.contains("/src/tools/") && !source.path.ends_with("/mod.rs");
    assert!(
        sources.iter().filter(is_tool).count() >= 7,
        "the tools are found at all"
    );
}

#[test]
fn a_planted_tool_is_found() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        let source = Source {
            package: "steersman-plugin-x".to_owned(),
            path: path.to_owned(),
            text: text.to_owned(),
            is_test: false,
        };
        assert_eq!(places_of(&broken(&[source])), expected, "{path}");
    };
    check("plugins/x/src/tools/a.rs", "name: \"x.a\",", &[]);
    check(
        "plugins/x/src/tools/a.rs",
        "name: \"x.b\",",
        &["plugins/x/src/tools/a.rs:1"],
    );
    check(
        "plugins/x/src/tools/a.rs",
        "name: \"x.a\",\nname: \"x.b\",",
        &["plugins/x/src/tools/a.rs:2"],
    );
    check("plugins/x/src/tools/a.rs", "", &["plugins/x/src/tools/a.rs:1"]);
    check("plugins/x/src/tools/mod.rs", "mod a;", &[]);
    check("plugins/x/src/lib.rs", "name: \"x.a\",", &["plugins/x/src/lib.rs:1"]);
}
