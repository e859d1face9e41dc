use crate::samples;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fmt::Debug};
use steersman_protocol::*;

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).expect("JSON");
    assert_eq!(&serde_json::from_str::<T>(&json).expect("and back"), value);
}

/// The words of an enum's tag in the order of its variants, from the schema that clients get.
fn tags_of<T: utoipa::PartialSchema>(tag: &str) -> BTreeSet<String> {
    let schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
    let variants = schema["oneOf"].as_array().expect("an enum of records");
    variants
        .iter()
        .map(|variant| find_tag(variant, tag).expect("every variant has its tag"))
        .collect()
}

fn find_tag(schema: &serde_json::Value, tag: &str) -> Option<String> {
    if let Some(word) = schema["properties"][tag]["enum"][0].as_str() {
        return Some(word.to_owned());
    }
    schema["allOf"].as_array()?.iter().find_map(|part| find_tag(part, tag))
}

fn tag(value: &impl Serialize, tag: &str) -> String {
    let json = serde_json::to_value(value).expect("JSON");
    json[tag].as_str().expect("a tag").to_owned()
}

#[test]
fn every_event_survives_the_wire() {
    let events = samples::events();
    events.iter().for_each(survives);
    let told: BTreeSet<String> = events.iter().map(|event| tag(event, "type")).collect();
    assert_eq!(told, tags_of::<Event>("type"), "a sample of every event");
}

#[test]
fn every_block_survives_the_wire() {
    let blocks = samples::blocks();
    blocks.iter().for_each(survives);
    let told: BTreeSet<String> = blocks.iter().map(|block| tag(block, "kind")).collect();
    assert_eq!(told, tags_of::<Block>("kind"), "a sample of every block");
}

#[test]
fn plans_facts_undos_grants_and_commands_survive_the_wire() {
    survives(&samples::plan());
    survives(&samples::grant());
    survives(&samples::verdict());
    let text = || "x".to_owned();
    let facts = vec![
        Fact::RowsChanged { rows: u64::MAX },
        Fact::SizeBytes { bytes: 0 },
        Fact::BlocksReads { what: text() },
        Fact::BlocksWrites { what: text() },
        Fact::Interrupts { what: text() },
        Fact::LosesData { what: text() },
        Fact::TouchesSecrets { what: text() },
        Fact::ChangesAccess { what: text() },
        Fact::PrimaryWithReplicas { replicas: 2 },
        Fact::EffectUnknown { why: text() },
    ];
    facts.iter().for_each(survives);
    let told: BTreeSet<String> = facts.iter().map(|fact| tag(fact, "fact")).collect();
    assert_eq!(told, tags_of::<Fact>("fact"), "a sample of every fact");
    for undo in [
        Undo::Reversible {
            steps: vec![Step::sql("x")],
            call: None,
        },
        Undo::BackedUp { location: text() },
        Undo::Irreversible { why: text() },
        Undo::NotNeeded { why: text() },
    ] {
        survives(&undo);
    }
    survives(&Command::Decide {
        approval_id: samples::approval(),
        approve: true,
        digest: Some(samples::plan().digest(1)),
        reason: None,
        actor: samples::actor(),
    });
    survives(&RuleEffect::Ask {
        reason_required: true,
        second_person: false,
    });
    survives(&GrantedBy::Person {
        user_id: samples::actor().user_id,
        name: text(),
    });
}
