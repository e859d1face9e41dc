use crate::samples;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use steersman_protocol::*;

#[test]
fn canonical_json_is_that_of_rfc_8785() {
    // Source of numbers and keys: RFC 8785, sections 3.2.2 and 3.2.3 and appendix B.
    for (given, expected) in [
        (r#"{ "b": 1, "a": [ 1.0, 2 ] }"#, r#"{"a":[1,2],"b":1}"#),
        (
            r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]}"#,
            r#"{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}"#,
        ),
        ("-0.0", "0"),
        (
            r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/""#,
            "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"",
        ),
        // Keys are ordered by UTF-16 units: the emoji's surrogate comes before U+FB33.
        (
            r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#,
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}",
        ),
        ("[true,false,null,{}]", "[true,false,null,{}]"),
    ] {
        let value: Value = serde_json::from_str(given).expect("JSON");
        assert_eq!(canonical_json(&value), expected, "{given}");
    }
}

#[test]
fn the_digest_is_sha_256_in_hex() {
    assert_eq!(
        sha256_hex(b"abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(Digest::of(&json!({})).as_str(), sha256_hex(b"{}"));
}

#[test]
fn every_field_of_a_plan_is_part_of_what_is_approved() {
    type Edit = fn(&mut Plan);
    let edits: Vec<(&str, Edit)> = vec![
        ("tool", |plan| {
            plan.tool = "postgres.drop_index".parse().expect("a name")
        }),
        ("target id", |plan| {
            plan.target.id = TargetId::from_uuid(samples::id(99))
        }),
        ("target name", |plan| plan.target.name.push('x')),
        ("target plugin", |plan| plan.target.plugin.push('x')),
        ("target environment", |plan| plan.target.environment.clear()),
        ("target revision", |plan| plan.target.revision += 1),
        ("arguments", |plan| plan.arguments["columns"] = json!(["id"])),
        ("summary", |plan| plan.summary.push('.')),
        ("step", |plan| plan.steps[0].literal.push(';')),
        ("step kind", |plan| plan.steps[0].kind = StepKind::Command),
        ("step note", |plan| plan.steps[0].note = Some(String::new())),
        ("one more step", |plan| plan.steps.push(Step::sql(""))),
        ("clean-up", |plan| plan.on_failure.clear()),
        ("touches", |plan| plan.touches[0].how.push('x')),
        ("must hold", |plan| {
            plan.must_hold.insert("table_oid".into(), json!(16_385));
        }),
        ("must hold as text", |plan| {
            plan.must_hold.insert("table_oid".into(), json!("16384"));
        }),
        ("must hold more", |plan| {
            plan.must_hold.insert("x".into(), json!(null));
        }),
        ("observed", |plan| plan.observed.clear()),
        ("undo", |plan| plan.undo = Undo::Irreversible { why: String::new() }),
        ("time limit", |plan| plan.limits.time_ms += 1),
        ("lock limit", |plan| plan.limits.lock_wait_ms += 1),
        ("row limit", |plan| plan.limits.rows += 1),
        ("byte limit", |plan| plan.limits.bytes += 1),
        ("facts", |plan| plan.facts[0] = Fact::SizeBytes { bytes: 8_193 }),
        ("warnings", |plan| plan.warnings[0].push('!')),
    ];
    let mut digests = BTreeSet::from([samples::plan().digest(7).to_string()]);
    for (what, edit) in &edits {
        let mut plan = samples::plan();
        edit(&mut plan);
        assert!(digests.insert(plan.digest(7).to_string()), "{what}");
    }
    assert!(digests.insert(samples::plan().digest(8).to_string()), "policy revision");
    // Every member of a plan on the wire is edited above.
    let members = serde_json::to_value(samples::plan()).expect("JSON");
    assert_eq!(members.as_object().map(serde_json::Map::len), Some(13));
    assert_eq!(samples::plan().digest(7), samples::plan().digest(7));
}

#[test]
fn large_integers_that_differ_by_one_make_two_plans() {
    let with = |number: Value| {
        let mut plan = samples::plan();
        plan.must_hold.insert("system".into(), number);
        plan.digest(1)
    };
    let numbers = [
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!("9007199254740993"),
        json!(-9_007_199_254_740_993_i64),
        json!(-9_007_199_254_740_994_i64),
        json!(u64::MAX),
        json!(u64::MAX - 1),
    ];
    let digests: BTreeSet<String> = numbers.iter().map(|number| with(number.clone()).to_string()).collect();
    assert_eq!(digests.len(), numbers.len());
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no NaN", |n| n.is_finite())
            .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,3}", inner), 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().rev().map(|(k, v)| (k.clone(), reversed(v))).collect(),
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn canonical_json_is_the_same_for_every_order_of_keys_and_says_the_same(value in json_value()) {
        let text = canonical_json(&value);
        prop_assert_eq!(canonical_json(&reversed(&value)), text.clone());
        let again: Value = serde_json::from_str(&text).expect("canonical JSON is JSON");
        prop_assert_eq!(canonical_json(&again), text);
    }
}
