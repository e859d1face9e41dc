//! Names of targets in a message, and words for kinds of systems and environments.

use super::{
    names::{is_same_noun, last_segment, nearest},
    reading::{Reading, Use},
    words::is_stop_word,
    world::{Place, World},
};

/// Words for kinds of systems beside the plugin's own name.
const PLUGIN_WORDS: &[(&str, &[&str])] = &[
    (
        "postgres",
        &[
            "postgres",
            "postgresql",
            "pg",
            "psql",
            "database",
            "databases",
            "db",
            "dbs",
        ],
    ),
    ("mongodb", &["mongo", "mongodb", "database", "databases", "db", "dbs"]),
    (
        "host",
        &[
            "host",
            "hosts",
            "machine",
            "machines",
            "server",
            "servers",
            "box",
            "boxes",
            "computer",
            "computers",
            "vps",
        ],
    ),
    ("docker", &["docker", "podman"]),
    ("proxmox", &["proxmox", "pve", "hypervisor"]),
    ("kubernetes", &["kubernetes", "k8s", "cluster", "clusters"]),
];

const ENVIRONMENTS: &[(&str, &[&str])] = &[
    ("production", &["production", "prod", "live"]),
    ("staging", &["staging", "stage"]),
    ("development", &["development", "dev"]),
    ("test", &["test", "testing"]),
    ("demo", &["demo"]),
];

/// The place that this word names, however it is written, typos aside.
pub fn place_called<'w, 'a>(word: &str, world: &'w World<'a>) -> Option<&'w Place<'a>> {
    let plain_word = plain(word);
    world
        .places
        .iter()
        .find(|place| place.name.eq_ignore_ascii_case(word) || plain(place.name) == plain_word)
}

pub fn take_targets(reading: &mut Reading, world: &World<'_>) {
    let plain_names: Vec<String> = world.places.iter().map(|place| plain(place.name)).collect();
    for length in [3, 2, 1] {
        for at in 0..(reading.tokens.len() + 1).saturating_sub(length) {
            let range = at..at + length;
            if reading.uses[range.clone()].iter().any(|u| *u != Use::Free) || is_after_table(reading, at) {
                continue;
            }
            let said: String = reading.tokens[range.clone()]
                .iter()
                .map(|token| plain(&token.lower))
                .collect();
            if let Some(found) = plain_names.iter().position(|name| *name == said) {
                push_target(reading, world.places[found].name, range);
            }
        }
    }
    for at in 0..reading.tokens.len() {
        let token = &reading.tokens[at];
        let may_be_slip = reading.uses[at] == Use::Free
            && token.lower.len() >= 4
            && !is_stop_word(&token.lower)
            && !world.toolbox.knows(&token.stem)
            && !is_after_table(reading, at);
        let has_shape_of_name = |name: &str| name.contains(['-', '_']) == token.lower.contains(['-', '_']);
        if may_be_slip
            && !is_resource(&token.lower, world)
            && let Some(place) = nearest(
                &token.lower,
                world
                    .places
                    .iter()
                    .map(|p| p.name)
                    .filter(|name| has_shape_of_name(name)),
            )
        {
            push_target(reading, place, at..at + 1);
        }
    }
}

fn push_target(reading: &mut Reading, name: &str, range: std::ops::Range<usize>) {
    reading.uses[range].fill(Use::Target);
    if !reading.targets.iter().any(|known| known == name) {
        reading.targets.push(name.to_owned());
    }
}

fn is_after_table(reading: &Reading, at: usize) -> bool {
    matches!(reading.word_before(at), "table" | "index") || matches!(reading.word(at + 1), "table")
}

fn is_resource(word: &str, world: &World<'_>) -> bool {
    world.places.iter().any(|place| {
        place
            .resources
            .iter()
            .any(|resource| is_same_noun(word, last_segment(&resource.name)))
    })
}

/// "in production", "the staging database".
pub fn take_environment(reading: &mut Reading, world: &World<'_>) {
    for at in 0..reading.tokens.len() {
        if reading.uses[at] != Use::Free {
            continue;
        }
        let word = reading.word(at);
        let meant = ENVIRONMENTS
            .iter()
            .find(|(_, words)| words.contains(&word))
            .map_or(word, |(name, _)| name);
        let found = world.places.iter().find(|place| {
            !place.environment.is_empty()
                && (place.environment.eq_ignore_ascii_case(word) || place.environment.eq_ignore_ascii_case(meant))
        });
        if let Some(place) = found {
            reading.environment = Some(place.environment.to_owned());
            reading.uses[at] = Use::Environment;
        }
    }
}

/// "all databases", "the other machine", "on postgres".
pub fn take_plugins(reading: &mut Reading, world: &World<'_>) {
    let mut plugins: Vec<&str> = world.places.iter().map(|place| place.plugin).collect();
    plugins.sort_unstable();
    plugins.dedup();
    for at in 0..reading.tokens.len() {
        let word = reading.word(at).to_owned();
        let meant: Vec<&&str> = plugins
            .iter()
            .filter(|plugin| {
                **plugin == word
                    || PLUGIN_WORDS
                        .iter()
                        .any(|(name, words)| name == *plugin && words.contains(&word.as_str()))
            })
            .collect();
        if reading.uses[at] == Use::Free && !meant.is_empty() {
            reading.uses[at] = Use::Plugin;
            reading.plugins.extend(meant.into_iter().map(|p| (*p).to_owned()));
        }
        let is_place_word =
            reading.uses[at] == Use::Plugin || matches!(word.as_str(), "target" | "targets" | "one" | "ones" | "them");
        let words_before: Vec<String> = (1..=3)
            .filter_map(|steps| at.checked_sub(steps))
            .map(|i| reading.word(i).to_owned())
            .collect();
        if is_place_word {
            reading.wants_all_targets |= words_before
                .iter()
                .any(|w| matches!(w.as_str(), "all" | "every" | "each" | "both"));
            reading.wants_other_target |= words_before.first().is_some_and(|w| w == "other");
        }
        let is_end = at + 1 == reading.tokens.len();
        reading.wants_all_targets |= word == "everywhere" || is_end && word == "both";
        reading.wants_other_target |= is_end && word == "other";
    }
}

/// "on orders" where no table is called so, but a target is called orders-db.
pub fn take_parts_of_targets(reading: &mut Reading, world: &World<'_>) {
    for at in 0..reading.tokens.len() {
        let is_after_place_word = matches!(
            reading.word_before(at),
            "on" | "at" | "in" | "from" | "of" | "for" | "is" | "with" | "about" | "up"
        );
        let word = reading.word(at);
        if reading.uses[at] != Use::Free || !is_after_place_word || word.len() < 3 || is_stop_word(word) {
            continue;
        }
        let meant: Vec<String> = world
            .places
            .iter()
            .filter(|place| {
                place
                    .name
                    .split(['-', '_', '.'])
                    .any(|part| part.eq_ignore_ascii_case(word))
            })
            .map(|place| place.name.to_owned())
            .collect();
        if meant.is_empty() || world.toolbox.knows(&reading.tokens[at].stem) {
            continue;
        }
        reading.uses[at] = Use::Target;
        match meant.as_slice() {
            [one] if !reading.targets.contains(one) => reading.targets.push(one.clone()),
            [_] => {}
            several => reading.perhaps_targets.extend_from_slice(several),
        }
    }
}

/// Letters and digits only, with the usual short forms: "Orders Database" and "orders-db" both give "ordersdb".
fn plain(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric())
        .map(|part| match part.to_ascii_lowercase().as_str() {
            "database" => "db".to_owned(),
            "production" => "prod".to_owned(),
            "development" => "dev".to_owned(),
            "server" => "srv".to_owned(),
            other => other.to_owned(),
        })
        .collect()
}
