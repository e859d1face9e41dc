//! The review lists against a real server: nothing built in is left without a judgement.

use steersman_testkit::Postgres;

use super::super::rating::is_rated;
use super::super::statement::parse_read_only;
use super::check_catalogue;

#[tokio::test]
async fn every_volatile_function_of_the_server_was_looked_at() {
    let shared = Postgres::shared().await.unwrap();
    let sql = "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND oid < 16384 ORDER BY 1";
    let rows = shared.server().sql(sql).await.unwrap();
    let names = rows.iter().filter_map(|row| row[0].as_deref());
    let unrated: Vec<&str> = names.filter(|name| !is_rated(name)).collect();
    assert_eq!(unrated, [""; 0], "put each into a list of guard/rating.rs");
}

#[tokio::test]
async fn no_built_in_operator_or_cast_runs_a_volatile_function() {
    let shared = Postgres::shared().await.unwrap();
    let sql = "SELECT p.proname FROM pg_proc p WHERE p.provolatile = 'v' AND p.oid < 16384 \
               AND (EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid) OR EXISTS (SELECT FROM pg_cast c WHERE c.castfunc = p.oid))";
    assert_eq!(
        shared.server().sql(sql).await.unwrap(),
        Vec::<Vec<Option<String>>>::new()
    );
}

/// A newcomer to this list is either a view that reads files or secrets, or a mistake in
/// the guard's lists.
#[tokio::test]
async fn of_the_servers_own_views_only_these_are_refused() {
    let database = Postgres::shared().await.unwrap().database("views").await.unwrap();
    let client = database.connect().await.unwrap();
    let sql = "SELECT n.nspname || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.oid < 16384 AND c.relkind IN ('r', 'v') AND n.nspname IN ('pg_catalog', 'information_schema') ORDER BY 1";
    let (mut refused, mut all) = (Vec::new(), Vec::new());
    for row in database.sql(sql).await.unwrap() {
        let name = row[0].as_deref().unwrap();
        let statement = parse_read_only(&format!("SELECT * FROM {name}")).unwrap();
        if check_catalogue(&client, &statement).await.is_err() {
            refused.push(name.to_owned());
        }
        all.push(name.to_owned());
    }
    let expected = [
        "information_schema._pg_user_mappings",
        "information_schema.user_mapping_options",
        "pg_catalog.pg_authid",
        "pg_catalog.pg_file_settings",
        "pg_catalog.pg_hba_file_rules",
        "pg_catalog.pg_ident_file_mappings",
        "pg_catalog.pg_shadow",
        "pg_catalog.pg_subscription",
        "pg_catalog.pg_user_mapping",
        "pg_catalog.pg_user_mappings",
    ];
    // Not every version has every view.
    let expected: Vec<&str> = expected
        .into_iter()
        .filter(|name| all.iter().any(|known| known == name))
        .collect();
    assert_eq!(refused, expected);
}
