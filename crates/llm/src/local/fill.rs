//! Filling a tool's slots from a message.

use super::{
    columns::columns,
    numbers::{Number, Role, Unit},
    phrases,
    reading::{Reading, Use},
    slot::{Slot, SlotKind},
    toolbox::Entry,
    verbs::VerbClass,
    words::is_stop_word,
    world::World,
};
use serde_json::{Map, Value, json};
use steersman_protocol::ToolKind;

/// What a message says to one tool.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    pub arguments: Map<String, Value>,
    /// Numbers of slots that must be filled and are not.
    pub missing: Vec<usize>,
    /// A slot for which several names fit equally.
    pub unsure: Option<(usize, Vec<String>)>,
    /// How much the filled slots speak for this tool.
    pub gain: f32,
    /// Targets that have the named things; `None` when nothing narrows them down.
    pub on: Option<Vec<String>>,
    /// Free tokens that went into a slot.
    pub tokens: Vec<usize>,
    used_numbers: Vec<usize>,
    used_resources: Vec<usize>,
    used_lists: bool,
    used_sql: bool,
    used_path: bool,
}

/// Typed things speak loudly: only few tools can use them. So does leaving one unused.
const TYPED_GAIN: f32 = 0.15;
const SOFT_GAIN: f32 = 0.06;
const SQL_GAIN: f32 = 0.5;
const UNUSED_LOSS: f32 = 0.2;
const UNUSED_RESOURCE_LOSS: f32 = 0.12;
const MISSING_LOSS: f32 = 0.08;
/// Whoever wants a statement run or explained usually writes it.
const MISSING_SQL_LOSS: f32 = 0.2;

pub fn fill(world: &World<'_>, tool: usize, reading: &Reading) -> Filled {
    let entry = world.entry(tool);
    let mut filled = Filled::default();
    for (number, slot) in entry.slots.iter().enumerate() {
        let value = match &slot.kind {
            SlotKind::Resource(kind) => resource(world, tool, reading, &mut filled, number, kind),
            SlotKind::Columns => column_list(entry, reading, &mut filled),
            SlotKind::Sql => sql(entry, reading, &mut filled),
            SlotKind::Pid => plain_number(
                reading,
                &mut filled,
                &[Role::Pid, Role::Bare],
                1.0..=f64::from(i32::MAX),
            ),
            SlotKind::Port => plain_number(reading, &mut filled, &[Role::Port, Role::Bare], 1.0..=65_535.0),
            SlotKind::Count => count(entry, slot, reading, &mut filled),
            SlotKind::DurationMs => measured(slot, reading, &mut filled, Unit::Ms).map(whole),
            SlotKind::DurationSeconds => measured(slot, reading, &mut filled, Unit::Ms).map(|ms| whole(ms / 1e3)),
            SlotKind::SizeBytes => measured(slot, reading, &mut filled, Unit::Bytes).map(whole),
            SlotKind::Path => path(reading, &mut filled),
            SlotKind::Flag => phrases::flag(slot, reading).map(|value| soft(&mut filled, json!(value))),
            SlotKind::Choice(choices) => choice(world, tool, slot, choices, reading, &mut filled),
            SlotKind::Text => text(world, tool, slot, reading, &mut filled),
            SlotKind::Other => None,
        };
        match value {
            Some(value) => {
                filled.arguments.insert(slot.name.clone(), value);
            }
            None if slot.is_required => filled.missing.push(number),
            None => {}
        }
    }
    let missing_loss = |slot: &usize| {
        if entry.slots[*slot].kind == SlotKind::Sql {
            MISSING_SQL_LOSS
        } else {
            MISSING_LOSS
        }
    };
    filled.gain -= filled.missing.iter().map(missing_loss).sum::<f32>() + losses(reading, &filled);
    filled
}

/// What was said and could not be used.
fn losses(reading: &Reading, filled: &Filled) -> f32 {
    let mut loss = 0.0;
    let mut lose = |is_unused: bool, much: f32| loss += if is_unused { much } else { 0.0 };
    lose(reading.sql.is_some() && !filled.used_sql, 2.0 * UNUSED_LOSS);
    lose(!reading.paths.is_empty() && !filled.used_path, UNUSED_LOSS);
    lose(!reading.lists.is_empty() && !filled.used_lists, UNUSED_LOSS);
    lose(
        !reading.resources.is_empty() && filled.used_resources.is_empty(),
        UNUSED_RESOURCE_LOSS,
    );
    for (at, number) in reading.numbers.iter().enumerate() {
        let is_typed = number.unit != Unit::None || matches!(number.role, Role::Pid | Role::Port);
        lose(is_typed && !filled.used_numbers.contains(&at), UNUSED_LOSS);
    }
    loss
}

fn resource(
    world: &World<'_>,
    tool: usize,
    reading: &Reading,
    filled: &mut Filled,
    number: usize,
    kind: &str,
) -> Option<Value> {
    let free: Vec<usize> = (0..reading.resources.len())
        .filter(|i| reading.resources[*i].kind == kind && !filled.used_resources.contains(i))
        .collect();
    let Some(first) = free.first().copied() else {
        return unlisted(world, tool, reading, filled, kind, number);
    };
    let named = &reading.resources[first];
    let rivals: Vec<usize> = free
        .into_iter()
        .filter(|i| reading.resources[*i].at == named.at)
        .collect();
    filled.used_resources.extend(&rivals);
    filled.gain += TYPED_GAIN;
    if rivals.len() > 1 {
        filled.unsure = Some((
            number,
            rivals.iter().map(|i| reading.resources[*i].name.clone()).collect(),
        ));
    }
    if !named.on.is_empty() {
        let mut on = named.on.clone();
        if let Some(known) = &filled.on {
            on.retain(|name| known.contains(name));
        }
        filled.on = Some(on);
    }
    Some(json!(named.name))
}

/// "list indexes on invoices": a name that the inventory does not have, where a table's name stands. Taken only when
/// the inventory may be incomplete, or the tool cannot do without (its plan will say what it finds).
fn unlisted(
    world: &World<'_>,
    tool: usize,
    reading: &Reading,
    filled: &mut Filled,
    kind: &str,
    number: usize,
) -> Option<Value> {
    let entry = world.entry(tool);
    if kind != "table" || entry.slot(|k| *k == SlotKind::Columns).is_some() {
        return None; // with columns about, `columns` tells which is which
    }
    let is_listed = world
        .targets_of(tool)
        .iter()
        .filter_map(|name| world.place(name))
        .any(|place| place.resources.iter().any(|r| r.kind == kind) && place.resources.len() < 500);
    if is_listed && !entry.slots[number].is_required {
        return None;
    }
    let at = (0..reading.tokens.len()).find(|at| {
        let token = &reading.tokens[*at];
        reading.uses[*at] == Use::Free
            && matches!(
                reading.word_before(*at),
                "on" | "of" | "for" | "from" | "analyze" | "analyse" | "vacuum"
            )
            && !is_stop_word(&token.lower)
            && !world.toolbox.knows(&token.stem)
            && token.text.chars().all(|c| c.is_alphanumeric() || "_.".contains(c))
    })?;
    filled.tokens.push(at);
    filled.gain += SOFT_GAIN;
    Some(json!(reading.tokens[at].text))
}

fn column_list(entry: &Entry, reading: &Reading, filled: &mut Filled) -> Option<Value> {
    let table_slot = entry.slot(|kind| matches!(kind, SlotKind::Resource(kind) if kind == "table"));
    let needs_table = table_slot.is_some_and(|slot| !filled.arguments.contains_key(&slot.name));
    let found = columns(reading, needs_table);
    filled.tokens.extend(&found.tokens);
    filled.used_lists = !reading.lists.is_empty();
    if let (Some(table), Some(slot)) = (found.table, table_slot) {
        filled.arguments.insert(slot.name.clone(), json!(table));
        filled.missing.retain(|number| entry.slots[*number].name != slot.name);
        filled.gain += SOFT_GAIN;
    }
    if found.names.is_empty() {
        return None;
    }
    filled.gain += TYPED_GAIN;
    Some(json!(found.names))
}

fn sql(entry: &Entry, reading: &Reading, filled: &mut Filled) -> Option<Value> {
    let sql = reading.sql.as_ref()?;
    let explains = is_explaining(reading);
    // A writing statement is only for a tool that writes; explaining it changes nothing.
    if sql.is_write && entry.kind == ToolKind::Query && !explains {
        return None;
    }
    filled.used_sql = true;
    let is_explainer = entry.verb == VerbClass::of("explain");
    filled.gain += if is_explainer == explains {
        SQL_GAIN
    } else {
        SQL_GAIN - UNUSED_LOSS
    };
    Some(json!(sql.text))
}

/// The statement is to be looked at and not to be run.
fn is_explaining(reading: &Reading) -> bool {
    reading.sql.as_ref().is_some_and(|sql| sql.is_explain)
        || reading.mood.wants_reasons
        || reading.mood.wants_fix
        || reading.has_word(&["explain", "plan", "cost", "costs"])
}

fn plain_number(
    reading: &Reading,
    filled: &mut Filled,
    roles: &[Role],
    range: std::ops::RangeInclusive<f64>,
) -> Option<Value> {
    let fits = |at: &usize, role: Role| {
        let number = &reading.numbers[*at];
        number.unit == Unit::None
            && number.role == role
            && range.contains(&number.value)
            && !filled.used_numbers.contains(at)
    };
    let at = roles
        .iter()
        .find_map(|role| (0..reading.numbers.len()).find(|at| fits(at, *role)))?;
    filled.used_numbers.push(at);
    filled.gain += TYPED_GAIN;
    Some(whole(reading.numbers[at].value))
}

fn count(entry: &Entry, slot: &Slot, reading: &Reading, filled: &mut Filled) -> Option<Value> {
    let follows = |number: &Number, slot: &Slot| {
        reading
            .tokens
            .get(number.tokens.end)
            .is_some_and(|next| slot.stems.contains(&next.stem))
    };
    let is_taken_by_other = |number: &Number| {
        entry
            .slots
            .iter()
            .any(|other| other.name != slot.name && follows(number, other))
    };
    let at = (0..reading.numbers.len()).find(|at| {
        let number = &reading.numbers[*at];
        number.unit == Unit::None
            && number.role == Role::Count
            && number.value.fract() == 0.0
            && !filled.used_numbers.contains(at)
            && !is_taken_by_other(number)
    })?;
    filled.used_numbers.push(at);
    Some(soft(filled, whole(reading.numbers[at].value)))
}

/// A duration or size. "in the last 2 hours" is a window, "slower than 2 s" a threshold; a slot wants one of them.
fn measured(slot: &Slot, reading: &Reading, filled: &mut Filled, unit: Unit) -> Option<f64> {
    let wants_window = slot.stems.iter().any(|stem| {
        matches!(
            stem.as_str(),
            "sinc" | "window" | "period" | "last" | "within" | "ago" | "age"
        )
    });
    let at = (0..reading.numbers.len()).find(|at| {
        let number = &reading.numbers[*at];
        let before = reading.word_before(number.tokens.start);
        let is_window = matches!(before, "last" | "past" | "since" | "within" | "previous" | "recent");
        number.unit == unit && !filled.used_numbers.contains(at) && (unit == Unit::Bytes || is_window == wants_window)
    })?;
    filled.used_numbers.push(at);
    filled.gain += TYPED_GAIN;
    Some(reading.numbers[at].value)
}

fn path(reading: &Reading, filled: &mut Filled) -> Option<Value> {
    let path = reading.paths.first()?;
    filled.used_path = true;
    filled.gain += TYPED_GAIN;
    Some(json!(path))
}

fn choice(
    world: &World<'_>,
    tool: usize,
    slot: &Slot,
    choices: &[String],
    reading: &Reading,
    filled: &mut Filled,
) -> Option<Value> {
    let own_verb = world.tools[tool].tool.short().split('_').next().unwrap_or("");
    if let Some(said) = phrases::choice(choices, own_verb, reading) {
        // "kill" chooses how to end something, and says nothing about what.
        return Some(if world.is_change(tool) {
            json!(said)
        } else {
            soft(filled, json!(said))
        });
    }
    // Schemas list the mildest first: `cancel` before `terminate`, `term` before `kill`.
    (slot.is_required && !slot.has_default)
        .then(|| choices.first().map(|first| json!(first)))
        .flatten()
}

fn text(world: &World<'_>, tool: usize, slot: &Slot, reading: &Reading, filled: &mut Filled) -> Option<Value> {
    let (value, token) = phrases::text(world, tool, slot, reading, &filled.tokens)?;
    filled.tokens.extend(token);
    Some(soft(filled, json!(value)))
}

fn soft(filled: &mut Filled, value: Value) -> Value {
    filled.gain += SOFT_GAIN;
    value
}

/// An integer where it is one: schemas of counts and pids refuse `5.0`.
pub fn whole(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}
