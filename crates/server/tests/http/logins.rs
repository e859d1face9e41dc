//! Signing in and out, and losing the right to.

use crate::stage::{faulty, refused};
use serde_json::json;
use std::time::Duration;
use steersman_testkit::{TestApp, app::Reply};

const PASSWORD: &str = "correct horse battery";

async fn enter(app: &TestApp, name: &str, password: &str) -> Reply {
    app.anonymous()
        .post("/api/auth/login", &json!({ "name": name, "password": password }))
        .await
}

/// The cookie that a reply sets, as a browser would send it.
fn cookie(reply: &Reply) -> String {
    let set = reply.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

async fn me(app: &TestApp, cookie: &str) -> u16 {
    let client = app.anonymous();
    client
        .send(client.request("GET", "/api/me").header("cookie", cookie))
        .await
        .status
}

async fn one_time_token(app: &TestApp, user: &str) -> String {
    let made = app.as_("owner").post("/api/auth/links", &json!({ "user": user })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["url"]
        .as_str()
        .unwrap()
        .split_once("login=")
        .unwrap()
        .1
        .to_owned()
}

async fn follow_link(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/api/auth/link", &json!({ "token": token })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_the_door_until_it_is_changed_or_ten_were_wrong() {
    let (app, _, _, clock) = faulty().await;
    let user = format!("/api/users/{}", app.person("viewer").id);
    refused(&enter(&app, "viewer", PASSWORD).await, 401, "auth.bad_login");
    refused(
        &app.as_("owner")
            .patch(&user, &json!({ "password": "short", "role": "owner" }))
            .await,
        400,
        "user.bad_password",
    );
    let users = app.as_("owner").get("/api/users").await.json();
    let viewer = users["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "viewer")
        .unwrap();
    assert_eq!(viewer["role"], json!("viewer"), "a change is made whole or not at all");

    assert_eq!(
        app.as_("owner")
            .patch(&user, &json!({ "password": PASSWORD }))
            .await
            .status,
        200
    );
    let entered = enter(&app, "viewer", PASSWORD).await;
    assert_eq!(
        (entered.status, entered.json()["user"]["name"].clone()),
        (200, json!("viewer"))
    );
    let browser = cookie(&entered);
    assert_eq!(me(&app, &browser).await, 200);
    assert_eq!(me(&app, &format!("other=1; {browser}")).await, 200);
    assert_eq!(me(&app, &browser[..browser.len() - 1]).await, 401);

    // Setting it anew ends what the old one opened.
    assert_eq!(
        app.as_("viewer")
            .patch(&user, &json!({ "password": "another long one" }))
            .await
            .status,
        200
    );
    assert_eq!(me(&app, &browser).await, 401);

    // Twelve guesses at once: ten are looked at, and then the right one has to wait too.
    let guesses =
        futures::future::join_all((0..12).map(|index| enter(&app, "viewer", ["wrong", "false"][index % 2]))).await;
    let count = |status: u16| guesses.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(401), count(429)), (10, 2));
    let waiting = enter(&app, "viewer", "another long one").await;
    refused(&waiting, 429, "auth.too_many");
    assert_eq!(
        enter(&app, "owner", "wrong").await.status,
        401,
        "others are not kept waiting"
    );
    clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(enter(&app, "viewer", "another long one").await.status, 200);
    let failed = app.audit("result=rejected").await;
    assert!(failed.iter().filter(|entry| entry.action == "login.failed").count() >= 11);

    // Nobody and nonsense get the same answer as a wrong password.
    for name in ["nobody", "", "a\u{0}b", "' OR 1=1 --"] {
        refused(&enter(&app, name, PASSWORD).await, 401, "auth.bad_login");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once_and_not_for_long() {
    let (app, _, _, clock) = faulty().await;
    let token = one_time_token(&app, "operator").await;
    // Of several who take it at once, one gets in.
    let takers = futures::future::join_all((0..8).map(|_| follow_link(&app, &token))).await;
    assert_eq!(takers.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in takers.iter().filter(|reply| reply.status != 200) {
        refused(reply, 401, "auth.bad_link");
    }
    let browser = cookie(takers.iter().find(|reply| reply.status == 200).unwrap());
    assert_eq!(me(&app, &browser).await, 200);

    let token = one_time_token(&app, "operator").await;
    clock.advance(Duration::from_secs(15 * 60));
    refused(&follow_link(&app, &token).await, 401, "auth.bad_link");
    refused(&follow_link(&app, "nonsense").await, 401, "auth.bad_link");
    assert_eq!(me(&app, &browser).await, 200);
    clock.advance(Duration::from_secs(14 * 24 * 3600));
    assert_eq!(me(&app, &browser).await, 401, "a login ends after two weeks");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_revoking_and_disabling_take_effect_at_once() {
    let (app, _, _, clock) = faulty().await;
    let client = app.anonymous();
    let browser = cookie(&follow_link(&app, &one_time_token(&app, "operator").await).await);
    let leave = client.request("POST", "/api/auth/logout").header("cookie", &browser);
    let left = client.send(leave).await;
    assert_eq!(left.status, 204);
    assert!(
        left.header("set-cookie").contains("Max-Age=0"),
        "{}",
        left.header("set-cookie")
    );
    assert_eq!(me(&app, &browser).await, 401);

    let made = app
        .as_("operator")
        .post("/api/tokens", &json!({ "name": "program", "days": 1 }))
        .await
        .json();
    let with_token = |token: String| {
        let request = client.request("GET", "/api/me").bearer_auth(token);
        client.send(request)
    };
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!(with_token(token.clone()).await.status, 200);
    let revoked = app
        .as_("operator")
        .delete(&format!("/api/tokens/{}", made["id"].as_str().unwrap()))
        .await;
    assert_eq!(revoked.status, 204);
    refused(&with_token(token).await, 401, "auth.required");

    let made = app
        .as_("operator")
        .post("/api/tokens", &json!({ "name": "program", "days": 1 }))
        .await
        .json();
    let token = made["token"].as_str().unwrap().to_owned();
    clock.advance(Duration::from_secs(86_400));
    refused(&with_token(token).await, 401, "auth.required");

    // A disabled person's tokens, logins and links are dead; being enabled again revives only the tokens.
    let browser = cookie(&follow_link(&app, &one_time_token(&app, "operator").await).await);
    let link = one_time_token(&app, "operator").await;
    let user = format!("/api/users/{}", app.person("operator").id);
    assert_eq!(
        app.as_("owner")
            .patch(&user, &json!({ "is_enabled": false }))
            .await
            .status,
        200
    );
    refused(&app.as_("operator").get("/api/me").await, 401, "auth.required");
    assert_eq!(me(&app, &browser).await, 401);
    refused(&follow_link(&app, &link).await, 401, "auth.bad_link");
    assert_eq!(
        app.as_("owner")
            .patch(&user, &json!({ "is_enabled": true }))
            .await
            .status,
        200
    );
    assert_eq!(app.as_("operator").get("/api/me").await.status, 200);
    assert_eq!(me(&app, &browser).await, 401);
    // A new role counts from the next request on.
    assert_eq!(
        app.as_("owner").patch(&user, &json!({ "role": "viewer" })).await.status,
        200
    );
    refused(&app.as_("operator").get("/api/audit").await, 403, "auth.forbidden");
}
