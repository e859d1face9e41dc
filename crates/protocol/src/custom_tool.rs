//! A query that an organization saved as a tool.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Parameters of one tool.
const MOST_PARAMETERS: usize = 20;
/// Characters of a name, so that the whole tool's name fits in 63.
const LONGEST_NAME: usize = 40;
/// Characters of a title, a description, an example, another word.
const LONGEST_WORDS: [usize; 4] = [80, 500, 200, 60];
const MOST_SYNONYMS: usize = 20;
/// Characters of a text that is passed in.
const LONGEST_TEXT: usize = 8_000;

/// A statement that only reads, with the words and parameters of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomTool {
    /// Small letters, digits and underscores: `orders_by_status` becomes the tool `postgres.custom_orders_by_status`.
    pub name: String,
    /// For people: "Orders by status".
    pub title: String,
    /// One sentence for a capable stranger.
    pub description: String,
    /// A request that it answers, with `{target}` where a target's name goes.
    pub example: String,
    /// More words that people use for it.
    #[serde(default)]
    pub synonyms: Vec<String>,
    pub plugin: String,
    /// With `:name` where the value of a parameter goes. Values are bound, never written into the text.
    pub statement: String,
    #[serde(default)]
    pub parameters: Vec<CustomParameter>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomParameter {
    pub name: String,
    pub r#type: ParameterType,
    #[serde(default)]
    pub description: String,
    /// Taken when no value is given. Without one the parameter is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    Text,
    /// 64 bits.
    Integer,
    Number,
    Boolean,
    /// RFC 3339: `2026-01-31T12:00:00Z`.
    Timestamp,
}

impl ParameterType {
    /// Whether a JSON value is one of these.
    pub fn takes(self, value: &Value) -> bool {
        match self {
            ParameterType::Text => value
                .as_str()
                .is_some_and(|text| text.chars().count() <= LONGEST_TEXT && !text.contains('\0')),
            ParameterType::Integer => value.is_i64(),
            ParameterType::Number => value.is_number(),
            ParameterType::Boolean => value.is_boolean(),
            ParameterType::Timestamp => value
                .as_str()
                .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        }
    }

    const fn json_type(self) -> &'static str {
        match self {
            ParameterType::Text | ParameterType::Timestamp => "string",
            ParameterType::Integer => "integer",
            ParameterType::Number => "number",
            ParameterType::Boolean => "boolean",
        }
    }
}

/// One thing that is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadDefinition {
    /// Where: a JSON pointer, such as `/parameters/0/name`.
    pointer: String,
    message: String,
}

impl BadDefinition {
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
        }
    }
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl CustomTool {
    /// Everything that is wrong with the words and parameters. The statement is the plugin's to judge.
    pub fn check(&self) -> Vec<BadDefinition> {
        let mut bad = Vec::new();
        if !is_name(&self.name) {
            bad.push(BadDefinition::new("/name", NAME_RULE));
        }
        let [title, description, example, synonym] = LONGEST_WORDS;
        for (pointer, text, longest) in [
            ("/title", &self.title, title),
            ("/description", &self.description, description),
            ("/example", &self.example, example),
        ] {
            if !is_words(text, longest) {
                bad.push(BadDefinition::new(pointer, words_rule(longest)));
            }
        }
        if self.synonyms.len() > MOST_SYNONYMS {
            bad.push(BadDefinition::new("/synonyms", format!("At most {MOST_SYNONYMS}.")));
        }
        for (index, text) in self.synonyms.iter().enumerate() {
            if !is_words(text, synonym) {
                bad.push(BadDefinition::new(format!("/synonyms/{index}"), words_rule(synonym)));
            }
        }
        if self.parameters.len() > MOST_PARAMETERS {
            bad.push(BadDefinition::new("/parameters", format!("At most {MOST_PARAMETERS}.")));
        }
        for index in 0..self.parameters.len() {
            self.check_parameter(index, &mut bad);
        }
        bad
    }

    fn check_parameter(&self, index: usize, bad: &mut Vec<BadDefinition>) {
        let parameter = &self.parameters[index];
        let at = |member: &str| format!("/parameters/{index}/{member}");
        if !is_name(&parameter.name) || parameter.name == "target" {
            bad.push(BadDefinition::new(at("name"), NAME_RULE));
        } else if self.parameters[..index]
            .iter()
            .any(|before| before.name == parameter.name)
        {
            bad.push(BadDefinition::new(at("name"), "Another parameter has this name."));
        }
        let longest = LONGEST_WORDS[2];
        if !parameter.description.is_empty() && !is_words(&parameter.description, longest) {
            bad.push(BadDefinition::new(at("description"), words_rule(longest)));
        }
        if parameter
            .default
            .as_ref()
            .is_some_and(|value| !parameter.r#type.takes(value))
        {
            bad.push(BadDefinition::new(
                at("default"),
                "This is no value of the parameter's type.",
            ));
        }
    }

    /// `postgres.custom_orders_by_status`.
    pub fn tool_name(&self) -> String {
        format!("{}.custom_{}", self.plugin, self.name)
    }

    /// JSON Schema of the arguments.
    pub fn input_schema(&self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for parameter in &self.parameters {
            let mut schema = json!({ "type": parameter.r#type.json_type(), "description": parameter.description });
            match parameter.r#type {
                ParameterType::Text => schema["maxLength"] = json!(LONGEST_TEXT),
                ParameterType::Timestamp => schema["format"] = json!("date-time"),
                ParameterType::Integer => {
                    schema["minimum"] = json!(i64::MIN);
                    schema["maximum"] = json!(i64::MAX);
                }
                ParameterType::Number | ParameterType::Boolean => {}
            }
            match &parameter.default {
                Some(default) => schema["default"] = default.clone(),
                None => required.push(json!(parameter.name)),
            }
            properties.insert(parameter.name.clone(), schema);
        }
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    }
}

const NAME_RULE: &str = "A name has 1 to 40 small letters, digits and underscores, and begins with a letter.";

fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_words(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control)
}

fn words_rule(longest: usize) -> String {
    format!("Say it in 1 to {longest} characters on one line.")
}
