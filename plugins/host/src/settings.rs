//! What a person can set on a host target. Everything has a default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use steersman_toolkit::{input_schema, protocol::Problem};

const MAX_ENTRIES: usize = 100;
const MAX_ENTRY_CHARS: usize = 512;
/// More wild cards than anybody needs, few enough that matching stays instant.
const MAX_WILD_CARDS: usize = 8;

/// Where this target's tools may look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Logs that may be read: absolute files or folders (with everything below), or patterns with `*` (within a name),
    /// `**` (across folders) and `?`. Example: `/srv/*/logs`.
    #[schemars(title = "Log paths")]
    pub log_paths: Vec<String>,
    /// Folders in which large files may be searched, absolute, without patterns.
    #[schemars(title = "Search roots")]
    pub search_roots: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            log_paths: vec!["/var/log".to_owned()],
            search_roots: vec!["/".to_owned()],
        }
    }
}

impl Settings {
    pub fn schema() -> Value {
        input_schema::<Settings>()
    }

    /// Reads settings as stored or as typed, with defaults filled in. `null` counts as "all defaults".
    ///
    /// Errors: `host.bad_settings`.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        if value.is_null() {
            return Ok(Self::default());
        }
        let mut settings: Settings = serde_json::from_value(value.clone()).map_err(|error| bad(error.to_string()))?;
        tidy(&mut settings.log_paths, "log_paths", true)?;
        tidy(&mut settings.search_roots, "search_roots", false)?;
        Ok(settings)
    }

    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("two lists of strings are JSON")
    }
}

fn tidy(entries: &mut Vec<String>, field: &str, may_have_patterns: bool) -> Result<(), Problem> {
    if entries.len() > MAX_ENTRIES {
        return Err(bad(format!("{field} has more than {MAX_ENTRIES} entries")));
    }
    for entry in entries.iter_mut() {
        let kept = entry.trim();
        let kept = if kept == "/" { kept } else { kept.trim_end_matches('/') };
        let is_plain = !kept.contains(['*', '?']);
        let problem = if !kept.starts_with('/') {
            Some("is not an absolute path".to_owned())
        } else if kept.chars().count() > MAX_ENTRY_CHARS || kept.chars().any(char::is_control) {
            Some(format!(
                "is longer than {MAX_ENTRY_CHARS} characters or holds control characters"
            ))
        } else if kept.split('/').any(|part| part == "..") {
            Some("holds \"..\"".to_owned())
        } else if !is_plain && !may_have_patterns {
            Some("holds a pattern, which is not supported here".to_owned())
        } else if kept.matches(['*', '?']).count() > MAX_WILD_CARDS {
            Some(format!("holds more than {MAX_WILD_CARDS} wild cards"))
        } else {
            None
        };
        if let Some(why) = problem {
            return Err(bad(format!("{field}: \"{}\" {why}", crate::show::escape(kept))));
        }
        *entry = kept.to_owned();
    }
    entries.dedup();
    Ok(())
}

fn bad(why: String) -> Problem {
    Problem::new(
        "host.bad_settings",
        "Could not use the settings of the machine",
        why,
        "Give absolute paths, for example {\"log_paths\": [\"/var/log\", \"/srv/*/logs\"], \"search_roots\": [\"/\"]}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_set_means_var_log_and_the_whole_disk() {
        for nothing in [Value::Null, json!({})] {
            assert_eq!(Settings::parse(&nothing), Ok(Settings::default()));
        }
    }

    #[test]
    fn settings_are_normalised() {
        let parsed = Settings::parse(&json!({"log_paths": [" /srv/logs/ ", "/srv/logs"], "search_roots": ["/"]}));
        assert_eq!(
            parsed.map(|s| s.to_value()),
            Ok(json!({"log_paths": ["/srv/logs"], "search_roots": ["/"]}))
        );
    }

    #[test]
    fn bad_settings_are_refused_with_the_entry_named() {
        for (given, expected) in [
            (json!({"log_paths": ["var/log"]}), "\"var/log\" is not an absolute path"),
            (json!({"log_paths": ["/var/log/../../etc"]}), "holds \"..\""),
            (json!({"log_paths": ["/a*/b*/c*/d*/e*/f*/g*/h*/i*"]}), "wild cards"),
            (json!({"search_roots": ["/srv/*"]}), "pattern"),
            (json!({"log_path": ["/var/log"]}), "unknown field"),
            (json!({"log_paths": vec!["/x"; 101]}), "more than 100"),
            (json!([1]), "invalid"),
        ] {
            let problem = Settings::parse(&given).expect_err("must be refused");
            assert_eq!(problem.code, "host.bad_settings");
            assert!(problem.why.contains(expected), "{given}: {}", problem.why);
        }
    }
}
