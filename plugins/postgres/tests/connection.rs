//! Connecting: health, encryption, refusals, standbys, and what is found without being told.

mod fixture;

use fixture::{Shop, ask, connect, cx, field, plan};
use serde_json::{Value, json};
use std::{
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use steersman_plugin_postgres::Postgres as PostgresPlugin;
use steersman_testkit::Postgres;
use steersman_toolkit::{
    CancellationToken, Cx, Handles, Plugin, Secrets,
    protocol::{HealthState, Limits, Problem},
};

async fn connect_with(server: &Postgres, more: Value) -> Handles {
    let mut settings = json!({
        "host": server.host(), "port": server.port(), "database": "postgres", "user": server.user()
    });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let secrets = Secrets::from([("password".to_owned(), server.password().to_owned().into())]);
    PostgresPlugin.connect(&settings, &secrets).await.unwrap()
}

async fn try_out(handles: &Handles) -> Result<(), Problem> {
    ask(&cx(), handles, "postgres.run_query", json!({ "sql": "SELECT 1 AS n" }))
        .await
        .map(|_| ())
}

#[tokio::test]
async fn a_healthy_server_says_what_it_is_and_names_its_tables() {
    let shop = Shop::with_scale(0.001).await;
    shop.sql("CREATE SCHEMA sales; CREATE TABLE sales.orders (a int)").await;
    let health = PostgresPlugin.health(&shop.handles).await;
    assert_eq!(health.state, HealthState::Healthy, "{}", health.sentence);
    assert!(health.version.is_some());
    assert!(health.sentence.contains("a primary"), "{}", health.sentence);

    let resources = PostgresPlugin.resources(&shop.handles).await.unwrap();
    let names: Vec<(&str, &str)> = resources.iter().map(|r| (r.kind.as_str(), r.name.as_str())).collect();
    for expected in [("table", "orders"), ("table", "sales.orders"), ("index", "orders_pkey")] {
        assert!(names.contains(&expected), "{expected:?} is not in {names:?}");
    }
}

#[tokio::test]
async fn a_connection_that_cannot_be_made_says_why_and_shows_no_password() {
    let server = Postgres::start().await.unwrap();
    let secret = "correct-horse-battery";
    for (settings, expected) in [
        (json!({ "user": "nobody" }), "postgres.login_refused"),
        (json!({ "database": "nothing" }), "postgres.no_such_database"),
        (json!({ "port": 1 }), "postgres.unreachable"),
        (json!({ "host": "/nowhere" }), "postgres.unreachable"),
        (json!({ "ssl_mode": "require" }), "postgres.no_encryption"),
    ] {
        let handles = connect_with(&server, settings.clone()).await;
        let problem = try_out(&handles).await.unwrap_err();
        assert_eq!(problem.code, expected, "{settings}: {problem}");
        let health = PostgresPlugin.health(&handles).await;
        assert_eq!(health.state, HealthState::Down);
    }
    let settings =
        json!({ "host": server.host(), "port": server.port(), "database": "postgres", "user": server.user() });
    let secrets = Secrets::from([("password".to_owned(), secret.to_owned().into())]);
    let handles = PostgresPlugin.connect(&settings, &secrets).await.unwrap();
    let problem = try_out(&handles).await.unwrap_err();
    assert_eq!(problem.code, "postgres.login_refused");
    assert!(!problem.to_string().contains(secret));
    let none = PostgresPlugin.connect(&settings, &Secrets::new()).await.unwrap();
    assert_eq!(try_out(&none).await.unwrap_err().code, "postgres.login_refused");
}

#[tokio::test]
async fn a_unix_socket_is_a_place_too() {
    let server = Postgres::start().await.unwrap();
    let handles = connect_with(&server, json!({ "host": server.folder(), "ssl_mode": "require" })).await;
    try_out(&handles).await.unwrap();
}

#[tokio::test]
async fn connections_are_encrypted_as_the_settings_say() {
    let server = Postgres::start().await.unwrap();
    encrypt(&server).await;
    for (mode, is_encrypted) in [("disable", false), ("prefer", true), ("require", true)] {
        let handles = connect_with(&server, json!({ "ssl_mode": mode })).await;
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let answer = ask(&cx(), &handles, "postgres.run_query", json!({ "sql": sql }))
            .await
            .unwrap();
        assert_eq!(
            fixture::column(&answer, "Result", "ssl"),
            [json!(is_encrypted)],
            "{mode}"
        );
    }
    // Nobody that this machine trusts has signed the certificate.
    let handles = connect_with(&server, json!({ "ssl_mode": "verify-full", "host": "localhost" })).await;
    assert_eq!(try_out(&handles).await.unwrap_err().code, "postgres.no_encryption");

    // Stopping a statement takes a connection of its own, encrypted alike.
    let handles = connect_with(&server, json!({ "ssl_mode": "require" })).await;
    let cancel = CancellationToken::new();
    let cx = Cx {
        cancel: cancel.clone(),
        ..cx()
    };
    let slow = json!({ "sql": "SELECT count(*) FROM generate_series(1, 10000000000)" });
    let (answer, ()) = tokio::join!(ask(&cx, &handles, "postgres.run_query", slow), async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        cancel.cancel();
    });
    assert_eq!(answer.unwrap_err().code, "postgres.cancelled");
}

/// Gives the running server a certificate that it signed itself.
async fn encrypt(server: &Postgres) {
    let (certificate, key) = (server.folder().join("server.crt"), server.folder().join("server.key"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=localhost",
        ])
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl makes the test's certificate; the package openssl has it");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let data = std::fs::metadata(server.folder().join("data")).unwrap();
    for path in [&certificate, &key] {
        hand_over(path, &data);
    }
    for (name, path) in [("ssl_cert_file", &certificate), ("ssl_key_file", &key)] {
        server
            .sql(&format!("ALTER SYSTEM SET {name} = '{}'", path.display()))
            .await
            .unwrap();
    }
    server.sql("ALTER SYSTEM SET ssl = on").await.unwrap();
    server.sql("SELECT pg_reload_conf()").await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while server.sql("SHOW ssl").await.unwrap()[0][0].as_deref() != Some("on") {
        assert!(Instant::now() < deadline, "the server did not take the certificate");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The server reads the key only when it is its own, and nobody else's to read.
fn hand_over(path: &Path, owner: &std::fs::Metadata) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
}

#[tokio::test]
async fn nothing_is_planned_on_a_standby() {
    let mut server = Postgres::start().await.unwrap();
    server
        .sql("CREATE TABLE orders (id int, customer_id int); CREATE INDEX by_customer ON orders (customer_id)")
        .await
        .unwrap();
    server.sql("CHECKPOINT").await.unwrap();
    server.stop_immediately();
    // A server that starts with this file follows a primary for ever: here, one that never comes.
    let data = server.folder().join("data");
    std::fs::write(data.join("standby.signal"), "").unwrap();
    hand_over(&data.join("standby.signal"), &std::fs::metadata(&data).unwrap());
    server.restart().await.unwrap();

    let handles = connect(&server, "postgres", server.user(), server.password()).await;
    for (tool, arguments) in [
        ("postgres.create_index", json!({ "table": "orders", "columns": ["id"] })),
        ("postgres.drop_index", json!({ "index": "by_customer" })),
        ("postgres.analyze_table", json!({ "table": "orders" })),
    ] {
        let problem = plan(&cx(), &handles, tool, arguments).await.unwrap_err();
        assert_eq!(problem.code, "postgres.standby", "{tool}");
    }
    let health = PostgresPlugin.health(&handles).await;
    assert!(health.sentence.contains("a standby"), "{}", health.sentence);
    ask(&cx(), &handles, "postgres.list_tables", json!({})).await.unwrap();
}

#[tokio::test]
async fn replicas_are_part_of_what_a_plan_shows() {
    let shop = Shop::with_scale(0.001).await;
    let draft = shop
        .plan(
            "postgres.create_index",
            json!({ "table": "orders", "columns": ["customer_id"] }),
        )
        .await
        .unwrap();
    assert_eq!(field(&draft.observed, "Before", "replicas"), "none");
    assert!(!matches!(
        shop.verify("postgres.create_index", draft).await,
        steersman_toolkit::protocol::Verification::Holds { .. }
    ));
}

#[tokio::test]
async fn more_reads_than_connections_wait_for_their_turn() {
    let shop = Shop::empty().await;
    let looks = (0..20).map(|n| {
        let sql = format!("SELECT count(*) AS n FROM generate_series(1, {})", 1000 + n);
        shop.ask("postgres.run_query", json!({ "sql": sql }))
    });
    let answers = futures::future::join_all(looks).await;
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
    let sessions = "SELECT count(*) <= 4 FROM pg_stat_activity WHERE application_name = 'steersman' \
                    AND datname = current_database()";
    assert_eq!(shop.sql(sessions).await[0][0].as_deref(), Some("t"));
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = json!({
        "host": "127.0.0.1", "port": listener.local_addr().unwrap().port(), "database": "d", "user": "u"
    });
    let handles = PostgresPlugin.connect(&settings, &Secrets::new()).await.unwrap();
    let began = Instant::now();
    let health = PostgresPlugin.health(&handles).await;
    assert_eq!(health.state, HealthState::Down);
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn a_connection_that_goes_silent_in_the_middle_is_given_up() {
    let shop = Shop::empty().await;
    let server = Postgres::shared().await.unwrap().server();
    let pipe = Pipe::to(server.port()).await;
    let mut settings = json!({ "host": "127.0.0.1", "port": pipe.port, "database": shop.database.name });
    settings["user"] = json!(server.user());
    let secrets = Secrets::from([("password".to_owned(), server.password().to_owned().into())]);
    let handles = PostgresPlugin.connect(&settings, &secrets).await.unwrap();
    try_out(&handles).await.unwrap();

    pipe.freeze.cancel();
    let cx = Cx {
        limits: Limits {
            time_ms: 500,
            ..Limits::default()
        },
        ..cx()
    };
    let began = Instant::now();
    let problem = ask(&cx, &handles, "postgres.run_query", json!({ "sql": "SELECT 1 AS n" }))
        .await
        .unwrap_err();
    assert_eq!(problem.code, "postgres.connection_lost");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

/// Passes bytes on to a server until it is frozen; then it holds them back without closing anything.
struct Pipe {
    port: u16,
    freeze: CancellationToken,
}

impl Pipe {
    async fn to(server: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, freeze) = (listener.local_addr().unwrap().port(), CancellationToken::new());
        let frozen = freeze.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let frozen = frozen.clone();
                tokio::spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = frozen.cancelled() => std::future::pending().await,
                    }
                });
            }
        });
        Self { port, freeze }
    }
}

#[tokio::test]
async fn discovery_ends_in_time_and_offers_only_what_answers() {
    let began = Instant::now();
    let found = PostgresPlugin.discover().await;
    assert!(began.elapsed() < Duration::from_secs(6));
    for server in found {
        PostgresPlugin.check_settings(&server.settings).unwrap();
        assert!(!server.name.is_empty() && server.sentence.contains("PostgreSQL"));
    }
}
