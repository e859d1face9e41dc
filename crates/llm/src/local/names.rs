//! Names of things on targets in a message: tables, indexes, whatever some tool asks for.
//!
//! Names are matched as people write them: other case, other separators ("orders db"), "database" for "db", singular
//! for plural, a slip of the fingers. A name is never made up: what is returned stands in the inventory, or, for things
//! on a target, was written by the person after the word for its kind ("table invoices").

use super::{
    reading::{Reading, Use},
    words::{is_reading_verb, is_slip_of, is_stop_word, slips},
    world::World,
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

/// Words after which a name stands.
const BEFORE_NAMES: &[&str] = &[
    "on", "of", "for", "in", "from", "at", "to", "against", "into", "over", "table", "tables", "index", "is", "are",
    "does", "do", "has", "up", "about", "with", "and", "fix", "makes", "make", "why", "analyze", "analyse", "within",
    "inside", "by", "optimize", "optimise", "tune", "",
];

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
    // "the orders table": the word for the kind belongs to the name.
    for at in 0..reading.tokens.len() {
        let is_beside_name = [at.wrapping_sub(1), at + 1]
            .iter()
            .any(|near| reading.uses.get(*near) == Some(&Use::Resource));
        if is_beside_name
            && reading.uses[at] == Use::Free
            && reading.resources.iter().any(|named| named.kind == reading.word(at))
        {
            reading.uses[at] = Use::Resource;
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
    !before.is_empty() && BEFORE_NAMES.contains(&before) && !reading.mood.orders.contains(&token.lower)
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
        return;
    }
    let is_known = push_resources(reading, world, at, |name| name.eq_ignore_ascii_case(&word))
        || push_resources(reading, world, at, |name| is_same_noun(&word, last_segment(name)));
    if !is_known
        && !column.is_empty()
        && push_resources(reading, world, at, |name| is_same_noun(table, last_segment(name)))
    {
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
        if may_be_misspelt(reading, i, world) && take_misspelt(reading, world, i) {
            return;
        }
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

pub fn last_segment(name: &str) -> &str {
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
