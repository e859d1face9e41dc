//! Users, logins, links and tokens.

use crate::support::*;
use steersman_protocol::*;
use steersman_store::*;

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn later() -> Timestamp {
    time("2026-11-22T08:00:00Z")
}

async fn login(f: &Fixture, hash: &str, expires_at: Timestamp) -> LoginId {
    let login = id(LoginId::from_uuid);
    f.store
        .create_login(
            login,
            f.user.id,
            hash.into(),
            expires_at,
            None,
            None,
            now(),
            f.draft("login.succeeded"),
        )
        .await
        .unwrap();
    login
}

#[tokio::test]
async fn a_login_holds_until_it_expires_or_ends() {
    let f = fixture().await;
    let login = login(&f, HASH, later()).await;
    let found = f.store.login_by_token_hash(HASH, now()).await.unwrap();
    assert_eq!(found, Some((login, f.user.clone())));
    assert_eq!(f.store.login_by_token_hash("other", now()).await.unwrap(), None);
    assert_eq!(f.store.login_by_token_hash(HASH, later()).await.unwrap(), None);
    f.store
        .delete_login(login, now(), f.draft("login.ended"))
        .await
        .unwrap();
    assert_eq!(f.store.login_by_token_hash(HASH, now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_disabled_person_is_out_everywhere() {
    let f = fixture().await;
    login(&f, HASH, later()).await;
    let token = id(TokenId::from_uuid);
    f.store
        .create_token(
            token,
            f.user.id,
            "ci".into(),
            "t".into(),
            None,
            now(),
            f.draft("token.created"),
        )
        .await
        .unwrap();
    f.store
        .create_login_link("l".into(), f.user.id, later(), now(), f.draft("login_link.created"))
        .await
        .unwrap();
    let set = |is_enabled| {
        f.store
            .set_user_enabled(f.organization, f.user.id, is_enabled, now(), f.draft("user.updated"))
    };
    set(false).await.unwrap();
    assert_eq!(f.store.login_by_token_hash(HASH, now()).await.unwrap(), None);
    assert_eq!(f.store.token_user("t", now()).await.unwrap(), None);
    assert_eq!(f.store.take_login_link("l", now()).await.unwrap(), None);
    set(true).await.unwrap();
    assert_eq!(
        f.store.login_by_token_hash(HASH, now()).await.unwrap(),
        None,
        "the login stays ended"
    );
    assert!(f.store.token_user("t", now()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_new_password_ends_all_logins_but_the_one_it_is_set_from() {
    let f = fixture().await;
    login(&f, HASH, later()).await;
    let here = login(&f, "here", later()).await;
    assert_eq!(
        f.store.password_hash(f.user.id).await.unwrap().as_deref(),
        Some("$argon2id$hash")
    );
    f.store
        .set_password_hash(f.user.id, "new".into(), Some(here), now(), f.draft("password.changed"))
        .await
        .unwrap();
    assert_eq!(f.store.password_hash(f.user.id).await.unwrap().as_deref(), Some("new"));
    assert_eq!(f.store.login_by_token_hash(HASH, now()).await.unwrap(), None);
    assert!(f.store.login_by_token_hash("here", now()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_login_link_works_once_and_in_time() {
    let f = fixture().await;
    for (hash, expires_at) in [("a", later()), ("b", now())] {
        f.store
            .create_login_link(hash.into(), f.user.id, expires_at, now(), f.draft("login_link.created"))
            .await
            .unwrap();
    }
    let takes = (0..20).map(|_| f.store.take_login_link("a", now()));
    let taken = futures::future::join_all(takes).await;
    assert_eq!(taken.iter().filter(|user| user.as_ref().unwrap().is_some()).count(), 1);
    assert_eq!(f.store.take_login_link("b", now()).await.unwrap(), None);
    assert_eq!(f.store.take_login_link("c", now()).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_holds_until_it_expires_or_is_revoked() {
    let f = fixture().await;
    let token = id(TokenId::from_uuid);
    f.store
        .create_token(
            token,
            f.user.id,
            "ci".into(),
            HASH.into(),
            Some(later()),
            now(),
            f.draft("token.created"),
        )
        .await
        .unwrap();
    assert_eq!(f.store.token_user(HASH, now()).await.unwrap(), Some(f.user.clone()));
    assert_eq!(f.store.token_user(HASH, later()).await.unwrap(), None);
    let revoke = |user| f.store.revoke_token(user, token, now(), f.draft("token.revoked"));
    assert!(matches!(
        revoke(id(UserId::from_uuid)).await,
        Err(StoreError::NotFound { .. })
    ));
    revoke(f.user.id).await.unwrap();
    assert_eq!(f.store.token_user(HASH, now()).await.unwrap(), None);
    let expected = ApiToken {
        id: token,
        user_id: f.user.id,
        name: "ci".into(),
        created_at: now(),
        expires_at: Some(later()),
        revoked_at: Some(now()),
    };
    assert_eq!(f.store.tokens(f.user.id).await.unwrap(), [expected]);
}

#[tokio::test]
async fn a_name_is_taken_once_in_an_organization() {
    let f = fixture().await;
    let twin = User {
        id: id(UserId::from_uuid),
        ..f.user.clone()
    };
    let error = f
        .store
        .create_user(twin, None, now(), f.draft("user.created"))
        .await
        .unwrap_err();
    assert_eq!(error.to_problem("x").why, "There is a user named \"ana\" already");
    let found = f
        .store
        .audit(f.organization, AuditFilter::default(), all())
        .await
        .unwrap();
    assert_eq!(found.items.len(), 3, "what was refused has no entry of success");
}

#[tokio::test]
async fn a_person_changes_role_and_is_found_by_name() {
    let f = fixture().await;
    f.store
        .set_user_role(f.organization, f.user.id, Role::Viewer, now(), f.draft("user.updated"))
        .await
        .unwrap();
    let changed = User {
        role: Role::Viewer,
        ..f.user.clone()
    };
    assert_eq!(f.store.user(f.user.id).await.unwrap(), changed);
    assert_eq!(f.store.user_by_name(f.organization, "ana").await.unwrap(), changed);
    assert_eq!(f.store.users(f.organization).await.unwrap(), [changed]);
    assert!(f.store.user_by_name(f.organization, "Ana").await.is_err());
}
