//! `docs/reference/` says what the plugins and the API say, and so do the specifications that the built-in provider is
//! tested with. `STEERSMAN_UPDATE=1` writes them anew.

use std::{fmt::Write, fs, path::PathBuf};
use steersman_protocol::ToolKind;
use steersman_runtime::toolkit::{Plugin, Tool};

#[test]
fn the_reference_of_tools_is_current() {
    check("docs/reference/tools.md", &tools());
}

#[test]
fn the_built_in_provider_is_tested_with_the_tools_that_there_are() {
    let postgres_and_host = [postgres().tools(), host().tools()].concat();
    check(
        "crates/llm/src/local/tests/catalogue.json",
        &specifications(&postgres_and_host),
    );
    check(
        "crates/llm/src/local/tests/mongodb.json",
        &specifications(&mongodb().tools()),
    );
}

/// One a line, so that a change is easy to read.
fn specifications(tools: &[Tool]) -> String {
    let lines: Vec<String> = tools
        .iter()
        .map(|tool| serde_json::to_string(tool.spec()).expect("a specification is JSON"))
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn host() -> impl Plugin {
    steersman_plugin_host::Host
}

fn postgres() -> impl Plugin {
    steersman_plugin_postgres::Postgres
}

fn mongodb() -> impl Plugin {
    steersman_plugin_mongodb::MongoDb
}

#[test]
fn the_reference_of_the_api_is_current() {
    let document = steersman_server::openapi()
        .to_pretty_json()
        .expect("the document is JSON");
    check("docs/reference/openapi.json", &(document + "\n"));
}

fn check(name: &str, wanted: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    if std::env::var_os("STEERSMAN_UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, wanted).expect("the file can be written");
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{name} is not what the code says; run: STEERSMAN_UPDATE=1 cargo test -p steersman --test reference"
    );
}

fn tools() -> String {
    let plugins: Vec<Box<dyn Plugin>> = vec![Box::new(host()), Box::new(postgres()), Box::new(mongodb())];
    let mut text =
        String::from("# Tools\n\nGenerated from the plugins. Risk is the floor; the facts of a plan raise it.\n");
    for plugin in plugins {
        write!(
            text,
            "\n## {} (`{}`)\n{}.\n\n",
            plugin.title(),
            plugin.name(),
            plugin.description()
        )
        .expect("a string");
        text.push_str("| tool | kind | risk | what it does | takes | for example |\n|---|---|---|---|---|---|\n");
        for tool in plugin.tools() {
            let spec = tool.spec();
            let kind = match spec.kind {
                ToolKind::Query => "query",
                ToolKind::Change => "change",
            };
            let required: Vec<&str> = spec.input_schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str())
                .collect();
            let takes: Vec<String> = spec.input_schema["properties"]
                .as_object()
                .into_iter()
                .flat_map(|properties| properties.keys())
                .map(|name| {
                    if required.contains(&name.as_str()) {
                        format!("`{name}`")
                    } else {
                        format!("`{name}`?")
                    }
                })
                .collect();
            let example = spec.example.replace("{target}", "TARGET");
            writeln!(
                text,
                "| `{}` | {kind} | {} | {} | {} | {example} |",
                spec.name,
                spec.floor,
                spec.description,
                takes.join(" ")
            )
            .expect("a string");
        }
    }
    text
}
