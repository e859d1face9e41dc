//! What a person sets for a PostgreSQL target.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steersman_toolkit::{input_schema, protocol::Problem};

/// Where the database is, who we are there, and how far we may go. The password is kept apart, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Host name, IP address, or the folder of a unix socket. Example: `db1.example.com` or `/var/run/postgresql`.
    #[serde(default = "localhost")]
    #[schemars(title = "Host", extend("x-place" = true))]
    pub host: String,
    #[serde(default = "usual_port")]
    #[schemars(title = "Port", range(min = 1), extend("x-place" = true))]
    pub port: u16,
    #[schemars(title = "Database")]
    pub database: String,
    /// A role with as few rights as its work needs; `pg_monitor` shows other users' activity.
    #[schemars(title = "User")]
    pub user: String,
    #[serde(default)]
    #[schemars(title = "Encryption", extend("x-place" = true))]
    pub ssl_mode: SslMode,
    /// Indexes are not created on tables larger than this many GiB.
    #[serde(default = "usual_max_table_gib")]
    #[schemars(title = "Largest table to index (GiB)", range(min = 1))]
    pub max_table_gib: u64,
}

/// As libpq's `sslmode`, without the modes that only look safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted where the server can; its certificate is not checked.
    #[default]
    Prefer,
    /// Always encrypted; the server's certificate is not checked.
    Require,
    /// Always encrypted, by a server whose certificate this machine trusts for that host name.
    VerifyFull,
}

fn localhost() -> String {
    "127.0.0.1".to_owned()
}
fn usual_port() -> u16 {
    5432
}
fn usual_max_table_gib() -> u64 {
    1024
}

impl Settings {
    /// The form: these fields and the password, which is write-only.
    pub fn schema() -> Value {
        let mut schema = input_schema::<Settings>();
        if let Some(properties) = schema["properties"].as_object_mut() {
            let password = json!({ "type": "string", "title": "Password", "writeOnly": true, "format": "password" });
            properties.insert("password".to_owned(), password);
        }
        schema
    }

    /// Reads settings as stored or as typed. A password among them is dropped: secrets travel apart.
    ///
    /// Errors: `postgres.bad_settings`.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        let mut value = value.clone();
        if let Some(object) = value.as_object_mut() {
            object.remove("password");
        }
        let mut settings: Settings = serde_json::from_value(value).map_err(|error| bad(error.to_string()))?;
        for (name, text) in [
            ("host", &mut settings.host),
            ("database", &mut settings.database),
            ("user", &mut settings.user),
        ] {
            *text = text.trim().to_owned();
            if text.is_empty() || text.len() > 255 || text.chars().any(char::is_control) {
                return Err(bad(format!("{name} is empty, too long or holds control characters")));
            }
        }
        if settings.port == 0 || settings.max_table_gib == 0 {
            return Err(bad("port and max_table_gib are at least 1".to_owned()));
        }
        Ok(settings)
    }

    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("strings and numbers are JSON")
    }

    /// True when `host` is the folder of a unix socket.
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// `127.0.0.1:5432` or the socket's path.
    pub fn place(&self) -> String {
        if self.is_socket() {
            format!("{}/.s.PGSQL.{}", self.host.trim_end_matches('/'), self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn bad(why: String) -> Problem {
    Problem::new(
        "postgres.bad_settings",
        "Could not use the settings of the PostgreSQL target",
        why,
        "Give at least database and user, for example {\"host\": \"127.0.0.1\", \"port\": 5432, \"database\": \"orders\", \
         \"user\": \"steersman\"}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_filled_in_and_a_password_never_stays() {
        let given = json!({ "database": " orders ", "user": "ana", "password": "hush" });
        let normalised = Settings::parse(&given).unwrap().to_value();
        let expected = json!({
            "host": "127.0.0.1", "port": 5432, "database": "orders", "user": "ana",
            "ssl_mode": "prefer", "max_table_gib": 1024
        });
        assert_eq!(normalised, expected);
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        for given in [
            json!(null),
            json!({ "user": "ana" }),
            json!({ "database": "", "user": "ana" }),
            json!({ "database": "orders", "user": "a\nb" }),
            json!({ "database": "orders", "user": "ana", "port": 0 }),
            json!({ "database": "orders", "user": "ana", "ssl_mode": "allow" }),
            json!({ "database": "orders", "user": "ana", "colour": "red" }),
        ] {
            assert_eq!(
                Settings::parse(&given).unwrap_err().code,
                "postgres.bad_settings",
                "{given}"
            );
        }
    }

    #[test]
    fn the_form_hides_the_password() {
        let schema = Settings::schema();
        assert_eq!(schema["properties"]["password"]["writeOnly"], json!(true));
        assert_eq!(schema["required"], json!(["database", "user"]));
    }
}
