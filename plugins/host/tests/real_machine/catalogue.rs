//! What the plugin says about itself.

use crate::stage::Stage;
use serde_json::{Value, json};
use steersman_plugin_host::Host;
use steersman_toolkit::{
    Plugin,
    protocol::{HealthState, Risk, ToolKind},
};

#[test]
fn every_tool_has_the_fixed_name_the_right_kind_and_the_declared_inputs() {
    let found: Vec<String> = Host
        .tools()
        .iter()
        .map(|tool| {
            let spec = tool.spec();
            let inputs: Vec<&str> = spec.input_schema["properties"]
                .as_object()
                .expect("properties")
                .keys()
                .map(String::as_str)
                .collect();
            format!("{} {:?} {}", spec.name, spec.kind, inputs.join(","))
        })
        .collect();
    assert_eq!(
        found,
        [
            "host.get_metrics Query ",
            "host.list_processes Query limit,sort_by,name",
            "host.get_disk_usage Query path",
            "host.list_listening_ports Query port",
            "host.read_log Query path,lines,contains",
            "host.find_large_files Query path,min_size_bytes,limit",
            "host.kill_process Change pid,signal",
        ]
    );
}

#[test]
fn every_tool_can_be_found_by_a_stranger() {
    for tool in Host.tools() {
        let spec = tool.spec();
        assert!(
            spec.example.contains("{target}"),
            "{} has an example with a target",
            spec.name
        );
        assert!(spec.synonyms.len() >= 8, "{} has many other words", spec.name);
        assert!(
            spec.description.ends_with('.') && spec.description.len() < 300,
            "{}",
            spec.name
        );
        assert!(!spec.description.contains("  "), "{}: {}", spec.name, spec.description);
        match spec.kind {
            ToolKind::Query => assert_eq!(spec.floor, Risk::Low),
            ToolKind::Change => assert_eq!(spec.floor, Risk::High),
        }
    }
}

#[test]
fn inputs_say_what_kind_of_thing_they_want() {
    let slot = |tool: &str, input: &str| -> Value {
        let tool = crate::stage::find(tool);
        tool.spec().input_schema["properties"][input]["x-slot"].clone()
    };
    for (tool, input, expected) in [
        ("host.list_processes", "limit", json!("count")),
        ("host.list_processes", "sort_by", Value::Null),
        ("host.list_processes", "name", json!("text")),
        ("host.get_disk_usage", "path", json!("path")),
        ("host.list_listening_ports", "port", json!("port")),
        ("host.read_log", "path", json!("path")),
        ("host.read_log", "lines", json!("count")),
        ("host.find_large_files", "min_size_bytes", json!("size_bytes")),
        ("host.kill_process", "pid", json!("pid")),
    ] {
        assert_eq!(slot(tool, input), expected, "{tool} {input}");
    }
    let kill = crate::stage::find("host.kill_process");
    let signal = &kill.spec().input_schema["properties"]["signal"];
    assert_eq!(
        (&signal["enum"], &signal["default"]),
        (&json!(["term", "kill"]), &json!("term"))
    );
    assert_eq!(kill.spec().input_schema["required"], json!(["pid"]));
}

#[test]
fn the_settings_form_has_defaults_and_no_secrets() {
    let schema = Host.settings_schema();
    assert_eq!(schema["properties"]["log_paths"]["default"], json!(["/var/log"]));
    assert_eq!(schema["properties"]["search_roots"]["default"], json!(["/"]));
    assert!(!schema.to_string().contains("writeOnly"));
    assert_eq!(
        Host.check_settings(&json!({})),
        Ok(json!({"log_paths": ["/var/log"], "search_roots": ["/"]}))
    );
    assert_eq!(
        Host.check_settings(&json!({"x": 1})).expect_err("unknown").code,
        "host.bad_settings"
    );
}

#[tokio::test]
async fn this_machine_is_offered_is_healthy_and_names_its_things() {
    let stage = Stage::new().await;
    let found = Host.discover().await;
    assert!(found.len() == 1 && found[0].is_ready && !found[0].name.is_empty());
    let health = Host.health(&stage.handles).await;
    assert_ne!(health.state, HealthState::Down);
    assert!(
        health.sentence.contains("full") && health.latency_ms < 1_000,
        "{health:?}"
    );
    let names = Host.resources(&stage.handles).await.expect("names");
    assert!(names.len() <= 500);
    assert!(
        names.iter().any(|r| r.kind == "path" && r.name == "/"),
        "the root is a path to name"
    );
    assert!(names.iter().any(|r| r.kind == "process"), "programs can be named");
}

#[tokio::test]
async fn arguments_beyond_the_schema_are_refused() {
    let stage = Stage::new().await;
    for (tool, arguments) in [
        ("host.get_metrics", json!({"all": true})),
        ("host.list_processes", json!({"sort_by": "disk"})),
        ("host.list_listening_ports", json!({"port": 70_000})),
        ("host.read_log", json!({})),
        ("host.find_large_files", json!({"limit": -1})),
    ] {
        assert_eq!(
            stage.ask(tool, arguments).await.expect_err("must be refused").code,
            "tool.bad_arguments",
            "{tool}"
        );
    }
}
