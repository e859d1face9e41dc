use super::*;
use proptest::prelude::*;

fn code(result: Result<Judged, Refusal>) -> &'static str {
    result.map_or_else(|refusal| refusal.code, |_| "fine")
}

#[test]
fn filters_that_only_read_pass() {
    for filter in [
        "",
        "{}",
        r#"{"status": "open", "total": {"$gt": 5}}"#,
        r#"{"$or": [{"a": {"$in": [1, 2]}}, {"b": {"$not": {"$regex": "^x", "$options": "i"}}}]}"#,
        r#"{"_id": {"$oid": "65a000000000000000000001"}, "at": {"$gte": {"$date": "2026-01-01T00:00:00Z"}}}"#,
        r#"{"$expr": {"$gt": ["$total", {"$multiply": ["$paid", 2]}]}}"#,
        r#"{"name": "$where"}"#,
        r#"{"a": {"$elemMatch": {"b": 1}}, "g": {"$near": {"$geometry": {"type": "Point", "coordinates": [1, 2]}}}}"#,
    ] {
        assert_eq!(code(find(Some(filter), None, None)), "fine", "{filter}");
    }
}

#[test]
fn filters_that_do_more_are_refused() {
    for (filter, expected) in [
        (r#"{"$where": "sleep(1000)"}"#, "mongodb.not_read_only"),
        (r#"{"$and": [{"$nor": [{"$where": "1"}]}]}"#, "mongodb.not_read_only"),
        (
            r#"{"$expr": {"$function": {"body": "function() {}", "args": [], "lang": "js"}}}"#,
            "mongodb.not_read_only",
        ),
        (r#"{"a": {"$literal": {"$where": 1}}}"#, "mongodb.not_read_only"),
        (r#"{"a": {"$code": "function() {}"}}"#, "mongodb.not_read_only"),
        (r#"{"a": {"$code": "f()", "$scope": {}}}"#, "mongodb.not_read_only"),
        (r#"{"a": [{"b": {"$undefined": true}}]}"#, "mongodb.not_read_only"),
        (r#"{"a": {"$symbol": "x"}}"#, "mongodb.not_read_only"),
        (r#"{"\u0024where": "1"}"#, "mongodb.not_read_only"),
        (r#"{"$WHERE": "1"}"#, "mongodb.not_read_only"),
        (r#"{"$query": {}}"#, "mongodb.not_read_only"),
        (r#"{"$_internalSchemaType": 1}"#, "mongodb.not_read_only"),
        (r#"{"a": 1, "a": 2}"#, "mongodb.bad_json"),
        (r#"{"a": {"b": 1, "b": {"$where": "1"}}}"#, "mongodb.bad_json"),
        (r#"{"a": 1} {"b": 2}"#, "mongodb.bad_json"),
        (r#"{"a\u0000b": 1}"#, "mongodb.bad_json"),
        (r#"{"_id": {"$oid": "short"}}"#, "mongodb.bad_json"),
        ("[1]", "mongodb.bad_json"),
        ("{status: 'open'}", "mongodb.bad_json"),
        ("\"x\"", "mongodb.bad_json"),
    ] {
        assert_eq!(code(find(Some(filter), None, None)), expected, "{filter}");
    }
    assert_eq!(
        code(find(None, Some(r#"{"a": {"$function": {}}}"#), None)),
        "mongodb.not_read_only"
    );
    assert_eq!(
        code(find(None, None, Some(r#"{"a": {"$where": 1}}"#))),
        "mongodb.not_read_only"
    );
    let deep = format!("{}1{}", "{\"a\":".repeat(80), "}".repeat(80));
    assert_eq!(code(find(Some(&deep), None, None)), "mongodb.too_deep");
    let deeper = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    assert_eq!(code(find(Some(&deeper), None, None)), "mongodb.bad_json");
}

#[test]
fn pipelines_that_do_more_are_refused_at_any_depth() {
    for stage in [
        r#"{"$out": "x"}"#,
        r#"{"$merge": {"into": "x"}}"#,
        r#"{"$changeStream": {}}"#,
        r#"{"$currentOp": {}}"#,
        r#"{"$listSessions": {}}"#,
        r#"{"$planCacheStats": {}}"#,
        r#"{"$indexStats": {}}"#,
        r#"{"$documents": []}"#,
        r#"{"$match": {"$where": "1"}}"#,
        r#"{"$group": {"_id": null, "n": {"$accumulator": {}}}}"#,
        r#"{"$project": {"a": {"$function": {}}}}"#,
        r#"{"$somethingNew": {}}"#,
        r#"{"$lookup": {"from": {"db": "admin", "coll": "system.users"}, "as": "x"}}"#,
        r#"{"$lookup": {"from": "system.users", "as": "x"}}"#,
        r#"{"$unionWith": {"db": "admin", "coll": "x"}}"#,
        r#"{"$unionWith": "system.js"}"#,
    ] {
        for wrapped in [
            format!("[{stage}]"),
            format!("[{{\"$match\": {{}}}}, {stage}]"),
            format!("[{{\"$facet\": {{\"a\": [{stage}]}}}}]"),
            format!("[{{\"$lookup\": {{\"from\": \"b\", \"as\": \"c\", \"pipeline\": [{stage}]}}}}]"),
            format!("[{{\"$unionWith\": {{\"coll\": \"b\", \"pipeline\": [{stage}]}}}}]"),
            format!("[{{\"$facet\": {{\"a\": [{{\"$unionWith\": {{\"coll\": \"b\", \"pipeline\": [{stage}]}}}}]}}}}]"),
        ] {
            let refused = code(aggregate(&wrapped));
            assert!(
                matches!(refused, "mongodb.not_read_only" | "mongodb.not_readable"),
                "{wrapped}: {refused}"
            );
        }
    }
}

#[test]
fn pipelines_that_only_read_pass_and_say_what_they_read() {
    let text = r#"[
        {"$match": {"status": "open"}},
        {"$lookup": {"from": "customers", "localField": "customer_id", "foreignField": "_id", "as": "customer",
                     "pipeline": [{"$unionWith": "old_customers"}]}},
        {"$graphLookup": {"from": "parts", "startWith": "$part", "connectFromField": "of", "connectToField": "_id", "as": "p"}},
        {"$facet": {"a": [{"$count": "n"}], "b": [{"$unionWith": {"coll": "more"}}]}},
        {"$group": {"_id": "$status", "n": {"$sum": 1}, "top": {"$max": "$total"}}},
        {"$sort": {"n": -1}}, {"$limit": 5}
    ]"#;
    let names = aggregate(text).unwrap().names().unwrap();
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["customers", "more", "old_customers", "parts"]
    );
    for malformed in [
        "{}",
        "[1]",
        "[{}]",
        r#"[{"$match": {}, "$out": "x"}]"#,
        r#"[{"$facet": []}]"#,
        r#"[{"$facet": {"a": {}}}]"#,
    ] {
        assert_eq!(code(aggregate(malformed)), "mongodb.bad_json", "{malformed}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_guard_fall_over(text in ".{0,200}") {
        let _ = find(Some(&text), None, None);
        let _ = aggregate(&text);
    }

    #[test]
    fn a_forbidden_name_is_found_wherever_it_hides(path in prop::collection::vec("[a-z]{1,5}|\\$and|\\$expr|\\$cond", 0..20)) {
        let mut text = r#"{"$where": "1"}"#.to_owned();
        for (at, name) in path.iter().enumerate() {
            text = if at % 3 == 0 { format!("{{\"{name}\": [{text}]}}") } else { format!("{{\"{name}\": {text}}}") };
        }
        prop_assert_eq!(code(find(Some(&text), None, None)), "mongodb.not_read_only");
        let wrapped = format!("[{{\"$match\": {text}}}]");
        prop_assert_eq!(code(aggregate(&wrapped)), "mongodb.not_read_only");
    }
}
