use super::assess;
use proptest::prelude::*;
use serde_json::json;
use steersman_protocol::*;

fn plan(environment: &str, facts: Vec<Fact>, undo: Undo) -> Plan {
    let target = TargetRef {
        id: TargetId::from_uuid(uuid::Uuid::from_u128(1)),
        name: "orders-db".into(),
        plugin: "postgres".into(),
        environment: environment.into(),
        revision: 1,
    };
    let tool = "postgres.create_index".parse().expect("a name");
    Plan {
        facts,
        undo,
        ..crate::run::tests::plan_for(tool, target, json!({}))
    }
}

fn reversible() -> Undo {
    Undo::Reversible {
        steps: Vec::new(),
        call: None,
    }
}

fn text() -> String {
    "orders".into()
}

#[test]
fn each_fact_raises_a_low_floor_to_its_own_level() {
    use Risk::{Critical, High, Low, Medium};
    for (fact, risk, reason) in [
        (Fact::RowsChanged { rows: 0 }, Low, None),
        (Fact::RowsChanged { rows: 1 }, Medium, Some("it changes 1 rows")),
        (Fact::RowsChanged { rows: 9_999 }, Medium, Some("it changes 9999 rows")),
        (
            Fact::RowsChanged { rows: 10_000 },
            Critical,
            Some("it changes 10000 rows"),
        ),
        (Fact::SizeBytes { bytes: (1 << 30) - 1 }, Low, None),
        (Fact::SizeBytes { bytes: 3 << 29 }, Medium, Some("it works on 1.5 GiB")),
        (
            Fact::BlocksReads { what: text() },
            High,
            Some("reads of orders wait while it runs"),
        ),
        (
            Fact::BlocksWrites { what: text() },
            High,
            Some("writes to orders wait while it runs"),
        ),
        (Fact::Interrupts { what: text() }, High, Some("it ends orders")),
        (Fact::LosesData { what: text() }, Critical, Some("orders is lost")),
        (
            Fact::TouchesSecrets { what: text() },
            Critical,
            Some("it touches a secret: orders"),
        ),
        (
            Fact::ChangesAccess { what: text() },
            Critical,
            Some("it changes who has access: orders"),
        ),
        (Fact::PrimaryWithReplicas { replicas: 0 }, Low, None),
        (
            Fact::PrimaryWithReplicas { replicas: 2 },
            Medium,
            Some("the target is a primary and 2 replicas repeat the change"),
        ),
        (
            Fact::EffectUnknown { why: text() },
            High,
            Some("its effect is not known: orders"),
        ),
    ] {
        let shown = format!("{fact:?}");
        let mut expected = vec!["postgres.create_index is low risk by itself".to_owned()];
        expected.extend(reason.map(str::to_owned));
        assert_eq!(
            assess(Low, &plan("staging", vec![fact], reversible())),
            (risk, expected),
            "{shown}"
        );
    }
}

#[test]
fn what_cannot_be_undone_is_at_least_high() {
    let why = || "it is gone".to_owned();
    for (undo, risk) in [
        (reversible(), Risk::Low),
        (Undo::BackedUp { location: why() }, Risk::Low),
        (Undo::NotNeeded { why: why() }, Risk::Low),
        (Undo::Irreversible { why: why() }, Risk::High),
    ] {
        assert_eq!(assess(Risk::Low, &plan("staging", Vec::new(), undo)).0, risk);
    }
}

#[test]
fn disruption_in_production_is_named_and_an_unset_environment_counts_as_production() {
    let blocks = || vec![Fact::BlocksWrites { what: text() }];
    for (environment, facts, is_named) in [
        ("production", blocks(), true),
        ("", blocks(), true),
        ("our-own-word", blocks(), true),
        ("staging", blocks(), false),
        ("production", vec![Fact::RowsChanged { rows: 1 }], false),
    ] {
        let (_, reasons) = assess(Risk::Low, &plan(environment, facts, reversible()));
        let named = reasons.iter().any(|reason| reason == "orders-db counts as production");
        assert_eq!(named, is_named, "{environment}");
    }
}

fn fact() -> impl Strategy<Value = Fact> {
    (0u8..10, any::<u64>()).prop_map(|(kind, number)| match kind {
        0 => Fact::RowsChanged { rows: number },
        1 => Fact::SizeBytes { bytes: number },
        2 => Fact::BlocksReads { what: text() },
        3 => Fact::BlocksWrites { what: text() },
        4 => Fact::Interrupts { what: text() },
        5 => Fact::LosesData { what: text() },
        6 => Fact::TouchesSecrets { what: text() },
        7 => Fact::ChangesAccess { what: text() },
        8 => Fact::PrimaryWithReplicas {
            replicas: number as u32,
        },
        _ => Fact::EffectUnknown { why: text() },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_floor_is_never_lowered_and_another_fact_never_lowers_the_risk(
        floor in prop::sample::select(Risk::ALL.to_vec()),
        facts in prop::collection::vec(fact(), 0..6),
        one_more in fact(),
        environment in prop::sample::select(vec!["production", "staging", ""]),
    ) {
        let (risk, reasons) = assess(floor, &plan(environment, facts.clone(), reversible()));
        prop_assert!(risk >= floor);
        // Whatever raised it is named.
        prop_assert!(risk == floor || reasons.len() > 1);
        let more = facts.into_iter().chain([one_more]).collect();
        prop_assert!(assess(floor, &plan(environment, more, reversible())).0 >= risk);
    }
}
