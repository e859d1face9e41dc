//! `steersman up --demo`: a throw-away PostgreSQL with a sample shop, and the main job told step by step.

mod postgres;

use crate::{
    client::Client,
    commands::{approvals, ask},
    data_dir::DataDir,
    serve, show,
};
use anstream::println;
use anyhow::{Context, Result};
use owo_colors::OwoColorize;
use postgres::ThrowAway;
use serde_json::json;
use steersman_protocol::{Role, Session, User, UserId};
use steersman_runtime::{FirstStart, Runtime, TargetDraft, toolkit::SecretString};

/// What has to be stopped when the demo is over.
pub struct Demo(ThrowAway);

impl Demo {
    pub fn stop(self) {
        self.0.stop();
    }
}

/// Starts the database, adds it as the target `shop-db`, and tells the story unless `is_json`.
pub async fn run(
    runtime: &Runtime,
    start: &FirstStart,
    data_dir: &DataDir,
    url: &str,
    walk_through: bool,
    is_json: bool,
) -> Result<Option<Demo>> {
    let began = std::time::Instant::now();
    if !is_json {
        println!("\n{} Starting a throw-away PostgreSQL with a sample shop …", "•".cyan());
    }
    let database = ThrowAway::start(data_dir)
        .await
        .context("could not start the demo's PostgreSQL")?;
    add_target(runtime, start, &database).await?;
    if is_json {
        println!("{}", json!({ "demo": "ready", "target": "shop-db" }));
        return Ok(Some(Demo(database)));
    }
    println!(
        "{} shop-db is there: PostgreSQL on port {}, 200,000 orders, some slow queries ({:.1} s)",
        "✓".green(),
        database.port,
        began.elapsed().as_secs_f32()
    );
    if walk_through || start.is_first {
        tell_story(runtime, start, url).await?;
    }
    println!("\nNow you: open the page with the login link above, or in another terminal:");
    for line in [
        "ask \"which indexes does orders have on shop-db\"",
        "ask \"show slow queries on shop-db\"",
        "ask \"how much disk is left\"",
        "approvals",
        "audit",
    ] {
        println!(
            "  {}",
            format!("steersman --data-dir {} {line}", data_dir.path().display()).cyan()
        );
    }
    Ok(Some(Demo(database)))
}

async fn add_target(runtime: &Runtime, start: &FirstStart, database: &ThrowAway) -> Result<()> {
    let actor = serve::actor(&start.owner);
    let draft = TargetDraft {
        server_id: start.server_id,
        name: "shop-db".into(),
        plugin: "postgres".into(),
        environment: "production".into(),
        settings: json!({ "host": "127.0.0.1", "port": database.port, "database": "shop", "user": postgres::USER, "ssl_mode": "disable" }),
        secrets: [("password".to_owned(), SecretString::from(database.password.clone()))].into(),
    };
    // A demo over an earlier demo's data directory: its database is gone, the new one takes the place.
    for old in runtime
        .store()
        .targets(start.organization_id)
        .await
        .map_err(|error| error.to_problem("Could not list the targets"))?
    {
        if old.name == draft.name {
            runtime.delete_target(&actor, old.id).await?;
        }
    }
    let target = runtime.create_target(&actor, draft).await?;
    runtime.look_at(&target).await;
    Ok(())
}

/// The main job: Ana asks, Ben approves, and every sentence of it is one event.
async fn tell_story(runtime: &Runtime, start: &FirstStart, url: &str) -> Result<()> {
    let ana = person(runtime, start, "ana", Role::Developer).await?;
    let ben = person(runtime, start, "ben", Role::Operator).await?;
    let ana_client = Client::to(url, &serve::token_for(runtime, &ana, "demo").await?)?;
    let ben_client = Client::to(url, &serve::token_for(runtime, &ben, "demo").await?)?;

    println!("\n{}", "The main job, in one paragraph".bold().underline());
    let question = "why is orders slow on shop-db, and fix it";
    say("Ana (developer) asks", question);
    let session: Session = ana_client
        .post("/api/sessions", json!({ "title": "The demo's story" }))
        .await?;
    let asked = ask::say(&ana_client, false, &session.id.to_string(), question).await?;
    let approval_id = asked
        .waiting
        .context("the story expected a plan that waits for approval, and there is none")?;
    say(
        "Ben (operator) reads the plan and approves it",
        &format!("steersman approve {}", ask::short_id(&approval_id.to_string())),
    );
    let decision = approvals::Decision {
        approve: true,
        reason: Some("Read-mostly table; built concurrently.".into()),
        ask_first: false,
    };
    approvals::decide_on(&ben_client, false, &approval_id.to_string(), &decision).await?;
    say("Ana checks", "show the indexes of orders on shop-db");
    ask::say(
        &ana_client,
        false,
        &session.id.to_string(),
        "show the indexes of orders on shop-db",
    )
    .await?;
    say("Everybody can check the record", "steersman audit verify");
    let found: steersman_protocol::AuditVerification = ben_client.get("/api/audit/verify").await?;
    println!(
        "{} {} entries, chain {}",
        "✓".green(),
        found.entries,
        if found.is_intact { "intact" } else { "BROKEN" }
    );
    Ok(())
}

fn say(who: &str, what: &str) {
    println!("\n{} {}", format!("▸ {who}:").bold(), show::printable(what).cyan());
}

async fn person(runtime: &Runtime, start: &FirstStart, name: &str, role: Role) -> Result<User> {
    let users = runtime
        .store()
        .users(start.organization_id)
        .await
        .map_err(|error| error.to_problem("Could not list users"))?;
    if let Some(user) = users.into_iter().find(|user| user.name == name) {
        return Ok(user);
    }
    let now = runtime.now();
    let user = User {
        id: UserId::from_uuid(runtime.fresh_id()),
        organization_id: start.organization_id,
        name: name.into(),
        role,
        is_enabled: true,
        created_at: now,
    };
    let entry = runtime.audit_of(
        &serve::actor(&start.owner),
        "user.created",
        format!("Demo: created {name} ({role})."),
        json!({}),
    );
    runtime
        .store()
        .create_user(user.clone(), None, now, entry)
        .await
        .map_err(|error| error.to_problem("Could not create a user"))?;
    Ok(user)
}
