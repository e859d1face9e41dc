//! Finding names in a message: targets, kinds of systems, environments, and things on targets.
//!
//! Names are matched as people write them: other case, other separators ("orders db"), "database" for "db", singular
//! for plural, a slip of the fingers. A name is never made up: what is returned stands in the inventory, or, for things
//! on a target, was written by the person after the word for its kind ("table invoices").

use super::{
    reading::{Reading, Use},
    words::{is_reading_verb, is_slip_of, is_stop_word, slips},
    world::{Place, World},
};

/// A thing on a target that the message names.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub kind: String,
    pub name: String,
    /// Targets that have it; empty when it is not in the inventory.
    pub on: Vec<String>,
    pub at: usize,
}

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

/// Words after which a name stands.
const BEFORE_NAMES: &[&str] = &[
    "on", "of", "for", "in", "from", "at", "to", "against", "into", "over", "table", "tables", "index", "is", "are",
    "does", "do", "has", "up", "about", "with", "and", "fix", "makes", "make", "why", "analyze", "analyse", "within",
    "inside", "by", "optimize", "optimise", "tune", "",
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

/// Things on targets: of the kinds that some offered tool asks for.
pub fn take_resources(reading: &mut Reading, world: &World<'_>) {
    for at in 0..reading.tokens.len() {
        if reading.uses[at] == Use::Free && may_be_name(reading, at, world) {
            take_known(reading, world, at);
        }
    }
    for at in 0..reading.tokens.len() {
        take_introduced(reading, world, at);
    }
    for at in 0..reading.tokens.len() {
        if reading.uses[at] == Use::Free && may_be_misspelt(reading, at, world) {
            take_misspelt(reading, world, at);
        }
    }
}

/// A word that tools use themselves ("locks", "processes") is a name only where names stand.
fn may_be_name(reading: &Reading, at: usize, world: &World<'_>) -> bool {
    let token = &reading.tokens[at];
    if token.is_quoted {
        return true;
    }
    if is_stop_word(&token.lower) || is_reading_verb(&token.lower) {
        return false;
    }
    if !world.toolbox.knows(&token.stem) {
        return true;
    }
    let before = reading.word_before(at);
    !before.is_empty()
        && BEFORE_NAMES.contains(&before)
        && !reading.mood.orders.iter().any(|order| *order == token.lower)
        || matches!(reading.word(at + 1), "table")
}

fn take_known(reading: &mut Reading, world: &World<'_>, at: usize) {
    let word = reading.word(at).to_owned();
    // "order items" is order_items, "orders.status" is a column of orders.
    let joined = (reading.uses.get(at + 1) == Some(&Use::Free)).then(|| format!("{word}_{}", reading.word(at + 1)));
    let (table, column) = word.split_once('.').unwrap_or((&word, ""));
    if let Some(joined) = joined
        && push_resources(reading, world, at, |name| is_same_noun(&joined, name))
    {
        reading.uses[at + 1] = Use::Resource;
    } else if push_resources(reading, world, at, |name| name.eq_ignore_ascii_case(&word)) {
    } else if push_resources(reading, world, at, |name| is_same_noun(&word, last_segment(name))) {
    } else if !column.is_empty() && push_resources(reading, world, at, |name| is_same_noun(table, last_segment(name))) {
        reading.lists.push((Some(at), vec![column.to_owned()]));
    }
}

/// Adds every resource whose name `is_meant`, one entry a name and kind. Only targets that were named are looked at,
/// unless none was.
fn push_resources(reading: &mut Reading, world: &World<'_>, at: usize, is_meant: impl Fn(&str) -> bool) -> bool {
    let mut found: Vec<Named> = Vec::new();
    for place in &world.places {
        if !reading.targets.is_empty() && !reading.targets.iter().any(|target| target == place.name) {
            continue;
        }
        for resource in place.resources {
            if !is_meant(&resource.name) || !world.resource_kinds.contains(&resource.kind) {
                continue;
            }
            match found
                .iter_mut()
                .find(|named| named.kind == resource.kind && named.name == resource.name)
            {
                Some(named) => named.on.push(place.name.to_owned()),
                None => found.push(Named {
                    kind: resource.kind.clone(),
                    name: resource.name.clone(),
                    on: vec![place.name.to_owned()],
                    at,
                }),
            }
        }
    }
    let is_found = !found.is_empty();
    if is_found {
        reading.uses[at] = Use::Resource;
        reading.resources.extend(found);
    }
    is_found
}

/// "table invoices", "the invoices table", "index orders_idx": a name although the inventory does not have it.
fn take_introduced(reading: &mut Reading, world: &World<'_>, at: usize) {
    let Some(kind) = world.resource_kinds.iter().find(|kind| *kind == reading.word(at)) else {
        return;
    };
    let is_name = |i: usize| {
        reading.uses.get(i) == Some(&Use::Free) && {
            let token = &reading.tokens[i];
            let is_plain_word =
                is_stop_word(&token.lower) || is_reading_verb(&token.lower) || world.toolbox.knows(&token.stem);
            let is_identifier = token.text.chars().all(|c| c.is_alphanumeric() || "_.$".contains(c));
            token.is_quoted || is_identifier && (token.lower.contains('_') || !is_plain_word)
        }
    };
    let is_ordered = |i: usize| reading.mood.orders.iter().any(|order| order == reading.word(i));
    let named = Some(at + 1)
        .filter(|next| is_name(*next) && !(kind == "index" && takes_columns_next(reading, *next)))
        .or_else(|| {
            at.checked_sub(1)
                .filter(|before| kind == "table" && is_name(*before) && !is_ordered(*before))
        });
    if let Some(i) = named {
        let word = reading.tokens[i].lower.clone();
        if may_be_misspelt(reading, i, world) && take_misspelt(reading, world, i) {
            return;
        }
        let _ = word;
        reading.resources.push(Named {
            kind: kind.clone(),
            name: reading.tokens[i].text.clone(),
            on: Vec::new(),
            at: i,
        });
        reading.uses[i] = Use::Resource;
    }
}

/// "index customer_id on orders" speaks of a column: the word after "index" is followed by "on", "and" or a comma.
fn takes_columns_next(reading: &Reading, at: usize) -> bool {
    let asks_for_new = reading
        .mood
        .orders
        .iter()
        .any(|order| matches!(order.as_str(), "create" | "add" | "make" | "build" | "index"));
    asks_for_new
        && (matches!(reading.word(at + 1), "on" | "and" | "of" | "in")
            || reading.tokens.get(at + 1).is_some_and(|t| t.has_comma_before))
}

fn may_be_misspelt(reading: &Reading, at: usize, world: &World<'_>) -> bool {
    let token = &reading.tokens[at];
    token.lower.len() >= 4
        && !is_stop_word(&token.lower)
        && !is_reading_verb(&token.lower)
        && !world.toolbox.knows(&token.stem)
        && (BEFORE_NAMES.contains(&reading.word_before(at)) || reading.word(at + 1) == "table")
}

fn take_misspelt(reading: &mut Reading, world: &World<'_>, at: usize) -> bool {
    let said = reading.word(at).to_owned();
    let names = world
        .places
        .iter()
        .flat_map(|place| place.resources)
        .map(|resource| last_segment(&resource.name));
    let Some(meant) = nearest(&said, names) else {
        return false;
    };
    let meant = meant.to_owned();
    push_resources(reading, world, at, |name| last_segment(name) == meant)
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

/// The one name that `said` is a slip of. `None` when there is none, or when two are equally near.
pub fn nearest<'n>(said: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut best: Option<(&str, usize)> = None;
    let mut is_tie = false;
    for name in names {
        let lower = name.to_ascii_lowercase();
        if !is_slip_of(said, &lower) {
            continue;
        }
        let distance = slips(said, &lower);
        match best {
            Some((known, _)) if known == name => {}
            Some((_, least)) if distance > least => {}
            Some((_, least)) if distance == least => is_tie = true,
            _ => (best, is_tie) = (Some((name, distance)), false),
        }
    }
    best.filter(|_| !is_tie).map(|(name, _)| name)
}

fn last_segment(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Equal but for case and plural: order, orders; box, boxes; category, categories.
pub fn is_same_noun(a: &str, b: &str) -> bool {
    if a.len().abs_diff(b.len()) > 2 {
        return false;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let Some((head, tail)) = long.split_at_checked(short.len()) else {
        return false;
    };
    if head.eq_ignore_ascii_case(short) {
        return tail.is_empty() || short.len() >= 3 && matches!(tail, "s" | "es" | "S");
    }
    let singular = long.strip_suffix("ies").zip(short.strip_suffix('y'));
    singular.is_some_and(|(long, short)| long.eq_ignore_ascii_case(short))
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
