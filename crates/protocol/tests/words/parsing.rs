use crate::samples;
use std::str::FromStr;
use steersman_protocol::*;

#[test]
fn tool_names_are_plugin_dot_verb_noun() {
    let longest = format!("a.{}", "b".repeat(61));
    for good in ["postgres.list_indexes", "a.b", "k8s.top", "a1_b.c2_d", &longest] {
        let name: ToolName = good.parse().expect(good);
        assert_eq!(name.as_str(), good);
        assert!(name.for_model().len() <= 64 && !name.for_model().contains('.'));
        assert_eq!(format!("{}.{}", name.plugin(), name.short()), good);
    }
    let too_long = format!("a.{}", "b".repeat(62));
    for bad in [
        "",
        ".",
        "a.",
        ".b",
        "postgres",
        "Postgres.list",
        "postgres.List",
        "postgres.list.indexes",
        "postgres.list-indexes",
        "1a.b",
        "a.1b",
        "_a.b",
        "a._b",
        " a.b",
        "a.b\n",
        "ä.b",
        &too_long,
    ] {
        assert!(ToolName::from_str(bad).is_err(), "{bad}");
        let json = serde_json::to_string(bad).expect("JSON");
        assert!(serde_json::from_str::<ToolName>(&json).is_err(), "{bad}");
    }
    assert_eq!(samples::tool().for_model(), "postgres_create_index");
}

#[test]
fn the_error_about_a_tool_name_is_bounded() {
    let error = ToolName::from_str(&"x".repeat(100_000)).expect_err("too long");
    assert!(error.len() < 200);
}

#[test]
fn ids_are_uuids() {
    let text = "00000000-0000-0000-0000-00000000000f";
    let run: RunId = text.parse().expect("an id");
    assert_eq!(run.to_string(), text);
    assert_eq!(format!("{run:?}"), format!("RunId({text})"));
    assert_eq!(serde_json::to_string(&run).expect("JSON"), format!("\"{text}\""));
    for bad in ["", "x", "00000000-0000-0000-0000-00000000000", "' OR 1=1 --"] {
        assert!(bad.parse::<RunId>().is_err(), "{bad}");
    }
}

fn words<T>(all: &[T], others: &[&str])
where
    T: FromStr + ToString + PartialEq + std::fmt::Debug + serde::Serialize + Copy,
{
    for value in all {
        let word = value.to_string();
        assert!(word.parse::<T>().is_ok_and(|parsed| parsed == *value), "{word}");
        let json = serde_json::to_string(value).expect("JSON");
        assert_eq!(json, format!("\"{word}\""), "one word in text and on the wire");
    }
    for other in others {
        assert!(other.parse::<T>().is_err(), "{other}");
    }
}

#[test]
fn each_word_is_the_same_in_text_and_on_the_wire() {
    words(&Risk::ALL, &["", "Low", "safe", "very high"]);
    words(&Role::ALL, &["", "admin", "Owner"]);
    words(RunStatus::ALL, &["", "running"]);
    words(ExecutionStatus::ALL, &["", "done"]);
    words(ApprovalStatus::ALL, &["", "granted"]);
    words(SessionStatus::ALL, &["", "closed"]);
    assert!(Risk::ALL.is_sorted());
    assert_eq!(format!("[{:>8}]", Risk::Low), "[     low]");
}

#[test]
fn a_held_permission_gives_what_it_names() {
    for (held, needed, gives) in [
        ("*", "policy:manage", true),
        ("tool:*", "tool:change:postgres", true),
        ("tool:*", "target:read", false),
        ("tool:read:*", "tool:read:postgres", true),
        ("tool:read:*", "tool:change:postgres", false),
        ("ai:chat", "ai:chat", true),
        ("ai:chat", "ai:chatter", false),
        ("ai:chatter", "ai:chat", false),
        ("", "ai:chat", false),
    ] {
        assert_eq!(Permission::new(held).gives(needed), gives, "{held} gives {needed}");
    }
}

#[test]
fn each_role_may_what_it_is_for() {
    let cases = [
        // needed, owner, operator, developer, viewer
        (Permission::CHAT, [true, true, true, true]),
        (Permission::APPROVE, [true, true, false, false]),
        (Permission::AUDIT_READ, [true, true, false, false]),
        (Permission::TARGET_READ, [true, true, true, true]),
        (Permission::TARGET_MANAGE, [true, false, false, false]),
        (Permission::POLICY_READ, [true, true, true, false]),
        (Permission::POLICY_MANAGE, [true, false, false, false]),
        (Permission::USER_MANAGE, [true, false, false, false]),
        (Permission::PROVIDER_MANAGE, [true, false, false, false]),
        ("tool:read:postgres", [true, true, true, true]),
        ("tool:change:postgres", [true, true, true, false]),
    ];
    for (needed, expected) in cases {
        let may = Role::ALL.map(|role| {
            let actor = Actor {
                role,
                ..samples::actor()
            };
            actor.may(needed)
        });
        assert_eq!(may, expected, "{needed}");
    }
}

#[test]
fn a_digest_is_64_lower_case_hex_digits() {
    let good = "0123456789abcdef".repeat(4);
    assert_eq!(Digest::parse(&good).expect("a digest").as_str(), good);
    for bad in [
        String::new(),
        good.to_uppercase(),
        good[1..].to_owned(),
        format!("{good}0"),
        "g".repeat(64),
    ] {
        assert!(Digest::parse(&bad).is_none(), "{bad}");
    }
}

#[test]
fn a_problem_reads_as_sentences_with_its_code_last() {
    let problem = Problem::new("a.b", "Could not do it.", "it broke.", "Mend it.");
    assert_eq!(problem.to_string(), "Could not do it: it broke. Mend it. (a.b)");
    let nothing_next = Problem::new("a.b", "Could not do it", "it broke", "");
    assert_eq!(nothing_next.to_string(), "Could not do it: it broke. (a.b)");
    assert_eq!(problem.while_doing("Did not").what, "Did not");
}

#[test]
fn an_unset_environment_counts_as_production() {
    for (environment, is_production) in [
        ("production", true),
        ("", true),
        ("prod", true),
        ("Staging", true),
        ("staging", false),
        ("development", false),
        ("test", false),
        ("demo", false),
        ("local", false),
    ] {
        let target = TargetRef {
            environment: environment.into(),
            ..samples::target()
        };
        assert_eq!(target.is_production(), is_production, "{environment}");
    }
}
