//! What a person sets for a MongoDB target.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steersman_toolkit::{input_schema, protocol::Problem};

/// Where the deployment is, who we are there, and how far we may go. The password is kept apart, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// One server, or members of one replica set. Example: `127.0.0.1:27017` or `db1:27017,db2:27017,db3:27017`.
    #[serde(default = "localhost")]
    #[schemars(title = "Hosts", extend("x-place" = true))]
    pub hosts: String,
    /// Name of the replica set, to follow its primary. Without it a single host is talked to directly. Example: `rs0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(title = "Replica set")]
    pub replica_set: Option<String>,
    /// The database that is meant where a request names none. Example: `shop`.
    #[schemars(title = "Database")]
    pub database: String,
    /// A user with as few rights as its work needs; `clusterMonitor` shows activity and replication. Without one we come
    /// unnamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(title = "User")]
    pub user: Option<String>,
    /// The database that the user belongs to. Example: `admin`.
    #[serde(default = "admin")]
    #[schemars(title = "Authentication database")]
    pub auth_source: String,
    #[serde(default)]
    #[schemars(title = "Encryption", extend("x-place" = true))]
    pub tls: TlsMode,
    /// Indexes are not created on collections larger than this many GiB.
    #[serde(default = "usual_max_collection_gib")]
    #[schemars(title = "Largest collection to index (GiB)", range(min = 1))]
    pub max_collection_gib: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Never encrypted.
    #[default]
    Disable,
    /// Always encrypted; the server's certificate is not checked.
    Require,
    /// Always encrypted, by a server whose certificate is from a well-known authority and made out to that host name.
    VerifyFull,
}

fn localhost() -> String {
    "127.0.0.1:27017".to_owned()
}
fn admin() -> String {
    "admin".to_owned()
}
fn usual_max_collection_gib() -> u64 {
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
    /// Errors: `mongodb.bad_settings`.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        let mut value = value.clone();
        if let Some(object) = value.as_object_mut() {
            object.remove("password");
            // An empty line of the form is no answer.
            object.retain(|name, value| {
                !(matches!(&**name, "replica_set" | "user")
                    && value.as_str().is_some_and(|text| text.trim().is_empty()))
            });
        }
        let mut settings: Settings = serde_json::from_value(value).map_err(|error| bad(error.to_string()))?;
        let optional = [("replica_set", &mut settings.replica_set), ("user", &mut settings.user)];
        let texts = [
            ("hosts", &mut settings.hosts),
            ("database", &mut settings.database),
            ("auth_source", &mut settings.auth_source),
        ];
        let optional = optional
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.as_mut()?)));
        for (name, text) in texts.into_iter().chain(optional) {
            *text = text.trim().to_owned();
            if text.is_empty() || text.len() > 1_000 || text.chars().any(char::is_control) {
                return Err(bad(format!("{name} is empty, too long or holds control characters")));
            }
        }
        if !is_database_name(&settings.database)
            || !is_database_name(&settings.auth_source) && settings.auth_source != "$external"
        {
            return Err(bad(
                "a database name is at most 63 characters without / \\ . \" $ and spaces".to_owned(),
            ));
        }
        settings.hosts = normal_hosts(&settings.hosts)?;
        if settings.max_collection_gib == 0 {
            return Err(bad("max_collection_gib is at least 1".to_owned()));
        }
        Ok(settings)
    }

    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("strings and numbers are JSON")
    }

    /// Each `host:port`.
    pub fn host_list(&self) -> Vec<&str> {
        self.hosts.split(',').collect()
    }
}

/// What MongoDB allows on every system.
pub(crate) fn is_database_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 64
        && !name.contains(['/', '\\', '.', '"', '$', ' ', '\0', '*', '<', '>', ':', '|', '?'])
}

fn normal_hosts(hosts: &str) -> Result<String, Problem> {
    let list: Vec<String> = hosts
        .split([',', ' '])
        .filter(|host| !host.is_empty())
        .map(|host| {
            if host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']')) {
                host.to_owned()
            } else {
                format!("{host}:27017")
            }
        })
        .collect();
    let is_fine = |host: &String| {
        let (name, port) = host.rsplit_once(':').unwrap_or_default();
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_[]:".contains(c));
        !name.is_empty() && is_name && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if list.is_empty() || list.len() > 50 || !list.iter().all(is_fine) {
        return Err(bad(
            "hosts are host:port, separated by commas; no mongodb:// and no password".to_owned(),
        ));
    }
    Ok(list.join(","))
}

fn bad(why: String) -> Problem {
    Problem::new(
        "mongodb.bad_settings",
        "Could not use the settings of the MongoDB target",
        why,
        "Give at least the database, for example {\"hosts\": \"127.0.0.1:27017\", \"replica_set\": \"rs0\", \"database\": \
         \"shop\", \"user\": \"steersman\"}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_filled_in_and_a_password_never_stays() {
        let given = json!({ "hosts": "db1, db2:27018", "database": " shop ", "user": "ana", "replica_set": "", "password": "hush" });
        let expected = json!({
            "hosts": "db1:27017,db2:27018", "database": "shop", "user": "ana", "auth_source": "admin",
            "tls": "disable", "max_collection_gib": 1024
        });
        assert_eq!(Settings::parse(&given).unwrap().to_value(), expected);
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        for given in [
            json!(null),
            json!({}),
            json!({ "database": "" }),
            json!({ "database": "a.b" }),
            json!({ "database": "shop", "hosts": "mongodb://ana:hush@db1" }),
            json!({ "database": "shop", "hosts": "db1:0" }),
            json!({ "database": "shop", "hosts": "," }),
            json!({ "database": "shop", "user": "a\nb" }),
            json!({ "database": "shop", "tls": "maybe" }),
            json!({ "database": "shop", "max_collection_gib": 0 }),
            json!({ "database": "shop", "colour": "red" }),
        ] {
            assert_eq!(
                Settings::parse(&given).unwrap_err().code,
                "mongodb.bad_settings",
                "{given}"
            );
        }
    }

    #[test]
    fn the_form_hides_the_password() {
        let schema = Settings::schema();
        assert_eq!(schema["properties"]["password"]["writeOnly"], json!(true));
        assert_eq!(schema["required"], json!(["database"]));
    }
}
