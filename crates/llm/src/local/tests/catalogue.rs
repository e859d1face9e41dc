//! The specifications of the postgres and host plugins, one a line, as the plugins declare them.

use steersman_protocol::ToolSpec;

pub fn tools() -> Vec<ToolSpec> {
    serde_json::from_str(include_str!("catalogue.json")).expect("the file holds specifications")
}
